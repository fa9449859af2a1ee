"""What runs left in some folders, as one: of the same step or the same measurement the latest counts."""

import glob
import json
import os

from .machine import is_emulated
from .recorder import SCHEMA

OURS = "soyaku"


class Refused(Exception):
    """Why no page is made of these."""


class Merged:
    """All runs of one device."""

    def __init__(self, folders):
        self.runs = sorted(read(folders), key=lambda run: run.get("date", ""))
        if not self.runs:
            raise Refused(f"no file of schema {SCHEMA} in {', '.join(folders)}")
        self.steps, self.results, self.comparisons, self.peaks = {}, {}, {}, {}
        self.invalid, self.notes = [], []
        for run in self.runs:
            for step in run["steps"]:
                self.steps[run["part"], step["name"]] = step
            self.take(run, True)
            for report in run["reports"]:
                self.take(report, not run["part"].startswith("peers"))
                self.peaks.update(report.get("peaks") or {})
                self.invalid += report.get("invalid_reasons") or []
                self.notes += report.get("notes") or []
        self.beside_peers()
        devices = {json.dumps([device.get("name") for device in run["machine"]["devices"]]) for run in self.runs}
        if len(devices) > 1:
            raise Refused(f"runs of different devices: {', '.join(sorted(devices))}; make a page for each")

    def take(self, report, ours):
        """Its results; where all are ours they need not say so, else they do, or are of what their name begins with."""
        taken = set()
        for result in report.get("results") or []:
            own = ours or result["op"].startswith(OURS)
            result = {**result, "tool": result.get("tool") or (OURS if own else result["op"])}
            if ours and (report.get("settings") or {}).get("data"):
                result["recipe"] = report["settings"]["data"]
            # Of other input at the same sizes.
            key = result["id"] if result["id"] not in taken else f"{result['id']}/{result.get('input', len(taken))}"
            taken.add(key)
            if "median_s" in result:
                self.results[key] = result
            else:
                self.invalid.append(f"{result['id']}: {result.get('error', 'no time')}")
        for pair in report.get("comparisons") or []:
            self.comparisons[pair["baseline"], pair["candidate"]] = pair

    def beside_peers(self):
        """Where a peer was timed on the very input that gpu-report makes up, ours is beside it."""
        for peer in list(self.results.values()):
            if is_ours(peer) or not str(peer.get("input")).startswith("synthetic"):
                continue
            for own in list(self.results.values()):
                alike = all(own[key] == peer[key] for key in ("op", "params", "phase", "device"))
                alike = alike and own.get("recipe") == peer["input"]
                if is_ours(own) and alike:
                    ratio = own["items_per_s"] / peer["items_per_s"]
                    self.comparisons[peer["id"], own["id"]] = {
                        "baseline": peer["id"], "candidate": own["id"], "speedup_median": ratio,
                    }

    @property
    def is_of_a_gpu(self):
        """Whether figures of it mean anything: a real device, at full sizes."""
        names = [device.get("name") for run in self.runs for device in run["machine"]["devices"]]
        for run in self.runs:
            for report in run["reports"]:
                names += [device.get("name") if isinstance(device, dict) else device
                          for device in report.get("devices") or []]
        emulated = any(run["emulated"] for run in self.runs) or any(map(is_emulated, names))
        return not emulated and not any(run["quick"] for run in self.runs)

    def find(self, op, phase, device="cuda"):
        """Results of that operation, the largest input last."""
        found = [
            result for result in self.results.values()
            if is_ours(result) and result["op"] == op and result["phase"] == phase and str(result["device"]).startswith(device)
        ]
        return sorted(found, key=lambda result: result["items"])

    def compared(self, result_id):
        """(baseline's id, comparison) of those in which that result is the candidate."""
        return [(baseline, pair) for (baseline, candidate), pair in self.comparisons.items() if candidate == result_id]


def is_ours(result):
    """Whether it is a time of this project's code."""
    return result["tool"] == OURS


def read(folders):
    for folder in folders:
        if not os.path.isdir(folder):
            raise Refused(f"{folder} is no folder")
        for path in sorted(glob.glob(os.path.join(folder, "**", "*.json"), recursive=True)):
            try:
                with open(path, encoding="utf-8") as file:
                    run = json.load(file)
            except (OSError, ValueError) as error:
                raise Refused(f"{path}: {error}") from error
            if isinstance(run, dict) and run.get("schema") == SCHEMA:
                yield run

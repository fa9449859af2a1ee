"""Steps with limits: what each gave is printed and saved at once, so that a run that is cut off leaves what it had.

A part writes two files to the output folder: PART.json (schema soyaku.gpu-run/1) and PART.log, all its logs.
"""

import json
import os
import re
import signal
import statistics
import subprocess
import time

SCHEMA = "soyaku.gpu-run/1"
# Of a step's output so much is kept, from both ends; and of all steps.
MOST_OF_STEP = 1 << 20
MOST_OF_PART = 15 << 20
# Seconds that a process gets to end after it was asked to.
GRACE = 5
# How much longer a step may take on an emulated device.
PATIENCE = 10
# Kept for what is written after the last step.
RESERVE = 3

PASSED, FAILED, TIMEOUT, SKIPPED, NOT_RUN = "passed", "FAILED", "TIMED OUT", "skipped", "NOT RUN"
BAD = (FAILED, TIMEOUT, NOT_RUN)


class Ended:
    """How a command ended."""

    def __init__(self, code, timed_out, seconds, text, begun=0.0):
        self.code, self.timed_out, self.seconds, self.text = code, timed_out, seconds, text
        # By the clock of the day, which programs put into their logs.
        self.begun = begun


class Recorder:
    """Runs the steps of one part within `budget` seconds."""

    def __init__(self, part, output, budget, facts, clock=time.monotonic, only=""):
        self.part, self.output, self.budget, self.clock, self.only = part, output, budget, clock, only
        self.begun = clock()
        self.steps, self.reports = [], []
        self.results, self.comparisons = [], []
        self.facts = facts
        os.makedirs(output, exist_ok=True)
        self.log = os.path.join(output, f"{part}.log")
        open(self.log, "wb").close()
        self.save()

    def left(self):
        return self.budget - (self.clock() - self.begun)

    def wants(self, name):
        """Whether that step is to be done: all are, unless some are named."""
        return self.only in name

    def note(self, name, result, detail="", seconds=None):
        """A step's outcome: printed, and saved."""
        if not self.wants(name) and result not in BAD:
            return result
        self.steps.append({"name": name, "result": result, "detail": detail, "seconds": seconds})
        took = "" if seconds is None else f" [{seconds:.1f} s]"
        print(f"== {self.part}: {name}: {result}{' ' + detail if detail else ''}{took}", flush=True)
        self.save()
        return result

    def run(self, name, command, limit, judge=None, environment=None, least=1.0):
        """Runs a command for `limit` seconds at most, or what is left; `judge(ended)` says (result, detail)."""
        if not self.wants(name):
            return None
        limit *= PATIENCE if self.facts.get("quick") else 1
        seconds = min(limit, self.left() - RESERVE)
        if seconds < min(least, limit):
            self.note(name, NOT_RUN, f"{max(self.left(), 0):.0f} s are left")
            return None
        ended = self.execute(name, command, seconds, environment)
        result, detail = (judge or plain)(ended)
        if ended.timed_out and result == PASSED:
            result = TIMEOUT
        if ended.timed_out:
            detail = f"after {seconds:.0f} s{'; ' if detail else ''}{detail}"
        self.note(name, result, detail, ended.seconds)
        if result in BAD:
            print("\n".join(ended.text.splitlines()[-12:])[-1500:], flush=True)
        return ended

    def execute(self, name, command, seconds, environment=None):
        """Its output goes to the part's log while it runs."""
        with open(self.log, "ab") as log:
            log.write(f"\n#### {name}: {' '.join(map(str, command))[:1000]}\n".encode())
            log.flush()
            begin = log.tell()
            begun, started = time.time(), time.monotonic()
            try:
                # A group of its own, so that what it starts ends with it.
                process = subprocess.Popen(
                    list(map(str, command)), stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                    env={**os.environ, **(environment or {})}, process_group=0,
                )
            except OSError as error:
                log.write(f"{error}\n".encode())
                return Ended(127, False, 0.0, str(error))
            timed_out = False
            try:
                code = process.wait(seconds)
            except subprocess.TimeoutExpired:
                timed_out, code = True, self.stop(process)
            except BaseException:
                self.stop(process)
                raise
            took = time.monotonic() - started
        return Ended(code, timed_out, took, self.trim(begin), begun)

    @staticmethod
    def stop(process):
        for sign in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(process.pid, sign)
            except ProcessLookupError:
                pass
            try:
                return process.wait(GRACE)
            except subprocess.TimeoutExpired:
                continue
        return process.wait()

    def trim(self, begin):
        """The text of the log from there on, of which the middle is taken out where it is long."""
        size = os.path.getsize(self.log)
        room = min(MOST_OF_STEP, max(MOST_OF_PART - begin, 4096))
        with open(self.log, "r+b") as log:
            log.seek(begin)
            if size - begin <= room:
                return log.read().decode(errors="replace")
            head = log.read(room // 4)
            log.seek(size - room // 2)
            tail = log.read()
            cut = f"\n[... {size - begin - len(head) - len(tail)} bytes ...]\n".encode()
            log.seek(begin)
            log.write(head + cut + tail)
            log.truncate()
            return (head + cut + tail).decode(errors="replace")

    def measured(self, op, device, phase, params, items, samples, **more):
        """A result as gpu-report writes them; its id."""
        middle = statistics.median(samples)
        sizes = ",".join(f"{name}={value}" for name, value in params.items())
        result = {
            "id": f"{op.replace(', ', '_').replace(' ', '_')}/{device}/{phase}/{sizes}",
            "op": op, "device": device, "params": params, "phase": phase,
            "samples_s": samples, "median_s": middle,
            "mad_s": statistics.median(abs(sample - middle) for sample in samples),
            "items": items[0], "item": items[1], "items_per_s": items[0] / max(middle, 1e-9), **more,
        }
        self.results.append(result)
        self.save()
        return result

    def compare(self, baseline, candidate):
        if baseline and candidate:
            speedup = candidate["items_per_s"] / baseline["items_per_s"]
            pair = {"baseline": baseline["id"], "candidate": candidate["id"], "speedup_median": speedup}
            self.comparisons.append(pair)
            self.save()

    def add_report(self, path):
        """What a program wrote in schema soyaku.bench/1, if it came to that: the report, or nothing."""
        try:
            with open(path, encoding="utf-8") as file:
                report = json.load(file)
        except (OSError, ValueError):
            return None
        if not isinstance(report, dict) or report.get("schema") != "soyaku.bench/1":
            return None
        self.reports.append(report)
        self.save()
        return report

    def failed(self):
        return any(step["result"] in BAD for step in self.steps)

    def save(self):
        whole = {
            "schema": SCHEMA, "part": self.part, **self.facts, "budget_s": self.budget,
            "seconds": round(self.clock() - self.begun, 1), "steps": self.steps, "reports": self.reports,
            "results": self.results, "comparisons": self.comparisons,
        }
        path = os.path.join(self.output, f"{self.part}.json")
        with open(path + ".partial", "w", encoding="utf-8") as file:
            json.dump(whole, file, indent=1)
        os.replace(path + ".partial", path)


def plain(ended):
    """Exit code 0 is good."""
    if ended.timed_out:
        return TIMEOUT, ""
    return (PASSED, "") if ended.code == 0 else (FAILED, f"exit code {ended.code}")


def tests(ended):
    """Of Rust's test programs: how many passed; none at all is no success."""
    found = re.findall(r"^test result: .*? (\d+) passed; (\d+) failed", ended.text, re.M)
    if not found:
        passed = len(re.findall(r" \.\.\. ok$", ended.text, re.M))
        detail = f"{passed} passed before it ended"
        return (PASSED if ended.timed_out else FAILED), detail
    passed, failed = (sum(int(pair[which]) for pair in found) for which in (0, 1))
    detail = f"({passed} passed, {failed} failed)"
    return (PASSED if ended.code == 0 and passed and not failed else FAILED), detail

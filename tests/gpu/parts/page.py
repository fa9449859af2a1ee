"""One page for docs/ of what runs on a machine with a GPU left: docs/gpu-results.md."""

import os
import sys

from .aims import all_aims
from .merged import OURS, Merged, Refused, is_ours
from .predictions import outcomes
from .recorder import BAD

EMULATED = "EMULATED OR SMALL: NO FIGURE ON THIS PAGE SAYS ANYTHING ABOUT A GPU"
DOCS = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))), "docs")


def main(args):
    """Exit code 2: refused."""
    try:
        merged = Merged(args.report)
        if not merged.is_of_a_gpu:
            if not args.test:
                raise Refused("these runs are of an emulated device or of small sizes; --test makes a page that says so")
            if args.page and inside(args.page, DOCS):
                raise Refused(f"{args.page}: no figure of an emulated device or of small sizes goes to docs/")
        text = page(merged)
        if args.page:
            with open(args.page, "w", encoding="utf-8") as file:
                file.write(text)
        else:
            print(text, end="")
    except (Refused, OSError, KeyError) as error:
        print(f"report: {error if not isinstance(error, KeyError) else f'a file lacks {error}'}", file=sys.stderr)
        return 2
    return 0


def inside(path, folder):
    path, folder = os.path.realpath(path), os.path.realpath(folder)
    return os.path.commonpath([path, folder]) == folder


def page(merged):
    of_a_gpu = merged.is_of_a_gpu
    lines = ["# Measured on a GPU" if of_a_gpu else f"# {EMULATED}", ""]
    if of_a_gpu:
        lines += ["Written by `tests/gpu/run --report` from what `tests/gpu/run` left ([tests/gpu/README.md]"
                  "(../tests/gpu/README.md)); medians of repeated runs.", ""]
    lines += head(merged)
    lines += ["## Aims", ""]
    lines += table(["work", "aim", "measured", "", "what stands between, or how it was measured"],
                   [[o.aim, o.wanted, o.measured, f"**{o.word}**", o.stands_between] for o in all_aims(merged)])
    lines += ["## Peaks of the device, measured", ""]
    lines += table(["peak", "value"], [[name, f"{value:.3e}"] for name, value in sorted(merged.peaks.items())])
    lines += [*(f"- {cell(note)}" for note in merged.notes), ""] if merged.notes else []
    lines += ["## Work", "", *work(merged)]
    lines += engines(merged)
    if merged.invalid:
        lines += ["## Wrong answers", "", *(f"- {reason}" for reason in merged.invalid), ""]
    lines += ["## Predicted, and measured", ""]
    lines += table(["work", "decision", "predicted", "at the rates measured here", "measured", "times as long"],
                   outcomes(merged))
    lines += ["## Checks", "", *steps(merged)]
    return "\n".join(lines).rstrip() + "\n"


def head(merged):
    last = merged.runs[-1]
    devices = ", ".join(str(device.get("name")) for device in last["machine"]["devices"])
    machine = last["machine"]
    rows = [
        ["device", devices],
        ["driver", f"{machine.get('driver') or 'unknown'} (CUDA {machine.get('driver_cuda')}), NVRTC {machine.get('nvrtc')}"],
        ["host", f"{machine.get('cpu')}, {machine.get('cores')} cores, {machine.get('memory_bytes', 0) / 2**30:.0f} GiB"],
    ]
    for run in merged.runs:
        smi = run["machine"].get("nvidia_smi") or {}
        clocks = f"; SM {smi['clocks.sm']} of {smi['clocks.max.sm']}, {smi['temperature.gpu']} C" if smi else ""
        rows.append([f"run of {run['part']}", f"{run['date']}, commit {run['commit']}, `{run['command']}`{clocks}"])
    commits = {run["commit"] for run in merged.runs}
    warning = [] if len(commits) == 1 else [f"**The runs are of different commits: {', '.join(sorted(commits))}.**", ""]
    return table(["", ""], rows) + warning


def work(merged):
    rows = []
    parts = {"prepare", "compare", "finish", "reported", "search"}
    for result in merged.results.values():
        if result["phase"] in parts:
            continue
        cpu, peers = "-", "-"
        for baseline, pair in merged.compared(result["id"]):
            other, ratio = merged.results.get(baseline) or {}, pair["speedup_median"]
            if other and is_ours(other):
                cpu = f"{ratio:.1f}x"
            else:
                unlike = [name for name in ("sizes", "input", "definition") if not pair.get(f"same_{name}", True)]
                name = (other.get("tool") or baseline) + (f" (other {' and '.join(unlike)})" if unlike else "")
                peers = f"{ratio:.2f}x {name}" if peers == "-" else f"{peers}; {ratio:.2f}x {name}"
        share, check = result.get("roofline"), result.get("check")
        op = result["op"] if result["tool"] in (OURS, result["op"]) else f"{result['op']} ({result['tool']})"
        sizes = {**result["params"], **{name: result[name] for name in ("input", "variant") if result.get(name)}}
        rows.append([
            op, result["device"], ", ".join(f"{name} {value}" for name, value in sizes.items()), result["phase"],
            seconds(result["median_s"]), f"{result['items_per_s']:.3e} {result['item']}/s",
            f"{share['fraction']:.0%} of {share['bound']}" if share else "-", peers, cpu,
            f"{check['mismatches']} of {check['compared']}" if check else "-",
        ])
    lines = table(["work", "device", "sizes", "phase", "time", "rate", "of the peak", "beside peers", "beside our CPU",
                   "differ"], rows)
    split = [
        [result["op"], result["device"], ", ".join(f"{name} {value}" for name, value in result["params"].items()),
         result["phase"], seconds(result["median_s"])]
        for result in merged.results.values() if result["phase"] in parts
    ]
    if split:
        lines += ["Where the time goes:", "", *table(["work", "device", "sizes", "part", "time"], split)]
    for result in merged.results.values():
        what = f"{result['op']} on {result['device']}"
        if result.get("timeline"):
            said = "; ".join(f"{event['s']:.3f} s {event['message']}" for event in result["timeline"])
            lines += [f"- {what}, messages after the start of the process: {cell(said)}"]
        if result.get("stages"):
            stages = (f"{stage['began']:.3f} to {stage['ended']:.3f} s {stage['stage']}" for stage in result["stages"])
            lines += [f"- {what}, from its beginning: {cell('; '.join(stages))}"]
    return [*lines, ""]


def engines(merged):
    """Which way to compare many queries is fastest, by set bits and queries."""
    rates = {}
    for result in merged.results.values():
        if is_ours(result) and result["op"].startswith("tanimoto_engine, "):
            params = result["params"]
            where = (params.get("set_bits", 0), params.get("queries", 0), params.get("rows", 0))
            rates.setdefault(where, {})[result["op"].split(", ")[1]] = result["items_per_s"]
    if not rates:
        return []
    names = sorted({name for by_name in rates.values() for name in by_name})
    rows = [
        [*where, *(f"{by_name[name]:.2e}" if name in by_name else "-" for name in names), max(by_name, key=by_name.get)]
        for where, by_name in sorted(rates.items())
    ]
    lines = ["## Ways to compare many queries", "", "Pairs a second, top 10, from the host's memory and back.", ""]
    return lines + table(["set bits", "queries", "rows", *names, "fastest"], rows)


def seconds(value):
    return f"{value:.3f} s" if value >= 1 else f"{value * 1e3:.3f} ms" if value >= 1e-3 else f"{value * 1e6:.1f} us"


def steps(merged):
    bad = [key for key, step in merged.steps.items() if step["result"] in BAD]
    lines = [f"{len(merged.steps) - len(bad)} of {len(merged.steps)} steps are good.", ""]
    rows = [[part, step["name"], step["result"], step["detail"]] for (part, _), step in merged.steps.items()]
    return lines + table(["part", "step", "", ""], rows)


def table(titles, rows):
    lines = ["| " + " | ".join(titles) + " |", "|" + "---|" * len(titles)]
    lines += ["| " + " | ".join(map(cell, row)) + " |" for row in rows]
    return [*lines, ""]


def cell(value):
    return str(value).replace("|", "\\|").replace("\n", " ")

"""How fast? gpu-report, one process for each piece of work so that none takes the time of the others; then, where
Nsight Compute is, a look into the main kernels."""

import os

from . import machine
from .recorder import FAILED, PASSED, SKIPPED

# In the order of their worth, with the seconds that each may take.
WORK = [("peaks", 60), ("resident", 150), ("many", 200), ("engines", 180), ("streaming", 90), ("nearest", 60)]

SECTIONS = [
    "LaunchStats", "Occupancy", "SpeedOfLight", "MemoryWorkloadAnalysis", "ComputeWorkloadAnalysis", "WarpStateStats",
    "SchedulerStats",
]
# Work, and how many launches of which kernels are looked at.
PROFILED = [("resident", "regex:tanimoto_scan", 4), ("many", "regex:tanimoto_(many|planes)", 6),
            ("nearest", "regex:tanimoto_nearest", 2)]
MOST_SECONDS_OF_PROFILES = 90


def run(context, recorder):
    reporter = context.program("gpu-report")
    known = [line.split("\t")[0] for line in machine.asked([reporter, "--only", "list"]).splitlines()]
    limits = dict(WORK)
    for name in [*(name for name, _ in WORK if name in known), *(name for name in known if name not in limits)]:
        path = os.path.join(context.scratch, f"report-{name}.json")
        command = [reporter, "--only", name, "--sizes", context.sized("small", "full"), "--json", path]
        ended = recorder.run(f"benchmark: {name}", command, limits.get(name, 90))
        report = recorder.add_report(path)
        if ended is not None and report is None:
            recorder.note(f"report of {name}", FAILED, "gpu-report wrote none")
        for reason in (report or {}).get("invalid_reasons", []):
            recorder.note(f"answers of {name}", FAILED, reason)
    profiles(context, recorder, reporter)


def profiles(context, recorder, reporter):
    ncu = machine.tool("ncu")
    if not ncu:
        recorder.note("Nsight Compute", SKIPPED, "(ncu is not installed)")
        return
    sizes = ["--sizes", context.sized("small", "medium"), "--once"]
    each = MOST_SECONDS_OF_PROFILES / len(PROFILED)
    for name, kernels, launches in PROFILED:
        command = [ncu, "--clock-control", "none", "--kernel-name", kernels, "--launch-count", str(launches)]
        for section in SECTIONS:
            command += ["--section", section]
        recorder.run(f"profile of {name}", [*command, reporter, "--only", name, *sizes], each, profiled)
    # One number for each launch, which disturbs little: what the device does of all that a search takes.
    command = [ncu, "--clock-control", "none", "--metrics", "gpu__time_duration.sum", "--csv"]
    path = os.path.join(context.scratch, "report-launches.json")
    timed = [reporter, "--only", "many", *sizes, "--json", path]
    ended = recorder.run("seconds of every launch (many)", [*command, *timed], 2 * each, profiled)
    if ended is not None:
        for kernel, (count, seconds) in sorted(launches_of(ended.text).items()):
            recorder.note(f"launches of {kernel}", PASSED, f"{count} launches, {seconds * 1e3:.3f} ms")


def profiled(ended):
    """A profiler that may not look at counters says so: that is no fault of ours."""
    if "ERR_NVGPUCTRPERM" in ended.text or "LibraryNotLoaded" in ended.text:
        return SKIPPED, "(the profiler may not read this device's counters)"
    return (PASSED, "") if ended.code == 0 else (FAILED, f"exit code {ended.code}")


def launches_of(text):
    """Launches and seconds of each kernel, of ncu's table with one metric."""
    rows = [line.strip().strip('"').split('","') for line in text.splitlines() if line.startswith('"')]
    heads = [row for row in rows if "Kernel Name" in row]
    if not heads:
        return {}
    columns = {name: heads[0].index(name) for name in ("Kernel Name", "Metric Unit", "Metric Value")}
    units = {"ns": 1e-9, "nsecond": 1e-9, "us": 1e-6, "usecond": 1e-6, "ms": 1e-3, "msecond": 1e-3, "s": 1, "second": 1}
    found = {}
    for row in rows:
        if len(row) != len(heads[0]) or row is heads[0]:
            continue
        name = row[columns["Kernel Name"]].split("(")[0]
        unit, value = row[columns["Metric Unit"]], row[columns["Metric Value"]].replace(",", "")
        if unit in units:
            count, seconds = found.get(name, (0, 0.0))
            found[name] = (count + 1, seconds + float(value) * units[unit])
    return found

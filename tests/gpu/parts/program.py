"""The soyaku program on real molecules, whole processes by the clock on the wall: its first answer, all pairs, clusters;
on the GPU and on the CPU of the same machine, and whether both wrote the same bytes."""

import os
import shutil
import sys

from .checks import same
from .context import Molecules, events
from .recorder import FAILED, NOT_RUN, PASSED

ALL_PAIRS_AT = "0.7"
# As the peers are asked (tests/gpu/peers/similarity).
BUTINA_AT = "0.7"
DEVICES = ("cuda:0", "cpu")


class Program:
    def __init__(self, context, recorder):
        self.context, self.recorder = context, recorder
        self.molecules = Molecules(context)
        self.cpu = f"cpu:{len(os.sched_getaffinity(0))}"

    def repeated(self, name, command, runs, limit, before=None):
        """Runs it again and again: seconds of each, and how the last one ended."""
        samples, ended = [], None
        started = self.recorder.left()
        for _ in range(runs):
            left = min(limit - (started - self.recorder.left()), self.recorder.left() - 3)
            if left < 1:
                break
            if before:
                before()
            ended = self.recorder.execute(name, command, left)
            if ended.timed_out or ended.code:
                how = f"after {ended.seconds:.0f} s" if ended.timed_out else f"exit code {ended.code}"
                self.recorder.note(name, FAILED, f"{how}: {ended.text[-500:].strip()}")
                return [], None
            samples.append(ended.seconds)
        if not samples:
            self.recorder.note(name, NOT_RUN, f"{max(self.recorder.left(), 0):.0f} s are left")
            return [], None
        middle = sorted(samples)[len(samples) // 2]
        self.recorder.note(name, PASSED, f"{middle:.3f} s, the middle of {len(samples)} runs", sum(samples))
        return samples, ended

    def label(self, device):
        return self.cpu if device == "cpu" else device

    def measured(self, op, device, params, items, samples, last, inner):
        """The whole process, and what the program says of itself: the event's fields that are seconds, and when each
        message came after the start of the last process."""
        if not samples:
            return None
        logged = events(last.text)
        said = [event for event in logged if event.get("event") == inner]
        for field in ("seconds", "search_seconds"):
            if said and field in said[-1]:
                phase = "reported" if field == "seconds" else "search"
                self.recorder.measured(op, self.label(device), phase, params, items, [said[-1][field]])
        timeline = [
            {"s": round(event["ts"] - last.begun, 4), "message": event.get("message", "")} for event in logged
            if "ts" in event
        ]
        # What the program says of its own start, where it does: from when to when, seconds after its beginning.
        more = {"stages": said[-1]["stages"]} if said and said[-1].get("stages") else {}
        return self.recorder.measured(op, self.label(device), "process", params, items, samples, timeline=timeline, **more)

    def soyaku(self, *arguments):
        return [self.context.program("soyaku"), "--log-format", "json", *arguments]


def run(context, recorder):
    program = Program(context, recorder)
    recorder.run("start of the driver alone", [sys.executable, driver_script(), "5"], 60, driver)
    first_answer(program)
    butina(program)
    # Last, since on the CPU it takes all that is left where cores are few.
    all_pairs(program)


def driver(ended):
    """Each run's milliseconds are on the page: what no first answer can do without."""
    lines = [line for line in ended.text.splitlines() if line.startswith("load ")]
    return (PASSED if ended.code == 0 and lines else FAILED), "; ".join(lines) or f"exit code {ended.code}"


def driver_script():
    return os.path.join(os.path.dirname(os.path.abspath(__file__)), "driver_start.py")


def first_answer(program):
    """From the start of a process to its ranked hits: one query, and the library in the page cache."""
    context, recorder = program.context, program.recorder
    library = program.molecules.library(recorder, "first", 120)
    if not library:
        return
    rows, query = program.molecules.count("first"), os.path.join(context.scratch, "query.smi")
    with open(context.staged("queries.smi"), encoding="utf-8") as file, open(query, "w", encoding="utf-8") as one:
        one.write(file.readline())
    hits = {}

    def forget():
        shutil.rmtree(context.cache, ignore_errors=True)

    results = {}
    for name, device, before in [
        ("CPU", "cpu", None), ("kernels to compile", "cuda:0", forget), ("kernels cached", "cuda:0", None),
    ]:
        hits[name] = os.path.join(context.scratch, f"first-{len(hits)}.csv")
        command = program.soyaku("similar", library, "--query", query, "--top", "10", "--device", device,
                                 "-o", hits[name])
        samples, last = program.repeated(f"first answer, {name}", command, 5, 60, before)
        results[name] = program.measured(f"program_first_answer, {name}", device, {"rows": rows}, (rows, "rows"),
                                         samples, last, "similar")
    for name in list(results)[1:]:
        recorder.compare(results["CPU"], results[name])
        if results["CPU"] and results[name]:
            recorder.note(f"first answer, {name}: hits as on the CPU", *same(hits["CPU"], hits[name]))


def on_both(program, op, name, library, rows, arguments, inner, suffix, runs):
    """One command on both devices; their files are compared byte by byte."""
    context, recorder = program.context, program.recorder
    paths, results = {}, {}
    for device in DEVICES:
        path = os.path.join(context.scratch, f"{op.replace(', ', '-').replace(' ', '-')}-{program.label(device).replace(':', '-')}{suffix}")
        paths[device] = path

        def before(path=path):
            for left in (path, path + ".parts", path + ".work"):
                shutil.rmtree(left, ignore_errors=True) if os.path.isdir(left) else remove(left)

        command = program.soyaku(*arguments, library, "--device", device, "-o", path)
        samples, last = program.repeated(f"{name}, {device}", command, runs[device], 240, before)
        pairs = rows * (rows - 1) // 2
        results[device] = program.measured(op, device, {"rows": rows}, (pairs, "pairs"), samples, last, inner)
    if all(results.values()):
        recorder.compare(results["cpu"], results["cuda:0"])
        recorder.note(f"{name}: the same bytes on both", *same(paths["cpu"], paths["cuda:0"]))
    for path in paths.values():
        remove(path)


def remove(path):
    try:
        os.remove(path)
    except FileNotFoundError:
        pass


def all_pairs(program):
    library = program.molecules.library(program.recorder, "all", 240)
    if library:
        rows = program.molecules.count("all")
        arguments = ("similar", "--all-pairs", "--threshold", ALL_PAIRS_AT)
        on_both(program, "program_all_pairs", f"all pairs of {rows} at {ALL_PAIRS_AT}", library, rows, arguments,
                "neighbors", ".h5", {"cuda:0": 3, "cpu": 1})


def butina(program):
    library = program.molecules.library(program.recorder, "some", 60)
    if library:
        rows = program.molecules.count("some")
        arguments = ("cluster", "--method", "butina", "--threshold", BUTINA_AT)
        # Counted anew as well: the one definition that nvMolKit's fused clustering has.
        for op, words, more in (("program_butina, counted anew", ", counted anew", ("--recount",)), ("program_butina", "", ())):
            on_both(program, op, f"Butina of {rows} at {BUTINA_AT}{words}", library, rows, (*arguments, *more), "cluster",
                    ".csv", {"cuda:0": 3, "cpu": 3})

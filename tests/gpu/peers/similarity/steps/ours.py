"""Times whole `soyaku` programs, and keeps what they write for the peers to be compared with."""

import os
import subprocess
import time

from bench import Step

TOOL = "soyaku"
# RDKit's `reordering`, which is all that nvMolKit's fused clustering has; used where `soyaku cluster` knows it.
RECOUNT = "--recount"


class Soyaku:
    """Runs the program on each device."""

    def __init__(self, step):
        self.step = step
        self.devices = [(device, f"cpu:{step.threads}" if device == "cpu" else device)
                        for device in step.settings["devices"]]

    def counts_anew(self):
        """Whether `soyaku cluster` can count neighbours anew after each cluster."""
        help_text = subprocess.run([self.step.settings["soyaku"], "cluster", "--help"], capture_output=True, text=True)
        return RECOUNT in help_text.stdout

    def time(self, op, params, arguments, output, item="pairs", most=5, **notes):
        """Times one command on each device; the file that the first one (the GPU) wrote stays as `output`.

        A second device's table is compared with it byte by byte.
        """
        first = None
        for device, label in self.devices:
            path = output if first is None else f"{output}.{device.split(':')[0]}{os.path.splitext(output)[1]}"
            try:
                # The CPU takes longer, and has nothing to warm up.
                effort = {"warm_up": 0, "least": 2, "most": 2} if device == "cpu" else {"most": most, "seconds": 4.0}
                samples = self.step.repeat(lambda: self.run(arguments, device, path), **effort)
            except Exception as error:  # the other device is still to be timed
                self.step.fail(TOOL, op, error, device=label, params=params)
                continue
            check = None
            if first is not None and path.endswith(".csv"):
                check = {"compared": 1, "mismatches": int(not same(first, path))}
            first = first or path
            self.step.add(TOOL, op, label, "program", params, item, samples, check=check, **notes)
        return first

    def run(self, arguments, device, path):
        """Seconds of one whole process."""
        for old in (path, path + ".parts", path + ".work"):
            subprocess.run(["rm", "-rf", old], check=True)
        command = [self.step.settings["soyaku"], *arguments, "--quiet", "--device", device, "--threads",
                   str(self.step.threads), "-o", path]
        started = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True)
        seconds = time.perf_counter() - started
        if done.returncode != 0:
            raise RuntimeError(f"exit {done.returncode} of {' '.join(command)}: {done.stderr.strip()[-500:]}")
        return seconds


def same(left, right):
    """Whether two files have the same bytes."""
    with open(left, "rb") as one, open(right, "rb") as other:
        return one.read() == other.read()


def many(step, soyaku):
    """Many queries against many compounds: what nvMolKit does with its cross similarity and torch."""
    params = {"rows": step.sizes["many"][0], "queries": step.sizes["many"][1], "bits": 2048}
    for op, selection, name in [("tanimoto_many, top 10", ["--top", "10"], "many-top.csv"),
                                ("tanimoto_many, 0.7 and more", ["--threshold", "0.7"], "many-at-least.csv")]:
        soyaku.time(op, params, ["similar", step.path("many.h5"), "--query", step.path("many-queries.h5"), *selection],
                    step.path(name))


def cluster(step, soyaku):
    """Butina, and the graphs by which the clusters of all are judged."""
    for name, threshold in [("fused", "0.7"), ("matrix", "0.7"), ("fused", "0.35")]:
        rows, library, graph = step.sizes[name], step.path(f"{name}.h5"), step.path(f"{name}-{threshold}-graph.h5")
        for recount in (False, True) if soyaku.counts_anew() else (False,):
            soyaku.time(f"butina, {threshold} and more", {"rows": rows, "bits": 2048},
                        ["cluster", library, "--method", "butina", "--threshold", threshold,
                         *([RECOUNT] if recount else [])],
                        step.path(f"{name}-{threshold}{'-recount' if recount else ''}.csv"), item="rows", most=3,
                        recount=recount)
        pairs = ["similar", library, "--all-pairs", "--threshold", threshold]
        if threshold == "0.7":
            soyaku.time(f"neighbors, {threshold} and more", {"rows": rows, "queries": rows, "bits": 2048}, pairs, graph,
                        most=3)
        else:
            soyaku.run(pairs, soyaku.devices[-1][0], graph)


def scan(step, soyaku):
    """One query against the whole library: start, reading and all; and the hits of all queries, for comparisons."""
    rows, library = step.settings["rows"], step.path("library.h5")
    for threshold in ("0.5", "0.7"):
        soyaku.time(f"tanimoto_scan, {threshold} and more", {"rows": rows, "bits": 2048},
                    ["similar", library, "--query", step.path("query.smi"), "--threshold", threshold],
                    step.path(f"scan-one-{threshold}.csv"), item="rows")
        device = soyaku.devices[-1][0]
        soyaku.run(["similar", library, "--query", step.path("queries.smi"), "--threshold", threshold], device,
                   step.path(f"scan-{threshold}.csv"))
    soyaku.time("tanimoto_scan, top 10", {"rows": rows, "bits": 2048},
                ["similar", library, "--query", step.path("query.smi"), "--top", "10"], step.path("scan-one-top.csv"),
                item="rows")


def all_pairs(step, soyaku):
    """Every compound of the whole library with every other, on the first device only."""
    rows = step.settings["rows"]
    del soyaku.devices[1:]
    soyaku.time("neighbors, 0.7 and more", {"rows": rows, "queries": rows, "bits": 2048},
                ["similar", step.path("library.h5"), "--all-pairs", "--threshold", "0.7"], step.path("graph.h5"), most=1)


def main():
    step = Step()
    {"many": many, "cluster": cluster, "scan": scan, "all_pairs": all_pairs}[step.settings["part"]](step, Soyaku(step))


main()

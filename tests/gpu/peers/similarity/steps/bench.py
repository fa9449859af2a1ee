"""What every step shares: its settings, the fingerprints, timing, and the results it leaves behind."""

import json
import os
import statistics
import sys
import time

import numpy


class Step:
    """Settings of one run, from the file that `run` names, and the file to which results are appended.

    A result is written as soon as it is there, so that nothing is lost when the step is stopped at its time limit.
    """

    def __init__(self):
        with open(sys.argv[1]) as file:
            self.settings = json.load(file)
        self.results = open(sys.argv[2], "a")
        self.work = self.settings["work"]
        self.sizes = self.settings["sizes"]
        self.quick = self.settings["quick"]
        self.threads = self.settings["threads"]

    def path(self, name):
        return os.path.join(self.work, name)

    def library(self):
        """Fingerprints (n x 32 words of 64 bits, bit b of a row is bit b % 64 of word b // 64), memory-mapped."""
        return numpy.load(self.path("fingerprints.npy"), mmap_mode="r")

    def smiles(self, rows):
        """SMILES of some rows."""
        with open(self.path("library.smi")) as lines:
            wanted, found = set(map(int, rows)), {}
            for number, line in enumerate(lines):
                if number in wanted:
                    found[number] = line.split()[0]
        return [found[int(row)] for row in rows]

    def add(self, tool, op, device, phase, params, item, samples, items=None, check=None, **notes):
        """A result: schema soyaku.bench/1, with `tool` and what else is worth a note."""
        sizes = ",".join(f"{name}={value}" for name, value in params.items())
        middle = statistics.median(samples)
        if items is None:
            items = params["rows"] * params.get("queries", 1)
        self.write({
            "id": "/".join(filter(None, [op.replace(", ", "_").replace(" ", "_"), device, phase, sizes, tool,
                                         notes.get("variant"), notes.get("input"),
                                         "counted anew" if notes.get("recount") else None])),
            "tool": tool, "op": op, "device": device, "phase": phase, "params": params, "samples_s": samples,
            "median_s": middle, "mad_s": statistics.median(abs(sample - middle) for sample in samples),
            "items": items, "item": item, "items_per_s": items / middle, "check": check, **notes,
        })

    def fail(self, tool, op, error, **notes):
        """Something that was to be measured and could not be."""
        self.write({"id": f"{op.replace(', ', '_').replace(' ', '_')}/{tool}", "tool": tool, "op": op, **notes,
                    "error": f"{type(error).__name__}: {error}"})

    def write(self, result):
        print(json.dumps(result), file=self.results, flush=True)

    def repeat(self, run, warm_up=1, least=3, most=20, seconds=2.0):
        """Seconds of each run, by the clock that `run` itself reads."""
        if self.quick:
            warm_up, least, most, seconds = 1, 2, 2, 0.0
        for _ in range(warm_up):
            run()
        started, samples = time.perf_counter(), []
        while len(samples) < least or (len(samples) < most and time.perf_counter() - started < seconds):
            samples.append(run())
        return samples


def wall(work):
    """Seconds of `work` by the clock on the wall."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def words32(bits):
    """The same fingerprints in words of 32 bits, lowest first: what nvMolKit takes."""
    return numpy.ascontiguousarray(bits).view("<u4")


def evenly(count, rows):
    """`count` rows, evenly spread."""
    return [(2 * i + 1) * rows // (2 * count) for i in range(count)]


def popcounts(bits):
    """Bits that are set in each row."""
    return numpy.bitwise_count(bits).sum(axis=1, dtype=numpy.int64)


def tanimoto(left, right):
    """All similarities of two sets of fingerprints, in doubles: small sets only. Nothing in common with nothing is 0."""
    ours, theirs = popcounts(left), popcounts(right)
    common = numpy.array([numpy.bitwise_count(row & right).sum(axis=1) for row in left], dtype=numpy.float64)
    union = ours[:, None] + theirs[None, :] - common
    return numpy.divide(common, union, out=numpy.zeros_like(common), where=union > 0)


def check_of(expected, got, precision=0.0):
    """Compares two arrays of the same meaning in order; what only one side has differs."""
    expected, got = numpy.asarray(expected).ravel(), numpy.asarray(got).ravel()
    both = min(len(expected), len(got))
    if precision:
        differ = ~(numpy.abs(expected[:both] - got[:both]) <= precision)
    else:
        differ = expected[:both] != got[:both]
    return {"compared": max(len(expected), len(got)), "mismatches": int(differ.sum()) + abs(len(expected) - len(got))}

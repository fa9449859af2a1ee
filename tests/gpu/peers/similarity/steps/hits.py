"""Hits of searches: `soyaku similar`'s tables, and comparing them with a peer's."""

import csv

import numpy

HIT = numpy.dtype([("query", "<u4"), ("row", "<u4"), ("similarity", "<f8")])


def read(path):
    """The hits in a table of `soyaku similar`, in its order."""
    with open(path, newline="") as lines:
        rows = csv.reader(lines)
        names = next(rows)
        query, row, similarity = (names.index(name) for name in ("query", "row", "similarity"))
        return numpy.array([(line[query], line[row], line[similarity]) for line in rows], dtype=HIT)


def make(query, row, similarity):
    """Hits from three arrays."""
    found = numpy.empty(len(query), dtype=HIT)
    found["query"], found["row"], found["similarity"] = query, row, similarity
    return found


def check_all(expected, got, precision):
    """All hits at a threshold: the same rows for each query, with similarities within `precision`."""
    pairs = [(hits["query"].astype(numpy.int64) << 32) | hits["row"] for hits in (expected, got)]
    common, ours, theirs = numpy.intersect1d(*pairs, return_indices=True)
    apart = numpy.abs(expected["similarity"][ours] - got["similarity"][theirs]) > precision
    only = len(expected) + len(got) - 2 * len(common)
    return {"compared": len(expected) + len(got) - len(common), "mismatches": int(only + apart.sum())}


def check_top(expected, got, precision):
    """The best of each query, in order: the same similarities, and the same rows but for equals at the end of the list."""
    mismatches = abs(len(expected) - len(got))
    for query in numpy.union1d(expected["query"], got["query"]):
        ours, theirs = (of_query(hits, query) for hits in (expected, got))
        both = min(len(ours), len(theirs))
        mismatches += int((numpy.abs(ours["similarity"][:both] - theirs["similarity"][:both]) > precision).sum())
        if both:
            last = ours["similarity"][-1] + precision
            sure = [set(hits["row"][hits["similarity"] > last].tolist()) for hits in (ours, theirs)]
            mismatches += len(sure[0] ^ sure[1])
    return {"compared": max(len(expected), len(got)), "mismatches": int(mismatches)}


def of_query(hits, query):
    """Hits of one query; they stand together and in the order of queries."""
    return hits[slice(*numpy.searchsorted(hits["query"], [query, query + 1]))]

"""nvMolKit's two Butina clusterings beside ours and beside the definition."""

import csv
import os

import butina
import h5py
import numpy
import nvmolkit
import pool
import torch
from bench import Step, wall, words32
from nvmolkit.clustering import butina as matrix_butina
from nvmolkit.clustering import fused_butina
from nvmolkit.similarity import crossTanimotoSimilarity

TOOL = f"nvMolKit {nvmolkit.__version__}"
DEVICE = "cuda:0"
# nvMolKit compares 1 - similarity, or in single precision, with the cutoff: a pair at the threshold itself is then near
# or not by rounding. This much more makes it near, as it is for us. Two fractions of at most 2,048 bits, one of them 7/10
# or 7/20, are further apart.
EDGE = 1e-5


def ours(path):
    """Clusters and centroids in a table of `soyaku cluster`."""
    with open(path, newline="") as lines:
        table = [(int(row["row"]), int(row["cluster"]), row["is_centroid"] == "true") for row in csv.DictReader(lines)]
    rows, labels, centroid = (numpy.array(column) for column in zip(*table))
    centroids = numpy.empty(labels.max() + 1, dtype=numpy.int64)
    centroids[labels[centroid]] = rows[centroid]
    return labels, centroids


def graph(path):
    with h5py.File(path) as file:
        return file["indptr"][:].astype(numpy.int64), file["indices"][:].astype(numpy.int64)


def verdict(step, name, threshold, labels, centroids, recount):
    """How the peer's clusters agree with ours, with the definition's, and whether they are any Butina's at all."""
    notes, check = {}, None
    try:
        path = step.path(f"{name}-{threshold}-recount.csv")
        as_the_peer = recount and os.path.exists(path)
        mine = ours(path if as_the_peer else step.path(f"{name}-{threshold}.csv"))
        notes["with_ours"] = butina.agreement(mine[0], labels)
        lists = graph(step.path(f"{name}-{threshold}-graph.h5"))
        expected = butina.clusters(*lists, recount)
        notes["with_definition"] = butina.agreement(expected[0], labels)
        notes["faults"] = butina.faults(labels, centroids, *lists, recount)
        notes["faults_of_ours"] = butina.faults(*mine, *lists, as_the_peer)
        same = notes["with_ours" if as_the_peer or not recount else "with_definition"]["in_the_same_cluster"]
        check = {"compared": len(labels), "mismatches": len(labels) - same}
    except Exception as error:  # the time stands without it
        notes["not_compared"] = f"{type(error).__name__}: {error}"
    return check, notes


def measure(step, op, params, name, threshold, recount, work, **notes):
    """Times `work`, which gives labels and centroids, and compares what it gave."""

    def whole():
        result = work()
        torch.cuda.synchronize()
        kept[:] = result

    kept = []
    with pool.kept():  # the peer's advantage, where it makes a difference
        samples = step.repeat(lambda: wall(whole), most=5)
    labels, centroids = (part.numpy().astype(numpy.int64) for part in kept)
    check, more = verdict(step, name, threshold, labels, centroids, recount)
    step.add(TOOL, op, DEVICE, "end_to_end", params, "rows", samples, check=check, recount=recount, **notes, **more)


def fused(step, library, threshold):
    """From fingerprints, never holding the matrix. Counts anew after each cluster, whatever one asks for."""
    rows = step.sizes["fused"]
    fingerprints = torch.from_numpy(words32(library[:rows]).view(numpy.int32)).to("cuda")
    cutoff = 1 - float(threshold) + EDGE
    measure(step, f"butina, {threshold} and more", {"rows": rows, "bits": 2048}, "fused", threshold, True,
            lambda: fused_butina(fingerprints, cutoff, return_centroids=True), variant="fused")


def matrix(step, library, recount):
    """From a matrix of distances in doubles, which is made anew each time as one would; and the clustering alone."""
    rows, op = step.sizes["matrix"], "butina, 0.7 and more"
    params = {"rows": rows, "bits": 2048}
    fingerprints = torch.from_numpy(words32(library[:rows]).view(numpy.int32)).to("cuda")
    cutoff = 1 - 0.7 + EDGE

    def clustered(distances):
        return matrix_butina(distances, cutoff, return_centroids=True, reordering=recount)

    measure(step, op, params, "matrix", "0.7", recount,
            lambda: clustered(1.0 - crossTanimotoSimilarity(fingerprints).torch()), variant="matrix")
    distances = 1.0 - crossTanimotoSimilarity(fingerprints).torch()
    measure(step, op, params, "matrix", "0.7", recount, lambda: clustered(distances),
            variant="matrix given")


def main():
    step = Step()
    library = step.library()
    for op, work in [("butina, 0.7 and more", lambda: fused(step, library, "0.7")),
                     ("butina, 0.7 and more", lambda: matrix(step, library, False)),
                     ("butina, 0.7 and more", lambda: matrix(step, library, True)),
                     ("butina, 0.35 and more", lambda: fused(step, library, "0.35"))]:
        try:
            work()
        except Exception as error:
            step.fail(TOOL, op, error)
        torch.cuda.empty_cache()


main()

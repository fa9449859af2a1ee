"""RDKit: BulkTanimotoSimilarity in as many processes as there are cores, and Butina's clusters of some thousands."""

import multiprocessing
import time

import butina
import numpy
import rdkit
from bench import Step, check_of, tanimoto, wall
from rdkit import DataStructs
from rdkit.ML.Cluster import Butina

TOOL = f"RDKit {rdkit.__version__}"
fingerprints = []  # of this process and, by fork, of those that it starts


def vectors(bits):
    """RDKit's bit vectors of our rows: FPS text has the first bit lowest, as we do."""
    return [DataStructs.CreateFromFPSText(row.tobytes().hex()) for row in numpy.ascontiguousarray(bits)]


def compare(queries):
    """Compares some queries with all fingerprints."""
    for query in queries:
        DataStructs.BulkTanimotoSimilarity(fingerprints[query], fingerprints)
    return len(queries)


def bulk(step):
    rows, each = step.sizes["bulk"]
    bits = step.library()[:rows]
    fingerprints[:] = vectors(bits)
    got = DataStructs.BulkTanimotoSimilarity(fingerprints[0], fingerprints)
    check = check_of(tanimoto(bits[:1], bits), got, 1e-12)
    queries = [range(process * each, (process + 1) * each) for process in range(step.threads)]
    params = {"rows": rows, "queries": each * step.threads, "bits": 2048}
    with multiprocessing.get_context("fork").Pool(step.threads) as pool:
        samples = step.repeat(lambda: wall(lambda: pool.map(compare, queries, chunksize=1)))
    step.add(TOOL, "tanimoto_cross", f"cpu:{step.threads}", "end_to_end", params, "pairs", samples, check=check,
             processes=step.threads)


def cluster(step):
    """From fingerprints: distances in one process, as RDKit's users make them, then the clusters."""
    rows = step.sizes["rdkit"]
    fingerprints[:] = vectors(step.library()[:rows])
    distances = numpy.empty((rows, rows))
    started = time.perf_counter()
    for row in range(rows):
        distances[row] = DataStructs.BulkTanimotoSimilarity(fingerprints[row], fingerprints)
    numpy.subtract(1.0, distances, out=distances)
    matrix = time.perf_counter() - started
    for recount in (False, True):
        started = time.perf_counter()
        found = Butina.ClusterData(distances, rows, 1 - 0.7 + 1e-9, isDistData=True, reordering=recount)
        seconds = time.perf_counter() - started
        near = distances <= 1 - 0.7 + 1e-9
        numpy.fill_diagonal(near, False)
        lists = numpy.concatenate([[0], numpy.cumsum(near.sum(axis=1))]), numpy.nonzero(near)[1]
        labels = numpy.empty(rows, dtype=numpy.int64)
        for number, members in enumerate(found):
            labels[list(members)] = number
        expected, _ = butina.clusters(*lists, recount)
        step.add(TOOL, "butina, 0.7 and more", "cpu:1", "end_to_end", {"rows": rows, "bits": 2048}, "rows",
                 [matrix + seconds], check=check_of(expected, labels), recount=recount, clustering_alone_s=seconds)


def main():
    step = Step()
    {"bulk": bulk, "cluster": cluster}[step.settings["part"]](step)


main()

import numpy
from bench import tanimoto

from . import AsyncGpuResult, words


def rounds(near, reordering):
    """Butina's clusters of a matrix of neighbours, themselves among them: another way than that of steps/butina.py."""
    count = len(near)
    labels, centroids, free = numpy.full(count, -1, dtype=numpy.int32), [], numpy.ones(count, dtype=bool)
    sizes = near.sum(axis=1)
    while free.any():
        if reordering:
            sizes = near[:, free].sum(axis=1)
        rows = numpy.flatnonzero(free)
        centroid = max(rows, key=lambda row: (sizes[row], row))
        members = rows[near[centroid, rows]]
        labels[members], free[members] = len(centroids), False
        centroids.append(centroid)
    return AsyncGpuResult(labels), AsyncGpuResult(numpy.array(centroids, dtype=numpy.int32))


def butina(distance_matrix, cutoff, neighborlist_max_size=64, return_centroids=False, reordering=True, stream=None):
    assert distance_matrix.numpy().dtype == numpy.float64 and return_centroids
    return rounds(distance_matrix.numpy() <= cutoff, reordering)


def fused_butina(x, cutoff, return_centroids=False, metric="tanimoto", stream=None):
    assert 0 <= cutoff <= 1 and return_centroids
    return rounds(tanimoto(words(x), words(x)) >= 1 - cutoff, True)

import numpy
from bench import tanimoto

from . import AsyncGpuResult, words


def rounds(near, reordering):
    """Butina's clusters of a matrix of neighbours, themselves among them: another way than that of steps/butina.py."""
    count = len(near)
    labels, centroids = [-1] * count, []
    sizes = [int(row.sum()) for row in near]
    while -1 in labels:
        free = [row for row in range(count) if labels[row] < 0]
        if reordering:
            sizes = [sum(1 for other in free if near[row, other]) for row in range(count)]
        centroid = max(free, key=lambda row: (sizes[row], row))
        for row in free:
            if near[centroid, row]:
                labels[row] = len(centroids)
        centroids.append(centroid)
    return AsyncGpuResult(numpy.array(labels, dtype=numpy.int32)), AsyncGpuResult(numpy.array(centroids, dtype=numpy.int32))


def butina(distance_matrix, cutoff, neighborlist_max_size=64, return_centroids=False, reordering=True, stream=None):
    assert distance_matrix.numpy().dtype == numpy.float64 and return_centroids
    return rounds(distance_matrix.numpy() <= cutoff, reordering)


def fused_butina(x, cutoff, return_centroids=False, metric="tanimoto", stream=None):
    assert 0 <= cutoff <= 1 and return_centroids
    return rounds(tanimoto(words(x), words(x)) >= 1 - cutoff, True)

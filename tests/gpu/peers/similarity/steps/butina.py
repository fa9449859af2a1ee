"""Butina's clusters by a plain loop over lists of neighbours, and how two clusterings agree."""

import numpy


def clusters(indptr, indices, recount):
    """Cluster of each compound and centroid of each cluster, as RDKit's `Butina.ClusterData` makes them.

    The compound with the most neighbours takes those that are not taken yet; of equals the last one. `recount` is RDKit's
    `reordering`: after each cluster only what is left is counted. Compounds that are left alone come last, from the last
    row to the first.
    """
    count = len(indptr) - 1
    left = numpy.diff(indptr).astype(numpy.int64)
    labels, centroids = numpy.full(count, -1), []
    order = numpy.lexsort((numpy.arange(count), left))[::-1]
    at = 0
    while True:
        if recount:
            centroid = count - 1 - int(numpy.argmax(left[::-1]))
            if left[centroid] < 1:
                break
        else:
            while at < count and labels[order[at]] >= 0:
                at += 1
            if at == count or left[order[at]] < 1:
                break
            centroid = int(order[at])
        near = indices[indptr[centroid] : indptr[centroid + 1]]
        members = numpy.append(near[labels[near] < 0], centroid)
        labels[members] = len(centroids)
        centroids.append(centroid)
        if recount:
            lost = numpy.concatenate([indices[indptr[row] : indptr[row + 1]] for row in members])
            numpy.subtract.at(left, lost, 1)
            left[members] = -1
    alone = numpy.flatnonzero(labels < 0)[::-1]
    labels[alone] = numpy.arange(len(centroids), len(centroids) + len(alone))
    return labels, numpy.array(centroids + alone.tolist())


def faults(labels, centroids, indptr, indices, recount):
    """Compounds whose cluster no run of Butina's algorithm makes, whatever it does with equals.

    Clusters are taken in their order. A cluster is right when its centroid has as many neighbours as any compound that
    is not taken yet (neighbours not taken yet, with `recount`), and when its members are the centroid and its neighbours
    that are not taken yet.
    """
    count, wrong = len(labels), 0
    left, taken = numpy.diff(indptr).astype(numpy.int64), numpy.zeros(count, dtype=bool)
    by_cluster = numpy.argsort(labels, kind="stable")
    bounds = numpy.searchsorted(labels[by_cluster], numpy.arange(len(centroids) + 1))
    if bounds[0] != 0 or bounds[-1] != count:
        return count
    for cluster, centroid in enumerate(centroids):
        members = by_cluster[bounds[cluster] : bounds[cluster + 1]]
        near = indices[indptr[centroid] : indptr[centroid + 1]]
        expected = numpy.sort(numpy.append(near[~taken[near]], centroid))
        # What is taken counts less than nothing.
        right = not taken[centroid] and left[centroid] == left.max() and numpy.array_equal(expected, members)
        wrong += 0 if right else len(members)
        taken[members] = True
        if recount:
            lost = numpy.concatenate([indices[indptr[row] : indptr[row + 1]] for row in members])
            numpy.subtract.at(left, lost, 1)
        left[members] = -1
    return wrong


def agreement(ours, theirs):
    """How many compounds are in a cluster of exactly the same members on both sides, and how many have the same number."""
    pairs, inverse, shared = numpy.unique(numpy.stack([ours, theirs]), axis=1, return_inverse=True, return_counts=True)
    sizes = [numpy.bincount(labels)[side] for labels, side in zip((ours, theirs), pairs)]
    same = (shared == sizes[0]) & (shared == sizes[1])
    return {"compounds": len(ours), "in_the_same_cluster": int(shared[same].sum()),
            "with_the_same_number": int((ours == theirs).sum()), "clusters": [int(ours.max()) + 1, int(theirs.max()) + 1]}

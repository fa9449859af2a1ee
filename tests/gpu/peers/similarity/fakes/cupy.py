"""Stands in for CuPy where there is no GPU: as much of it as FPSim2's CUDA engine uses, for tests only."""

import numpy
from numpy import ascontiguousarray, broadcast_to, float32, uint64, where, zeros  # noqa: F401


def asarray(array, dtype=None):
    """CuPy's copy to the device is in the order of C, whatever slice it is of."""
    return numpy.array(array, dtype=dtype, order="C")


def asnumpy(array):
    return array


class RawKernel:
    """FPSim2's kernel, `taniRAW`: a block for each row, a thread for each word."""

    def __init__(self, code, name, options):
        assert name == "taniRAW" and "__shared__ int common[32]" in code

    def __call__(self, grid, block, arguments):
        query, query_count, rows, counts, threshold, out = arguments
        assert grid == (len(out),) == (len(rows),) and block == (rows.shape[1],) and rows.flags.c_contiguous
        assert {array.dtype for array in (query, query_count, rows, counts)} == {numpy.dtype("u8")}
        common = numpy.bitwise_count(rows & query).sum(axis=1)
        similarity = (common / (query_count + counts - common)).astype(numpy.float32)
        out[:] = numpy.where(similarity >= threshold, similarity, 0)

"""Stands in for PyTorch where there is none: as much of it as the steps use, on NumPy arrays, for tests only."""

import time

import numpy


class device:
    """For the annotations of the real nvMolKit, when its modules are tried."""


class Tensor:
    def __init__(self, array):
        self.array = numpy.asarray(array)

    def to(self, device):
        assert device == "cuda"
        return self

    def cpu(self):
        return self

    def numpy(self):
        return self.array

    def nonzero(self):
        return Tensor(numpy.argwhere(self.array))

    def __getitem__(self, key):
        parts = key if isinstance(key, tuple) else (key,)
        parts = tuple(part.array if isinstance(part, Tensor) else part for part in parts)
        return Tensor(self.array[parts])

    def __len__(self):
        return len(self.array)

    def __ge__(self, number):
        return Tensor(self.array >= number)

    def __add__(self, number):
        return Tensor(self.array + number)

    def __rsub__(self, number):
        return Tensor(number - self.array)


class Top:
    def __init__(self, values, indices):
        self.values, self.indices = values, indices


def topk(tensor, count, dim):
    assert dim == 1
    order = numpy.argsort(-tensor.array, axis=1, kind="stable")[:, :count]
    return Top(Tensor(numpy.take_along_axis(tensor.array, order, axis=1)), Tensor(order))


def cat(tensors):
    return Tensor(numpy.concatenate([tensor.array for tensor in tensors]))


def from_numpy(array):
    assert array.flags.c_contiguous
    return Tensor(array)


class cuda:
    class Stream:
        pass

    class Event:
        def __init__(self, enable_timing=False):
            assert enable_timing

        def record(self):
            self.at = time.perf_counter()

        def elapsed_time(self, other):
            return (other.at - self.at) * 1e3

    @staticmethod
    def synchronize():
        pass

    @staticmethod
    def empty_cache():
        pass

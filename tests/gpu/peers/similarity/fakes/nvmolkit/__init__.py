"""Stands in for nvMolKit where there is no GPU: the same calls, the definition behind them, for tests only."""

import os
import time

import numpy
import torch

__version__ = "0.6.0"

# What can go wrong, for the tests of what is then reported.
FAULT = os.environ.get("FAKE_NVMOLKIT", "")
if FAULT == "hangs":
    print("hanging", flush=True)
    time.sleep(600)


class AsyncGpuResult:
    def __init__(self, array):
        self.array = array

    def torch(self):
        return torch.Tensor(self.array)

    def numpy(self):
        return self.array


def words(tensor):
    """Packed fingerprints as the real one takes them: 2-D, contiguous, of 32-bit words."""
    array = tensor.numpy() if isinstance(tensor, torch.Tensor) else tensor
    assert array.ndim == 2 and array.dtype in (numpy.dtype("i4"), numpy.dtype("u4")) and array.flags.c_contiguous
    return array.view("<u4")

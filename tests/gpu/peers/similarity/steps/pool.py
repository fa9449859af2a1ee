"""The memory pool from which nvMolKit takes its results."""

import contextlib
import ctypes

RELEASE_THRESHOLD = 4  # cudaMemPoolAttrReleaseThreshold


def possible():
    """Whether the runtime that nvMolKit is linked with is there."""
    try:
        return bool(ctypes.CDLL("libcudart.so.12"))
    except OSError:
        return False


@contextlib.contextmanager
def kept():
    """Within it memory that is given back stays with the process; gives whether that could be set.

    nvMolKit takes memory from the device's pool (cudaMallocAsync), which by default gives free memory back to the system
    whenever the device is waited for; a result of gigabytes is then mapped anew by each call. A service that cares sets
    this, so the peer is measured with it too.
    """
    pool = ctypes.c_void_p()
    try:
        runtime = ctypes.CDLL("libcudart.so.12")
        if runtime.cudaDeviceGetDefaultMemPool(ctypes.byref(pool), 0) != 0:
            runtime = None
    except OSError:
        runtime = None
    if runtime is None:
        yield False
        return
    done = runtime.cudaMemPoolSetAttribute(pool, RELEASE_THRESHOLD, ctypes.byref(ctypes.c_uint64(2**64 - 1))) == 0
    try:
        yield done
    finally:
        runtime.cudaDeviceSynchronize()
        runtime.cudaMemPoolSetAttribute(pool, RELEASE_THRESHOLD, ctypes.byref(ctypes.c_uint64(0)))
        runtime.cudaMemPoolTrimTo(pool, ctypes.c_size_t(0))

#!/usr/bin/env python3
"""How long the CUDA driver takes to start, with nothing of ours: the floor of every first answer.

    driver_start.py RUNS

Each run is a fork of this process, made before the driver is loaded, and prints milliseconds for loading the library,
cuInit, making the first device's primary context, and a first allocation.
"""

import ctypes
import os
import sys
import time


def start():
    """Milliseconds of each part."""
    marks = [time.monotonic()]
    library = ctypes.CDLL("libcuda.so.1")
    marks.append(time.monotonic())

    def call(name, *arguments):
        code = getattr(library, name)(*arguments)
        if code:
            raise SystemExit(f"{name} gave {code}")
        marks.append(time.monotonic())

    call("cuInit", 0)
    device, context, memory = ctypes.c_int(), ctypes.c_void_p(), ctypes.c_uint64()
    if library.cuDeviceGet(ctypes.byref(device), 0):
        raise SystemExit("there is no device 0")
    call("cuDevicePrimaryCtxRetain", ctypes.byref(context), device)
    if library.cuCtxSetCurrent(context):
        raise SystemExit("the context cannot be made current")
    call("cuMemAlloc_v2", ctypes.byref(memory), ctypes.c_size_t(1 << 20))
    parts = [1e3 * (later - earlier) for earlier, later in zip(marks, marks[1:])]
    return dict(zip(("load", "cuInit", "context", "allocation"), parts))


def main():
    for _ in range(int(sys.argv[1])):
        child = os.fork()
        if child == 0:
            parts = start()
            parts["all"] = sum(parts.values())
            print(", ".join(f"{name} {value:.1f} ms" for name, value in parts.items()), flush=True)
            os._exit(0)
        if os.waitpid(child, 0)[1]:
            sys.exit(1)


if __name__ == "__main__":
    main()

// CUDA's names for a kernel source that is compiled as host C++: included before its first line.
#pragma once

// Kernels see an architecture as on a device; the fake NVRTC passes the one that was asked for.
#ifndef __CUDA_ARCH__
#define __CUDA_ARCH__ 900
#endif

#include "shim/hooks.h"

#include "shim/arithmetic.h"
#include "shim/vector_types.h"

#include "shim/entry.h"
#include "shim/memory.h"
#include "shim/warp.h"

// Last: the standard headers above use some of these words in attributes.
#include "shim/qualifiers.h"

SOYAKU_SHIM long long clock64() {
    return soyaku_emulation_clock();
}
SOYAKU_SHIM void __nanosleep(unsigned) { soyaku_emulation_pause(); }
[[noreturn]] SOYAKU_SHIM void __trap(SOYAKU_PLACE) {
    soyaku_emulation_fail(SOYAKU_EMULATION_TRAP, "__trap()", file, line);
}

#undef assert
#define assert(condition) \
    ((condition) ? (void)0 \
                 : soyaku_emulation_fail(SOYAKU_EMULATION_ASSERT, "assertion failed: " #condition, __FILE__, __LINE__))

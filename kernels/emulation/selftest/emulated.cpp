// The self-test's kernels as one module, wrapped as the fake NVRTC wraps a source.
#include "cuda_names.h"

namespace {
#include "arithmetic.cu"
#include "atomics.cu"
#include "fragments.cu"
#include "mistakes.cu"
#include "scripts.cu"
#include "warp.cu"
}

SOYAKU_EMULATION_ENTRY(atomic_operations)
SOYAKU_EMULATION_ENTRY(barriers)
SOYAKU_EMULATION_ENTRY(bit_operations)
SOYAKU_EMULATION_ENTRY(bounds)
SOYAKU_EMULATION_ENTRY(copied)
SOYAKU_EMULATION_ENTRY(faults)
SOYAKU_EMULATION_ENTRY(histogram)
SOYAKU_EMULATION_ENTRY(indices)
SOYAKU_EMULATION_ENTRY(last_block)
SOYAKU_EMULATION_ENTRY(matrix_loads)
SOYAKU_EMULATION_ENTRY(matrix_product)
SOYAKU_EMULATION_ENTRY(scripted)
SOYAKU_EMULATION_ENTRY(tree_sum)
SOYAKU_EMULATION_ENTRY(warp_exits)
SOYAKU_EMULATION_ENTRY(warp_mistakes)
SOYAKU_EMULATION_ENTRY(warp_operations)
SOYAKU_EMULATION_ENTRY(warp_sum)

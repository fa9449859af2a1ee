// CUDA's words in declarations.
//
// Static shared memory is a static variable: blocks run one after another, and the engine refills it before each. The
// linker script flags/shared.ld gathers these variables in one place; AddressSanitizer puts red zones around each.
#pragma once

#define __global__ __attribute__((unused))
#define __device__ __attribute__((unused))
#define __host__
#define __constant__ __attribute__((unused))
#define __shared__ static
#define __launch_bounds__(...)
#define __maxnreg__(...)
#define __forceinline__ inline
#define __noinline__ __attribute__((noinline))
#define __restrict__ __restrict
#define __align__(n) __attribute__((aligned(n)))
#define __grid_constant__
#define __builtin_align__(n) __attribute__((aligned(n)))

#define SOYAKU_DYNAMIC_SHARED(type, name) type *name = reinterpret_cast<type *>(soyaku_emulation_dynamic_shared())

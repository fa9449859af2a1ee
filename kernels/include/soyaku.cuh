// What every kernel of this project starts from. No other header is included: NVRTC brings none.
//
// The same sources are compiled as host C++ by the tests (kernels/emulation), which defines SOYAKU_EMULATED and all
// of CUDA's names that are used here before the first line of a kernel is read.
#pragma once

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef int i32;
typedef long long i64;

// Shared memory whose size the launch decides: SOYAKU_DYNAMIC_SHARED(u32, tile); then tile[0] and on.
#ifndef SOYAKU_EMULATED
#define SOYAKU_DYNAMIC_SHARED(type, name) \
    extern __shared__ __align__(16) unsigned char soyaku_dynamic_shared[]; \
    type *name = reinterpret_cast<type *>(soyaku_dynamic_shared)
#endif

// Index of this thread in the grid, and how many threads the grid has: for loops over any number of items.
__device__ inline u64 grid_thread() { return (u64)blockIdx.x * blockDim.x + threadIdx.x; }
__device__ inline u64 grid_threads() { return (u64)gridDim.x * blockDim.x; }

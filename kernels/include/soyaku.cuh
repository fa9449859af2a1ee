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

// What one load brings.
struct alignas(16) WordPair {
    u64 low, high;
};

// Shared memory whose size the launch decides: SOYAKU_DYNAMIC_SHARED(u32, tile); then tile[0] and on.
#ifndef SOYAKU_EMULATED
#define SOYAKU_DYNAMIC_SHARED(type, name) \
    extern __shared__ __align__(16) unsigned char soyaku_dynamic_shared[]; \
    type *name = reinterpret_cast<type *>(soyaku_dynamic_shared)

// What instructions on shared memory take.
__device__ inline u32 shared_address(const void *pointer) {
    u64 address;
    asm("cvta.to.shared.u64 %0, %1;" : "=l"(address) : "l"(pointer));
    return (u32)address;
}

// Reads what other threads may be changing by atomics: some value that it has had. A plain load is a race there.
__device__ inline u32 load_relaxed(const u32 *pointer) {
    u32 value;
    asm volatile("ld.relaxed.gpu.u32 %0, [%1];" : "=r"(value) : "l"(pointer) : "memory");
    return value;
}
__device__ inline u64 load_relaxed(const u64 *pointer) {
    u64 value;
    asm volatile("ld.relaxed.gpu.u64 %0, [%1];" : "=l"(value) : "l"(pointer) : "memory");
    return value;
}
#endif

// Index of this thread in the grid, and how many threads the grid has: for loops over any number of items.
__device__ inline u64 grid_thread() { return (u64)blockIdx.x * blockDim.x + threadIdx.x; }
__device__ inline u64 grid_threads() { return (u64)gridDim.x * blockDim.x; }

// Any program of accesses and barriers, for comparing the race detector with a plain definition of races.
#include "soyaku.cuh"

// One step of all threads: `step[thread]` is an operation with a word. 0: nothing; 1: read; 2: write; 3: atomic addition;
// 4: atomic read. Bit 4: of global instead of shared memory. After the steps of a row comes what `after` says:
// 0: nothing; 1: __syncthreads; 2: __syncwarp; 3: __syncwarp of halves of warps; 4: only even warps __syncwarp;
// 5: a shuffle, which orders nothing.
constexpr u32 SCRIPT_THREADS = 64;
constexpr u32 SCRIPT_WORDS = 8;

extern "C" __global__ void __launch_bounds__(SCRIPT_THREADS) scripted(const u8 *operations, const u8 *words,
                                                                     const u8 *after, u32 rows, u32 *global, u32 *out) {
    __shared__ u32 shared[SCRIPT_WORDS];
    const u32 t = threadIdx.x;
    if (t < SCRIPT_WORDS) shared[t] = t;
    __syncthreads();
    u32 sum = 0;
    for (u32 row = 0; row < rows; ++row) {
        const u64 at = ((u64)blockIdx.x * rows + row) * SCRIPT_THREADS + t;
        const u32 operation = operations[at];
        u32 *word = (operation & 16 ? global : shared) + words[at];
        switch (operation & 15) {
        case 1: sum += *word; break;
        case 2: *word = t; break;
        case 3: atomicAdd(word, 1); break;
        case 4: sum += load_relaxed(word); break;
        default: break;
        }
        const u32 lane = t % 32;
        switch (after[row]) {
        case 1: __syncthreads(); break;
        case 2: __syncwarp(); break;
        case 3: __syncwarp(lane < 16 ? 0xffff : 0xffff0000); break;
        case 4:
            if (t / 32 % 2 == 0) __syncwarp();
            break;
        case 5: sum += __shfl_xor_sync(~0u, sum, 1); break;
        default: break;
        }
    }
    out[(u64)blockIdx.x * SCRIPT_THREADS + t] = sum;
}

// Counts each block and each thread of it, in three dimensions.
extern "C" __global__ void indices(u32 *counts) {
    const u64 block = (u64)(blockIdx.z * gridDim.y + blockIdx.y) * gridDim.x + blockIdx.x;
    const u64 thread = (threadIdx.z * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
    atomicAdd(&counts[block * (blockDim.x * blockDim.y * blockDim.z) + thread], 1 + threadIdx.x + 100 * blockIdx.z);
}

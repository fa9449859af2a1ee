// What a device can do at best: bandwidth of its memory, rates of what its processors compute.
//
// Every kernel gives a result that the CPU can compute as well, so that what was timed is known to have been done.
#include "mixed.cuh"
#include "mma.cuh"
#include "soyaku.cuh"

constexpr u32 THREADS = 256;
constexpr u32 LOADS = 4;   // independent accesses of 16 bytes in flight
constexpr u32 CHAINS = 8;  // independent results of a thread, so that no instruction waits for the one before

// Word i becomes first + i * step: all differ, and their sum is known.
extern "C" __global__ void __launch_bounds__(256) probe_fill(u64 *to, u64 words, u64 first, u64 step) {
    for (u64 i = grid_thread(); i < words; i += grid_threads()) to[i] = first + i * step;
}

extern "C" __global__ void __launch_bounds__(256) probe_copy(const u64 *from, u64 *to, u64 pairs) {
    const WordPair *__restrict__ source = reinterpret_cast<const WordPair *>(from);
    WordPair *__restrict__ target = reinterpret_cast<WordPair *>(to);
    const u64 block = THREADS * LOADS;
    for (u64 start = blockIdx.x * block; start < pairs; start += gridDim.x * block) {
        const u64 mine = start + threadIdx.x;
        if (start + block <= pairs) {
            WordPair values[LOADS];
#pragma unroll
            for (u32 i = 0; i < LOADS; i++) values[i] = source[mine + i * THREADS];
#pragma unroll
            for (u32 i = 0; i < LOADS; i++) target[mine + i * THREADS] = values[i];
        } else {
            for (u64 i = mine; i < pairs; i += THREADS) target[i] = source[i];
        }
    }
}

// The sum of all words, modulo 2^64, is that of `sums`, one of each thread of the grid.
extern "C" __global__ void __launch_bounds__(256) probe_read(const u64 *from, u64 *sums, u64 pairs) {
    const WordPair *__restrict__ source = reinterpret_cast<const WordPair *>(from);
    const u64 block = THREADS * LOADS;
    u64 sum = 0;
    for (u64 start = blockIdx.x * block; start < pairs; start += gridDim.x * block) {
        const u64 mine = start + threadIdx.x;
        if (start + block <= pairs) {
            WordPair values[LOADS];
#pragma unroll
            for (u32 i = 0; i < LOADS; i++) values[i] = source[mine + i * THREADS];
#pragma unroll
            for (u32 i = 0; i < LOADS; i++) sum += values[i].low + values[i].high;
        } else {
            for (u64 i = mine; i < pairs; i += THREADS) sum += source[i].low + source[i].high;
        }
    }
    sums[grid_thread()] = sum;
}

// CHAINS popcounts of 32 bits a round.
extern "C" __global__ void __launch_bounds__(256) probe_popcount(u32 *sums, u32 rounds, u32 seed) {
    const u32 thread = (u32)grid_thread();
    u32 values[CHAINS], counts[CHAINS];
#pragma unroll
    for (u32 i = 0; i < CHAINS; i++) {
        values[i] = mixed(thread * CHAINS + i + seed);
        counts[i] = 0;
    }
#pragma unroll 4
    for (u32 round = 0; round < rounds; round++) {
#pragma unroll
        for (u32 i = 0; i < CHAINS; i++) counts[i] += __popc(values[i] ^ round);
    }
    u32 sum = 0;
#pragma unroll
    for (u32 i = 0; i < CHAINS; i++) sum += counts[i];
    sums[thread] = sum;
}

// CHAINS operations of three inputs on 32 bits a round: each value becomes itself, turned over where its neighbour is not
// set and the next one is. No two of them can be put into one, and each round can be undone, so that values stay random.
extern "C" __global__ void __launch_bounds__(256) probe_logic(u32 *sums, u32 rounds, u32 seed) {
    const u32 thread = (u32)grid_thread();
    u32 values[CHAINS];
#pragma unroll
    for (u32 i = 0; i < CHAINS; i++) values[i] = mixed(thread * CHAINS + i + seed);
#pragma unroll 4
    for (u32 round = 0; round < rounds; round++) {
#pragma unroll
        for (u32 i = 0; i < CHAINS; i++) values[i] ^= ~values[(i + 1) % CHAINS] & values[(i + 2) % CHAINS];
    }
    u32 sum = 0;
#pragma unroll
    for (u32 i = 0; i < CHAINS; i++) sum += values[i];
    sums[thread] = sum;
}

#if defined(SOYAKU_EMULATED) || __CUDA_ARCH__ >= 800
// CHAINS matrix instructions of a warp a round.
template <class Instruction> __device__ inline u32 products_of(u32 rounds, u32 seed, Instruction instruction) {
    const u32 lane = threadIdx.x % 32;
    u32 a[4], b[2];
    i32 products[CHAINS][4] = {};
#pragma unroll
    for (u32 i = 0; i < 4; i++) a[i] = mixed(lane * 6 + i + seed);
#pragma unroll
    for (u32 i = 0; i < 2; i++) b[i] = mixed(lane * 6 + 4 + i + seed);
    for (u32 round = 0; round < rounds; round++) {
#pragma unroll
        for (u32 i = 0; i < CHAINS; i++) instruction(products[i], a, b);
    }
    u32 sum = 0;
#pragma unroll
    for (u32 i = 0; i < CHAINS; i++) {
#pragma unroll
        for (u32 j = 0; j < 4; j++) sum += (u32)products[i][j] * (i * 4 + j + 1);
    }
    return sum;
}
#endif

// CHAINS matrix instructions of a warp a round, each of 16 x 8 x 256 pairs of bits; sm_80 and later.
extern "C" __global__ void __launch_bounds__(256) probe_matrix(u32 *sums, u32 rounds, u32 seed) {
#if defined(SOYAKU_EMULATED) || __CUDA_ARCH__ >= 800
    sums[grid_thread()] =
        products_of(rounds, seed, [](i32(&d)[4], const u32(&a)[4], const u32(&b)[2]) { mma_and_popc(d, a, b); });
#endif
}

// The same with 16 x 8 x 32 pairs of signed bytes each.
extern "C" __global__ void __launch_bounds__(256) probe_matrix_bytes(u32 *sums, u32 rounds, u32 seed) {
#if defined(SOYAKU_EMULATED) || __CUDA_ARCH__ >= 800
    sums[grid_thread()] =
        products_of(rounds, seed, [](i32(&d)[4], const u32(&a)[4], const u32(&b)[2]) { mma_s8(d, a, b); });
#endif
}

// CHAINS multiply-adds of single precision a round, each rounded once.
extern "C" __global__ void __launch_bounds__(256)
    probe_multiply_add(float *sums, u32 rounds, float factor, float addend) {
    const u32 thread = (u32)grid_thread();
    float values[CHAINS];
#pragma unroll
    for (u32 i = 0; i < CHAINS; i++) values[i] = (float)(thread % 1024 * CHAINS + i);
#pragma unroll 4
    for (u32 round = 0; round < rounds; round++) {
#pragma unroll
        for (u32 i = 0; i < CHAINS; i++) values[i] = fmaf(values[i], factor, addend);
    }
    float sum = 0;
#pragma unroll
    for (u32 i = 0; i < CHAINS; i++) sum += values[i];
    sums[thread] = sum;
}

// What warp-group matrix instructions of single bits can do at best, beside those of a warp (`probe_matrix`).
#include "soyaku.cuh"
#include "wgmma.cuh"

constexpr u32 THREADS = 128;
constexpr u32 ROWS = 64, COLUMNS = 256, WORDS = 8;  // of A, of B, 32 bits of each
constexpr u32 BATCH = 8;                            // instructions under way before one is waited for

// BATCH instructions of a warp group a round, each of 64 x 256 x 256 pairs of bits. `words` are the rows of A, then
// those of B; the sum is that of a thread's products, each times its place.
extern "C" __global__ void __launch_bounds__(128) probe_warpgroup(const u32 *words, u32 *sums, u32 rounds) {
    __shared__ __align__(128) u32 a[ROWS * WORDS];
    __shared__ __align__(128) u32 b[COLUMNS * WORDS];
    for (u32 i = threadIdx.x; i < ROWS * WORDS; i += THREADS) a[group_place(i / WORDS, i % WORDS)] = words[i];
    for (u32 i = threadIdx.x; i < COLUMNS * WORDS; i += THREADS) {
        b[group_place(i / WORDS, i % WORDS)] = words[ROWS * WORDS + i];
    }
    group_publish();
    __syncthreads();

    i32 products[128];
#pragma unroll
    for (u32 i = 0; i < 128; i++) products[i] = 0;
    const u64 of_a = group_factor(a), of_b = group_factor(b);
    for (u32 round = 0; round < rounds; round++) {
        group_begin();
#pragma unroll
        for (u32 i = 0; i < BATCH; i++) group_and_popc(products, of_a, of_b);
        group_end();
    }
    u32 sum = 0;
#pragma unroll
    for (u32 i = 0; i < 128; i++) sum += (u32)products[i] * (i + 1);
    sums[grid_thread()] = sum;
}

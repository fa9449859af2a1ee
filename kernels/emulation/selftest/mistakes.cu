// Kernels that are right, and the same with one mistake: `mistake` says which.
#include "async_copy.cuh"

constexpr u32 THREADS = 256;

// Sum of each block's numbers. 1: no barrier in the loop; 2: none before the result is read; 3: not all write.
extern "C" __global__ void __launch_bounds__(THREADS) tree_sum(const u32 *in, u64 n, u32 mistake, u32 *out) {
    __shared__ u32 partial[THREADS];
    const u64 i = grid_thread();
    if (mistake != 3 || i < n) partial[threadIdx.x] = i < n ? in[i] : 0;
    __syncthreads();
    for (u32 step = THREADS / 2; step > 0; step /= 2) {
        if (threadIdx.x < step) partial[threadIdx.x] += partial[threadIdx.x + step];
        if (mistake != 1 && (mistake != 2 || step > 1)) __syncthreads();
    }
    if (threadIdx.x == THREADS - 1) out[blockIdx.x] = partial[0];
}

// The same inside a warp. 1: no __syncwarp.
extern "C" __global__ void __launch_bounds__(32) warp_sum(const u32 *in, u32 mistake, u32 *out) {
    __shared__ u32 partial[32];
    const u32 lane = threadIdx.x;
    partial[lane] = in[lane];
    __syncwarp();
    for (u32 step = 16; step > 0; step /= 2) {
        if (lane < step) partial[lane] += partial[lane + step];
        if (mistake != 1) __syncwarp();
    }
    if (lane == 31) out[0] = partial[0];
}

// One element too far. 1: read of global memory; 2: write of global memory; 3: static shared; 4: dynamic shared;
// 5: the end of a vector load; 6: an atomic.
extern "C" __global__ void __launch_bounds__(THREADS) bounds(const u32 *in, u64 n, u32 mistake, u32 *out) {
    __shared__ u32 fixed[THREADS];
    SOYAKU_DYNAMIC_SHARED(u32, chosen);
    const u32 t = threadIdx.x;
    fixed[t] = t;
    chosen[t] = t;
    __syncthreads();
    const u32 one_more = t == THREADS - 1;
    u32 value = in[n - THREADS + t + (mistake == 1 ? one_more : 0)];
    u32 *at = fixed + t;
    if (mistake == 3) at += one_more;
    value += *at;
    value += chosen[t + (mistake == 4 ? one_more : 0)];
    if (mistake == 5 && one_more) value += (u32)reinterpret_cast<const u64 *>(in)[n / 2];
    out[t + (mistake == 2 ? one_more : 0)] = value;
    if (mistake == 6 && one_more) atomicAdd(&out[t + 1], 1);
}

// 1: only half of the block comes to the first barrier; 2: each half has a barrier of its own; 3: one lane waits for
// its warp, which waits for it at the barrier.
extern "C" __global__ void __launch_bounds__(64) barriers(u32 mistake, u32 *out) {
    __shared__ u32 seen[64];
    const u32 t = threadIdx.x;
    seen[t] = t;
    if (mistake == 0 && t >= 48) return; // gone is not missing
    if (mistake == 3 && t == 5) __syncwarp();
    if (mistake == 2 && t >= 32) {
        __syncthreads();
    } else if (mistake != 1 || t >= 32) {
        __syncthreads();
    }
    out[t] = seen[t ^ 1];
    __syncthreads();
}

// Doubles 16 bytes per thread through a copy that arrives later. 1: not waited for; 2: no barrier; 3: misaligned;
// 4: waits for the wrong group.
extern "C" __global__ void __launch_bounds__(64) copied(const u32 *in, u32 mistake, u32 *out) {
    __shared__ __align__(16) u32 tile[2][64 * 4 + 4];
    const u32 t = threadIdx.x, shift = mistake == 3 ? 1 : 0;
    async_copy<16>(&tile[0][t * 4 + shift], &in[t * 4]);
    async_commit();
    async_copy<16>(&tile[1][t * 4], &in[(64 + t) * 4], t == 63 ? 6 : 16);
    async_commit();
    if (mistake == 4) {
        async_wait<1>();
    } else if (mistake != 1) {
        async_wait<0>();
    }
    if (mistake != 2) __syncthreads();
    for (u32 i = 0; i < 4; ++i) {
        const u32 at = (t * 4 + i + 100) % 256;
        out[at] = 2 * tile[0][at] + tile[1][at];
    }
}

// The last block adds up what the others left. 1: no fence before; 2: no fence after; 3: no atomic order at all;
// 4: all blocks write one word, the same value.
extern "C" __global__ void __launch_bounds__(32) last_block(u32 mistake, u32 *partial, u32 *ticket, u32 *out) {
    __shared__ u32 last;
    const u32 t = threadIdx.x;
    if (t == 0) {
        partial[blockIdx.x] = blockIdx.x + 1;
        if (mistake != 1) __threadfence();
        last = mistake == 3 ? blockIdx.x == 0 : atomicInc(ticket, gridDim.x - 1) == gridDim.x - 1;
        if (mistake != 2) __threadfence();
        if (mistake == 4) out[1] = 7;
    }
    __syncthreads();
    if (last && t == 1) {
        u32 sum = 0;
        for (u32 i = 0; i < gridDim.x; ++i) sum += partial[i];
        out[0] = sum;
    }
}

// A histogram in shared memory. 1: read before all have counted; 2: counted without atomics; 3: never cleared.
extern "C" __global__ void __launch_bounds__(THREADS) histogram(const u32 *in, u32 mistake, u32 *out) {
    __shared__ u32 counts[16];
    const u32 t = threadIdx.x;
    if (t < 16 && mistake != 3) counts[t] = 0;
    __syncthreads();
    if (mistake == 2) {
        counts[in[t] % 16] += 1;
    } else {
        atomicAdd(&counts[in[t] % 16], 1);
    }
    if (mistake != 1) __syncthreads();
    if (t < 16) out[t] = counts[t];
}

// What ends a launch. 1: trap; 2: assert; 3: misaligned; 4: shift; 5: array index; 6: float to int;
// 7: division by zero; 8: signed overflow; 9: a loop without end.
extern "C" __global__ void __launch_bounds__(32) faults(const u32 *in, u32 mistake, u32 *out) {
    const u32 t = threadIdx.x;
    u32 table[4] = {1, 2, 3, 4};
    table[t % 4] += in[t];
    if (mistake == 1 && t == 9) __trap();
    while (mistake == 9 && t == 9 && *(const volatile u32 *)in == 2) {}
    assert(mistake != 2 || t != 9);
    const u64 wide = reinterpret_cast<const u64 *>(in + (mistake == 3))[0];
    const u32 shifted = 1u << (mistake == 4 ? in[0] + 32 : t);
    const i32 number = (i32)(mistake == 6 ? 3e9f + t : (float)t);
    const u32 quotient = in[t] / (mistake == 7 ? in[t] - 2 : 1);
    const i32 sum = (mistake == 8 ? 0x7fffffff : 5) + (i32)in[t];
    out[t] = table[mistake == 5 ? t : t % 4] + (u32)wide + shifted + (u32)number + quotient + (u32)sum;
}

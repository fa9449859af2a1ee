// Every warp operation once: out[slot][thread]; the plain definitions are in warp_cases.cpp.
#include "soyaku.cuh"

extern "C" __global__ void __launch_bounds__(64) warp_operations(const u32 *in, u64 *out) {
    const u32 t = threadIdx.x, lane = t % 32, all = ~0u;
    const u32 v = in[t];
    u64 *o = out + t;
    u32 slot = 0;
    auto put = [&](u64 value) { o[64 * slot++] = value; };
    put(__shfl_sync(all, v, lane * 7 + 3));
    put(__shfl_sync(all, v, lane + 5, 8));
    put(__shfl_up_sync(all, v, 3));
    put(__shfl_up_sync(all, v, 3, 16));
    put(__shfl_down_sync(all, v, 5));
    put(__shfl_down_sync(all, v, 5, 8));
    put(__shfl_xor_sync(all, v, 9));
    put(__shfl_xor_sync(all, v, 9, 8));
    put(__shfl_sync(all, (u64)v << 20 | lane, 31 - lane));
    put(__float_as_uint(__shfl_xor_sync(all, __uint_as_float(v & 0x7fffff), 1)));
    put(__ballot_sync(all, v & 1));
    put(__any_sync(all, v == in[32 * (t / 32) + 4]));
    put(__all_sync(all, v != 0));
    put(__match_any_sync(all, v % 5));
    put(__reduce_add_sync(all, v));
    put(__reduce_min_sync(all, v));
    put(__reduce_max_sync(all, (int)v));
    put(__reduce_and_sync(all, v | 0xffff));
    put(__reduce_or_sync(all, v & 0xff00));
    put(__reduce_xor_sync(all, v));
    // Halves of a warp on ways of their own.
    if (lane < 16) {
        put(__reduce_add_sync(0xffff, v) + __shfl_sync(0xffff, v, 3));
    } else {
        put(__shfl_down_sync(0xffff0000, v, 4));
    }
    __syncwarp();
    put(__syncthreads_count(v & 1));
    put(__syncthreads_and(v != in[0]));
    put(__syncthreads_or(v == in[63]));
}

// Lanes that exit are not waited for; a warp of 8 lanes is whole.
extern "C" __global__ void __launch_bounds__(40) warp_exits(u32 *out) {
    const u32 t = threadIdx.x;
    if (t < 32 && t % 3 == 0) return;
    const u32 votes = __ballot_sync(~0u, 1);
    __syncthreads();
    out[t] = votes;
}

// 0: right; 1: a lane outside its mask; 2: masks that differ; 3: one lane does not come; 4: reads an exited lane.
extern "C" __global__ void __launch_bounds__(32) warp_mistakes(u32 kind, u32 *out) {
    const u32 lane = threadIdx.x;
    u32 mask = ~0u;
    if (kind == 1) mask = 0xffff;
    if (kind == 2 && lane >= 16) mask = 0xfffffff0;
    if (kind == 4 && lane == 7) return;
    if (kind == 3 && lane == 7) {
        __syncthreads();
    } else {
        out[lane] = __shfl_sync(mask, lane * 10, kind == 4 ? 7 : 6);
        __syncthreads();
    }
}

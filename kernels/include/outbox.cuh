// Where a search puts its hits: row << 32 | query << 16 | bits in common. Where one lands depends on timing; which are
// there does not.
#pragma once
#include "soyaku.cuh"

struct Outbox {
    u64 *hits;
    u32 *found;     // counts on beyond `capacity`, so that the launcher sees what did not fit
    u32 capacity;

    // Room for the `mine` hits of this lane: the position of its first one. All lanes of the warp take part, and there is
    // one atomic addition for all of them.
    __device__ u32 reserve(u32 mine) const {
        const u32 lane = threadIdx.x % 32;
        u32 up_to = mine;
#pragma unroll
        for (u32 offset = 1; offset < 32; offset *= 2) {
            const u32 below = __shfl_up_sync(0xffffffffu, up_to, offset);
            if (lane >= offset) up_to += below;
        }
        u32 first = 0;
        if (lane == 31 && up_to > 0) first = atomicAdd(found, up_to);
        return __shfl_sync(0xffffffffu, first, 31) + up_to - mine;
    }

    __device__ void put(u32 position, u64 row, u32 query, u32 both) const {
        if (position < capacity) hits[position] = row << 32 | (u64)query << 16 | both;
    }
};

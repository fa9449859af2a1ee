// What a device can do at best without its memory: reads of shared memory, copies into it from the second-level cache,
// atomics, launches.
#include "async_copy.cuh"
#include "mixed.cuh"
#include "soyaku.cuh"

constexpr u32 THREADS = 256;
constexpr u32 CHAINS = 8;   // independent accesses of a thread, so that none waits for the one before
constexpr u32 TABLE = 512;  // elements that are read in shared memory: the lanes of 8 warps, and of CHAINS more
constexpr u32 WIDE = 4;     // words of an access of 16 bytes

// CHAINS reads of 32 bits a round; the 32 lanes of a warp read 32 words that lie side by side, one in each bank.
extern "C" __global__ void __launch_bounds__(256) probe_shared(u32 *sums, u32 rounds, u32 seed) {
    __shared__ u32 table[TABLE];
    for (u32 i = threadIdx.x; i < TABLE; i += THREADS) table[i] = mixed(i + seed);
    __syncthreads();
    u32 at = threadIdx.x, totals[CHAINS] = {};
#pragma unroll 4
    for (u32 round = 0; round < rounds; round++) {
        u32 values[CHAINS];
#pragma unroll
        for (u32 i = 0; i < CHAINS; i++) values[i] = table[at + i * 32];
#pragma unroll
        for (u32 i = 0; i < CHAINS; i++) totals[i / 2] += values[i];
        at = (at + 32) % THREADS;
    }
    sums[grid_thread()] = totals[0] + totals[1] + totals[2] + totals[3];
}

// CHAINS reads of 128 bits a round, likewise.
extern "C" __global__ void __launch_bounds__(256) probe_shared_wide(u32 *sums, u32 rounds, u32 seed) {
    __shared__ uint4 table[TABLE];
    u32 *words = reinterpret_cast<u32 *>(table);
    for (u32 i = threadIdx.x; i < TABLE * WIDE; i += THREADS) words[i] = mixed(i + seed);
    __syncthreads();
    u32 at = threadIdx.x, totals[CHAINS] = {};
#pragma unroll 4
    for (u32 round = 0; round < rounds; round++) {
        uint4 values[CHAINS];
#pragma unroll
        for (u32 i = 0; i < CHAINS; i++) values[i] = table[at + i * 32];
#pragma unroll
        for (u32 i = 0; i < CHAINS; i++) {
            totals[i] += values[i].x + values[i].y;
            totals[i] += values[i].z + values[i].w;
        }
        at = (at + 32) % THREADS;
    }
    u32 sum = 0;
#pragma unroll
    for (u32 i = 0; i < CHAINS; i++) sum += totals[i];
    sums[grid_thread()] = sum;
}

// CHAINS reads of 128 bits a round and CHAINS operations of three inputs on 32 bits with each, half of them on what was
// read: about what adding planes of bits takes of both.
extern "C" __global__ void __launch_bounds__(256) probe_logic_shared(u32 *sums, u32 rounds, u32 seed) {
    __shared__ uint4 table[TABLE];
    u32 *words = reinterpret_cast<u32 *>(table);
    for (u32 i = threadIdx.x; i < TABLE * WIDE; i += THREADS) words[i] = mixed(i + seed);
    __syncthreads();
    u32 at = threadIdx.x, values[CHAINS];
#pragma unroll
    for (u32 i = 0; i < CHAINS; i++) values[i] = mixed((u32)grid_thread() * CHAINS + i + seed);
#pragma unroll 1
    for (u32 round = 0; round < rounds; round++) {
#pragma unroll
        for (u32 i = 0; i < CHAINS; i++) {
            const uint4 unit = table[at + i * 32];
            const u32 read[WIDE] = {unit.x, unit.y, unit.z, unit.w};
#pragma unroll
            for (u32 j = 0; j < CHAINS; j++) {
                values[j] ^= ~values[(j + 1) % CHAINS] & (j % 2 == 0 ? read[j / 2] : values[(j + 2) % CHAINS]);
            }
        }
        at = (at + 32) % THREADS;
    }
    u32 sum = 0;
#pragma unroll
    for (u32 i = 0; i < CHAINS; i++) sum += values[i];
    sums[grid_thread()] = sum;
}

constexpr u32 PART = THREADS * 16;  // bytes that a block copies in one round
constexpr u32 STAGES = 8;           // rounds under way, and one that is read
constexpr u32 APART = 37;           // parts from where a block begins to where the next one does

// A part of memory to shared memory a round, each block from one of its own on; a thread reads what it has copied.
extern "C" __global__ void __launch_bounds__(256) probe_cached(const u64 *from, u64 *sums, u32 parts, u32 rounds) {
    __shared__ __align__(16) u8 ring[STAGES * PART];
    const u8 *source = reinterpret_cast<const u8 *>(from) + threadIdx.x * 16;
    u8 *mine = ring + threadIdx.x * 16;
    u32 part = blockIdx.x * APART % parts, asked = 0, slot = 0;
    const auto ask = [&](u32 to) {
        if (asked < rounds) {
            async_copy<16>(mine + to * PART, source + (u64)part * PART);
            part = part + 1 < parts ? part + 1 : 0;
            asked++;
        }
        async_commit();
    };
#pragma unroll
    for (u32 i = 0; i + 1 < STAGES; i++) ask(i);
    u64 sum = 0;
    for (u32 round = 0; round < rounds; round++) {
        async_wait<STAGES - 2>();
        const WordPair pair = *reinterpret_cast<const WordPair *>(mine + slot * PART);
        sum += pair.low + pair.high;
        // What was read the round before may be overwritten.
        __syncwarp();
        ask((slot + STAGES - 1) % STAGES);
        slot = (slot + 1) % STAGES;
    }
    async_wait_all();
    sums[grid_thread()] = sum;
}

// A place of one list for each warp a round, as kernels take one for their hits.
extern "C" __global__ void __launch_bounds__(256) probe_outbox(u64 *next, u64 *sums, u32 rounds) {
    u64 sum = 0;
    if (threadIdx.x % 32 == 0) {
#pragma unroll 4
        for (u32 round = 0; round < rounds; round++) sum += atomicAdd(next, (u64)1);
    }
    sums[grid_thread()] = sum;
}

// One is added to a random counter by each thread a round; `mask` is their number, a power of two, less one.
extern "C" __global__ void __launch_bounds__(256) probe_scatter(u64 *counters, u32 mask, u32 rounds, u32 seed) {
    const u32 first = (u32)grid_thread() + seed;
#pragma unroll 4
    for (u32 round = 0; round < rounds; round++) {
        atomicAdd(counters + (mixed(first + round * 0x9e3779b9u) & mask), (u64)1);
    }
}

// Nothing that takes time.
extern "C" __global__ void __launch_bounds__(32) probe_launch(u64 *launches) {
    if (threadIdx.x == 0) launches[0] += 1;
}

// Many fingerprints against many, by planes of bits: what a query has in common with 128 rows is the sum of the planes of
// its set bits.
//
// Rows are sorted by popcount and meet in tiles of 128, `tiles` of them (8 at most) in a block. Plane b of a block is bit
// b of all its rows, 16 bytes for each tile, row r of a tile at bit r. A block stays in shared memory while queries
// pass. Each has a list of its set bits; lists of 32 queries (a group) have the same length, some entries being the
// plane of zeros behind all others, and lie beside each other, four entries of each query in turn.
//
// A lane adds for one query and one row tile. Four counters of 32 rows stand upright in its registers, level l being bit
// l of 32 counts, and carry-save adders (Harley and Seal) put planes into them. They begin at 2^levels minus what the
// first row of the tile needs, so that they overflow where that is reached; rows behind it need no fewer.
//
// `work` lists what is to be compared as query tile << 28 | tiles of the block, a bit each << 20 | block, by block.
// `needs`, `starts` and `spans` are those of many.cu.
#include "async_copy.cuh"
#include "outbox.cuh"
#include "shared.cuh"
#include "soyaku.cuh"

constexpr u32 THREADS = 512;
constexpr u32 WARPS = THREADS / 32;
constexpr u32 TILE = 128;          // queries, or rows, of a tile
constexpr u32 WORDS = TILE / 32;   // of a plane, for one tile: what a lane has
constexpr u32 GROUP = 32;          // queries whose lists lie beside each other
constexpr u32 NEVER = 0xffff;
constexpr u32 ALL_LANES = 0xffffffffu;

struct Problem {
    const uint4 *lists;   // entry of step s and query q of a group: (first step + s) * GROUP + q
    const u32 *groups;    // of each group: first step, steps
    const u8 *planes;
    const u16 *needs;
    const u32 *starts, *spans, *work;
    u32 items, bits, pitch, tiles, rows;
};

// A query and a row tile, as a lane has them.
struct Pair {
    u32 query, need;
    u32 tile, span;
};

// One bit of the counts of a lane's rows.
struct Level {
    u32 word[WORDS];
};

// Three planes become one, and one of twice the weight.
__device__ inline Level add(Level &sum, const Level &a, const Level &b) {
    Level carry;
#pragma unroll
    for (u32 j = 0; j < WORDS; j++) {
        const u32 s = sum.word[j];
        carry.word[j] = (s & a.word[j]) | (s & b.word[j]) | (a.word[j] & b.word[j]);
        sum.word[j] = s ^ a.word[j] ^ b.word[j];
    }
    return carry;
}

template <u32 LEVELS> struct Counter {
    Level level[LEVELS];
    Level enough;  // what has overflowed

    // At 2^LEVELS - need, which is at most 2^LEVELS; NEVER at 0: it does not overflow.
    __device__ explicit Counter(u32 need) {
        const u32 start = need >> LEVELS ? 0 : (1u << LEVELS) - need;
#pragma unroll
        for (u32 l = 0; l < LEVELS; l++) {
#pragma unroll
            for (u32 j = 0; j < WORDS; j++) level[l].word[j] = 0u - (start >> l & 1);
        }
#pragma unroll
        for (u32 j = 0; j < WORDS; j++) enough.word[j] = 0u - (start >> LEVELS);
    }

    // Adds four planes; what is carried counts four.
    __device__ Level add_four(SharedAddress mine, u32 plane, uint4 bits) {
        Level x[4];
        const u32 at[4] = {bits.x, bits.y, bits.z, bits.w};
#pragma unroll
        for (u32 i = 0; i < 4; i++) {
            const uint4 words = load_shared(mine + at[i] * plane);
            x[i] = Level{{words.x, words.y, words.z, words.w}};
        }
        const Level a = add(level[0], x[0], x[1]);
        const Level b = add(level[0], x[2], x[3]);
        return add(level[1], a, b);
    }

    // Adds what counts 2^from.
    template <u32 from> __device__ void ripple(Level carry) {
#pragma unroll
        for (u32 l = from; l < LEVELS; l++) {
#pragma unroll
            for (u32 j = 0; j < WORDS; j++) {
                const u32 both = level[l].word[j] & carry.word[j];
                level[l].word[j] ^= carry.word[j];
                carry.word[j] = both;
            }
        }
#pragma unroll
        for (u32 j = 0; j < WORDS; j++) enough.word[j] |= carry.word[j];
    }

    __device__ void add_eight(SharedAddress mine, u32 plane, uint4 first, uint4 second) {
        const Level a = add_four(mine, plane, first);
        ripple<3>(add(level[2], a, add_four(mine, plane, second)));
    }

    // Adds the planes of a list, which has as many steps for all lanes.
    __device__ void add_list(SharedAddress mine, u32 plane, const uint4 *list, u32 steps) {
        if constexpr (LEVELS > 8) {  // large counters leave few registers for what is on its way
            if constexpr (LEVELS <= 11) {
#pragma unroll 1
                for (; steps >= 2; steps -= 2, list += 2 * GROUP) add_eight(mine, plane, list[0], list[GROUP]);
            }
#pragma unroll 1
            for (; steps > 0; steps--, list += GROUP) ripple<2>(add_four(mine, plane, list[0]));
        } else {
            uint4 ahead[4];  // the buffer goes on behind the last list
#pragma unroll
            for (u32 i = 0; i < 4; i++) ahead[i] = list[i * GROUP];
#pragma unroll 1
            for (; steps >= 4; steps -= 4) {
                const uint4 now[4] = {ahead[0], ahead[1], ahead[2], ahead[3]};
                list += 4 * GROUP;
#pragma unroll
                for (u32 i = 0; i < 4; i++) ahead[i] = list[i * GROUP];
                const Level a = add_four(mine, plane, now[0]);
                const Level b = add(level[2], a, add_four(mine, plane, now[1]));
                const Level c = add_four(mine, plane, now[2]);
                const Level d = add(level[2], c, add_four(mine, plane, now[3]));
                ripple<4>(add(level[3], b, d));
            }
            if (steps & 2) {
                add_eight(mine, plane, ahead[0], ahead[1]);
                ahead[0] = ahead[2];
            }
            if (steps & 1) ripple<2>(add_four(mine, plane, ahead[0]));
        }
    }

    // How many more than `need` a row has that has overflowed.
    __device__ u32 more(u32 j, u32 row) const {
        u32 count = 0;
#pragma unroll
        for (u32 l = 0; l < LEVELS; l++) count |= (level[l].word[j] >> row & 1) << l;
        return count;
    }
};

// Writes the rows of `mask` as hits.
struct Hits {
    Outbox outbox;

    template <u32 LEVELS>
    __device__ void take(const Counter<LEVELS> &counter, const Level &mask, const Pair &pair, u32) const {
        u32 mine = 0;
#pragma unroll
        for (u32 j = 0; j < WORDS; j++) mine += __popc(mask.word[j]);
        u32 position = outbox.reserve(mine);
#pragma unroll
        for (u32 j = 0; j < WORDS; j++) {
#pragma unroll 1
            for (u32 rest = mask.word[j]; rest != 0; rest &= rest - 1) {
                const u32 row = (u32)__ffs((int)rest) - 1;
                outbox.put(position++, pair.tile * TILE + j * 32 + row, pair.query, pair.need + counter.more(j, row));
            }
        }
    }
};

// Counts them, by query.
struct Tally {
    u32 *counts;

    template <u32 LEVELS>
    __device__ void take(const Counter<LEVELS> &, const Level &mask, const Pair &pair, u32 lanes) const {
        u32 count = 0;
#pragma unroll
        for (u32 j = 0; j < WORDS; j++) count += __popc(mask.word[j]);
#pragma unroll 1
        for (u32 offset = lanes / 2; offset > 0; offset /= 2) count += __shfl_xor_sync(ALL_LANES, count, offset);
        if (count > 0 && (threadIdx.x & (lanes - 1)) == 0) atomicAdd(counts + pair.query, count);
    }
};

// Compares as many queries as the warp has room for with the block. `lanes` have the same query.
template <u32 LEVELS, class Sink>
__device__ inline void compare(const Problem &problem, const Sink &sink, const Pair &pair, SharedAddress mine,
                               u32 lanes, const uint4 *list, u32 steps) {
    Counter<LEVELS> counter(pair.need);
    counter.add_list(mine, problem.tiles * WORDS * 4, list, steps);
    u32 any = 0;
#pragma unroll
    for (u32 j = 0; j < WORDS; j++) any |= counter.enough.word[j];
    if (!__any_sync(ALL_LANES, any != 0)) return;

    Level mask = counter.enough;
    const u32 first = pair.tile * TILE, last_group = pair.span >> 16;
#pragma unroll
    for (u32 j = 0; j < WORDS; j++) {
        u32 group = pair.span & 0xffff;
        const bool one = group == last_group && first + j * 32 + 32 <= problem.rows;
#pragma unroll 1
        for (u32 rest = one ? 0 : mask.word[j]; rest != 0; rest &= rest - 1) {
            const u32 bit = (u32)__ffs((int)rest) - 1, row = first + j * 32 + bit;
            while (group < last_group && problem.starts[group + 1] <= row) group++;
            const u32 need = problem.needs[(u64)group * problem.pitch + pair.query];
            if (row >= problem.rows || pair.need + counter.more(j, bit) < need) mask.word[j] ^= 1u << bit;
        }
    }
    sink.take(counter, mask, pair, lanes);
}

template <class Sink> __device__ inline void compare_all(const Problem &problem, const Sink &sink, u8 *shared) {
    const u32 share = problem.items / gridDim.x, left = problem.items % gridDim.x;
    const u32 begin = blockIdx.x * share + min(blockIdx.x, left);
    const u32 end = begin + share + (blockIdx.x < left ? 1 : 0);
    const u32 tiles = problem.tiles;
    const u32 shift = tiles > 4 ? 3 : tiles > 2 ? 2 : tiles - 1;
    const u32 lanes = 1 << shift;  // of a query; some may have nothing to do
    const u32 slot = threadIdx.x % 32 >> shift, part = threadIdx.x & (lanes - 1);
    const u32 per_item = shift + 2;  // a warp takes 32 >> shift queries: a query tile has 1 << per_item batches
    const u32 bytes = problem.bits * tiles * WORDS * 4;
    const SharedAddress mine = to_shared(shared + min(part, tiles - 1) * WORDS * 4);

    u32 from = begin, to;
#pragma unroll 1
    for (; from < end; from = to) {
        const u32 block = problem.work[from] & 0xfffff;
        for (to = from + 1; to < end && (problem.work[to] & 0xfffff) == block;) to++;

        __syncthreads();  // all have done with the block before
        for (u32 at = threadIdx.x * 16; at < bytes; at += THREADS * 16)
            async_copy<16>(shared + at, problem.planes + (u64)block * bytes + at);
        async_commit();
        if (threadIdx.x < tiles) *(uint4 *)(shared + bytes + threadIdx.x * 16) = make_uint4(0, 0, 0, 0);
        Pair pair;
        pair.tile = block * tiles + part;
        const bool is_there = part < tiles && pair.tile * TILE < problem.rows;
        pair.span = is_there ? problem.spans[pair.tile] : 0;
        async_wait_all();
        __syncthreads();

#pragma unroll 1
        for (u32 batch = threadIdx.x / 32; batch < (to - from) << per_item; batch += WARPS) {
            const u32 item = problem.work[from + (batch >> per_item)];
            const u32 of_tile = batch & ((1u << per_item) - 1);
            pair.query = (item >> 28) * TILE + (of_tile << (5 - shift)) + slot;
            const u32 group = pair.query / GROUP;  // the same for all lanes
            const u32 steps = problem.groups[group * 2 + 1];
            const uint4 *const list = problem.lists + (u64)problem.groups[group * 2] * GROUP + pair.query % GROUP;
            pair.need = NEVER;
            if (is_there && (item >> (20 + part) & 1))
                pair.need = problem.needs[(u64)(pair.span & 0xffff) * problem.pitch + pair.query];
            if (pair.need > steps * 4) pair.need = NEVER;
            if (!__any_sync(ALL_LANES, pair.need != NEVER)) continue;
            if (steps < 16) compare<6>(problem, sink, pair, mine, lanes, list, steps);
            else if (steps < 32) compare<7>(problem, sink, pair, mine, lanes, list, steps);
            else if (steps < 64) compare<8>(problem, sink, pair, mine, lanes, list, steps);
            else if (steps < 512) compare<11>(problem, sink, pair, mine, lanes, list, steps);
            else compare<14>(problem, sink, pair, mine, lanes, list, steps);
        }
    }
}

// The pairs that are hits. Shared memory: a block and the plane of zeros.
extern "C" __global__ void __launch_bounds__(512, 1)
    tanimoto_planes(const u32 *lists, const u32 *groups, const u32 *planes, const u16 *needs, const u32 *starts,
                    const u32 *spans, const u32 *work, u64 *hits, u32 *found, u32 items, u32 bits, u32 pitch,
                    u32 tiles, u32 rows, u32 capacity) {
    SOYAKU_DYNAMIC_SHARED(u8, block);
    const Problem problem{(const uint4 *)lists, groups, (const u8 *)planes, needs, starts, spans, work, items, bits,
                          pitch, tiles, rows};
    compare_all(problem, Hits{Outbox{hits, found, capacity}}, block);
}

// How many rows are hits of each query.
extern "C" __global__ void __launch_bounds__(512, 1)
    tanimoto_planes_count(const u32 *lists, const u32 *groups, const u32 *planes, const u16 *needs, const u32 *starts,
                          const u32 *spans, const u32 *work, u32 *counts, u32 items, u32 bits, u32 pitch, u32 tiles,
                          u32 rows) {
    SOYAKU_DYNAMIC_SHARED(u8, block);
    const Problem problem{(const uint4 *)lists, groups, (const u8 *)planes, needs, starts, spans, work, items, bits,
                          pitch, tiles, rows};
    compare_all(problem, Tally{counts}, block);
}

// Lays out `count` row tiles, the first of which is tile `first` of the planes. Rows have whole chunks of 256 bits, words
// of 64 bits that count beside. A warp turns 128 rows x 256 bits, each lane 32 x 32 of them.
extern "C" __global__ void __launch_bounds__(256)
    tanimoto_planes_turn(const u64 *rows, u32 *planes, u32 first, u32 count, u32 words, u32 tiles) {
    const u32 chunks = (words + 3) / 4, lane = threadIdx.x % 32;
#pragma unroll 1
    for (u64 unit = grid_thread() / 32; unit < (u64)count * chunks; unit += grid_threads() / 32) {
        const u32 column = (u32)(unit % chunks) * 8 + lane % 8, word = lane / 8;
        const u64 tile = unit / chunks;
        const u32 *const from = (const u32 *)rows + (tile * TILE + word * 32) * chunks * 8 + column;
        u32 turned[32];
#pragma unroll
        for (u32 row = 0; row < 32; row++) turned[row] = from[row * chunks * 8];
        // Squares of 16, 8, 4, 2 and 1 change places (Warren, Hacker's Delight, 7-3).
#pragma unroll
        for (u32 level = 0; level < 5; level++) {
            const u32 half = 16 >> level, low = 0xffffffffu / ((1u << half) + 1);
#pragma unroll
            for (u32 row = 0; row < 32; row++) {
                if (row & half) continue;
                const u32 change = (turned[row] >> half ^ turned[row + half]) & low;
                turned[row] ^= change << half;
                turned[row + half] ^= change;
            }
        }
        if (column >= words * 2) continue;
        const u64 block = (first + tile) / tiles, part = (first + tile) % tiles;
        u32 *const to = planes + ((block * words * 64 + column * 32) * tiles + part) * WORDS + word;
#pragma unroll
        for (u32 bit = 0; bit < 32; bit++) to[(u64)bit * tiles * WORDS] = turned[bit];
    }
}

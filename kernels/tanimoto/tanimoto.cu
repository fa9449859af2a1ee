// Tanimoto similarity |a and b| / |a or b| of bit fingerprints, in integers throughout.
//
// A fingerprint is `words` 64-bit words, LSB first, of at most 65,472 bits, so that any count of bits fits 16 bits.
// A similarity is a fraction of two counts; fractions are compared by their cross products. Two fingerprints without
// any bit have similarity 0 / 1.
#include "soyaku.cuh"

constexpr u32 THREADS = 256;
constexpr u32 WARPS = THREADS / 32;
constexpr u32 ALL_LANES = 0xffffffffu;

// ---------------------------------------------------------------------------------------------------------------
// One query against many rows: which rows reach numerator / denominator.
//
// The rows are read once, and the kernel is to be as fast as the memory. Each warp looks at the popcounts of 128 rows
// at a time, one block of them ahead, and queues the rows whose popcounts allow the bound (BitBound, Swamidass and
// Baldi 2007): the bits of other rows are never read. It then takes as many rows from the queue as fill LOADS
// independent 16-byte loads of every lane, adds the counts of the lanes that share a row, and appends the rows that
// reach the bound to `hits`, as row << 32 | popcount << 16 | both. Where in `hits` a row lands depends on timing; which
// rows are there does not. `found` counts on beyond `capacity`, so that the launcher sees what did not fit.

constexpr u32 LOADS = 4;    // independent loads of a lane in flight
constexpr u32 CHUNK = 128;  // popcounts that a warp looks at in one go
constexpr u32 QUEUE = 256;  // a power of two; at least 127 rows left over and CHUNK new ones

__device__ inline u32 shared_bits(u64 a, u64 b) { return (u32)__popcll(a & b); }
__device__ inline u32 shared_bits(WordPair a, WordPair b) {
    return (u32)__popcll(a.low & b.low) + (u32)__popcll(a.high & b.high);
}

// A fraction that a similarity must reach, and what it leaves of popcounts: 0, 65535 where the fraction is 0.
struct Bound {
    u32 numerator, denominator;
    u32 least, most;

    __device__ bool possible(u32 popcount) const { return popcount - least <= most - least; }
    __device__ bool reached(u32 both, u32 either) const {
        return (u64)both * denominator >= (u64)numerator * (either == 0 ? 1 : either);
    }
};

// The popcounts of a chunk, CHUNK / 32 for each lane: those of rows chunk + lane, chunk + 32 + lane, ...
struct Popcounts {
    u32 of[CHUNK / 32];

    __device__ void load(const u16 *__restrict__ popcounts, u32 chunk, u32 lane, u32 rows) {
#pragma unroll
        for (u32 i = 0; i < CHUNK / 32; i++) {
            const u32 row = chunk + i * 32 + lane;
            of[i] = row < rows ? popcounts[row] : 0;
        }
    }
};

// `Unit` is what one lane reads at once: WordPair where rows are a multiple of 16 bytes, u64 where they are not.
template <typename Unit>
__device__ inline void scan(const Unit *__restrict__ bits, const u16 *__restrict__ popcounts,
                            const Unit *__restrict__ query, u64 *hits, u32 *found, u32 rows, u32 units,
                            u32 query_popcount, Bound bound, u32 capacity) {
    SOYAKU_DYNAMIC_SHARED(Unit, shared_query);
    __shared__ u64 queues[WARPS][QUEUE];

#pragma unroll 1
    for (u32 unit = threadIdx.x; unit < units; unit += THREADS) shared_query[unit] = query[unit];
    __syncthreads();

    // Lanes that share a row: a power of two, enough for one unit each where that is possible.
    u32 lanes = 1;
    while (lanes < units && lanes < 32) lanes *= 2;
    const u32 lane = threadIdx.x % 32;
    const u32 place = lane & (lanes - 1);
    const u32 group = lane / lanes;
    const u32 groups = 32 / lanes;
    const u32 batch = LOADS * groups;
    const u32 lanes_below = (1u << lane) - 1;

    u64 *queue = queues[threadIdx.x / 32];
    u32 head = 0, waiting = 0;

    const u32 stride = (u32)(grid_threads() / 32) * CHUNK;
    u32 chunk = (u32)(grid_thread() / 32) * CHUNK;
    Popcounts next;
    next.load(popcounts, chunk, lane, rows);

    while (true) {
        while (waiting < batch && chunk < rows) {
            const Popcounts now = next;
            const u32 here = chunk;
            chunk += stride;
            next.load(popcounts, chunk, lane, rows);
#pragma unroll
            for (u32 i = 0; i < CHUNK / 32; i++) {
                const u32 row = here + i * 32 + lane;
                const u32 popcount = now.of[i];
                const bool possible = bound.possible(popcount) & (row < rows);
                const u32 votes = __ballot_sync(ALL_LANES, possible);
                if (possible) {
                    const u32 position = head + waiting + __popc(votes & lanes_below);
                    queue[position % QUEUE] = (u64)row << 32 | (u64)popcount << 16;
                }
                waiting += __popc(votes);
            }
        }
        if (waiting == 0) break;
        __syncwarp();

        const u32 taken = min(waiting, batch);
        u64 from[LOADS];
        u32 both[LOADS];
#pragma unroll
        for (u32 i = 0; i < LOADS; i++) {
            // Where rows run out, the first one again: loads without conditions stay together.
            const u32 position = i * groups + group;
            const u32 slot = (head + (position < taken ? position : 0)) % QUEUE;
            from[i] = (queue[slot] >> 32) * units;
            both[i] = 0;
        }
        for (u32 unit = place; unit < units; unit += lanes) {
            Unit values[LOADS];
#pragma unroll
            for (u32 i = 0; i < LOADS; i++) values[i] = bits[from[i] + unit];
            const Unit wanted = shared_query[unit];
#pragma unroll
            for (u32 i = 0; i < LOADS; i++) both[i] += shared_bits(values[i], wanted);
        }
        __syncwarp();
        for (u32 offset = lanes / 2; offset > 0; offset /= 2) {
#pragma unroll
            for (u32 i = 0; i < LOADS; i++) both[i] += __shfl_xor_sync(ALL_LANES, both[i], offset);
        }

        // One addition to `found` for all rows of the batch. Entries are read again rather than kept: registers are
        // what limits the loads in flight.
        u64 entries[LOADS];
        u32 votes[LOADS];
        u32 total = 0;
#pragma unroll
        for (u32 i = 0; i < LOADS; i++) {
            const u32 position = i * groups + group;
            const u32 slot = (head + (position < taken ? position : 0)) % QUEUE;
            entries[i] = queue[slot];
            const u32 popcount = (u32)entries[i] >> 16;
            const bool reached = bound.reached(both[i], query_popcount + popcount - both[i]);
            votes[i] = __ballot_sync(ALL_LANES, reached & (place == 0) & (position < taken));
            total += __popc(votes[i]);
        }
        __syncwarp();  // all have read before the places are filled again
        head += taken;
        waiting -= taken;
        if (total == 0) continue;
        u32 position = 0;
        if (lane == 0) position = atomicAdd(found, total);
        position = __shfl_sync(ALL_LANES, position, 0);
#pragma unroll
        for (u32 i = 0; i < LOADS; i++) {
            const u32 mine = position + __popc(votes[i] & lanes_below);
            if ((votes[i] >> lane & 1) && mine < capacity) hits[mine] = entries[i] | both[i];
            position += __popc(votes[i]);
        }
    }
}

// Rows of an even number of words, at most 2^31 rows; those with a popcount below `least` or above `most` are passed
// over. `bits` and `query` are aligned to 16 bytes; `pairs` is half the number of words; shared memory: one row.
//
// Four blocks to a multiprocessor: without that, the compiler saves registers by letting each load wait for the last.
extern "C" __global__ void __launch_bounds__(256, 4)
    tanimoto_scan(const u64 *bits, const u16 *popcounts, const u64 *query, u64 *hits, u32 *found, u32 rows, u32 pairs,
                  u32 query_popcount, u32 numerator, u32 denominator, u32 least, u32 most, u32 capacity) {
    scan(reinterpret_cast<const WordPair *>(bits), popcounts, reinterpret_cast<const WordPair *>(query), hits, found,
         rows, pairs, query_popcount, Bound{numerator, denominator, least, most}, capacity);
}

// Rows of an odd number of words, which begin at any multiple of 8 bytes; shared memory: one row.
extern "C" __global__ void __launch_bounds__(256, 4)
    tanimoto_scan_odd(const u64 *bits, const u16 *popcounts, const u64 *query, u64 *hits, u32 *found, u32 rows,
                      u32 words, u32 query_popcount, u32 numerator, u32 denominator, u32 least, u32 most,
                      u32 capacity) {
    scan(bits, popcounts, query, hits, found, rows, words, query_popcount,
         Bound{numerator, denominator, least, most}, capacity);
}

// ---------------------------------------------------------------------------------------------------------------
// The most similar reference of each row, the lowest index among equals.
//
// A block takes a tile of rows and passes over all references, a tile at a time. Both go through shared memory DEPTH
// words at a time; each thread counts the common bits of EACH x EACH pairs in registers, so that 2 EACH loads feed
// EACH x EACH popcounts, which are what limits the rate.

constexpr u32 EACH = 4;
constexpr u32 DEPTH = 8;
constexpr u32 PITCH = DEPTH + 1;  // words from row to row in shared memory: neighbours fall into different banks

// The best so far; it begins as 0 / 1 at index 0, of which 0 is a short form.
struct Best {
    u32 both, either, index;

    __device__ static Best unpack(u64 packed) {
        const u32 either = (u32)packed >> 16;
        return Best{(u32)packed & 0xffff, either == 0 ? 1 : either, (u32)(packed >> 32)};
    }
    __device__ u64 pack() const { return (u64)index << 32 | (u64)either << 16 | both; }
    __device__ bool below(Best other) const {
        const u64 mine = (u64)both * other.either, theirs = (u64)other.both * either;
        return mine < theirs || (mine == theirs && index > other.index);
    }
};

// Copies words `word`.. of up to `count` rows into shared memory, with zeros beyond the last row and the last word.
__device__ inline void stage(u64 (*tile)[PITCH], u32 tile_rows, const u64 *__restrict__ bits, u64 count, u32 words,
                             u32 word) {
#pragma unroll 2
    for (u32 item = threadIdx.x; item < tile_rows * DEPTH; item += THREADS) {
        const u32 row = item / DEPTH, depth = item % DEPTH;
        const bool inside = row < count && word + depth < words;
        tile[row][depth] = inside ? bits[(u64)row * words + word + depth] : 0;
    }
}

// COLUMNS threads share a row: a tile is 4 COLUMNS references by 1024 / COLUMNS rows.
template <u32 COLUMNS>
__device__ inline void nearest(const u64 *__restrict__ bits, const u16 *__restrict__ popcounts,
                               const u64 *__restrict__ references, const u16 *__restrict__ reference_popcounts,
                               u64 *best, u64 rows, u32 reference_count, u32 first_reference, u32 words) {
    constexpr u32 LINES = THREADS / COLUMNS;
    constexpr u32 TILE_ROWS = EACH * LINES;
    constexpr u32 TILE_REFERENCES = EACH * COLUMNS;
    __shared__ u64 row_tile[TILE_ROWS][PITCH];
    __shared__ u64 reference_tile[TILE_REFERENCES][PITCH];

    const u32 column = threadIdx.x % COLUMNS;
    const u32 line = threadIdx.x / COLUMNS;

    for (u64 first = (u64)blockIdx.x * TILE_ROWS; first < rows; first += (u64)gridDim.x * TILE_ROWS) {
        u32 row_popcounts[EACH];
        Best row_best[EACH];
#pragma unroll
        for (u32 i = 0; i < EACH; i++) {
            const u64 row = first + line + i * LINES;
            row_popcounts[i] = row < rows ? popcounts[row] : 0;
            row_best[i] = Best{0, 1, 0};
        }

        for (u32 start = 0; start < reference_count; start += TILE_REFERENCES) {
            u32 both[EACH][EACH] = {};
            for (u32 word = 0; word < words; word += DEPTH) {
                __syncthreads();  // all have done with the tiles before
                stage(row_tile, TILE_ROWS, bits + first * words, rows - first, words, word);
                stage(reference_tile, TILE_REFERENCES, references + (u64)start * words, reference_count - start, words,
                      word);
                __syncthreads();
#pragma unroll
                for (u32 depth = 0; depth < DEPTH; depth++) {
                    u64 theirs[EACH];
#pragma unroll
                    for (u32 j = 0; j < EACH; j++) theirs[j] = reference_tile[column + j * COLUMNS][depth];
#pragma unroll
                    for (u32 i = 0; i < EACH; i++) {
                        const u64 mine = row_tile[line + i * LINES][depth];
#pragma unroll
                        for (u32 j = 0; j < EACH; j++) both[i][j] += (u32)__popcll(mine & theirs[j]);
                    }
                }
            }
            // In ascending order of the index; only a greater one replaces.
#pragma unroll
            for (u32 j = 0; j < EACH; j++) {
                const u32 index = start + column + j * COLUMNS;
                if (index >= reference_count) continue;
                const u32 popcount = reference_popcounts[index];
#pragma unroll
                for (u32 i = 0; i < EACH; i++) {
                    const u32 either = row_popcounts[i] + popcount - both[i][j];
                    if ((u64)both[i][j] * row_best[i].either > (u64)row_best[i].both * either)
                        row_best[i] = Best{both[i][j], either, first_reference + index};
                }
            }
        }

#pragma unroll
        for (u32 i = 0; i < EACH; i++) {
#pragma unroll
            for (u32 offset = COLUMNS / 2; offset > 0; offset /= 2) {
                const Best other = Best::unpack(__shfl_xor_sync(ALL_LANES, row_best[i].pack(), offset));
                if (row_best[i].below(other)) row_best[i] = other;
            }
            const u64 row = first + line + i * LINES;
            if (column == 0 && row < rows) {
                const Best before = Best::unpack(best[row]);
                if (before.below(row_best[i])) best[row] = row_best[i].pack();
            }
        }
    }
}

// `best` holds, for each row, index << 32 | either << 16 | both of the references before `first_reference`, which is
// the index of the first of `references`; 0 where there were none. Tiles of 64 rows by 64 references.
extern "C" __global__ void __launch_bounds__(256)
    tanimoto_nearest(const u64 *bits, const u16 *popcounts, const u64 *references, const u16 *reference_popcounts,
                     u64 *best, u64 rows, u32 reference_count, u32 first_reference, u32 words) {
    nearest<16>(bits, popcounts, references, reference_popcounts, best, rows, reference_count, first_reference, words);
}

// The same in tiles of 256 rows by 16 references, which fit where there are few references.
extern "C" __global__ void __launch_bounds__(256)
    tanimoto_nearest_few(const u64 *bits, const u16 *popcounts, const u64 *references, const u16 *reference_popcounts,
                         u64 *best, u64 rows, u32 reference_count, u32 first_reference, u32 words) {
    nearest<4>(bits, popcounts, references, reference_popcounts, best, rows, reference_count, first_reference, words);
}

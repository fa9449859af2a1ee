// Many fingerprints against many: the bits that every query and every row have in common, 128 x 128 pairs at a time.
//
// Rows are sorted by popcount. Those with the same popcount are a class, and the launcher says for each query and class
// how many common bits are enough (`needs`, never fewer for more bits; NEVER where none are). So no kernel knows of
// measures, and all comparisons are of small integers. Rows and queries are whole chunks of 256 bits.
//
// `work` lists the pairs of a tile of queries and a tile of rows that are to be compared, as query tile << 20 | row
// tile, by query tile: a pair of tiles in which no popcounts allow a hit (BitBound, Swamidass and Baldi 2007) is not in
// it. Each block takes an equal part. Chunks of rows pass through a ring in shared memory, STAGES - 1 of them on their
// way while one is compared, from one pair of tiles to the next without a pause; those of the queries stay there, where
// all of them fit, until the query tile changes.
#include "async_copy.cuh"
#include "mma.cuh"
#include "outbox.cuh"
#include "soyaku.cuh"

constexpr u32 THREADS = 128;
constexpr u32 TILE = 128;                      // queries, and rows, of a tile
constexpr u32 CHUNK = 32;                      // bytes of a fingerprint that are compared in one step
constexpr u32 PART = TILE * CHUNK;             // bytes of a chunk of a tile
constexpr u32 STAGES = 4;
constexpr u32 QUERIES = 8;                     // of one thread
constexpr u32 ROWS = 16;                       // of one thread
constexpr u32 ALL_LANES = 0xffffffffu;

// What is compared. `queries` and `rows` have chunks * CHUNK bytes a fingerprint; both are whole tiles long.
struct Problem {
    const u8 *queries, *rows;
    const u16 *needs;    // of query q and class c: needs[c * pitch + q]
    const u32 *starts;   // first row of each class, and the end of the last one
    const u32 *spans;    // of each row tile: the class of its first row, and that of its last one << 16
    const u32 *work;
    u32 items, chunks, pitch;
    u32 resident;        // whether all chunks of a query tile stay in shared memory
};

// Where 16 bytes of a chunk are: halves change places every four rows, so that eight rows fall into all banks.
__device__ inline u32 place(u32 row, u32 half) { return row * CHUNK + (half ^ (row >> 2 & 1)) * 16; }

// Starts to copy a chunk of a tile of fingerprints into shared memory.
__device__ inline void fetch(u8 *part, const u8 *fingerprints, u32 tile, u32 chunk, u32 chunks) {
    const u32 bytes = chunks * CHUNK;
    const u8 *from = fingerprints + (u64)tile * TILE * bytes + chunk * CHUNK;
#pragma unroll
    for (u32 i = 0; i < 2 * TILE / THREADS; i++) {
        const u32 row = (threadIdx.x + i * THREADS) / 2, half = threadIdx.x % 2;
        async_copy<16>(part + place(row, half), from + (u64)row * bytes + half * 16);
    }
}

#if defined(SOYAKU_EMULATED) || (__CUDA_ARCH__ >= 800 && __CUDA_ARCH__ < 1000)
// Matrix instructions of single bits. Four warps share a tile, each has 64 queries and 64 rows.
struct Matrix {
    static constexpr u32 LANES = 4;  // neighbours that have the same queries

    i32 sums[QUERIES / 2][ROWS / 2][4];
    u32 query_at, row_at;  // what the lane loads, within a part

    __device__ Matrix() {
        const u32 lane = threadIdx.x % 32, warp = threadIdx.x / 32;
        query_at = place(warp / 2 * 64 + lane % 16, lane / 16);
        row_at = place(warp % 2 * 64 + lane % 8 + lane / 16 * 8, lane / 8 % 2);
        clear();
    }
    __device__ void clear() {
#pragma unroll
        for (u32 i = 0; i < QUERIES / 2; i++) {
#pragma unroll
            for (u32 j = 0; j < ROWS / 2; j++) {
#pragma unroll
                for (u32 k = 0; k < 4; k++) sums[i][j][k] = 0;
            }
        }
    }
    __device__ u32 query(u32 i) const {
        return threadIdx.x / 64 * 64 + i / 2 * 16 + i % 2 * 8 + threadIdx.x % 32 / 4;
    }
    __device__ u32 row(u32 j) const {
        return threadIdx.x / 32 % 2 * 64 + j / 2 * 8 + threadIdx.x % 4 * 2 + j % 2;
    }
    __device__ u32 both(u32 i, u32 j) const { return (u32)sums[i / 2][j / 2][i % 2 * 2 + j % 2]; }

    __device__ void add(const u8 *queries, const u8 *rows) {
        u32 a[QUERIES / 2][4];
#pragma unroll
        for (u32 i = 0; i < QUERIES / 2; i++) load_matrices(a[i], queries + query_at + i * 16 * CHUNK);
#pragma unroll
        for (u32 j = 0; j < ROWS / 4; j++) {
            u32 b[4];
            load_matrices(b, rows + row_at + j * 16 * CHUNK);
            const u32 low[2] = {b[0], b[1]}, high[2] = {b[2], b[3]};
#pragma unroll
            for (u32 i = 0; i < QUERIES / 2; i++) {
                mma_and_popc(sums[i][2 * j], a[i], low);
                mma_and_popc(sums[i][2 * j + 1], a[i], high);
            }
        }
    }
};
#define SOYAKU_MATRIX 1
#endif

// Popcounts of 32 bits, for devices without matrix instructions of single bits: before Ampere and after Hopper.
struct Popcounts {
    static constexpr u32 LANES = 8;

    u32 sums[QUERIES][ROWS];

    __device__ Popcounts() { clear(); }
    __device__ void clear() {
#pragma unroll
        for (u32 i = 0; i < QUERIES; i++) {
#pragma unroll
            for (u32 j = 0; j < ROWS; j++) sums[i][j] = 0;
        }
    }
    __device__ u32 query(u32 i) const { return threadIdx.x / LANES + i * (THREADS / LANES); }
    __device__ u32 row(u32 j) const { return threadIdx.x % LANES + j * LANES; }
    __device__ u32 both(u32 i, u32 j) const { return sums[i][j]; }

    __device__ void add(const u8 *queries, const u8 *rows) {
#pragma unroll 1
        for (u32 word = 0; word < CHUNK / 4; word++) {
            u32 of_queries[QUERIES];
#pragma unroll
            for (u32 i = 0; i < QUERIES; i++)
                of_queries[i] = *(const u32 *)(queries + place(query(i), word / 4) + word % 4 * 4);
#pragma unroll
            for (u32 j = 0; j < ROWS; j++) {
                const u32 of_row = *(const u32 *)(rows + place(row(j), word / 4) + word % 4 * 4);
#pragma unroll
                for (u32 i = 0; i < QUERIES; i++) sums[i][j] += (u32)__popc(of_queries[i] & of_row);
            }
        }
    }
};

// Pairs of a thread that are hits: bit i % 2 * 16 + j of word i / 2.
typedef u32 Mask[QUERIES / 2];

// Writes the pairs that are hits.
struct Hits {
    Outbox outbox;

    __device__ void begin() {}
    __device__ void end(u32) {}

    template <class Pairs>
    __device__ void take(const Pairs &pairs, const Mask &mask, u32 query_tile, u32 row_tile) {
        u32 mine = 0;
#pragma unroll
        for (u32 i = 0; i < QUERIES / 2; i++) mine += __popc(mask[i]);
        u32 position = outbox.reserve(mine);
        if (mine == 0) return;
#pragma unroll
        for (u32 i = 0; i < QUERIES; i++) {
            const u32 query = query_tile * TILE + pairs.query(i);
#pragma unroll
            for (u32 j = 0; j < ROWS; j++) {
                if (mask[i / 2] >> (i % 2 * 16 + j) & 1)
                    outbox.put(position++, row_tile * TILE + pairs.row(j), query, pairs.both(i, j));
            }
        }
    }
};

// Counts hits by query: of a query tile in shared memory, which is added to `counts` when the tile changes.
struct Tally {
    u32 *counts;
    u32 *of_tile;

    __device__ void begin() { of_tile[threadIdx.x] = 0; }
    __device__ void end(u32 query_tile) {
        __syncthreads();
        const u32 count = of_tile[threadIdx.x];
        of_tile[threadIdx.x] = 0;
        if (count > 0) atomicAdd(counts + query_tile * TILE + threadIdx.x, count);
        __syncthreads();
    }

    template <class Pairs> __device__ void take(const Pairs &pairs, const Mask &mask, u32, u32) {
#pragma unroll
        for (u32 i = 0; i < QUERIES; i++) {
            u32 count = __popc(mask[i / 2] >> (i % 2 * 16) & 0xffff);
#pragma unroll
            for (u32 offset = Pairs::LANES / 2; offset > 0; offset /= 2)
                count += __shfl_xor_sync(ALL_LANES, count, offset);
            if (count > 0 && threadIdx.x % Pairs::LANES == 0) atomicAdd(of_tile + pairs.query(i), count);
        }
    }
};

template <class Pairs, class Sink>
__device__ inline void compare(const Problem &problem, Sink sink, u8 *shared) {
    const u32 share = problem.items / gridDim.x, rest = problem.items % gridDim.x;
    const u32 first = blockIdx.x * share + min(blockIdx.x, rest);
    const u32 last = first + share + (blockIdx.x < rest ? 1 : 0);
    const u32 chunks = problem.chunks;
    u8 *const row_parts = shared;
    u8 *const query_parts = shared + STAGES * PART;

    sink.begin();
    if (first == last) return;

    // What is fetched next. A step is a chunk of a pair of tiles.
    u32 next_item = first, next_chunk = 0, next_stage = 0;
    u32 next = problem.work[first];
    bool new_queries = true;
    const auto fetch_next = [&]() {
        if (next_item < last) {
            fetch(row_parts + next_stage * PART, problem.rows, next & 0xfffff, next_chunk, chunks);
            if (new_queries || !problem.resident) {
                const u32 part = problem.resident ? next_chunk : next_stage;
                fetch(query_parts + part * PART, problem.queries, next >> 20, next_chunk, chunks);
            }
            next_chunk++;
            if (next_chunk == chunks) {
                next_chunk = 0;
                next_item++;
                if (next_item < last) {
                    const u32 before = next;
                    next = problem.work[next_item];
                    new_queries = next >> 20 != before >> 20;
                }
            }
        }
        next_stage = (next_stage + 1) % STAGES;
        async_commit();
    };
#pragma unroll 1
    for (u32 i = 0; i < STAGES - 1; i++) fetch_next();

    Pairs pairs;
    u32 stage = 0;
#pragma unroll 1
    for (u32 item = first; item < last; item++) {
        const u32 query_tile = problem.work[item] >> 20, row_tile = problem.work[item] & 0xfffff;
        const u32 span = problem.spans[row_tile];
        const u16 *const needs = problem.needs + query_tile * TILE;
        u32 least[QUERIES];  // what is enough for the first row: others need no fewer
#pragma unroll
        for (u32 i = 0; i < QUERIES; i++) least[i] = needs[(u64)(span & 0xffff) * problem.pitch + pairs.query(i)];

#pragma unroll 1
        for (u32 chunk = 0; chunk < chunks; chunk++) {
            async_wait<STAGES - 2>();
            __syncthreads();  // the chunk is here, and all have done with the one before
            fetch_next();
            const u32 part = problem.resident ? chunk : stage;
            pairs.add(query_parts + part * PART, row_parts + stage * PART);
            stage = (stage + 1) % STAGES;
        }

        bool any = false;
#pragma unroll
        for (u32 i = 0; i < QUERIES; i++) {
#pragma unroll
            for (u32 j = 0; j < ROWS; j++) any |= pairs.both(i, j) >= least[i];
        }
        if (__any_sync(ALL_LANES, any)) {
#pragma unroll 1
            for (u32 group = span & 0xffff; group <= span >> 16; group++) {
                const u32 start = problem.starts[group], rows = problem.starts[group + 1] - start;
                u32 allowed = 0;  // rows of this class, by bits
#pragma unroll
                for (u32 j = 0; j < ROWS; j++)
                    allowed |= (u32)(row_tile * TILE + pairs.row(j) - start < rows) << j;
                Mask mask;
#pragma unroll
                for (u32 i = 0; i < QUERIES; i++) {
                    const u32 need = needs[(u64)group * problem.pitch + pairs.query(i)];
                    u32 reached = 0;
#pragma unroll
                    for (u32 j = 0; j < ROWS; j++) reached |= (u32)(pairs.both(i, j) >= need) << j;
                    reached &= allowed;
                    if (i % 2 == 0) mask[i / 2] = reached;
                    else mask[i / 2] |= reached << 16;
                }
                sink.take(pairs, mask, query_tile, row_tile);
            }
        }
        pairs.clear();
        if (item + 1 == last || problem.work[item + 1] >> 20 != query_tile) sink.end(query_tile);
    }
    async_wait_all();
}

// The pairs that are hits. Shared memory: STAGES parts, and as many for queries, or one for each chunk if `resident`,
// which takes at least STAGES chunks. sm_80 to sm_90.
extern "C" __global__ void __launch_bounds__(128, 2)
    tanimoto_many(const u64 *queries, const u64 *rows, const u16 *needs, const u32 *starts, const u32 *spans,
                  const u32 *work, u64 *hits, u32 *found, u32 items, u32 chunks, u32 pitch, u32 resident,
                  u32 capacity) {
#ifdef SOYAKU_MATRIX
    SOYAKU_DYNAMIC_SHARED(u8, parts);
    const Problem problem{(const u8 *)queries, (const u8 *)rows, needs, starts, spans, work, items, chunks, pitch,
                          resident};
    compare<Matrix>(problem, Hits{Outbox{hits, found, capacity}}, parts);
#endif
}

// How many rows are hits of each query.
extern "C" __global__ void __launch_bounds__(128, 2)
    tanimoto_many_count(const u64 *queries, const u64 *rows, const u16 *needs, const u32 *starts, const u32 *spans,
                        const u32 *work, u32 *counts, u32 items, u32 chunks, u32 pitch, u32 resident) {
#ifdef SOYAKU_MATRIX
    SOYAKU_DYNAMIC_SHARED(u8, parts);
    __shared__ u32 of_tile[TILE];
    const Problem problem{(const u8 *)queries, (const u8 *)rows, needs, starts, spans, work, items, chunks, pitch,
                          resident};
    compare<Matrix>(problem, Tally{counts, of_tile}, parts);
#endif
}

// The same by popcounts, on every device.
extern "C" __global__ void __launch_bounds__(128, 2)
    tanimoto_many_popcount(const u64 *queries, const u64 *rows, const u16 *needs, const u32 *starts,
                           const u32 *spans, const u32 *work, u64 *hits, u32 *found, u32 items, u32 chunks,
                           u32 pitch, u32 resident, u32 capacity) {
    SOYAKU_DYNAMIC_SHARED(u8, parts);
    const Problem problem{(const u8 *)queries, (const u8 *)rows, needs, starts, spans, work, items, chunks, pitch,
                          resident};
    compare<Popcounts>(problem, Hits{Outbox{hits, found, capacity}}, parts);
}

extern "C" __global__ void __launch_bounds__(128, 2)
    tanimoto_many_popcount_count(const u64 *queries, const u64 *rows, const u16 *needs, const u32 *starts,
                                 const u32 *spans, const u32 *work, u32 *counts, u32 items, u32 chunks, u32 pitch,
                                 u32 resident) {
    SOYAKU_DYNAMIC_SHARED(u8, parts);
    __shared__ u32 of_tile[TILE];
    const Problem problem{(const u8 *)queries, (const u8 *)rows, needs, starts, spans, work, items, chunks, pitch,
                          resident};
    compare<Popcounts>(problem, Tally{counts, of_tile}, parts);
}

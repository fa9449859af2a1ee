// Race detector: which accesses of one launch no barrier orders.
//
// Fed by the __tsan_* calls that the compiler puts before each access (flags/race) and by the shim for atomics and
// collective loads. Two accesses of one byte by different threads, at least one a write and at least one not atomic,
// are a race unless one of these lies between them:
//   - a block barrier, for threads of one block;
//   - a __syncwarp that both lanes take part in (other warp operations order no memory);
//   - __threadfence, atomic, same address: atomic, __threadfence, for threads of different blocks; the fence covers
//     what its thread wrote before it, and what its block wrote before the last block barrier.
#pragma once
#include <stddef.h>
#include <stdint.h>

#include <unordered_map>
#include <vector>

namespace emulation::race {

// What a fence of one thread has published: what its block did before the epoch, and what it did itself up to the clock.
struct Release {
    uint32_t thread, epoch, clock;
};
using Releases = std::unordered_map<uint64_t, std::vector<Release>>; // by block

// What a thread knows of the accesses of others.
struct Knowledge {
    uint32_t warp[32] = {};   // per lane of its warp: accesses up to this clock are ordered before what comes
    bool fenced = false;      // has executed __threadfence in this block
    Release fence{};          // the last one
    Releases seen, acquired;  // of other blocks: read in an atomic; and after a fence
};

enum class Access : uint8_t { Read, Write, Atomic, AtomicRead };

void begin_launch();
void begin_block();
void end_launch();
// A barrier of the whole block was passed.
void block_barrier();
// The lanes of `mask` in this warp passed a __syncwarp.
void warp_barrier(unsigned warp, unsigned mask);
void record(const void *address, size_t size, Access access, const void *program_counter);
void fence();
void copy_begins(const void *shared, size_t size, const void *program_counter);
void copy_arrives(const void *shared, size_t size, const void *program_counter);

} // namespace emulation::race

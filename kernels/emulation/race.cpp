#include "race.h"

#include "source_line.h"
#include "state.h"

#include <string.h>

#include <memory>

namespace emulation::race {
namespace {

// One access of one byte.
struct Stamp {
    uint64_t block = 0;
    const void *program_counter = nullptr;
    uint32_t epoch = 0; // block barriers passed
    uint32_t clock = 0; // of the lane
    uint16_t thread = 0;
    bool valid = false, atomic = false;
};

// What is remembered of a byte: the last write, and up to three reads (or atomics) since: the latest, another one of
// the same block, preferably of another warp, and the latest of another block.
struct Cell {
    Stamp write, read, neighbour, foreign;
    const void *arriving = nullptr; // program counter of the asynchronous copy that is under way
};

constexpr size_t page_bytes = 512;
struct Page {
    Cell cells[page_bytes];
};

std::unordered_map<uintptr_t, std::unique_ptr<Page>> pages;
uintptr_t last_page_number = 0;
Page *last_page = nullptr;

struct Synchronization { // what atomics at one address hand on
    Releases releases;
};
std::unordered_map<const void *, Synchronization> synchronizations;
Releases acquired_by_block; // before the last block barrier
uint32_t epoch = 0;
bool any = false;

Cell &cell(uintptr_t address) {
    uintptr_t number = address / page_bytes;
    if (!last_page || number != last_page_number) {
        auto &page = pages[number];
        if (!page) page = std::make_unique<Page>();
        last_page = page.get(), last_page_number = number;
    }
    return last_page->cells[address % page_bytes];
}

bool released(const Releases &releases, const Stamp &past) {
    auto found = releases.find(past.block);
    return found != releases.end() && (past.epoch < found->second.epoch || past.thread == found->second.thread);
}

// Whether `past` comes before what the thread on turn does now.
bool ordered(const Stamp &past) {
    if (past.block != launch->block_number) {
        return released(current->knowledge.acquired, past) || released(acquired_by_block, past);
    }
    if (past.epoch < epoch || past.thread == current->number) return true;
    return past.thread / 32 == current->warp && current->knowledge.warp[past.thread % 32] >= past.clock;
}

bool in_shared(const void *address) {
    auto *p = static_cast<const char *>(address);
    return (p >= launch->kernel->shared_begin && p < launch->kernel->shared_end)
        || (p >= launch->dynamic_shared && p < launch->dynamic_shared + launch->dynamic_bytes);
}

std::string name_of(const void *address) {
    auto *p = static_cast<const char *>(address);
    if (p >= launch->dynamic_shared && p < launch->dynamic_shared + launch->dynamic_bytes) {
        return text("dynamic shared memory, byte %zu", (size_t)(p - launch->dynamic_shared));
    }
    if (in_shared(address)) return text("static shared memory, byte %zu", (size_t)(p - launch->kernel->shared_begin));
    return text("global memory, address %p", address);
}

std::string thread_name(const Stamp &stamp) {
    const soyaku_emulation_dim3 &b = launch->block, &g = launch->grid;
    std::string thread = name({stamp.thread % b.x, stamp.thread / b.x % b.y, stamp.thread / b.x / b.y});
    if (stamp.block == launch->block_number) return "thread " + thread;
    return "thread " + thread + " of block "
         + name({(unsigned)(stamp.block % g.x), (unsigned)(stamp.block / g.x % g.y), (unsigned)(stamp.block / g.x / g.y)});
}

bool writes(Access access) { return access == Access::Write || access == Access::Atomic; }
bool is_atomic(Access access) { return access == Access::Atomic || access == Access::AtomicRead; }

const char *verb(bool write, bool atomic) {
    return write ? (atomic ? "changes atomically" : "writes") : (atomic ? "reads atomically" : "reads");
}
const char *verb(Access access) { return verb(writes(access), is_atomic(access)); }

[[noreturn]] void report(const void *address, Access access, const void *program_counter, const Stamp &past,
                         bool past_is_write) {
    bool foreign = past.block != launch->block_number;
    fail(SOYAKU_EMULATION_RACE,
         text("race: %s%s what %s %s%s, with no %s between them (%s)", verb(access),
              source_line(program_counter).c_str(), thread_name(past).c_str(), verb(past_is_write, past.atomic),
              source_line(past.program_counter).c_str(),
              foreign ? "order of these two blocks (a __threadfence on both sides of an atomic on one address)"
                      : "barrier",
              name_of(address).c_str()));
}

void check(const void *address, Access access, const void *program_counter, const Stamp &past, bool past_is_write) {
    if (!past.valid || (past.block == launch->block_number && past.thread == current->number)) return;
    if (past.atomic && is_atomic(access)) return;
    if (!writes(access) && !past_is_write) return;
    if (!ordered(past)) report(address, access, program_counter, past, past_is_write);
}

void remember_read(Cell &c, const Stamp &now) {
    if (c.read.valid && c.read.block != now.block) {
        c.foreign = c.read;
        c.neighbour.valid = false;
    } else if (c.read.valid && c.read.thread != now.thread) {
        bool keep = c.neighbour.valid && c.neighbour.epoch == now.epoch && c.neighbour.thread / 32 != now.thread / 32
                 && c.read.thread / 32 == now.thread / 32;
        if (!keep) c.neighbour = c.read;
    }
    c.read = now;
}

void record_byte(const char *address, Access access, const void *program_counter, bool shared) {
    Cell &c = cell(reinterpret_cast<uintptr_t>(address));
    if (shared) {
        if (c.arriving) {
            fail(SOYAKU_EMULATION_RACE,
                 text("%s%s where an asynchronous copy%s has not been waited for (%s)",
                      verb(access), source_line(program_counter).c_str(),
                      source_line(c.arriving).c_str(), name_of(address).c_str()));
        }
        if (access != Access::Write && !(c.write.valid && c.write.block == launch->block_number)) {
            fail(SOYAKU_EMULATION_RACE, text("%s%s shared memory that no thread of this block has written (%s)",
                                             verb(access),
                                             source_line(program_counter).c_str(), name_of(address).c_str()));
        }
        if (c.write.block != launch->block_number) c.write.valid = false;
        if (c.read.block != launch->block_number) c.read.valid = c.neighbour.valid = false;
        c.foreign.valid = false;
    }
    check(address, access, program_counter, c.write, true);
    if (writes(access)) {
        check(address, access, program_counter, c.read, false);
        check(address, access, program_counter, c.neighbour, false);
        check(address, access, program_counter, c.foreign, false);
    }
    Stamp now;
    now.block = launch->block_number;
    now.program_counter = program_counter;
    now.epoch = epoch;
    now.clock = current->knowledge.warp[current->lane];
    now.thread = (uint16_t)current->number;
    now.valid = true;
    now.atomic = is_atomic(access);
    if (!writes(access)) {
        remember_read(c, now);
    } else {
        c.write = now;
    }
}

void join(Releases &into, const Releases &from) {
    for (const auto &[block, release] : from) {
        auto [place, is_new] = into.emplace(block, release);
        if (!is_new && place->second.epoch < release.epoch) place->second = release;
    }
}

// Hands on and takes over what fences have published at this address.
void synchronize(const void *address) {
    Releases &there = synchronizations[address].releases;
    join(current->knowledge.seen, there);
    if (current->knowledge.fenced) {
        join(there, current->knowledge.acquired);
        join(there, acquired_by_block);
        join(there, {{launch->block_number, {current->number, current->knowledge.fence_epoch}}});
    }
}

} // namespace

bool active() { return any; }

void begin_launch() {
    pages.clear();
    synchronizations.clear();
    last_page = nullptr;
}
void end_launch() { begin_launch(); }

void begin_block() {
    epoch = 0;
    acquired_by_block.clear();
    if (!any) return;
    // Addresses of shared memory are used again by each block; a copy that never arrived must not haunt the next.
    auto forget = [](const char *begin, size_t size) {
        for (size_t i = 0; i < size; ++i) {
            auto page = pages.find((reinterpret_cast<uintptr_t>(begin) + i) / page_bytes);
            if (page != pages.end()) page->second->cells[(reinterpret_cast<uintptr_t>(begin) + i) % page_bytes] = Cell();
        }
    };
    forget(launch->kernel->shared_begin, (size_t)(launch->kernel->shared_end - launch->kernel->shared_begin));
    forget(launch->dynamic_shared, launch->dynamic_bytes);
}

void block_barrier() {
    ++epoch;
    if (!any) return;
    for (unsigned i = 0; i < launch->threads; ++i) join(acquired_by_block, thread(i).knowledge.acquired);
}

void warp_barrier(unsigned warp, unsigned mask) {
    if (!any) return;
    uint32_t newest[32] = {};
    for (unsigned lane = 0; lane < 32; ++lane) {
        if (!(mask >> lane & 1)) continue;
        const Knowledge &known = thread(warp * 32 + lane).knowledge;
        for (unsigned other = 0; other < 32; ++other) {
            if (newest[other] < known.warp[other]) newest[other] = known.warp[other];
        }
    }
    for (unsigned lane = 0; lane < 32; ++lane) {
        if (!(mask >> lane & 1)) continue;
        Knowledge &known = thread(warp * 32 + lane).knowledge;
        memcpy(known.warp, newest, sizeof newest);
        ++known.warp[lane];
    }
}

void record(const void *address, size_t size, Access access, const void *program_counter) {
    if (!any || !current) return;
    if (is_atomic(access)) synchronize(address);
    bool shared = in_shared(address);
    for (size_t i = 0; i < size; ++i) {
        record_byte(static_cast<const char *>(address) + i, access, program_counter, shared);
    }
}

void fence() {
    if (!any) return;
    Knowledge &known = current->knowledge;
    known.fenced = true;
    known.fence_epoch = epoch;
    join(known.acquired, known.seen);
}

void copy_begins(const void *shared, size_t size, const void *program_counter) {
    if (!any) return;
    record(shared, size, Access::Write, program_counter);
    for (size_t i = 0; i < size; ++i) cell(reinterpret_cast<uintptr_t>(shared) + i).arriving = program_counter;
}

void copy_arrives(const void *shared, size_t size) {
    if (!any) return;
    const void *program_counter = cell(reinterpret_cast<uintptr_t>(shared)).arriving;
    for (size_t i = 0; i < size; ++i) cell(reinterpret_cast<uintptr_t>(shared) + i).arriving = nullptr;
    record(shared, size, Access::Write, program_counter);
}

void set_active() { any = true; }

} // namespace emulation::race

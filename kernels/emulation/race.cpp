#include "race.h"

#include "shadow.h"
#include "source_line.h"
#include "state.h"

#include <string.h>

namespace emulation::race {
namespace {

std::unordered_map<const void *, Releases> handed_on; // by atomics at that address
Releases acquired_by_block; // before the last block barrier
uint32_t epoch = 0;
bool any = false; // whether the kernel was compiled for it

// Return addresses lie in the kernel's module, near its trampoline.
const char *base() { return reinterpret_cast<const char *>(launch->kernel->trampoline); }
const void *call_of(const Stamp &stamp) { return base() + stamp.call; }

uint32_t here() { return (uint32_t)launch->block_number; }

bool released(const Releases &releases, const Stamp &past) {
    auto found = releases.find(past.block);
    if (found == releases.end()) return false;
    for (const Release &release : found->second) {
        if (past.epoch < release.epoch || (past.thread == release.thread && past.clock <= release.clock)) return true;
    }
    return false;
}

// Whether `past` comes before what the thread on turn does now.
bool ordered(const Stamp &past) {
    if (past.block != here()) {
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
    if (stamp.block == here()) return "thread " + thread;
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
    bool foreign = past.block != here();
    fail(SOYAKU_EMULATION_RACE,
         text("race: %s%s what %s %s%s, with no %s between them (%s)", verb(access),
              source_line(program_counter).c_str(), thread_name(past).c_str(), verb(past_is_write, past.atomic),
              source_line(call_of(past)).c_str(),
              foreign ? "order of these two blocks (a __threadfence on both sides of an atomic on one address)"
                      : "barrier",
              name_of(address).c_str()));
}

// What is going on at this moment: for messages.
struct Now {
    const void *address;
    Access access;
    const void *program_counter;
};

void check(const Now &now, const Stamp &past, bool past_is_write) {
    if (past.valid && !ordered(past)) report(now.address, now.access, now.program_counter, past, past_is_write);
}

void check(const Now &now, const Group &group, bool are_writes) {
    check(now, group.other_block, are_writes);
    check(now, group.latest, are_writes);
    check(now, group.other_warp, are_writes);
    if (group.latest.block != here() || group.latest.epoch != epoch) return;
    Stamp lane = group.latest;
    for (uint16_t i = 0; i < group.lanes.size(); ++i) {
        lane.thread = (uint16_t)(group.latest.thread / 32 * 32 + i);
        lane.clock = group.lanes[i];
        check(now, lane, are_writes);
    }
}

Stamp stamp(Access access, const void *program_counter) {
    Stamp now;
    now.block = here();
    now.epoch = epoch;
    now.clock = current->knowledge.warp[current->lane];
    now.call = (int32_t)(static_cast<const char *>(program_counter) - base());
    now.thread = (uint16_t)current->number;
    now.valid = true;
    now.atomic = is_atomic(access);
    return now;
}

void record_cell(Cell &c, const char *address, Access access, const void *program_counter, bool shared) {
    if (shared) {
        if (c.copy.valid) {
            fail(SOYAKU_EMULATION_RACE,
                 text("%s%s where an asynchronous copy%s has not been waited for (%s)", verb(access),
                      source_line(program_counter).c_str(), source_line(call_of(c.copy)).c_str(),
                      name_of(address).c_str()));
        }
        if (access != Access::Write && !c.write.valid) {
            fail(SOYAKU_EMULATION_RACE,
                 text("%s%s shared memory that no thread of this block has written (%s)", verb(access),
                      source_line(program_counter).c_str(), name_of(address).c_str()));
        }
    }
    const Now doing{address, access, program_counter};
    const Stamp now = stamp(access, program_counter);
    check(doing, c.write, true);
    if (!c.atomics.empty() && !is_atomic(access)) check(doing, c.atomics[0], true);
    if (access == Access::Write && !c.atomics.empty()) check(doing, c.atomics[1], false);
    if (writes(access)) check(doing, c.reads, false);
    if (access == Access::Write) {
        c.write = now;
        c.reads = Group();
        c.atomics.clear();
    } else if (access == Access::Read) {
        c.reads.add(now);
    } else {
        if (c.atomics.empty()) c.atomics.resize(2);
        c.atomics[access == Access::AtomicRead].add(now);
    }
}

void add(std::vector<Release> &known, const Release &release) {
    for (Release &one : known) {
        if (one.thread != release.thread) continue;
        if (one.clock < release.clock) one = release; // clocks and epochs of a thread grow together
        return;
    }
    known.push_back(release);
}

void join(Releases &into, const Releases &from) {
    for (const auto &[block, releases] : from) {
        for (const Release &release : releases) add(into[block], release);
    }
}

// Hands on and takes over what fences have published at this address.
void synchronize(const void *address) {
    Releases &there = handed_on[address];
    join(current->knowledge.seen, there);
    if (current->knowledge.fenced) {
        join(there, current->knowledge.acquired);
        join(there, acquired_by_block);
        add(there[launch->block_number], current->knowledge.fence);
    }
}

} // namespace

void begin_launch() {
    any = launch->kernel->races;
    forget_all();
    handed_on.clear();
}
void end_launch() {
    forget_all();
    handed_on.clear();
}

void begin_block() {
    epoch = 0;
    acquired_by_block.clear();
    if (!any) return;
    // Addresses of shared memory are used again by each block.
    auto forget = [](Cell &cell, const char *) { cell = Cell(); };
    for_cells(launch->kernel->shared_begin, (size_t)(launch->kernel->shared_end - launch->kernel->shared_begin), false,
              forget);
    for_cells(launch->dynamic_shared, launch->dynamic_bytes, false, forget);
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
    const bool shared = in_shared(address);
    for_cells(address, size, true,
              [=](Cell &cell, const char *at) { record_cell(cell, at, access, program_counter, shared); });
}

void fence() {
    if (!any) return;
    Knowledge &known = current->knowledge;
    known.fenced = true;
    known.fence = {current->number, epoch, known.warp[current->lane]};
    ++known.warp[current->lane]; // what comes is not published
    join(known.acquired, known.seen);
}

void copy_begins(const void *shared, size_t size, const void *program_counter) {
    if (!any) return;
    record(shared, size, Access::Write, program_counter);
    const Stamp now = stamp(Access::Write, program_counter);
    for_cells(shared, size, true, [=](Cell &cell, const char *) { cell.copy = now; });
}

void copy_arrives(const void *shared, size_t size, const void *program_counter) {
    if (!any) return;
    for_cells(shared, size, true, [](Cell &cell, const char *) { cell.copy.valid = false; });
    record(shared, size, Access::Write, program_counter);
}

} // namespace emulation::race

// From a launch to blocks, from a block to threads.
#include "engine.h"

#include "source_line.h"
#include "state.h"
#include "watchdog.h"

#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <algorithm>
#include <mutex>

namespace emulation {

Launch *launch = nullptr;
Thread *current = nullptr;
Random chance;

namespace {

std::mutex one_at_a_time;
std::vector<std::unique_ptr<Thread>> pool; // kept from launch to launch, with their stacks

unsigned long long greatest_common_divisor(unsigned long long a, unsigned long long b) {
    while (b) {
        unsigned long long rest = a % b;
        a = b, b = rest;
    }
    return a;
}

void seed_from_environment() {
    const char *seed = getenv("SOYAKU_EMULATION_SEED");
    unsigned long long value = seed && *seed ? strtoull(seed, nullptr, 10) : 1;
    chance.seed = value;
    chance.shuffle = value != 0;
    chance.state = value * 0x9e3779b97f4a7c15ull + 0x1234567;
}

// The body of each fiber.
void run_thread() {
    begun();
    Thread &me = *current;
    launch->kernel->trampoline(launch->arguments.data());
    me.stage = Stage::Exited;
    ++launch->exited;
    thread_exits(me);
    leave(me, true);
}

void start_threads() {
    unsigned x = launch->block.x, y = launch->block.y;
    launch->ready.clear();
    launch->at_barrier = launch->exited = 0;
    std::fill(launch->living.begin(), launch->living.end(), 0);
    for (unsigned number = 0; number < launch->threads; ++number) {
        Thread &t = *pool[number];
        t.index = {number % x, number / x % y, number / x / y};
        t.number = number, t.lane = number % 32, t.warp = number / 32;
        t.stage = Stage::Ready;
        launch->living[t.warp] |= 1u << t.lane;
        t.held = nullptr;
        t.copies.clear();
        t.groups = 0;
        t.knowledge = race::Knowledge();
        t.knowledge.warp[t.lane] = 1;
        if (!prepare(t, run_thread)) {
            fail_block(SOYAKU_EMULATION_BAD_LAUNCH, "no memory for the stacks of its threads");
            return;
        }
        launch->ready.push_back(number);
    }
    if (!chance.shuffle) { // taken from the end
        for (unsigned i = 0; i < launch->threads; ++i) launch->ready[i] = launch->threads - 1 - i;
    }
}

// Who waits where, for a block in which nothing can go on.
std::string standing() {
    struct Group {
        Place place;
        unsigned count;
        soyaku_emulation_dim3 first;
    };
    std::vector<Group> groups;
    for (unsigned i = 0; i < launch->threads; ++i) {
        const Thread &t = *pool[i];
        if (t.stage == Stage::Exited) continue;
        bool found = false;
        for (Group &group : groups) {
            if (group.place.line == t.place.line && strcmp(group.place.operation, t.place.operation) == 0
                && strcmp(group.place.file, t.place.file) == 0) {
                ++group.count, found = true;
                break;
            }
        }
        if (!found) groups.push_back({t.place, 1, t.index});
    }
    std::string all;
    for (const Group &group : groups) {
        all += text("%s%u wait in %s, the first of them thread %s", all.empty() ? "" : "; ", group.count,
                    at(group.place).c_str(), name(group.first).c_str());
    }
    if (launch->exited) all += text("; %u have exited", launch->exited);
    return all;
}

// All live threads stand at a barrier: lets them go, if it is the same one.
void release_barrier() {
    const Thread *first = nullptr;
    soyaku_emulation_votes votes{0, 0};
    for (unsigned i = 0; i < launch->threads; ++i) {
        const Thread &t = *pool[i];
        if (t.stage == Stage::Exited) continue;
        if (!first) first = &t;
        if (t.place.line != first->place.line || strcmp(t.place.file, first->place.file) != 0
            || strcmp(t.place.operation, first->place.operation) != 0) {
            fail_block(SOYAKU_EMULATION_BARRIER, "its threads stand at different barriers: " + standing());
            return;
        }
        ++votes.live;
        votes.holding += t.predicate != 0;
    }
    launch->votes = votes;
    launch->at_barrier = 0;
    race::block_barrier();
    for (unsigned i = launch->threads; i-- > 0;) {
        if (pool[i]->stage != Stage::Barrier) continue;
        pool[i]->stage = Stage::Ready;
        launch->ready.push_back(i);
    }
}

void run_block() {
    fill_with_poison(launch->kernel->shared_begin, launch->kernel->shared_end - launch->kernel->shared_begin);
    fill_with_poison(launch->dynamic_shared, launch->dynamic_bytes);
    race::begin_block();
    launch->style = chance.shuffle ? chance.next() : 0;
    start_threads();
    while (launch->code == SOYAKU_EMULATION_OK && launch->exited < launch->threads) {
        if (launch->ready.empty()) {
            if (launch->at_barrier == launch->threads - launch->exited) {
                release_barrier();
            } else {
                fail_block(SOYAKU_EMULATION_BARRIER, "not all threads reach a barrier: " + standing());
            }
            continue;
        }
        if (chance.shuffle) {
            std::swap(launch->ready[chance.below((unsigned)launch->ready.size())], launch->ready.back());
        }
        current = pool[launch->ready.back()].get();
        launch->ready.pop_back();
        enter(*current);
        current = nullptr;
    }
    if (launch->code != SOYAKU_EMULATION_OK) {
        for (unsigned i = 0; i < launch->threads; ++i) {
            if (pool[i]->stage != Stage::Exited) pool[i]->abandoned = true;
        }
    }
    free_meetings();
}

// Every block once, in an order that the seed decides: steps of a length that has no divisor in common with their number.
void run_grid() {
    const soyaku_emulation_dim3 &grid = launch->grid;
    unsigned long long blocks = (unsigned long long)grid.x * grid.y * grid.z, step = 1, start = 0;
    if (chance.shuffle && blocks > 1) {
        start = chance.next() % blocks;
        do {
            step = 1 + chance.next() % (blocks - 1);
        } while (greatest_common_divisor(step, blocks) != 1);
    }
    unsigned long long number = start;
    for (unsigned long long i = 0; i < blocks && launch->code == SOYAKU_EMULATION_OK; ++i) {
        launch->block_number = number;
        launch->block_index = {(unsigned)(number % grid.x), (unsigned)(number / grid.x % grid.y),
                               (unsigned)(number / grid.x / grid.y)};
        // New for each block and of the exact size: AddressSanitizer sees what lies outside.
        launch->dynamic_shared =
            launch->dynamic_bytes ? static_cast<char *>(malloc(launch->dynamic_bytes)) : nullptr;
        if (launch->dynamic_bytes && !launch->dynamic_shared) {
            fail_block(SOYAKU_EMULATION_BAD_LAUNCH, "no memory for dynamic shared memory");
            return;
        }
        run_block();
        free(launch->dynamic_shared);
        launch->dynamic_shared = nullptr;
        number = (unsigned long long)(((unsigned __int128)number + step) % blocks);
    }
}

// What every device refuses.
const char *refused(const soyaku_emulation_dim3 &grid, const soyaku_emulation_dim3 &block, size_t dynamic_shared) {
    if (!grid.x || !grid.y || !grid.z || !block.x || !block.y || !block.z) return "a grid or block of size zero";
    if (grid.x > 0x7fffffffu || grid.y > 65535 || grid.z > 65535) return "more than 2147483647 x 65535 x 65535 blocks";
    if (block.x > 1024 || block.y > 1024 || block.z > 64 || (unsigned long long)block.x * block.y * block.z > 1024) {
        return "more than 1024 threads in a block (1024 x 1024 x 64 at most)";
    }
    if (dynamic_shared > 227 * 1024) return "more than 227 KiB of dynamic shared memory";
    return nullptr;
}

void put(char *message, size_t size, const std::string &from) {
    if (message && size) snprintf(message, size, "%s", from.c_str());
}

} // namespace

Thread &thread(unsigned number) { return *pool[number]; }

unsigned long long Random::next() { // splitmix64
    unsigned long long z = (state += 0x9e3779b97f4a7c15ull);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
}

void suspend(Stage stage) {
    current->stage = stage;
    if (stage == Stage::Ready) launch->ready.insert(launch->ready.begin(), current->number);
    leave(*current, false);
}

void fail_block(int code, const std::string &what) {
    if (launch->code != SOYAKU_EMULATION_OK) return;
    launch->code = code;
    launch->message = text("kernel %s, block %s: ", launch->kernel->name, name(launch->block_index).c_str()) + what
                    + text(" [SOYAKU_EMULATION_SEED=%llu]", chance.seed);
}

void fail(int code, const std::string &what) {
    fail_block(code, text("thread %s: ", name(current->index).c_str()) + what);
    current->abandoned = true;
    leave(*current, true);
    abort(); // the scheduler enters no thread of a failed launch
}

} // namespace emulation

using namespace emulation;

extern "C" void *soyaku_emulation_load(const char *path, char *message, size_t message_size) {
    Dl_info here;
    if (dladdr(reinterpret_cast<void *>(&soyaku_emulation_load), &here) && here.dli_fname) {
        dlopen(here.dli_fname, RTLD_NOW | RTLD_GLOBAL | RTLD_NOLOAD);
    }
    forget_source_lines();
    void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!module) put(message, message_size, text("cannot load %s: %s", path, dlerror()));
    return module;
}

extern "C" const soyaku_emulation_kernel *soyaku_emulation_find(void *module, const char *name, char *message,
                                                                 size_t message_size) {
    auto *kernel = static_cast<const soyaku_emulation_kernel *>(
        dlsym(module, (std::string("soyaku_emulation_kernel_") + name).c_str()));
    if (!kernel) {
        put(message, message_size, text("the module has no kernel %s", name));
    } else if (kernel->version != SOYAKU_EMULATION_VERSION) {
        put(message, message_size, text("kernel %s was compiled for version %u of the emulation, this is version %u",
                                        name, kernel->version, SOYAKU_EMULATION_VERSION));
        return nullptr;
    }
    return kernel;
}

extern "C" int soyaku_emulation_launch(const soyaku_emulation_kernel *kernel, void **arguments,
                                       soyaku_emulation_dim3 grid, soyaku_emulation_dim3 block, size_t dynamic_shared,
                                       char *message, size_t message_size) {
    std::lock_guard<std::mutex> guard(one_at_a_time);
    if (message && message_size) *message = 0;
    if (const char *why = refused(grid, block, dynamic_shared)) {
        put(message, message_size, text("kernel %s: %s", kernel->name, why));
        return SOYAKU_EMULATION_BAD_LAUNCH;
    }
    Launch running;
    running.kernel = kernel;
    running.grid = grid, running.block = block;
    running.threads = block.x * block.y * block.z;
    running.dynamic_bytes = dynamic_shared;
    running.forming.resize((running.threads + 31) / 32);
    running.living.resize(running.forming.size());
    std::vector<std::vector<char>> values;
    for (unsigned i = 0; i < kernel->parameters; ++i) {
        const char *value = static_cast<const char *>(arguments[i]);
        values.emplace_back(value, value + kernel->parameter_sizes[i]);
    }
    for (auto &value : values) running.arguments.push_back(value.data());
    while (pool.size() < running.threads) pool.push_back(std::make_unique<Thread>());

    seed_from_environment();
    launch = &running;
    race::begin_launch();
    Watchdog watchdog;
    run_grid();
    race::end_launch();
    launch = nullptr;
    put(message, message_size, running.message);
    return running.code;
}

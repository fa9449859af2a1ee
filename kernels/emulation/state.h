// One launch while it runs: its threads, warps and the block that is on turn. Blocks run one after another.
#pragma once
#include "fiber.h"
#include "race.h"
#include "shim/hooks.h"

#include <memory>
#include <string>
#include <vector>

namespace emulation {

// Where in the source something happened, and in which operation.
struct Place {
    const char *operation = "";
    const char *file = "";
    int line = 0;
};

// A meeting of lanes that not all have reached yet, or whose result some still hold.
struct Meeting {
    soyaku_emulation_meeting shared;
    Place place;
    int flags = 0;
    unsigned waiting = 0; // lanes that have arrived
    unsigned holders = 0; // lanes that may still read the result
};

// An asynchronous copy that has not arrived.
struct Copy {
    char *to;
    const char *from;
    unsigned bytes, taken;
    unsigned group;   // number of the commit that closed it; ~0u: still open
    const void *call; // return address
};

enum class Stage { Ready, Barrier, Meeting, Exited };

struct Thread : Fiber {
    soyaku_emulation_dim3 index{};
    unsigned number = 0; // in the block
    unsigned lane = 0, warp = 0;
    Stage stage = Stage::Ready;
    Place place;             // where it waits
    int predicate = 0;       // brought to the barrier
    Meeting *held = nullptr; // whose result it may read
    std::vector<Copy> copies;
    unsigned groups = 0; // commits so far
    race::Knowledge knowledge;
};

struct Launch {
    const soyaku_emulation_kernel *kernel = nullptr;
    std::vector<void *> arguments;
    soyaku_emulation_dim3 grid{}, block{}, block_index{};
    unsigned long long block_number = 0;
    unsigned threads = 0; // in a block
    char *dynamic_shared = nullptr;
    size_t dynamic_bytes = 0;
    soyaku_emulation_votes votes{};
    std::vector<unsigned> ready; // numbers of threads that can go on
    unsigned at_barrier = 0, exited = 0;
    unsigned long long style = 0; // of interleaving, in race mode
    std::vector<std::vector<Meeting *>> forming; // per warp
    std::vector<unsigned> living; // per warp: lanes that have not exited; those beyond the block's end never lived
    int code = SOYAKU_EMULATION_OK;
    std::string message;
};

// The launch under way and the thread on turn; null outside. One launch at a time.
extern Launch *launch;
extern Thread *current;
Thread &thread(unsigned number);

// Random numbers from the launch's seed. `below(n)`: 0 <= r < n.
struct Random {
    unsigned long long state = 1;
    unsigned long long seed = 1;
    bool shuffle = true; // seed 0: nothing is shuffled
    unsigned long long next();
    unsigned below(unsigned n) { return (unsigned)((next() >> 32) * n >> 32); }
};
extern Random chance;

// Lets the scheduler choose again; `stage` says whether this thread can go on.
void suspend(Stage stage);
// Ends the launch with a message about the thread on turn.
[[noreturn]] void fail(int code, const std::string &what);
// The same from the scheduler, about the block.
void fail_block(int code, const std::string &what);

std::string at(const Place &place);
std::string name(const soyaku_emulation_dim3 &d);
// A formatted string.
std::string text(const char *format, ...) __attribute__((format(printf, 1, 2)));

// Marks shared memory as unset, at the start of a block and where an asynchronous copy will arrive.
constexpr unsigned char poison = 0xc7;
void fill_with_poison(char *begin, size_t size);
void copy_bytes(char *to, const char *from, size_t size);

// Warp meetings: completes what an exit makes complete, and frees what the thread held.
void thread_exits(Thread &thread);
void free_meetings();

} // namespace emulation

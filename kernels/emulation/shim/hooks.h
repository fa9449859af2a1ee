// What a kernel compiled as host C++ calls in the engine. Resolved when the module is loaded.
#pragma once
#include "../engine.h"

extern "C" {

// Where this thread is. `const`: each fiber sees the same values for all of its life.
soyaku_emulation_dim3 soyaku_emulation_thread_index() __attribute__((const));
soyaku_emulation_dim3 soyaku_emulation_block_index() __attribute__((const));
soyaku_emulation_dim3 soyaku_emulation_block_size() __attribute__((const));
soyaku_emulation_dim3 soyaku_emulation_grid_size() __attribute__((const));
unsigned soyaku_emulation_lane() __attribute__((const));
void *soyaku_emulation_dynamic_shared() __attribute__((const));

// Ends the launch. `what` follows the kernel, block and thread in the message.
[[noreturn]] void soyaku_emulation_fail(int code, const char *what, const char *file, int line);

// Waits for all threads of the block that have not exited.
struct soyaku_emulation_votes { unsigned live, holding; }; // threads at the barrier, and those with predicate != 0
soyaku_emulation_votes soyaku_emulation_barrier(const char *operation, int predicate, const char *file, int line);

// One meeting of the lanes of a warp: what each brought. Valid until the lane's next meeting.
struct soyaku_emulation_meeting {
    unsigned mask;    // as all named it
    unsigned arrived; // lanes of the mask that had not exited
    struct alignas(16) { unsigned char bytes[64]; } lane[32];
};
enum {
    SOYAKU_MEETING_PLAIN = 0,
    SOYAKU_MEETING_ORDERS_MEMORY = 1, // __syncwarp; all others order nothing, as CUDA's documentation has it
    SOYAKU_MEETING_WHOLE_WARP = 2,    // `.aligned` instructions: an exited lane is an error
};
const soyaku_emulation_meeting *soyaku_emulation_meet(const char *operation, unsigned mask, int flags,
                                                      const void *value, unsigned size, const char *file, int line);

// Said before an atomic operation on that address; another thread may run first.
void soyaku_emulation_atomic(const void *address, unsigned size);
void soyaku_emulation_atomic_read(const void *address, unsigned size);
// Said for accesses that the compiler does not report (collective loads).
void soyaku_emulation_read(const void *address, unsigned size);
void soyaku_emulation_write(const void *address, unsigned size);
// Another thread may run first.
void soyaku_emulation_pause();
long long soyaku_emulation_clock(); // the same, and a number that grows
// __threadfence and stronger.
void soyaku_emulation_fence();

// cp.async: `bytes` from global to shared memory, of which the first `taken` come from the source, the rest are zero.
// The bytes arrive at the wait; until then the destination holds poison.
void soyaku_emulation_copy(void *shared, const void *global, unsigned bytes, unsigned taken, const char *file, int line);
void soyaku_emulation_copy_commit();
void soyaku_emulation_copy_wait(unsigned groups_left); // ~0u: all, also what no group holds
}

// The shim's own functions: the race detector is told by the hooks what they do.
#define SOYAKU_SHIM static __attribute__((unused, noinline, no_sanitize("thread")))
#define SOYAKU_PLACE const char *file = __builtin_FILE(), int line = __builtin_LINE()

// What kernels call besides warp operations: indices, barriers, atomics, asynchronous copies, failures.
#include "state.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

namespace emulation {

std::string text(const char *format, ...) {
    char buffer[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(buffer, sizeof buffer, format, arguments);
    va_end(arguments);
    return buffer;
}

std::string at(const Place &place) { return text("%s at %s:%d", place.operation, place.file, place.line); }

std::string name(const soyaku_emulation_dim3 &d) { return text("(%u,%u,%u)", d.x, d.y, d.z); }

// Byte by byte through volatile: not a memset, which AddressSanitizer would check against the red zones in between.
void fill_with_poison(char *begin, size_t size) {
    volatile char *p = begin;
    for (size_t i = 0; i < size; ++i) p[i] = (char)poison;
}
void copy_bytes(char *to, const char *from, size_t size) {
    volatile char *p = to;
    for (size_t i = 0; i < size; ++i) p[i] = from ? from[i] : 0;
}

// Between two barriers another thread may run before an atomic operation.
static void maybe_switch(unsigned one_in) {
    if (chance.shuffle && chance.below(one_in) == 0) suspend(Stage::Ready);
}

static void arrive(const Copy &copy) {
    race::copy_arrives(copy.to, copy.bytes, copy.call);
    race::record(copy.from, copy.taken, race::Access::Read, copy.call);
    copy_bytes(copy.to, copy.from, copy.taken);
    copy_bytes(copy.to + copy.taken, nullptr, copy.bytes - copy.taken);
}

} // namespace emulation

using namespace emulation;

extern "C" {

soyaku_emulation_dim3 soyaku_emulation_thread_index() { return current->index; }
soyaku_emulation_dim3 soyaku_emulation_block_index() { return launch->block_index; }
soyaku_emulation_dim3 soyaku_emulation_block_size() { return launch->block; }
soyaku_emulation_dim3 soyaku_emulation_grid_size() { return launch->grid; }
unsigned soyaku_emulation_lane() { return current->lane; }
void *soyaku_emulation_dynamic_shared() { return launch->dynamic_shared; }

void soyaku_emulation_fail(int code, const char *what, const char *file, int line) {
    fail(code, text("%s at %s:%d", what, file, line));
}

soyaku_emulation_votes soyaku_emulation_barrier(const char *operation, int predicate, const char *file, int line) {
    current->place = {operation, file, line};
    current->predicate = predicate;
    ++launch->at_barrier;
    suspend(Stage::Barrier);
    return launch->votes;
}

// Return addresses: of the kernel, past the functions of the shim in between (atomicAdd, soyaku_atomic). Kernels are
// compiled with frame pointers.
#pragma GCC diagnostic ignored "-Wframe-address"
void soyaku_emulation_atomic(const void *address, unsigned size) {
    maybe_switch(2);
    race::record(address, size, race::Access::Atomic, __builtin_return_address(2));
}
void soyaku_emulation_atomic_read(const void *address, unsigned size) {
    maybe_switch(2);
    race::record(address, size, race::Access::AtomicRead, __builtin_return_address(1));
}
void soyaku_emulation_read(const void *address, unsigned size) {
    race::record(address, size, race::Access::Read, __builtin_return_address(1));
}
void soyaku_emulation_write(const void *address, unsigned size) {
    race::record(address, size, race::Access::Write, __builtin_return_address(1));
}
void soyaku_emulation_pause() { suspend(Stage::Ready); }
long long soyaku_emulation_clock() {
    suspend(Stage::Ready);
    static long long ticks = 0;
    return ticks += 100;
}
void soyaku_emulation_fence() { race::fence(); }

void soyaku_emulation_copy(void *shared, const void *global, unsigned bytes, unsigned taken, const char *file,
                           int line) {
    if (taken > bytes) taken = bytes;
    if ((bytes != 4 && bytes != 8 && bytes != 16) || (uintptr_t)shared % bytes || (uintptr_t)global % bytes) {
        fail(SOYAKU_EMULATION_MISALIGNED,
             text("asynchronous copy of %u bytes (4, 8 or 16, both addresses aligned to it) at %s:%d", bytes, file,
                  line));
    }
    const void *call = __builtin_return_address(1);
    race::record(global, taken, race::Access::Read, call);
    race::copy_begins(shared, bytes, call);
    fill_with_poison(static_cast<char *>(shared), bytes);
    current->copies.push_back({static_cast<char *>(shared), static_cast<const char *>(global), bytes, taken, ~0u, call});
}

void soyaku_emulation_copy_commit() {
    for (Copy &copy : current->copies) {
        if (copy.group == ~0u) copy.group = current->groups;
    }
    ++current->groups;
}

void soyaku_emulation_copy_wait(unsigned groups_left) {
    std::vector<Copy> left;
    for (const Copy &copy : current->copies) {
        bool done = groups_left == ~0u || (copy.group != ~0u && current->groups - copy.group > groups_left);
        if (done) {
            arrive(copy);
        } else {
            left.push_back(copy);
        }
    }
    current->copies.swap(left);
}
}

// The calls that `-fsanitize=thread` puts before each access of memory. Not libtsan's: ours.
#include "state.h"

#include <stdint.h>

using namespace emulation;

// How often a thread gives way at a shared access: the launch's random numbers decide at the start of each block.
static void access(const void *address, size_t size, race::Access kind, const void *program_counter) {
    if (!current || on_a_stack(address)) return;
    unsigned style = (unsigned)(launch->style % 3); // none; now and then; often
    if (style && chance.below(style == 1 ? 32 : 3) == 0) suspend(Stage::Ready);
    race::record(address, size, kind, program_counter);
}

#define READ(name, size) \
    void __tsan_##name(void *p) { access(p, size, race::Access::Read, __builtin_return_address(0)); }
#define WRITE(name, size) \
    void __tsan_##name(void *p) { access(p, size, race::Access::Write, __builtin_return_address(0)); }
#define BOTH(size) \
    READ(read##size, size) \
    WRITE(write##size, size) \
    READ(unaligned_read##size, size) \
    WRITE(unaligned_write##size, size) \
    READ(volatile_read##size, size) \
    WRITE(volatile_write##size, size) \
    void __tsan_read_write##size(void *p) { \
        access(p, size, race::Access::Read, __builtin_return_address(0)); \
        access(p, size, race::Access::Write, __builtin_return_address(0)); \
    }

extern "C" {
void __tsan_init() {}
void __tsan_func_entry(void *) {}
void __tsan_func_exit(void *) {}
BOTH(1)
BOTH(2)
BOTH(4)
BOTH(8)
BOTH(16)
void __tsan_read_range(void *p, uintptr_t size) {
    access(p, size, race::Access::Read, __builtin_return_address(0));
}
void __tsan_write_range(void *p, uintptr_t size) {
    access(p, size, race::Access::Write, __builtin_return_address(0));
}
void __tsan_vptr_update(void *p, void *) { access(p, sizeof(void *), race::Access::Write, __builtin_return_address(0)); }
void __tsan_vptr_read(void *p) { access(p, sizeof(void *), race::Access::Read, __builtin_return_address(0)); }
}

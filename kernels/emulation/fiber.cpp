#include "fiber.h"

#include <stdint.h>
#include <sys/mman.h>

#if defined(__x86_64__) && !defined(SOYAKU_EMULATION_UCONTEXT)
#define OWN_SWITCH
#else
#include <ucontext.h> // any machine; five times slower
#endif

extern "C" {
__attribute__((weak)) void __sanitizer_start_switch_fiber(void **fake_stack_save, const void *bottom, size_t size);
__attribute__((weak)) void __sanitizer_finish_switch_fiber(void *fake_stack, const void **bottom_old, size_t *size_old);
__attribute__((weak)) void __asan_unpoison_memory_region(const volatile void *address, size_t size);
}

namespace emulation {
namespace {

// All stacks lie in one reservation, so that one comparison tells a stack's address; a guard page below each.
constexpr size_t guard_bytes = 64 * 1024; // a whole page on any machine
constexpr size_t slot_bytes = stack_bytes + guard_bytes;
constexpr size_t slots = 1024;
char *arena = nullptr;
size_t used = 0;

void *scheduler_context = nullptr;
void *scheduler_fake_stack = nullptr;
const void *scheduler_bottom = nullptr;
size_t scheduler_size = 0;

char *new_stack() {
    if (!arena) {
        void *memory = mmap(nullptr, slots * slot_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (memory == MAP_FAILED) return nullptr;
        arena = static_cast<char *>(memory);
    }
    if (used == slots) return nullptr;
    char *stack = arena + used * slot_bytes + guard_bytes;
    if (mprotect(stack, stack_bytes, PROT_READ | PROT_WRITE) != 0) return nullptr;
    ++used;
    return stack;
}

} // namespace

#ifdef OWN_SWITCH
// Callee-saved registers on the stack, the stack pointer in *from.
extern "C" void soyaku_emulation_switch(void **from, void *to);
asm(R"(
    .text
    .globl soyaku_emulation_switch
    .hidden soyaku_emulation_switch
    .type soyaku_emulation_switch, @function
soyaku_emulation_switch:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
    .size soyaku_emulation_switch, .-soyaku_emulation_switch
)");

static void start(Fiber &fiber, void (*body)()) {
    uintptr_t *top = reinterpret_cast<uintptr_t *>(fiber.stack + stack_bytes); // a multiple of 16
    *--top = 0;                                 // what `body` would return to
    *--top = reinterpret_cast<uintptr_t>(body); // popped by `ret`: then the stack is as after a call
    for (int i = 0; i < 6; ++i) *--top = 0;
    fiber.context = top;
}
static void change(void **from, void *to) { soyaku_emulation_switch(from, to); }
#else
static ucontext_t scheduler_ucontext;

static void start(Fiber &fiber, void (*body)()) {
    // The ucontext itself sits at the low end of the stack.
    ucontext_t *context = reinterpret_cast<ucontext_t *>(fiber.stack);
    getcontext(context);
    context->uc_stack.ss_sp = fiber.stack + sizeof(ucontext_t);
    context->uc_stack.ss_size = stack_bytes - sizeof(ucontext_t);
    context->uc_link = nullptr;
    makecontext(context, body, 0);
    fiber.context = context;
}
static void change(void **from, void *to) {
    if (!*from) *from = &scheduler_ucontext;
    swapcontext(static_cast<ucontext_t *>(*from), static_cast<ucontext_t *>(to));
}
#endif

bool prepare(Fiber &fiber, void (*body)()) {
    if (!fiber.stack && !(fiber.stack = new_stack())) return false;
    if (fiber.abandoned && __asan_unpoison_memory_region) __asan_unpoison_memory_region(fiber.stack, stack_bytes);
    fiber.abandoned = false;
    fiber.fake_stack = nullptr;
    start(fiber, body);
    return true;
}

void enter(Fiber &fiber) {
    if (__sanitizer_start_switch_fiber) {
        __sanitizer_start_switch_fiber(&scheduler_fake_stack, fiber.stack, stack_bytes);
    }
    change(&scheduler_context, fiber.context);
    if (__sanitizer_finish_switch_fiber) __sanitizer_finish_switch_fiber(scheduler_fake_stack, nullptr, nullptr);
}

void begun() {
    if (__sanitizer_finish_switch_fiber) {
        __sanitizer_finish_switch_fiber(nullptr, &scheduler_bottom, &scheduler_size);
    }
}

void leave(Fiber &fiber, bool forever) {
    if (__sanitizer_start_switch_fiber) {
        __sanitizer_start_switch_fiber(forever ? nullptr : &fiber.fake_stack, scheduler_bottom, scheduler_size);
    }
    change(&fiber.context, scheduler_context);
    if (__sanitizer_finish_switch_fiber) {
        __sanitizer_finish_switch_fiber(fiber.fake_stack, &scheduler_bottom, &scheduler_size);
    }
}

bool on_a_stack(const void *address) {
    return arena && static_cast<const char *>(address) >= arena
        && static_cast<const char *>(address) < arena + slots * slot_bytes;
}

} // namespace emulation

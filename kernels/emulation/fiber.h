// Fibers: stacks that take turns in one OS thread. AddressSanitizer, where present, is told of each switch.
#pragma once
#include <stddef.h>

namespace emulation {

struct Fiber {
    void *context = nullptr;     // where it stopped: stack pointer, or ucontext
    char *stack = nullptr;       // lowest usable address
    void *fake_stack = nullptr;  // AddressSanitizer's
    bool abandoned = false;      // left without returning: its frames may still be poisoned
};

constexpr size_t stack_bytes = 256 * 1024;

// Makes `fiber` ready to run `body`, which must end with `leave(fiber, true)`. The stack is reused. False: no memory.
bool prepare(Fiber &fiber, void (*body)());
// From the scheduler into a fiber; returns when the fiber leaves.
void enter(Fiber &fiber);
// From a fiber to the scheduler. `forever`: it will not be entered again before the next `prepare`.
void leave(Fiber &fiber, bool forever);
// First thing that `body` calls.
void begun();

// Whether an address lies on a fiber's stack.
bool on_a_stack(const void *address);

} // namespace emulation

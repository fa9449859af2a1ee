#include "watchdog.h"

#include "state.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

namespace emulation {

// In a thread of its own, while the launch runs.
static void expired(sigval) {
    const Launch *running = launch;
    const Thread *on_turn = current;
    if (!running) return;
    fprintf(stderr, "kernel %s, block %s, thread %s: still running after SOYAKU_EMULATION_SECONDS [SOYAKU_EMULATION_SEED=%llu]\n",
            running->kernel->name, name(running->block_index).c_str(), on_turn ? name(on_turn->index).c_str() : "?",
            chance.seed);
    _exit(124);
}

Watchdog::Watchdog() {
    const char *text = getenv("SOYAKU_EMULATION_SECONDS");
    const long seconds = text && *text ? strtol(text, nullptr, 10) : 600;
    if (seconds <= 0) return;
    sigevent event{};
    event.sigev_notify = SIGEV_THREAD;
    event.sigev_notify_function = expired;
    itimerspec after{};
    after.it_value.tv_sec = seconds;
    if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0) return;
    set = timer_settime(timer, 0, &after, nullptr) == 0;
    if (!set) timer_delete(timer);
}

Watchdog::~Watchdog() {
    if (set) timer_delete(timer);
}

} // namespace emulation

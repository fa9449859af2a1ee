// A launch that does not end: a thread in a loop that nothing ends cannot be stopped, so the process ends, with a message.
#pragma once
#include <time.h>

namespace emulation {

// While it lives, the launch has SOYAKU_EMULATION_SECONDS (600 where unset, 0: no limit).
class Watchdog {
    timer_t timer;
    bool set = false;

  public:
    Watchdog();
    ~Watchdog();
    Watchdog(const Watchdog &) = delete;
};

} // namespace emulation

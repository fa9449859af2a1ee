#include "state.h"

#include <cstdarg>
#include <cstdio>
#include <cstdlib>

State &state() {
    // Never destroyed: threads may call while the process ends.
    static State *the_state = new State;
    return *the_state;
}

Context *&current() {
    thread_local Context *context = nullptr;
    return context;
}

void diagnose(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    std::fputs("emulated CUDA: ", stderr);
    std::vfprintf(stderr, format, arguments);
    std::fputc('\n', stderr);
    va_end(arguments);
}

const char *setting(const char *name, const char *otherwise) {
    const char *value = std::getenv(name);
    return value && *value ? value : otherwise;
}

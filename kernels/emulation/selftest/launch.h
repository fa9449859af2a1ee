// What the cases of the self-test share: memory, launches, comparisons.
#pragma once
#include "../engine.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <string>
#include <vector>

// Each buffer is a block of memory of its own and of the exact size, as the fake driver gives.
template <class T> struct Buffer {
    T *data;
    size_t size;
    explicit Buffer(size_t size, T fill = T()) : data(static_cast<T *>(malloc(size * sizeof(T)))), size(size) {
        for (size_t i = 0; i < size; ++i) data[i] = fill;
    }
    Buffer(const Buffer &) = delete;
    ~Buffer() { free(data); }
    T &operator[](size_t i) { return data[i]; }
};

struct Outcome {
    int code;
    std::string message;
};

struct Session {
    void *module;
    uint64_t random = 88172645463325252ull;
    uint64_t next() { // xorshift
        random ^= random << 13, random ^= random >> 7, random ^= random << 17;
        return random;
    }

    const soyaku_emulation_kernel *find(const char *kernel) {
        char message[4096];
        const soyaku_emulation_kernel *found = soyaku_emulation_find(module, kernel, message, sizeof message);
        if (!found) stop(100, message);
        return found;
    }
    bool finds_races() { return find("scripted")->races; }

    template <class... T>
    Outcome launch(const char *kernel, soyaku_emulation_dim3 grid, soyaku_emulation_dim3 block, size_t dynamic_shared,
                   T... values) {
        char message[4096];
        void *arguments[] = {static_cast<void *>(&values)...};
        int code =
            soyaku_emulation_launch(find(kernel), arguments, grid, block, dynamic_shared, message, sizeof message);
        return {code, message};
    }
    // Ends the program with the code of the launch if it fails.
    template <class... T>
    void run(const char *kernel, unsigned blocks, unsigned threads, size_t dynamic_shared, T... values) {
        const Outcome outcome = launch(kernel, {blocks, 1, 1}, {threads, 1, 1}, dynamic_shared, values...);
        if (outcome.code) stop(outcome.code, outcome.message.c_str());
    }
    [[noreturn]] static void stop(int code, const char *message) {
        printf("%s\n", message);
        fflush(stdout);
        _Exit(code);
    }
};

// Exit code 90: the launch went well and the result is wrong.
#define SAME(what, index, got, want) \
    do { \
        auto got_ = (got); \
        decltype(got_) want_ = (want); \
        if (got_ != want_) { \
            printf("%s %zu: %.17g instead of %.17g\n", what, (size_t)(index), (double)got_, (double)want_); \
            fflush(stdout); \
            _Exit(90); \
        } \
    } while (0)

void warp_operations(Session &);
void warp_exits(Session &);
void atomic_operations(Session &);
void bit_operations(Session &);
void matrix_product(Session &);
void matrix_loads(Session &);
void scripted(Session &);
void indices(Session &);
void again(Session &);
void with_mistake(Session &, const char *name, unsigned mistake);

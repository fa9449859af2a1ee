// selftest MODULE CASE [MISTAKE]: exit code 0 if the launch went well and the result is right, 90 if it is wrong, the
// code of the launch otherwise, with its message. `selftest MODULE all` runs every case without a mistake.
#include "launch.h"

#include <string.h>

#include <chrono>

// 100 blocks of 256 threads, nine barriers each.
static void timed(Session &session) {
    const uint64_t n = 25600;
    Buffer<uint32_t> in(n, 3), out(100);
    const auto start = std::chrono::steady_clock::now();
    session.run("tree_sum", 100, 256, 0, in.data, n, 0u, out.data);
    printf("%.4f s\n", std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
}

int main(int count, char **words) {
    if (count < 3) Session::stop(100, "usage: selftest MODULE CASE [MISTAKE]");
    char message[4096];
    Session session{soyaku_emulation_load(words[1], message, sizeof message)};
    if (!session.module) Session::stop(100, message);
    // Other orders, other numbers.
    if (const char *seed = getenv("SOYAKU_EMULATION_SEED")) session.random += strtoull(seed, nullptr, 10);
    const struct {
        const char *name;
        void (*run)(Session &);
    } cases[] = {
        {"warp_operations", warp_operations}, {"warp_exits", warp_exits},         {"atomic_operations", atomic_operations},
        {"bit_operations", bit_operations},   {"matrix_product", matrix_product}, {"matrix_loads", matrix_loads},
        {"scripted", scripted},               {"indices", indices},               {"again", again},
    };
    const char *mistaken[] = {"tree_sum",   "warp_sum",  "bounds", "barriers",     "copied",
                              "last_block", "histogram", "faults", "warp_mistakes"};
    if (strcmp(words[2], "all") == 0) {
        for (const auto &one : cases) one.run(session);
        for (const char *name : mistaken) with_mistake(session, name, 0);
        printf("%zu cases\n", sizeof cases / sizeof *cases + sizeof mistaken / sizeof *mistaken);
        return 0;
    }
    if (strcmp(words[2], "time") == 0) return timed(session), 0;
    for (const auto &one : cases) {
        if (strcmp(one.name, words[2]) == 0) return one.run(session), 0;
    }
    with_mistake(session, words[2], count > 3 ? (unsigned)atoi(words[3]) : 0);
    return 0;
}

// Kernels with a mistake that the caller chooses (0: none), and what they give without.
#include "launch.h"

#include <string.h>

static void tree_sum(Session &session, unsigned mistake) {
    const unsigned blocks = 7;
    const uint64_t n = 256 * blocks - 13;
    Buffer<uint32_t> in(n), out(blocks, 1);
    for (size_t i = 0; i < n; ++i) in[i] = (uint32_t)session.next();
    session.run("tree_sum", blocks, 256, 0, in.data, n, mistake, out.data);
    for (unsigned block = 0; block < blocks; ++block) {
        uint32_t sum = 0;
        for (size_t i = block * 256; i < n && i < (block + 1) * 256; ++i) sum += in[i];
        SAME("sum of block", block, out[block], sum);
    }
}

static void warp_sum(Session &session, unsigned mistake) {
    Buffer<uint32_t> in(32), out(1);
    uint32_t sum = 0;
    for (size_t i = 0; i < 32; ++i) sum += in[i] = (uint32_t)session.next();
    session.run("warp_sum", 1, 32, 0, in.data, mistake, out.data);
    SAME("sum", 0, out[0], sum);
}

static void bounds(Session &session, unsigned mistake) {
    const uint64_t n = 256;
    Buffer<uint32_t> in(n), out(n);
    for (size_t i = 0; i < n; ++i) in[i] = (uint32_t)session.next();
    session.run("bounds", 1, 256, 256 * sizeof(uint32_t), in.data, n, mistake, out.data);
    for (size_t i = 0; i < n; ++i) SAME("value", i, out[i], (uint32_t)(in[i] + 2 * i));
}

static void barriers(Session &session, unsigned mistake) {
    Buffer<uint32_t> out(64, 99);
    session.run("barriers", 1, 64, 0, mistake, out.data);
    for (uint32_t t = 0; t < 64; ++t) SAME("word", t, out[t], t < 48 ? t ^ 1 : 99u);
}

static void copied(Session &session, unsigned mistake) {
    Buffer<uint32_t> in(512), out(256);
    for (size_t i = 0; i < 512; ++i) in[i] = (uint32_t)session.next();
    session.run("copied", 1, 64, 0, in.data, mistake, out.data);
    for (size_t i = 0; i < 256; ++i) {
        const uint32_t second = i < 253 ? in[256 + i] : i == 253 ? in[256 + i] & 0xffff : 0; // 6 bytes, then zeros
        SAME("word", i, out[i], 2 * in[i] + second);
    }
}

static void last_block(Session &session, unsigned mistake) {
    Buffer<uint32_t> partial(9), ticket(1), out(2);
    session.run("last_block", 9, 32, 0, mistake, partial.data, ticket.data, out.data);
    SAME("sum", 0, out[0], 45u);
}

static void histogram(Session &session, unsigned mistake) {
    Buffer<uint32_t> in(256), out(16);
    uint32_t want[16] = {};
    for (size_t i = 0; i < 256; ++i) ++want[(in[i] = (uint32_t)session.next()) % 16];
    session.run("histogram", 1, 256, 0, in.data, mistake, out.data);
    for (size_t i = 0; i < 16; ++i) SAME("count", i, out[i], want[i]);
}

static void faults(Session &session, unsigned mistake) {
    Buffer<uint32_t> in(34, 2), out(32);
    session.run("faults", 1, 32, 0, in.data, mistake, out.data);
    for (uint32_t t = 0; t < 32; ++t) SAME("value", t, out[t], t % 4 + 1 + 2 + 2 + (1u << t) + t + 2 + 7);
}

static void warp_mistakes(Session &session, unsigned mistake) {
    Buffer<uint32_t> out(32);
    session.run("warp_mistakes", 1, 32, 0, mistake, out.data);
    for (uint32_t t = 0; t < 32; ++t) SAME("value", t, out[t], 60u);
}

void with_mistake(Session &session, const char *name, unsigned mistake) {
    const struct {
        const char *name;
        void (*run)(Session &, unsigned);
    } cases[] = {
        {"tree_sum", tree_sum},     {"warp_sum", warp_sum},     {"bounds", bounds}, {"barriers", barriers},
        {"copied", copied},         {"last_block", last_block}, {"histogram", histogram},
        {"faults", faults},         {"warp_mistakes", warp_mistakes},
    };
    for (const auto &one : cases) {
        if (strcmp(one.name, name) == 0) return one.run(session, mistake);
    }
    Session::stop(100, "no such case");
}

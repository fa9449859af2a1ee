// Plain definitions of atomics and bit operations.
#include "launch.h"

#include <algorithm>

void atomic_operations(Session &session) {
    const uint32_t n = 128 * 5;
    Buffer<uint32_t> words(15, 0);
    Buffer<uint64_t> longs(5, 0);
    Buffer<float> floats(1, 0);
    Buffer<int32_t> ints(3, 0);
    words[1] = ~0u;
    longs[1] = ~0ull;
    words[3] = ~0u;
    session.run("atomic_operations", 5, 128, 0, words.data, longs.data, floats.data, ints.data);
    uint32_t all_xor = 0;
    for (uint32_t i = 0; i < n; ++i) all_xor ^= i;
    uint32_t lowest = ~0u;
    for (uint32_t i = 0; i < n; ++i) lowest = std::min(lowest, 1000 - i);
    const uint32_t want[15] = {
        n * (n - 1) / 2, lowest,   (n - 1) * 3, ~0xfffffu,           0x3fffffff, all_xor,
        n % 100,         (100 - n % 100) % 100, 0u - 2 * n, 5 * n, 1, 1, 1, 1, 4,
    };
    for (size_t i = 0; i < 15; ++i) SAME("word", i, words[i], want[i]);
    SAME("long", 0, longs[0], (uint64_t)n * (n - 1) / 2 << 30);
    SAME("long", 1, longs[1], (uint64_t)(5000 - (n - 1)) << 33);
    SAME("long", 2, longs[2], (uint64_t)(n - 1) << 33);
    SAME("long", 3, longs[3], ~0ull);
    SAME("long", 4, longs[4], 77ull);
    SAME("float", 0, floats[0], n * 0.5f);
    SAME("int", 0, ints[0], -(int32_t)(n - 1));
    SAME("int", 1, ints[1], (int32_t)n - 101);
    SAME("int", 2, ints[2], -(int32_t)n);
}

// Bit by bit.
static unsigned bit(uint64_t x, unsigned i) { return x >> i & 1; }
static unsigned leading(uint64_t x, unsigned width) {
    unsigned zeros = 0;
    while (zeros < width && !bit(x, width - 1 - zeros)) ++zeros;
    return zeros;
}
static unsigned first(uint64_t x, unsigned width) {
    for (unsigned i = 0; i < width; ++i) {
        if (bit(x, i)) return i + 1;
    }
    return 0;
}
static unsigned count(uint64_t x) {
    unsigned ones = 0;
    for (unsigned i = 0; i < 64; ++i) ones += bit(x, i);
    return ones;
}
static uint64_t reversed(uint64_t x, unsigned width) {
    uint64_t r = 0;
    for (unsigned i = 0; i < width; ++i) r |= (uint64_t)bit(x, i) << (width - 1 - i);
    return r;
}
static uint64_t byte(uint64_t x, unsigned i) { return x >> (8 * i) & 0xff; }
static uint64_t sign(uint64_t x, unsigned i) { return byte(x, i) >= 128 ? 0xff : 0; }

void bit_operations(Session &session) {
    const uint32_t n = 200;
    Buffer<uint64_t> in(n), out(20 * n);
    for (uint32_t i = 0; i < n; ++i) in[i] = session.next() >> (i % 3 == 0 ? i % 64 : 0);
    in[0] = 0, in[1] = ~0ull, in[2] = 1, in[3] = 1ull << 63, in[4] = 0x80000000u, in[5] = 0x80808080808080ffull;
    session.run("bit_operations", 1, 64, 0, in.data, out.data, n);
    for (uint32_t i = 0; i < n; ++i) {
        const uint64_t x = in[i];
        const uint32_t a = (uint32_t)x, b = (uint32_t)(x >> 32);
        int64_t signed_dot = 7, dot = 7;
        for (unsigned k = 0; k < 4; ++k) {
            signed_dot += (int64_t)(int8_t)byte(a, k) * (int8_t)byte(b, k);
            dot += (int64_t)(byte(a, k) * byte(b, k));
        }
        const uint64_t want[20] = {
            count(a), count(x), leading(a, 32), leading(x, 64), first(a, 32), first(x, 64), reversed(a, 32),
            reversed(x, 64),
            byte(x, 1) | byte(x, 5) << 8 | byte(x, 3) << 16 | byte(x, 7) << 24,
            byte(x, 0) | sign(x, 5) << 8 | sign(x, 3) << 16 | sign(x, 1) << 24,
            (uint32_t)(x << 5 >> 32), (uint32_t)(x >> 5), a, b,
            (uint64_t)a * b >> 32, (uint32_t)((int64_t)(int32_t)a * (int32_t)b >> 32),
            (uint64_t)((unsigned __int128)x * ~x >> 64), (uint32_t)signed_dot, (uint32_t)dot,
            std::min(a, b) + (uint64_t)std::max((int32_t)a, (int32_t)b),
        };
        for (unsigned k = 0; k < 20; ++k) SAME("operation", k * 1000 + i, out[20 * i + k], want[k]);
    }
}

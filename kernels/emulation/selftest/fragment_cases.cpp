// Products of plain matrices, element by element.
#include "launch.h"

#include <math.h>
#include <string.h>

static float half_value(uint32_t bits) {
    const float size = (bits >> 10 & 31) ? ldexpf(1.0f + (float)(bits & 1023) / 1024.0f, (int)(bits >> 10 & 31) - 15)
                                         : ldexpf((float)(bits & 1023) / 1024.0f, -14);
    return bits & 0x8000 ? -size : size;
}
static float brain_value(uint32_t bits) {
    const uint32_t wide = bits << 16;
    float value;
    memcpy(&value, &wide, 4);
    return value;
}

void matrix_product(Session &session) {
    for (uint32_t bits : {1u, 8u, 16u}) {
        for (int round = 0; round < 4; ++round) {
            const uint32_t length = 256 / bits;
            Buffer<uint32_t> a(16 * length), b(length * 8);
            auto number = [&](int kind) -> uint32_t {
                const uint32_t x = (uint32_t)session.next();
                if (bits < 16) return x & ((1u << bits) - 1);
                // Small quarters, exact in both formats: the sums have no rounding, whatever the order. `kind` picks
                // one of the two formats for all of a round.
                const float quarter = (float)((int)(x % 61) - 30) / 4.0f;
                uint32_t wide;
                memcpy(&wide, &quarter, 4);
                if (kind == 0) return wide >> 16;
                if (x % 61 == 30) return 0;
                return (wide >> 31 << 15) | (((wide >> 23 & 255) - 112) << 10) | (wide >> 13 & 1023);
            };
            for (size_t i = 0; i < a.size; ++i) a[i] = number(round % 2);
            for (size_t i = 0; i < b.size; ++i) b[i] = number(round % 2);
            Buffer<int32_t> ints(128, -7);
            Buffer<float> halves(128, -7), brains(128, -7);
            session.run("matrix_product", 1, 32, 0, a.data, b.data, bits, ints.data, halves.data, brains.data);
            for (uint32_t row = 0; row < 16; ++row) {
                for (uint32_t column = 0; column < 8; ++column) {
                    int64_t whole = 1 + column % 2 + 2 * (row / 8); // what the accumulators started with
                    double half = 0, brain = 0;
                    for (uint32_t k = 0; k < length; ++k) {
                        const uint32_t x = a[row * length + k], y = b[k * 8 + column];
                        if (bits == 1) whole += x & y;
                        if (bits == 8) whole += (int64_t)(int8_t)x * (int8_t)y;
                        if (bits == 16) half += (double)half_value(x) * half_value(y);
                        if (bits == 16) brain += (double)brain_value(x) * brain_value(y);
                    }
                    const size_t at = row * 8 + column;
                    SAME("integer product", at, ints[at], (int32_t)whole);
                    if (bits != 16) continue;
                    // The format that the round did not fill gives other numbers, rounded once.
                    SAME("half product", at, halves[at], (float)half);
                    SAME("brain product", at, brains[at], (float)brain);
                }
            }
        }
    }
}

void matrix_loads(Session &session) {
    Buffer<uint32_t> in(128), out(11 * 32);
    for (size_t i = 0; i < 128; ++i) in[i] = (uint32_t)session.next();
    session.run("matrix_loads", 1, 32, 0, in.data, out.data);
    auto element = [&](unsigned matrix, unsigned row, unsigned column) -> uint32_t {
        return in[matrix * 32 + row * 4 + column / 2] >> (16 * (column % 2)) & 0xffff;
    };
    auto word = [&](unsigned matrix, unsigned lane, bool turned) {
        const unsigned row = lane / 4, column = lane % 4 * 2;
        return turned ? element(matrix, column, row) | element(matrix, column + 1, row) << 16
                      : element(matrix, row, column) | element(matrix, row, column + 1) << 16;
    };
    for (unsigned lane = 0; lane < 32; ++lane) {
        for (unsigned i = 0; i < 4; ++i) SAME("four", i * 100 + lane, out[i * 32 + lane], word(i, lane, false));
        for (unsigned i = 0; i < 4; ++i) SAME("turned", i * 100 + lane, out[(4 + i) * 32 + lane], word(i, lane, true));
        for (unsigned i = 0; i < 2; ++i) SAME("two", i * 100 + lane, out[(8 + i) * 32 + lane], word(i, lane, false));
        SAME("one", lane, out[320 + lane], word(0, lane, true));
    }
}

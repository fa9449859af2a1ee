// Matrix instructions of a warp: D += A B with A of 16 rows, B of 8 columns, and 256 bits of each along the product.
//
// A row of A and a column of B are eight 32-bit words: 256 single bits, 32 signed bytes, or 16 half-precision numbers,
// low ones first. Lane l holds (PTX ISA, "Matrix Fragments for mma.m16n8k256 / m16n8k32 / m16n8k16"):
//
//     a[i]: word l % 4 + 4 * (i / 2) of row    l / 4 + 8 * (i % 2)
//     b[i]: word l % 4 + 4 * i       of column l / 4
//     d[i]: row l / 4 + 8 * (i / 2), column 2 * (l % 4) + i % 2
//
// All 32 lanes take part. sm_80 and later; `load_matrices` sm_75 and later.
#pragma once
#include "soyaku.cuh"

#if defined(SOYAKU_EMULATED)

// What each lane brings, and what a lane gets of it: word by word, by the layout above.
template <class Number, class Dot>
SOYAKU_SHIM void soyaku_mma(const char *operation, Number (&d)[4], const u32 (&a)[4], const u32 (&b)[2], Dot dot,
                            const char *file, int line) {
    const u32 mine[6] = {a[0], a[1], a[2], a[3], b[0], b[1]};
    const soyaku_emulation_meeting *all =
        soyaku_emulation_meet(operation, ~0u, SOYAKU_MEETING_WHOLE_WARP, mine, sizeof mine, file, line);
    const u32 lane = soyaku_emulation_lane();
    for (u32 i = 0; i < 4; ++i) {
        const u32 row = lane / 4 + 8 * (i / 2), column = 2 * (lane % 4) + i % 2;
        u32 of_a[8], of_b[8];
        for (u32 word = 0; word < 8; ++word) {
            const u32 holder = row % 8 * 4 + word % 4, half = word / 4;
            memcpy(&of_a[word], all->lane[holder].bytes + 4 * (2 * half + row / 8), 4);
            memcpy(&of_b[word], all->lane[column * 4 + word % 4].bytes + 4 * (4 + half), 4);
        }
        d[i] = dot(d[i], of_a, of_b);
    }
}

// Numbers of bits that are set in both.
SOYAKU_SHIM void mma_and_popc(i32 (&d)[4], const u32 (&a)[4], const u32 (&b)[2], SOYAKU_PLACE) {
    soyaku_mma("mma_and_popc", d, a, b,
               [](i32 sum, const u32 *x, const u32 *y) __attribute__((no_sanitize("thread"))) {
                   for (u32 word = 0; word < 8; ++word) sum += __popc(x[word] & y[word]);
                   return sum;
               },
               file, line);
}

// Sums of products of signed bytes, modulo 2^32.
SOYAKU_SHIM void mma_s8(i32 (&d)[4], const u32 (&a)[4], const u32 (&b)[2], SOYAKU_PLACE) {
    soyaku_mma("mma_s8", d, a, b,
               [](i32 sum, const u32 *x, const u32 *y) __attribute__((no_sanitize("thread"))) {
                   for (u32 word = 0; word < 8; ++word) sum = __dp4a((int)x[word], (int)y[word], sum);
                   return sum;
               },
               file, line);
}

SOYAKU_SHIM float soyaku_bf16(u32 bits) { return __uint_as_float(bits << 16); }
SOYAKU_SHIM float soyaku_f16(u32 bits) {
    const u32 sign = bits >> 15 & 1, exponent = bits >> 10 & 31, fraction = bits & 1023;
    float size = exponent == 0    ? ldexpf((float)fraction, -24)
               : exponent == 31   ? (fraction ? NAN : INFINITY)
                                  : ldexpf((float)(fraction | 1024), (int)exponent - 25);
    return sign ? -size : size;
}
// Products are exact; their sum is rounded once. A device adds in an order and with roundings of its own.
template <float (*number)(u32)> SOYAKU_SHIM float soyaku_dot(float sum, const u32 *x, const u32 *y) {
    double exact = sum;
    for (u32 word = 0; word < 8; ++word) {
        exact += (double)number(x[word] & 0xffff) * number(y[word] & 0xffff);
        exact += (double)number(x[word] >> 16) * number(y[word] >> 16);
    }
    return (float)exact;
}
SOYAKU_SHIM void mma_bf16(float (&d)[4], const u32 (&a)[4], const u32 (&b)[2], SOYAKU_PLACE) {
    soyaku_mma("mma_bf16", d, a, b, soyaku_dot<soyaku_bf16>, file, line);
}
SOYAKU_SHIM void mma_f16(float (&d)[4], const u32 (&a)[4], const u32 (&b)[2], SOYAKU_PLACE) {
    soyaku_mma("mma_f16", d, a, b, soyaku_dot<soyaku_f16>, file, line);
}

// Lane l gives the address of row l % 8 of matrix l / 8 and gets, of each matrix, word l % 4 of row l / 4.
template <u32 count, bool transposed = false>
SOYAKU_SHIM void load_matrices(u32 (&words)[count], const void *row, SOYAKU_PLACE) {
    static_assert(count == 1 || count == 2 || count == 4, "one, two or four matrices");
    const u32 lane = soyaku_emulation_lane();
    u16 mine[8] = {};
    if (lane < 8 * count) {
        if ((unsigned long)row % 16 != 0) {
            soyaku_emulation_fail(SOYAKU_EMULATION_MISALIGNED, "load_matrices: a row is not aligned to 16 bytes", file,
                                  line);
        }
        soyaku_emulation_read(row, 16);
        for (u32 i = 0; i < 8; ++i) mine[i] = ((const volatile u16 *)row)[i];
    }
    const soyaku_emulation_meeting *all =
        soyaku_emulation_meet("load_matrices", ~0u, SOYAKU_MEETING_WHOLE_WARP, mine, sizeof mine, file, line);
    for (u32 matrix = 0; matrix < count; ++matrix) {
        u16 pair[2];
        for (u32 i = 0; i < 2; ++i) {
            const u32 from = transposed ? lane % 4 * 2 + i : lane / 4, element = transposed ? lane / 4 : lane % 4 * 2 + i;
            memcpy(&pair[i], all->lane[matrix * 8 + from].bytes + 2 * element, 2);
        }
        words[matrix] = pair[0] | (u32)pair[1] << 16;
    }
}

#else

#if __CUDA_ARCH__ >= 800
#define SOYAKU_MMA(name, instruction, number, constraint) \
    __device__ inline void name(number (&d)[4], const u32 (&a)[4], const u32 (&b)[2]) { \
        asm volatile("mma.sync.aligned." instruction " {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};" \
                     : "+" constraint(d[0]), "+" constraint(d[1]), "+" constraint(d[2]), "+" constraint(d[3]) \
                     : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1])); \
    }
SOYAKU_MMA(mma_and_popc, "m16n8k256.row.col.s32.b1.b1.s32.and.popc", i32, "r")
SOYAKU_MMA(mma_s8, "m16n8k32.row.col.s32.s8.s8.s32", i32, "r")
SOYAKU_MMA(mma_bf16, "m16n8k16.row.col.f32.bf16.bf16.f32", float, "f")
SOYAKU_MMA(mma_f16, "m16n8k16.row.col.f32.f16.f16.f32", float, "f")
#undef SOYAKU_MMA
#endif

#if __CUDA_ARCH__ >= 750
template <u32 count, bool transposed = false> __device__ inline void load_matrices(u32 (&words)[count], const void *row) {
    static_assert(count == 1 || count == 2 || count == 4, "one, two or four matrices");
    const u32 at = shared_address(row);
#define SOYAKU_LDMATRIX(form) \
    if constexpr (count == 1) { \
        asm volatile("ldmatrix.sync.aligned.m8n8.x1" form " {%0}, [%1];" : "=r"(words[0]) : "r"(at) : "memory"); \
    } else if constexpr (count == 2) { \
        asm volatile("ldmatrix.sync.aligned.m8n8.x2" form " {%0, %1}, [%2];" \
                     : "=r"(words[0]), "=r"(words[1]) \
                     : "r"(at) \
                     : "memory"); \
    } else { \
        asm volatile("ldmatrix.sync.aligned.m8n8.x4" form " {%0, %1, %2, %3}, [%4];" \
                     : "=r"(words[0]), "=r"(words[1]), "=r"(words[2]), "=r"(words[3]) \
                     : "r"(at) \
                     : "memory"); \
    }
    if constexpr (transposed) {
        SOYAKU_LDMATRIX(".trans.shared.b16")
    } else {
        SOYAKU_LDMATRIX(".shared.b16")
    }
#undef SOYAKU_LDMATRIX
}
#endif

#endif

// CUDA's integer and floating-point intrinsics, by their definitions in the programming guide.
#pragma once
#include <math.h>
#include <string.h>

#define SOYAKU_FN static inline __attribute__((unused))

SOYAKU_FN int __popc(unsigned x) { return __builtin_popcount(x); }
SOYAKU_FN int __popcll(unsigned long long x) { return __builtin_popcountll(x); }
SOYAKU_FN int __clz(int x) { return x == 0 ? 32 : __builtin_clz((unsigned)x); }
SOYAKU_FN int __clzll(long long x) { return x == 0 ? 64 : __builtin_clzll((unsigned long long)x); }
SOYAKU_FN int __ffs(int x) { return __builtin_ffs(x); }
SOYAKU_FN int __ffsll(long long x) { return __builtin_ffsll(x); }
SOYAKU_FN unsigned long long __brevll(unsigned long long x) {
    unsigned long long r = 0;
    for (int i = 0; i < 64; ++i) r |= ((x >> i) & 1) << (63 - i);
    return r;
}
SOYAKU_FN unsigned __brev(unsigned x) { return (unsigned)(__brevll(x) >> 32); }

// Byte i of the result is the byte of the pair (y, x) that nibble i of the selector names; bit 3 spreads its sign.
SOYAKU_FN unsigned __byte_perm(unsigned x, unsigned y, unsigned selector) {
    unsigned long long pair = ((unsigned long long)y << 32) | x;
    unsigned r = 0;
    for (int i = 0; i < 4; ++i) {
        unsigned nibble = (selector >> (4 * i)) & 0xf;
        unsigned byte = (unsigned)(pair >> (8 * (nibble & 7))) & 0xff;
        if (nibble & 8) byte = (byte & 0x80) ? 0xff : 0;
        r |= byte << (8 * i);
    }
    return r;
}
SOYAKU_FN unsigned __funnelshift_l(unsigned lo, unsigned hi, unsigned shift) {
    return (unsigned)(((((unsigned long long)hi << 32) | lo) << (shift & 31)) >> 32);
}
SOYAKU_FN unsigned __funnelshift_r(unsigned lo, unsigned hi, unsigned shift) {
    return (unsigned)((((unsigned long long)hi << 32) | lo) >> (shift & 31));
}
SOYAKU_FN unsigned __funnelshift_lc(unsigned lo, unsigned hi, unsigned shift) {
    return shift >= 32 ? lo : __funnelshift_l(lo, hi, shift);
}
SOYAKU_FN unsigned __funnelshift_rc(unsigned lo, unsigned hi, unsigned shift) {
    return shift >= 32 ? hi : __funnelshift_r(lo, hi, shift);
}
SOYAKU_FN int __mulhi(int a, int b) { return (int)(((long long)a * b) >> 32); }
SOYAKU_FN unsigned __umulhi(unsigned a, unsigned b) { return (unsigned)(((unsigned long long)a * b) >> 32); }
SOYAKU_FN unsigned long long __umul64hi(unsigned long long a, unsigned long long b) {
    return (unsigned long long)(((unsigned __int128)a * b) >> 64);
}
SOYAKU_FN int __dp4a(int a, int b, int c) {
    long long sum = c;
    for (int i = 0; i < 4; ++i) sum += (int)(signed char)(a >> (8 * i)) * (int)(signed char)(b >> (8 * i));
    return (int)(unsigned)sum;
}
SOYAKU_FN unsigned __dp4a(unsigned a, unsigned b, unsigned c) {
    for (int i = 0; i < 4; ++i) c += ((a >> (8 * i)) & 0xff) * ((b >> (8 * i)) & 0xff);
    return c;
}

template <class To, class From> SOYAKU_FN To soyaku_bits(From from) {
    static_assert(sizeof(To) == sizeof(From), "same size");
    To to;
    memcpy(&to, &from, sizeof to);
    return to;
}
SOYAKU_FN float __int_as_float(int x) { return soyaku_bits<float>(x); }
SOYAKU_FN float __uint_as_float(unsigned x) { return soyaku_bits<float>(x); }
SOYAKU_FN int __float_as_int(float x) { return soyaku_bits<int>(x); }
SOYAKU_FN unsigned __float_as_uint(float x) { return soyaku_bits<unsigned>(x); }
SOYAKU_FN double __longlong_as_double(long long x) { return soyaku_bits<double>(x); }
SOYAKU_FN long long __double_as_longlong(double x) { return soyaku_bits<long long>(x); }

SOYAKU_FN float __uint2float_rn(unsigned x) { return (float)x; }
SOYAKU_FN float __int2float_rn(int x) { return (float)x; }
SOYAKU_FN float __fadd_rn(float a, float b) { return a + b; }
SOYAKU_FN float __fsub_rn(float a, float b) { return a - b; }
SOYAKU_FN float __fmul_rn(float a, float b) { return a * b; }
SOYAKU_FN float __fdiv_rn(float a, float b) { return a / b; }
SOYAKU_FN float __fmaf_rn(float a, float b, float c) { return fmaf(a, b, c); }
SOYAKU_FN float __fsqrt_rn(float a) { return sqrtf(a); }
SOYAKU_FN double __dadd_rn(double a, double b) { return a + b; }
SOYAKU_FN double __dmul_rn(double a, double b) { return a * b; }
SOYAKU_FN double __fma_rn(double a, double b, double c) { return fma(a, b, c); }
SOYAKU_FN float rsqrtf(float a) { return 1.0f / sqrtf(a); }
SOYAKU_FN float __saturatef(float x) { return x >= 1.0f ? 1.0f : (x > 0.0f ? x : 0.0f); }

#define SOYAKU_MIN_MAX(type) \
    SOYAKU_FN type min(type a, type b) { return b < a ? b : a; } \
    SOYAKU_FN type max(type a, type b) { return a < b ? b : a; }
SOYAKU_MIN_MAX(int)
SOYAKU_MIN_MAX(unsigned)
SOYAKU_MIN_MAX(long)
SOYAKU_MIN_MAX(unsigned long)
SOYAKU_MIN_MAX(long long)
SOYAKU_MIN_MAX(unsigned long long)
#undef SOYAKU_MIN_MAX
SOYAKU_FN float min(float a, float b) { return fminf(a, b); }
SOYAKU_FN float max(float a, float b) { return fmaxf(a, b); }
SOYAKU_FN double min(double a, double b) { return fmin(a, b); }
SOYAKU_FN double max(double a, double b) { return fmax(a, b); }
SOYAKU_FN unsigned min(unsigned a, int b) { return min(a, (unsigned)b); }
SOYAKU_FN unsigned min(int a, unsigned b) { return min((unsigned)a, b); }
SOYAKU_FN unsigned max(unsigned a, int b) { return max(a, (unsigned)b); }
SOYAKU_FN unsigned max(int a, unsigned b) { return max((unsigned)a, b); }

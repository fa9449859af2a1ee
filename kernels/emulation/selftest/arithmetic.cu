// Bit operations that a host compiler does not have.
#include "soyaku.cuh"

extern "C" __global__ void __launch_bounds__(64) bit_operations(const u64 *in, u64 *out, u32 n) {
    for (u32 i = threadIdx.x; i < n; i += blockDim.x) {
        const u64 x = in[i];
        const u32 a = (u32)x, b = (u32)(x >> 32);
        u64 *o = out + 20 * i;
        *o++ = __popc(a);
        *o++ = __popcll(x);
        *o++ = __clz((int)a);
        *o++ = __clzll((long long)x);
        *o++ = __ffs((int)a);
        *o++ = __ffsll((long long)x);
        *o++ = __brev(a);
        *o++ = __brevll(x);
        *o++ = __byte_perm(a, b, 0x7351);
        *o++ = __byte_perm(a, b, 0x9bd0);
        *o++ = __funnelshift_l(a, b, 37);
        *o++ = __funnelshift_r(a, b, 37);
        *o++ = __funnelshift_lc(a, b, 37);
        *o++ = __funnelshift_rc(a, b, 37);
        *o++ = __umulhi(a, b);
        *o++ = (u32)__mulhi((int)a, (int)b);
        *o++ = __umul64hi(x, ~x);
        *o++ = (u32)__dp4a((int)a, (int)b, 7);
        *o++ = __dp4a(a, b, 7u);
        *o++ = min(a, b) + (u64)max((i32)a, (i32)b);
    }
}

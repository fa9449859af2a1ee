// Each atomic operation by many threads on one address, in an order that must not matter.
#include "soyaku.cuh"

extern "C" __global__ void __launch_bounds__(128) atomic_operations(u32 *words, u64 *longs, float *floats, i32 *ints) {
    const u32 i = (u32)grid_thread();
    atomicAdd(&words[0], i);
    atomicMin(&words[1], 1000 - i);
    atomicMax(&words[2], i * 3);
    atomicAnd(&words[3], ~(1u << (i % 20)));
    atomicOr(&words[4], 1u << (i % 30));
    atomicXor(&words[5], i);
    atomicInc(&words[6], 99);
    atomicDec(&words[7], 99);
    atomicSub(&words[8], 2);
    for (u32 old = load_relaxed(&words[9]);;) { // addition by compare and swap
        const u32 seen = atomicCAS(&words[9], old, old + 5);
        if (seen == old) break;
        old = seen;
    }
    if (atomicExch(&words[10 + i % 4], 1) == 0) atomicAdd(&words[14], 1);
    atomicAdd(&longs[0], (u64)i << 30);
    atomicMin(&longs[1], (u64)(5000 - i) << 33);
    atomicMax(&longs[2], (u64)i << 33);
    atomicOr(&longs[3], 1ull << (i % 64));
    atomicCAS(&longs[4], 0ull, 77ull);
    atomicAdd(&floats[0], 0.5f);
    atomicMin(&ints[0], -(i32)i);
    atomicMax(&ints[1], (i32)i - 100);
    atomicAdd(&ints[2], -1);
}

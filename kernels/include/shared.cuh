// Addresses in shared memory as numbers of 32 bits, and loads from there: from a pointer, newer compilers make the address
// anew for each load.
#pragma once
#include "soyaku.cuh"

#if defined(SOYAKU_EMULATED)

typedef const u8 *SharedAddress;
static inline __attribute__((unused)) SharedAddress to_shared(const u8 *pointer) { return pointer; }
static inline __attribute__((unused)) uint4 load_shared(SharedAddress at) { return *(const uint4 *)at; }

#else

typedef u32 SharedAddress;
__device__ inline SharedAddress to_shared(const u8 *pointer) { return shared_address(pointer); }
// Stays between the barriers where it is written: volatile.
__device__ inline uint4 load_shared(SharedAddress at) {
    uint4 value;
    asm volatile("ld.shared.v4.u32 {%0, %1, %2, %3}, [%4];"
                 : "=r"(value.x), "=r"(value.y), "=r"(value.z), "=r"(value.w)
                 : "r"(at));
    return value;
}

#endif

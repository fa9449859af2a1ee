// Copies from global to shared memory that run while the thread goes on (cp.async).
//
//     async_copy<16>(&tile[i], &input[i]);   // 4, 8 or 16 bytes, both addresses aligned to that
//     async_commit();                        // closes a group
//     async_wait<1>();                       // all but the latest group have arrived, for this thread
//     __syncthreads();                       // and now for the block
//
// Before sm_80 the copy is an ordinary one. In the emulated device the bytes arrive at the wait, not before.
#pragma once
#include "soyaku.cuh"

#if defined(SOYAKU_EMULATED)


// The first `taken` bytes come from `global`, the others are zero: past the end of an input nothing is read.
template <u32 bytes>
SOYAKU_SHIM void async_copy(void *shared, const void *global, u32 taken = bytes, SOYAKU_PLACE) {
    // For AddressSanitizer: the copy itself is made by the engine, which it does not see.
    volatile const unsigned char *from = (const unsigned char *)global;
    volatile unsigned char *to = (unsigned char *)shared;
    for (u32 i = 0; i < taken && i < bytes; ++i) (void)from[i];
    for (u32 i = 0; i < bytes; ++i) to[i] = (unsigned char)i;
    soyaku_emulation_copy(shared, global, bytes, taken, file, line);
}
SOYAKU_SHIM void async_commit() { soyaku_emulation_copy_commit(); }
template <u32 groups_left> SOYAKU_SHIM void async_wait() { soyaku_emulation_copy_wait(groups_left); }
SOYAKU_SHIM void async_wait_all() { soyaku_emulation_copy_wait(~0u); }

#elif __CUDA_ARCH__ >= 800

template <u32 bytes> __device__ inline void async_copy(void *shared, const void *global, u32 taken = bytes) {
    static_assert(bytes == 4 || bytes == 8 || bytes == 16, "an asynchronous copy has 4, 8 or 16 bytes");
    const u32 to = shared_address(shared);
    if constexpr (bytes == 16) { // not through L1: each byte is used once
        asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(to), "l"(global), "r"(taken) : "memory");
    } else {
        asm volatile("cp.async.ca.shared.global [%0], [%1], %2, %3;" ::"r"(to), "l"(global), "n"(bytes), "r"(taken)
                     : "memory");
    }
}
__device__ inline void async_commit() { asm volatile("cp.async.commit_group;" ::: "memory"); }
template <u32 groups_left> __device__ inline void async_wait() {
    asm volatile("cp.async.wait_group %0;" ::"n"(groups_left) : "memory");
}
__device__ inline void async_wait_all() { asm volatile("cp.async.wait_all;" ::: "memory"); }

#else

template <u32 bytes> __device__ inline void async_copy(void *shared, const void *global, u32 taken = bytes) {
    static_assert(bytes == 4 || bytes == 8 || bytes == 16, "an asynchronous copy has 4, 8 or 16 bytes");
    if (taken == bytes) {
        if constexpr (bytes == 16) *(uint4 *)shared = *(const uint4 *)global;
        if constexpr (bytes == 8) *(uint2 *)shared = *(const uint2 *)global;
        if constexpr (bytes == 4) *(u32 *)shared = *(const u32 *)global;
    } else {
        for (u32 i = 0; i < bytes; ++i) ((u8 *)shared)[i] = i < taken ? ((const u8 *)global)[i] : 0;
    }
}
__device__ inline void async_commit() {}
template <u32 groups_left> __device__ inline void async_wait() {}
__device__ inline void async_wait_all() {}

#endif

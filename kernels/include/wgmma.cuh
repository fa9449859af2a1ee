// Matrix instructions of a warp group, four warps that start together, with both factors in shared memory (wgmma).
//
// Only compute capability 9.0 has them, compiled for sm_90a: a source that includes this is `specific` to it. They are
// not emulated; what includes this has no entries on an emulated device.
//
// A factor is 256 bits of each of its rows (64 of A, 256 of B), in blocks of 8 rows by 16 bytes that lie together, the
// second half of 8 rows behind the first: `group_place`. Thread t of the group holds of the products (PTX ISA, "Register
// fragments for wgmma.mma_async.m64nNk256"):
//
//     d[i]: row t / 32 * 16 + t % 32 / 4 + 8 * (i / 2 % 2), column i / 4 * 8 + t % 4 * 2 + i % 2
#pragma once
#include "soyaku.cuh"

#if defined(SOYAKU_EMULATED)
#error "matrix instructions of warp groups are not emulated"
#endif

// Where word `word` of row `row` is, in words.
__device__ inline u32 group_place(u32 row, u32 word) { return row / 8 * 64 + word / 4 * 32 + row % 8 * 4 + word % 4; }

// What the instruction is told of such a factor: its address, how far the second half of a row is from the first (128
// bytes) and 8 rows from the 8 before (256 bytes), all in units of 16 bytes.
__device__ inline u64 group_factor(const void *shared) {
    return (u64)(shared_address(shared) >> 4 & 0x3fff) | (u64)(128 >> 4) << 16 | (u64)(256 >> 4) << 32;
}

// Makes what this thread has written to shared memory visible to matrix instructions, after the next barrier.
__device__ inline void group_publish() { asm volatile("fence.proxy.async.shared::cta;" ::: "memory"); }

// Before the first instruction of a group, after registers that it takes were written.
__device__ inline void group_begin() { asm volatile("wgmma.fence.sync.aligned;" ::: "memory"); }
// Closes the group and waits for it.
__device__ inline void group_end() {
    asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
    asm volatile("wgmma.wait_group.sync.aligned 0;" ::: "memory");
}

// Adds to each product how many bits are set in both rows.
__device__ inline void group_and_popc(i32 (&d)[128], u64 a, u64 b) {
#define SOYAKU_8(i) \
    "+r"(d[i]), "+r"(d[i + 1]), "+r"(d[i + 2]), "+r"(d[i + 3]), "+r"(d[i + 4]), "+r"(d[i + 5]), "+r"(d[i + 6]), \
        "+r"(d[i + 7])
#define SOYAKU_32(i) SOYAKU_8(i), SOYAKU_8(i + 8), SOYAKU_8(i + 16), SOYAKU_8(i + 24)
    asm volatile(
        "{\n.reg .pred add;\nsetp.eq.u32 add, 0, 0;\n"
        "wgmma.mma_async.sync.aligned.m64n256k256.s32.b1.b1.and.popc "
        "{%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, "
        "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, "
        "%32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, "
        "%48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63, "
        "%64, %65, %66, %67, %68, %69, %70, %71, %72, %73, %74, %75, %76, %77, %78, %79, "
        "%80, %81, %82, %83, %84, %85, %86, %87, %88, %89, %90, %91, %92, %93, %94, %95, "
        "%96, %97, %98, %99, %100, %101, %102, %103, %104, %105, %106, %107, %108, %109, %110, %111, "
        "%112, %113, %114, %115, %116, %117, %118, %119, %120, %121, %122, %123, %124, %125, %126, %127}, "
        "%128, %129, add;\n}"
        : SOYAKU_32(0), SOYAKU_32(32), SOYAKU_32(64), SOYAKU_32(96)
        : "l"(a), "l"(b));
#undef SOYAKU_32
#undef SOYAKU_8
}

// CUDA's vector types, with its alignments.
#pragma once

#define SOYAKU_VECTOR2(name, type, align) \
    struct __attribute__((aligned(align))) name { type x, y; }; \
    static inline __attribute__((unused)) name make_##name(type x, type y) { return name{x, y}; }
#define SOYAKU_VECTOR3(name, type) \
    struct name { type x, y, z; }; \
    static inline __attribute__((unused)) name make_##name(type x, type y, type z) { return name{x, y, z}; }
#define SOYAKU_VECTOR4(name, type, align) \
    struct __attribute__((aligned(align))) name { type x, y, z, w; }; \
    static inline __attribute__((unused)) name make_##name(type x, type y, type z, type w) { return name{x, y, z, w}; }

SOYAKU_VECTOR2(char2, signed char, 2)
SOYAKU_VECTOR4(char4, signed char, 4)
SOYAKU_VECTOR2(uchar2, unsigned char, 2)
SOYAKU_VECTOR4(uchar4, unsigned char, 4)
SOYAKU_VECTOR2(short2, short, 4)
SOYAKU_VECTOR4(short4, short, 8)
SOYAKU_VECTOR2(ushort2, unsigned short, 4)
SOYAKU_VECTOR4(ushort4, unsigned short, 8)
SOYAKU_VECTOR2(int2, int, 8)
SOYAKU_VECTOR3(int3, int)
SOYAKU_VECTOR4(int4, int, 16)
SOYAKU_VECTOR2(uint2, unsigned, 8)
SOYAKU_VECTOR3(uint3, unsigned)
SOYAKU_VECTOR4(uint4, unsigned, 16)
SOYAKU_VECTOR2(longlong2, long long, 16)
SOYAKU_VECTOR2(ulonglong2, unsigned long long, 16)
SOYAKU_VECTOR2(float2, float, 8)
SOYAKU_VECTOR3(float3, float)
SOYAKU_VECTOR4(float4, float, 16)
SOYAKU_VECTOR2(double2, double, 16)

#undef SOYAKU_VECTOR2
#undef SOYAKU_VECTOR3
#undef SOYAKU_VECTOR4

struct dim3 {
    unsigned x, y, z;
    constexpr dim3(unsigned x = 1, unsigned y = 1, unsigned z = 1) : x(x), y(y), z(z) {}
};

static inline __attribute__((unused)) uint3 soyaku_uint3(soyaku_emulation_dim3 d) { return uint3{d.x, d.y, d.z}; }
static inline __attribute__((unused)) dim3 soyaku_dim3(soyaku_emulation_dim3 d) { return dim3(d.x, d.y, d.z); }

#define threadIdx (soyaku_uint3(soyaku_emulation_thread_index()))
#define blockIdx (soyaku_uint3(soyaku_emulation_block_index()))
#define blockDim (soyaku_dim3(soyaku_emulation_block_size()))
#define gridDim (soyaku_dim3(soyaku_emulation_grid_size()))
#define warpSize 32

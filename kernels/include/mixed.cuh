// Numbers that look random, the same on every device and on the CPU.
#pragma once
#include "soyaku.cuh"

// A random-looking number for each number (Wellons' lowbias32).
__device__ inline u32 mixed(u32 value) {
    value = (value ^ value >> 16) * 0x7feb352du;
    value = (value ^ value >> 15) * 0x846ca68bu;
    return value ^ value >> 16;
}

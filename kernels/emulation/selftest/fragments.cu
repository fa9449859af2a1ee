// Matrix instructions. Operands are put into fragments element by element as the PTX ISA describes them, not by the
// words of mma.cuh; the product of the plain matrices is computed in fragment_cases.cpp.
#include "mma.cuh"

// Element `i` of the fragment of A that this lane holds, for numbers of `bits` bits: its row and its column.
struct Place {
    u32 row, column;
};
__device__ inline Place place_in_a(u32 lane, u32 i, u32 bits) {
    const u32 in_word = 32 / bits, group = lane >> 2, in_group = lane % 4;
    const bool upper = i < in_word || (i >= 2 * in_word && i < 3 * in_word);
    Place place;
    place.row = upper ? group : group + 8;
    place.column = in_group * in_word + i % in_word + (i >= 2 * in_word ? 4 * in_word : 0);
    return place;
}
__device__ inline Place place_in_b(u32 lane, u32 i, u32 bits) {
    const u32 in_word = 32 / bits, group = lane >> 2, in_group = lane % 4;
    Place place;
    place.row = in_group * in_word + i % in_word + (i >= in_word ? 4 * in_word : 0);
    place.column = group;
    return place;
}

// `a`: 16 rows of `256 / bits` numbers; `b`: as many rows of 8; one number to a u32.
__device__ inline void gather(const u32 *a, const u32 *b, u32 bits, u32 (&in_a)[4], u32 (&in_b)[2]) {
    const u32 lane = threadIdx.x, length = 256 / bits, in_word = 32 / bits;
    for (u32 word = 0; word < 4; ++word) {
        in_a[word] = 0;
        for (u32 i = 0; i < in_word; ++i) {
            const Place place = place_in_a(lane, word * in_word + i, bits);
            in_a[word] |= a[place.row * length + place.column] << (i * bits);
        }
    }
    for (u32 word = 0; word < 2; ++word) {
        in_b[word] = 0;
        for (u32 i = 0; i < in_word; ++i) {
            const Place place = place_in_b(lane, word * in_word + i, bits);
            in_b[word] |= b[place.row * 8 + place.column] << (i * bits);
        }
    }
}

template <class Number> __device__ inline void put(const Number (&d)[4], Number *out) {
    const u32 lane = threadIdx.x;
    for (u32 i = 0; i < 4; ++i) {
        const u32 row = i < 2 ? lane >> 2 : (lane >> 2) + 8, column = lane % 4 * 2 + (i & 1);
        out[row * 8 + column] = d[i];
    }
}

extern "C" __global__ void __launch_bounds__(32) matrix_product(const u32 *a, const u32 *b, u32 bits, i32 *ints,
                                                               float *halves, float *brains) {
    u32 in_a[4], in_b[2];
    gather(a, b, bits, in_a, in_b);
    i32 whole[4] = {1, 2, 3, 4};
    float d[4] = {}, e[4] = {};
    if (bits == 1) mma_and_popc(whole, in_a, in_b);
    if (bits == 8) mma_s8(whole, in_a, in_b);
    if (bits == 16) {
        mma_f16(d, in_a, in_b);
        mma_bf16(e, in_a, in_b);
    }
    put(whole, ints);
    put(d, halves);
    put(e, brains);
}

// Four 8x8 matrices of 16 bits out of shared memory, as they are and transposed, and two and one of them.
extern "C" __global__ void __launch_bounds__(32) matrix_loads(const u32 *in, u32 *out) {
    __shared__ __align__(16) u32 tile[4 * 8 * 4];
    const u32 lane = threadIdx.x;
    for (u32 i = lane; i < 128; i += 32) tile[i] = in[i];
    __syncwarp();
    u32 four[4], turned[4], two[2], one[1];
    load_matrices(four, &tile[lane * 4]);
    load_matrices<4, true>(turned, &tile[lane * 4]);
    load_matrices(two, &tile[(lane % 16) * 4]);
    load_matrices<1, true>(one, &tile[(lane % 8) * 4]);
    for (u32 i = 0; i < 4; ++i) out[i * 32 + lane] = four[i];
    for (u32 i = 0; i < 4; ++i) out[(4 + i) * 32 + lane] = turned[i];
    for (u32 i = 0; i < 2; ++i) out[(8 + i) * 32 + lane] = two[i];
    out[10 * 32 + lane] = one[0];
}

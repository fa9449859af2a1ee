//! Bits in common, 512 at a time, with VPOPCNTQ. Eight rows go together, so that the sums of their lanes are taken by
//! one transposition and the fingerprint is loaded once for the eight.

use std::arch::x86_64::*;
use std::array;

/// Words of a vector.
const LANES: usize = 8;
/// Rows that go together.
const ROWS: usize = 8;

#[target_feature(enable = "avx512f,avx512vpopcntdq")]
pub(super) fn bits_in_common(fingerprint: &[u64], rows: &[u64], places: &[u32], counts: &mut [u32]) {
    match fingerprint.len() {
        8 => whole::<1>(fingerprint, rows, places, counts),
        16 => whole::<2>(fingerprint, rows, places, counts),
        32 => whole::<4>(fingerprint, rows, places, counts),
        64 => whole::<8>(fingerprint, rows, places, counts),
        _ => any(fingerprint, rows, places, counts),
    }
}

/// Widths of so few vectors that the fingerprint stays in registers.
#[target_feature(enable = "avx512f,avx512vpopcntdq")]
fn whole<const VECTORS: usize>(fingerprint: &[u64], rows: &[u64], places: &[u32], counts: &mut [u32]) {
    let words = VECTORS * LANES;
    let query: [__m512i; VECTORS] = array::from_fn(|vector| load(&fingerprint[vector * LANES..][..LANES]));
    let sum = |place: u32| {
        let row = &rows[place as usize * words..][..words];
        let common = |vector: usize| {
            _mm512_popcnt_epi64(_mm512_and_si512(query[vector], load(&row[vector * LANES..][..LANES])))
        };
        let mut sum = common(0);
        for vector in 1..VECTORS {
            sum = _mm512_add_epi64(sum, common(vector));
        }
        sum
    };
    let (groups, rest) = places.as_chunks::<ROWS>();
    let (group_counts, rest_counts) = counts.as_chunks_mut::<ROWS>();
    for (places, counts) in groups.iter().zip(group_counts) {
        store(transposed_sums(places.map(sum)), counts);
    }
    for (&place, count) in rest.iter().zip(rest_counts) {
        *count = _mm512_reduce_add_epi64(sum(place)) as u32;
    }
}

/// Any width; the last words through a mask.
#[target_feature(enable = "avx512f,avx512vpopcntdq")]
fn any(fingerprint: &[u64], rows: &[u64], places: &[u32], counts: &mut [u32]) {
    let words = fingerprint.len();
    let row = |place: u32| &rows[place as usize * words..][..words];
    for (places, counts) in places.chunks(ROWS).zip(counts.chunks_mut(ROWS)) {
        // A group that is not full repeats its first row.
        let rows: [&[u64]; ROWS] = array::from_fn(|i| row(places.get(i).copied().unwrap_or(places[0])));
        let mut sums = [_mm512_setzero_si512(); ROWS];
        for from in (0..words).step_by(LANES) {
            let to = words.min(from + LANES);
            let query = load(&fingerprint[from..to]);
            for (sum, row) in sums.iter_mut().zip(rows) {
                let common = _mm512_popcnt_epi64(_mm512_and_si512(query, load(&row[from..to])));
                *sum = _mm512_add_epi64(*sum, common);
            }
        }
        let mut group = [0; ROWS];
        store(transposed_sums(sums), &mut group);
        counts.copy_from_slice(&group[..counts.len()]);
    }
}

/// Up to eight words, the rest 0.
#[inline]
#[target_feature(enable = "avx512f")]
fn load(words: &[u64]) -> __m512i {
    if words.len() >= LANES {
        // SAFETY: the slice has the 64 bytes that are read; any alignment is allowed.
        unsafe { _mm512_loadu_epi64(words.as_ptr().cast()) }
    } else {
        let mask = (1_u8 << words.len()) - 1;
        // SAFETY: only the words that the mask names are read, and the slice has those.
        unsafe { _mm512_maskz_loadu_epi64(mask, words.as_ptr().cast()) }
    }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn store(sums: __m512i, counts: &mut [u32; ROWS]) {
    let counts: *mut [u32; ROWS] = counts;
    // SAFETY: the array has the 32 bytes that are written; any alignment is allowed.
    unsafe { _mm256_storeu_si256(counts.cast(), _mm512_cvtepi64_epi32(sums)) }
}

/// Lane i of the result is the sum of the lanes of vector i.
#[inline]
#[target_feature(enable = "avx512f")]
fn transposed_sums(v: [__m512i; ROWS]) -> __m512i {
    // Pairs of lanes: blocks of 128 bits hold (a, b) of two vectors.
    let pairs = |a, b| _mm512_add_epi64(_mm512_unpacklo_epi64(a, b), _mm512_unpackhi_epi64(a, b));
    // The even blocks of both and the odd blocks of both.
    let blocks = |a, b| {
        let even = _mm512_shuffle_i64x2::<0b10_00_10_00>(a, b);
        _mm512_add_epi64(even, _mm512_shuffle_i64x2::<0b11_01_11_01>(a, b))
    };
    let first = blocks(pairs(v[0], v[1]), pairs(v[2], v[3]));
    let second = blocks(pairs(v[4], v[5]), pairs(v[6], v[7]));
    blocks(first, second)
}

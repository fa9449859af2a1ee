//! Bits in common, 256 at a time: both half bytes looked up in a table of 16 counts (Mula, Kurz and Lemire, "Faster
//! population counts using AVX2 instructions", 2018). Counts stay in bytes as long as they fit.

use std::arch::x86_64::*;

use super::planes::{self, Plane};
use super::sliced;

/// Words of a vector.
const LANES: usize = 4;
/// Rows that go together, so that the sums of their lanes are taken by one transposition.
const ROWS: usize = 4;
/// Vectors whose counts fit a byte: 8 bits of each at most.
const BLOCK: usize = 31 * LANES;

#[target_feature(enable = "avx2,popcnt")]
pub(super) fn bits_in_common(fingerprint: &[u64], rows: &[u64], places: &[u32], counts: &mut [u32]) {
    let words = fingerprint.len();
    let vectors = words / LANES * LANES;
    for (places, counts) in places.chunks(ROWS).zip(counts.chunks_mut(ROWS)) {
        let mut group_rows = [&rows[..0]; ROWS];
        let mut sums = [_mm256_setzero_si256(); ROWS];
        for ((place, row), sum) in places.iter().zip(&mut group_rows).zip(&mut sums) {
            *row = &rows[*place as usize * words..][..words];
            *sum = lanes_in_common(&fingerprint[..vectors], &row[..vectors]);
        }
        let mut group = [0_u64; ROWS];
        let group_start: *mut [u64; ROWS] = &mut group;
        // SAFETY: the array has the 32 bytes that are written; any alignment is allowed.
        unsafe { _mm256_storeu_si256(group_start.cast(), transposed_sums(sums)) };
        for ((count, sum), row) in counts.iter_mut().zip(group).zip(group_rows) {
            let rest = fingerprint[vectors..].iter().zip(&row[vectors..]);
            *count = sum as u32 + rest.map(|(a, b)| (a & b).count_ones()).sum::<u32>();
        }
    }
}

/// Counts by lane of two fingerprints of whole vectors.
#[inline]
#[target_feature(enable = "avx2")]
fn lanes_in_common(a: &[u64], b: &[u64]) -> __m256i {
    let zero = _mm256_setzero_si256();
    let mut lanes = zero;
    for (a, b) in a.chunks(BLOCK).zip(b.chunks(BLOCK)) {
        let mut bytes = zero;
        for (a, b) in a.as_chunks().0.iter().zip(b.as_chunks().0) {
            bytes = _mm256_add_epi8(bytes, byte_counts(_mm256_and_si256(load(a), load(b))));
        }
        lanes = _mm256_add_epi64(lanes, _mm256_sad_epu8(bytes, zero));
    }
    lanes
}

#[inline]
#[target_feature(enable = "avx2")]
fn byte_counts(v: __m256i) -> __m256i {
    #[rustfmt::skip]
    let table = _mm256_setr_epi8(
        0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4,
        0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4,
    );
    let half = _mm256_set1_epi8(0x0F);
    let low = _mm256_shuffle_epi8(table, _mm256_and_si256(v, half));
    let high = _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi16::<4>(v), half));
    _mm256_add_epi8(low, high)
}

#[inline]
#[target_feature(enable = "avx2")]
fn load(words: &[u64; LANES]) -> __m256i {
    // SAFETY: the array has the 32 bytes that are read; any alignment is allowed.
    unsafe { _mm256_loadu_si256(words.as_ptr().cast()) }
}

/// Lane i of the result is the sum of the lanes of vector i.
#[inline]
#[target_feature(enable = "avx2")]
fn transposed_sums(v: [__m256i; ROWS]) -> __m256i {
    let (first, second) = (pairs(v[0], v[1]), pairs(v[2], v[3]));
    let low = _mm256_permute2x128_si256::<0x20>(first, second);
    _mm256_add_epi64(low, _mm256_permute2x128_si256::<0x31>(first, second))
}

/// Sums of neighbours: each half holds one of `a` and one of `b`.
#[inline]
#[target_feature(enable = "avx2")]
fn pairs(a: __m256i, b: __m256i) -> __m256i {
    _mm256_add_epi64(_mm256_unpacklo_epi64(a, b), _mm256_unpackhi_epi64(a, b))
}

/// [`planes::reaching`] with registers of 256 bits.
///
/// # Safety
/// The planes of the query are planes of the block.
#[target_feature(enable = "avx2")]
pub(super) unsafe fn reaching_in_block(
    block: &[Plane],
    query: planes::Query<'_>,
    need: u32,
    reached: &mut planes::Reached,
) -> bool {
    // SAFETY: this function has the feature; the rest is promised by the caller.
    unsafe { planes::reaching::<__m256i>(block, query, need, reached) }
}

/// [`sliced::transpose`] for this processor.
#[target_feature(enable = "avx2")]
pub(super) fn transpose(rows: &mut [[u64; 8]; 64]) {
    sliced::transpose(rows);
}

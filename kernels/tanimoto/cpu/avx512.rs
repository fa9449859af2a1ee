//! Bits in common, 512 at a time, with VPOPCNTQ. Eight rows go together, so that the sums of their lanes are taken by
//! one transposition and the fingerprint is loaded once for the eight.

use std::arch::x86_64::*;

use super::planes::{self, Plane};
use super::reach::{Reach, Reached};
use super::sliced;

/// Words of a vector.
const LANES: usize = 8;
/// Rows that go together.
pub(super) const ROWS: usize = 8;
/// How far ahead rows are asked for from memory: the processor's own prefetching ends with every page.
const AHEAD_BYTES: usize = 4096;

/// Calls a function with the number of vectors of a fingerprint that stays in registers, or 0 for a wider one.
macro_rules! by_width {
    ($words:expr, $function:ident $arguments:tt) => {
        match $words.div_ceil(LANES) {
            1 => $function::<1> $arguments,
            2 => $function::<2> $arguments,
            3 => $function::<3> $arguments,
            4 => $function::<4> $arguments,
            8 => $function::<8> $arguments,
            _ => $function::<0> $arguments,
        }
    };
}

/// The counts of bits in common with the rows at `places`.
#[target_feature(enable = "avx512f,avx512vpopcntdq")]
pub(super) fn bits_in_common(fingerprint: &[u64], rows: &[u64], places: &[u32], counts: &mut [u32]) {
    by_width!(fingerprint.len(), listed(fingerprint, rows, places, counts));
}

/// Appends the rows that reach the bound, of all rows. The rows are to be a multiple of [`ROWS`]. With `from_memory`,
/// rows ahead are asked for from memory, also beyond the end.
#[target_feature(enable = "avx512f,avx512vpopcntdq")]
pub(super) fn reaching(
    fingerprint: &[u64],
    reach: Reach,
    rows: &[u64],
    popcounts: &[u16],
    from_memory: bool,
    reached: &mut Reached,
) {
    by_width!(fingerprint.len(), all(fingerprint, reach, rows, popcounts, from_memory, reached));
}

/// Lane i of the result is the number of bits that row i has in common with the query. A macro, since a function of this
/// size is not inlined everywhere, and a call would bring the query from registers to memory and back.
macro_rules! sums {
    ($query:expr, $rows:expr) => {{
        let (query, rows): (&Query<'_, VECTORS>, [&[u64]; ROWS]) = (&$query, $rows);
        let words = query.words.len();
        let mut sums = [_mm512_setzero_si512(); ROWS];
        if VECTORS > 0 {
            for (sum, row) in sums.iter_mut().zip(rows) {
                let row = &row[..words];
                for (index, vector) in query.vectors.iter().enumerate() {
                    *sum = _mm512_add_epi64(*sum, common(*vector, query.part(row, index)));
                }
            }
        } else {
            for from in (0..words).step_by(LANES) {
                let to = words.min(from + LANES);
                let vector = load(&query.words[from..to]);
                for (sum, row) in sums.iter_mut().zip(rows) {
                    *sum = _mm512_add_epi64(*sum, common(vector, load(&row[from..to])));
                }
            }
        }
        transposed_sums(sums)
    }};
}

// From here on no closure holds vectors: one that is called by a function without the features is not inlined.

#[inline]
#[target_feature(enable = "avx512f,avx512vpopcntdq")]
fn listed<const VECTORS: usize>(fingerprint: &[u64], rows: &[u64], places: &[u32], counts: &mut [u32]) {
    let query = Query::<VECTORS>::new(fingerprint);
    for (places, counts) in places.chunks(ROWS).zip(counts.chunks_mut(ROWS)) {
        // A group that is not full repeats its first row.
        let mut group = [places[0]; ROWS];
        group[..places.len()].copy_from_slice(places);
        let mut group_rows = [&rows[..0]; ROWS];
        for (row, place) in group_rows.iter_mut().zip(group) {
            *row = &rows[place as usize * fingerprint.len()..][..fingerprint.len()];
        }
        let mut group_counts = [0; ROWS];
        store(sums!(query, group_rows), &mut group_counts);
        counts.copy_from_slice(&group_counts[..places.len()]);
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512vpopcntdq")]
fn all<const VECTORS: usize>(
    fingerprint: &[u64],
    reach: Reach,
    rows: &[u64],
    popcounts: &[u16],
    from_memory: bool,
    reached: &mut Reached,
) {
    // As in `Reach::met`; the factors have 16 or 17 bits and 31.
    let (numerator, denominator) = (reach.bound.numerator(), reach.bound.denominator());
    let query_popcount = _mm512_set1_epi64(i64::from(reach.popcount));
    let sum_factor = _mm512_set1_epi64(i64::from(numerator));
    let both_factor = _mm512_set1_epi64(i64::from(numerator) + i64::from(denominator));
    let one = _mm512_set1_epi64(1);
    let lanes = _mm512_set_epi64(7, 6, 5, 4, 3, 2, 1, 0);

    let query = Query::<VECTORS>::new(fingerprint);
    let words = fingerprint.len();
    let groups = rows.chunks_exact(ROWS * words).zip(popcounts.as_chunks::<ROWS>().0);
    for (group, (rows, popcounts)) in groups.enumerate() {
        if from_memory {
            prefetch(rows);
        }
        let mut group_rows = [rows; ROWS];
        for (index, row) in group_rows.iter_mut().enumerate() {
            *row = &rows[index * words..][..words];
        }
        let both = sums!(query, group_rows);
        let sum = _mm512_max_epu64(one, _mm512_add_epi64(query_popcount, load_popcounts(popcounts)));
        let (left, right) = (_mm512_mul_epu32(both, both_factor), _mm512_mul_epu32(sum, sum_factor));
        let reaches = _mm512_cmpge_epu64_mask(left, right);
        if reaches != 0 {
            let place = _mm512_add_epi64(_mm512_set1_epi64((group * ROWS) as i64), lanes);
            let (places, counts) = reached.append(reaches.count_ones() as usize);
            store(_mm512_maskz_compress_epi64(reaches, place), places);
            store(_mm512_maskz_compress_epi64(reaches, both), counts);
        }
    }
}

/// Asks for what lies that far behind a group of rows.
#[inline]
#[target_feature(enable = "avx512f")]
fn prefetch(rows: &[u64]) {
    for line in rows.chunks(LANES) {
        let ahead = line.as_ptr().wrapping_byte_add(AHEAD_BYTES);
        // A hint: an address beyond the rows does no harm.
        _mm_prefetch::<_MM_HINT_T0>(ahead.cast());
    }
}

/// A fingerprint, in registers where it has few vectors; `VECTORS` is 0 for any other.
struct Query<'a, const VECTORS: usize> {
    words: &'a [u64],
    vectors: [__m512i; VECTORS],
    /// The words of the last vector.
    last: __mmask8,
}

impl<'a, const VECTORS: usize> Query<'a, VECTORS> {
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn new(words: &'a [u64]) -> Self {
        assert!(VECTORS == 0 || words.len().div_ceil(LANES) == VECTORS, "vectors of a fingerprint");
        let mut vectors = [_mm512_setzero_si512(); VECTORS];
        for (vector, words) in vectors.iter_mut().zip(words.chunks(LANES)) {
            *vector = load(words);
        }
        Self { words, vectors, last: u8::MAX >> (words.len().next_multiple_of(LANES) - words.len()) }
    }

    /// One vector of a row that is as long as the fingerprint.
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn part(&self, row: &[u64], vector: usize) -> __m512i {
        let words = row.as_ptr().wrapping_add(vector * LANES).cast();
        if vector + 1 < VECTORS {
            // SAFETY: `new` has checked that there are as many words as for VECTORS vectors, of which this is not the
            // last one; any alignment is allowed.
            unsafe { _mm512_loadu_epi64(words) }
        } else {
            // SAFETY: only the words that the mask names are read: those that the last vector has.
            unsafe { _mm512_maskz_loadu_epi64(self.last, words) }
        }
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512vpopcntdq")]
fn common(a: __m512i, b: __m512i) -> __m512i {
    _mm512_popcnt_epi64(_mm512_and_si512(a, b))
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
fn load_popcounts(popcounts: &[u16; ROWS]) -> __m512i {
    // SAFETY: the array has the 16 bytes that are read; any alignment is allowed.
    _mm512_cvtepu16_epi64(unsafe { _mm_loadu_si128(popcounts.as_ptr().cast()) })
}

#[inline]
#[target_feature(enable = "avx512f")]
fn store(values: __m512i, target: &mut [u32; ROWS]) {
    let target: *mut [u32; ROWS] = target;
    // SAFETY: the array has the 32 bytes that are written; any alignment is allowed.
    unsafe { _mm256_storeu_si256(target.cast(), _mm512_cvtepi64_epi32(values)) }
}

/// Lane i of the result is the sum of the lanes of vector i.
#[inline]
#[target_feature(enable = "avx512f")]
fn transposed_sums(v: [__m512i; ROWS]) -> __m512i {
    let first = blocks(pairs(v[0], v[1]), pairs(v[2], v[3]));
    let second = blocks(pairs(v[4], v[5]), pairs(v[6], v[7]));
    blocks(first, second)
}

/// Sums of neighbours: each block of 128 bits holds one of `a` and one of `b`.
#[inline]
#[target_feature(enable = "avx512f")]
fn pairs(a: __m512i, b: __m512i) -> __m512i {
    _mm512_add_epi64(_mm512_unpacklo_epi64(a, b), _mm512_unpackhi_epi64(a, b))
}

/// Sums of neighbouring blocks of 128 bits, those of `a` first.
#[inline]
#[target_feature(enable = "avx512f")]
fn blocks(a: __m512i, b: __m512i) -> __m512i {
    let even = _mm512_shuffle_i64x2::<0b10_00_10_00>(a, b);
    _mm512_add_epi64(even, _mm512_shuffle_i64x2::<0b11_01_11_01>(a, b))
}

/// [`planes::reaching`] with registers of 512 bits.
///
/// # Safety
/// The planes of the query are planes of the block.
#[target_feature(enable = "avx512f")]
pub(super) unsafe fn reaching_in_block(
    block: &[Plane],
    query: planes::Query<'_>,
    need: u32,
    reached: &mut planes::Reached,
) -> bool {
    // SAFETY: this function has the feature; the rest is promised by the caller.
    unsafe { planes::reaching::<__m512i>(block, query, need, reached) }
}

/// [`sliced::transpose`] for this processor.
#[target_feature(enable = "avx512f")]
pub(super) fn transpose(rows: &mut [[u64; 8]; 64]) {
    sliced::transpose(rows);
}

//! The same results on the CPU.

/// Independent results of a thread.
pub(super) const CHAINS: u32 = 8;

/// A random-looking number for each number (Wellons' lowbias32).
fn mixed(value: u32) -> u32 {
    let value = (value ^ value >> 16).wrapping_mul(0x7feb_352d);
    let value = (value ^ value >> 15).wrapping_mul(0x846c_a68b);
    value ^ value >> 16
}

/// Sum, modulo 2^64, of `words` numbers `first`, `first + step`, ...
pub(super) fn series(words: u64, first: u64, step: u64) -> u64 {
    let pairs = u128::from(words) * u128::from(words.saturating_sub(1)) / 2;
    first.wrapping_mul(words).wrapping_add(step.wrapping_mul(pairs as u64))
}

/// What thread `thread` of `probe_popcount` gives.
pub(super) fn popcount(thread: u32, rounds: u32, seed: u32) -> u32 {
    let values =
        (0..CHAINS).map(|chain| mixed(thread.wrapping_mul(CHAINS).wrapping_add(chain).wrapping_add(seed)));
    let count = |value: u32| (0..rounds).map(|round| (value ^ round).count_ones()).fold(0, u32::wrapping_add);
    values.map(count).fold(0, u32::wrapping_add)
}

/// What thread `thread` of `probe_matrix` gives, of the layout of the matrices in registers (PTX ISA, "Matrix Fragments
/// for mma.m16n8k256").
pub(super) fn matrix(thread: u32, rounds: u32, seed: u32) -> u32 {
    let lane = thread % 32;
    let held = |lane: u32, index: u32| mixed((lane * 6 + index).wrapping_add(seed));
    let of_a = |row: u32, word: u32| held(row % 8 * 4 + word % 4, row / 8 + word / 4 * 2);
    let of_b = |column: u32, word: u32| held(column * 4 + word % 4, 4 + word / 4);
    let product = |element: u32| {
        let (row, column) = (lane / 4 + element / 2 * 8, lane % 4 * 2 + element % 2);
        (0..8).map(|word| (of_a(row, word) & of_b(column, word)).count_ones()).sum::<u32>()
    };
    let products = [0, 1, 2, 3].map(|element| product(element).wrapping_mul(rounds));
    let weighted = (0..CHAINS * 4).map(|at| products[at as usize % 4].wrapping_mul(at + 1));
    weighted.fold(0, u32::wrapping_add)
}

/// What thread `thread` of `probe_multiply_add` gives.
pub(super) fn multiply_add(thread: u32, rounds: u32, factor: f32, addend: f32) -> f32 {
    let chain = |chain: u32| {
        let start = (thread % 1024 * CHAINS + chain) as f32;
        (0..rounds).fold(start, |value, _| value.mul_add(factor, addend))
    };
    (0..CHAINS).map(chain).fold(0.0, |sum, value| sum + value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_is_the_sum_of_its_terms() {
        for (words, first, step) in [(0_u64, 5_u64, 3_u64), (1, 5, 3), (7, u64::MAX, 0x9E37_79B9_7F4A_7C15)] {
            let terms = (0..words).map(|i| step.wrapping_mul(i).wrapping_add(first));
            assert_eq!(series(words, first, step), terms.fold(0, u64::wrapping_add));
        }
    }

    #[test]
    fn rounds_count() {
        assert_eq!(popcount(3, 0, 1), 0);
        let one: u32 = (0..8).map(|chain| mixed(3 * 8 + chain + 1).count_ones()).sum();
        assert_eq!(popcount(3, 1, 1), one);
        assert_eq!(matrix(3, 4, 1), matrix(3, 1, 1) * 4);
        assert_eq!(matrix(35, 1, 1), matrix(3, 1, 1));
        assert_eq!(multiply_add(2, 0, 0.5, 1.0), (16..24).sum::<u32>() as f32);
    }
}

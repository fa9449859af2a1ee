//! The same results on the CPU.

/// Independent results of a thread.
pub(super) const CHAINS: u32 = 8;
/// Threads of a block.
pub(super) const THREADS: u32 = 256;

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

/// What thread `thread` of `probe_logic` gives.
pub(super) fn logic(thread: u32, rounds: u32, seed: u32) -> u32 {
    const CHAINS: usize = self::CHAINS as usize;
    let mut values: [u32; CHAINS] =
        std::array::from_fn(|chain| mixed((thread * self::CHAINS + chain as u32).wrapping_add(seed)));
    for _ in 0..rounds {
        for i in 0..CHAINS {
            values[i] ^= !values[(i + 1) % CHAINS] & values[(i + 2) % CHAINS];
        }
    }
    values.into_iter().fold(0, u32::wrapping_add)
}

/// Bits that are set in both.
pub(super) fn bits_in_common(a: u32, b: u32) -> u32 {
    (a & b).count_ones()
}

/// Sum of the products of the signed bytes of both, modulo 2^32.
pub(super) fn products_of_bytes(a: u32, b: u32) -> u32 {
    let pairs = a.to_le_bytes().into_iter().zip(b.to_le_bytes());
    pairs.map(|(a, b)| i32::from(a as i8) * i32::from(b as i8)).sum::<i32>() as u32
}

/// What thread `thread` of `probe_matrix` (`bits_in_common`) or `probe_matrix_bytes` (`products_of_bytes`) gives, of the
/// layout of the matrices in registers (PTX ISA, "Matrix Fragments for mma.m16n8k256" and "mma.m16n8k32").
pub(super) fn matrix(thread: u32, rounds: u32, seed: u32, dot: fn(u32, u32) -> u32) -> u32 {
    let lane = thread % 32;
    let held = |lane: u32, index: u32| mixed((lane * 6 + index).wrapping_add(seed));
    let of_a = |row: u32, word: u32| held(row % 8 * 4 + word % 4, row / 8 + word / 4 * 2);
    let of_b = |column: u32, word: u32| held(column * 4 + word % 4, 4 + word / 4);
    let product = |element: u32| {
        let (row, column) = (lane / 4 + element / 2 * 8, lane % 4 * 2 + element % 2);
        (0..8).map(|word| dot(of_a(row, word), of_b(column, word))).fold(0, u32::wrapping_add)
    };
    let products = [0, 1, 2, 3].map(|element| product(element).wrapping_mul(rounds));
    let weighted = (0..CHAINS * 4).map(|at| products[at as usize % 4].wrapping_mul(at + 1));
    weighted.fold(0, u32::wrapping_add)
}

/// Rows of A and of B that the instructions of `probe_warpgroup` take, and 32-bit words of each.
pub(super) const GROUP: (usize, usize, usize) = (64, 256, 8);

/// What thread `thread` of `probe_warpgroup` gives for the rows of A and then of B in `words`, after that many
/// instructions (PTX ISA, "Register fragments for wgmma.mma_async.m64nNk256").
pub(super) fn warpgroup(thread: u32, instructions: u32, words: &[u32]) -> u32 {
    let (rows_of_a, columns, width) = GROUP;
    let (a, b) = words.split_at(rows_of_a * width);
    let lane = thread % 32;
    let element = |i: u32| {
        let row = (thread / 32 * 16 + lane / 4 + i / 2 % 2 * 8) as usize;
        let column = (i / 4 * 8 + lane % 4 * 2 + i % 2) as usize;
        let (a, b) = (&a[row * width..][..width], &b[column * width..][..width]);
        let common: u32 = a.iter().zip(b).map(|(&a, &b)| bits_in_common(a, b)).sum();
        common.wrapping_mul(instructions).wrapping_mul(i + 1)
    };
    // each thread has 64 x 256 products of 128 threads
    (0..(rows_of_a * columns / 128) as u32).map(element).fold(0, u32::wrapping_add)
}

/// That many words that look random.
pub(super) fn random_words(count: usize, seed: u32) -> Vec<u32> {
    (0..count as u32).map(|index| mixed(index.wrapping_add(seed))).collect()
}

/// What thread `thread` of `probe_shared` (one word an access) or `probe_shared_wide` (four) gives.
pub(super) fn shared(thread: u32, rounds: u32, seed: u32, width: u32) -> u32 {
    let in_block = thread % THREADS;
    let access = |at: u32| (at * width..(at + 1) * width).map(|word| mixed(word.wrapping_add(seed)));
    let table: Vec<u32> = (0..2 * THREADS).map(|at| access(at).fold(0, u32::wrapping_add)).collect();
    let round = |round: u32| {
        let at = in_block.wrapping_add(round.wrapping_mul(32)) % THREADS;
        (0..CHAINS).map(|chain| table[(at + chain * 32) as usize]).fold(0, u32::wrapping_add)
    };
    (0..rounds).map(round).fold(0, u32::wrapping_add)
}

/// What thread `thread` of `probe_logic_shared` gives.
pub(super) fn logic_shared(thread: u32, rounds: u32, seed: u32) -> u32 {
    const CHAINS: usize = self::CHAINS as usize;
    let mut values: [u32; CHAINS] =
        std::array::from_fn(|chain| mixed((thread * self::CHAINS + chain as u32).wrapping_add(seed)));
    let word = |at: u32, index: u32| mixed((at * 4 + index).wrapping_add(seed));
    for round in 0..rounds {
        let at = (thread % THREADS).wrapping_add(round.wrapping_mul(32)) % THREADS;
        for chain in 0..self::CHAINS {
            for i in 0..CHAINS {
                let other = match i % 2 {
                    0 => word(at + chain * 32, i as u32 / 2),
                    _ => values[(i + 2) % CHAINS],
                };
                values[i] ^= !values[(i + 1) % CHAINS] & other;
            }
        }
    }
    values.into_iter().fold(0, u32::wrapping_add)
}

/// What thread `thread` of `probe_cached` gives, of parts of memory whose word i is `word(i)`.
pub(super) fn cached(thread: u64, parts: u64, rounds: u32, word: impl Fn(u64) -> u64) -> u64 {
    const APART: u64 = 37;
    let threads = u64::from(THREADS);
    let first = thread / threads * APART % parts;
    let round = |round: u64| {
        let at = ((first + round) % parts * threads + thread % threads) * 2;
        word(at).wrapping_add(word(at + 1))
    };
    (0..u64::from(rounds)).map(round).fold(0, u64::wrapping_add)
}

/// Adds to `counters`, a power of two of them, what one launch of `threads` threads of `probe_scatter` adds.
pub(super) fn scatter(counters: &mut [u64], threads: u32, rounds: u32, seed: u32) {
    let mask = counters.len() - 1;
    for thread in 0..threads {
        for round in 0..rounds {
            let key = thread.wrapping_add(seed).wrapping_add(round.wrapping_mul(0x9e37_79b9));
            counters[mixed(key) as usize & mask] += 1;
        }
    }
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
        for dot in [bits_in_common, products_of_bytes] {
            assert_eq!(matrix(3, 4, 1, dot), matrix(3, 1, 1, dot).wrapping_mul(4));
            assert_eq!(matrix(35, 1, 1, dot), matrix(3, 1, 1, dot));
        }
        // Eight values, all different, stay so.
        assert_ne!(logic(3, 1_000, 1), logic(3, 1_001, 1));
        assert_eq!(shared(3, 8, 1, 4).wrapping_mul(3), shared(3, 24, 1, 4));
        assert_eq!(cached(300, 5, 5, |word| word), (0..5).map(|part| (part * 256 + 44) * 4 + 1).sum());
        assert_eq!(multiply_add(2, 0, 0.5, 1.0), (16..24).sum::<u32>() as f32);
    }

    #[test]
    fn bytes_have_signs() {
        assert_eq!(products_of_bytes(0xff01_02fe, 0x0203_0405), (5 * -2 + 4 * 2 + 3 - 2_i32) as u32);
    }

    #[test]
    fn every_product_of_a_group_is_in_one_thread() {
        // A alone decides where the rows of B are all ones.
        let (rows, columns, width) = GROUP;
        let mut words = vec![0; (rows + columns) * width];
        words[rows * width..].fill(u32::MAX);
        words[17 * width] = 1;
        let weights: u32 = (1..=128).sum();
        let sums: Vec<u32> = (0..128).map(|thread| warpgroup(thread, 1, &words)).collect();
        assert_eq!(sums.iter().filter(|&&sum| sum > 0).count(), 4);
        let upper: u32 = (0..128).filter(|i| i / 2 % 2 == 0).map(|i| i + 1).sum();
        assert!(upper < weights && sums.iter().all(|&sum| sum == 0 || sum == upper), "{sums:?}");
        assert_eq!(sums[32 + 4], upper);
    }

    #[test]
    fn what_is_scattered_is_all_there() {
        let mut counters = vec![0; 64];
        scatter(&mut counters, 300, 7, 5);
        assert_eq!(counters.iter().sum::<u64>(), 2_100);
        assert!(counters.iter().all(|&count| count > 0));
    }
}

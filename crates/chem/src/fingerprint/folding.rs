//! From identifiers to vectors of fixed size.

/// Counts at which count simulation sets the next bit.
const COUNT_BOUNDS: [u32; 4] = [1, 2, 4, 8];

pub(super) fn check_bits(size: u32, out: &[u64]) {
    assert!(size > 0, "a fingerprint needs at least one bit");
    assert_eq!(out.len(), size.div_ceil(64) as usize, "output words for {size} bits");
}

pub(super) fn bits(identifiers: &[u32], size: u32, out: &mut [u64]) {
    out.fill(0);
    if size.is_power_of_two() {
        let mask = size - 1;
        for identifier in identifiers {
            set(out, identifier & mask);
        }
    } else {
        for identifier in identifiers {
            set(out, identifier % size);
        }
    }
}

pub(super) fn counts(identifiers: &[u32], size: u32, out: &mut [u32]) {
    out.fill(0);
    for identifier in identifiers {
        out[(identifier % size) as usize] += 1;
    }
}

pub(super) fn count_simulation(identifiers: &[u32], size: u32, folded: &mut Vec<u32>, out: &mut [u64]) {
    let buckets = buckets(size);
    folded.clear();
    folded.extend(identifiers.iter().map(|identifier| identifier % buckets));
    folded.sort_unstable();
    out.fill(0);
    for group in folded.chunk_by(|left, right| left == right) {
        for (step, &bound) in COUNT_BOUNDS.iter().enumerate() {
            if group.len() >= bound as usize {
                set(out, group[0] * COUNT_BOUNDS.len() as u32 + step as u32);
            }
        }
    }
}

/// Buckets behind `size` bits with count simulation.
pub(super) fn buckets(size: u32) -> u32 {
    let buckets = size / COUNT_BOUNDS.len() as u32;
    assert!(buckets > 0, "count simulation needs at least {} bits", COUNT_BOUNDS.len());
    buckets
}

/// The remainder by a size.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fold {
    size: u32,
    is_power_of_two: bool,
}

impl Fold {
    pub fn new(size: u32) -> Self {
        Self { size, is_power_of_two: size.is_power_of_two() }
    }

    #[inline(always)]
    pub fn of(self, identifier: u32) -> u32 {
        if self.is_power_of_two { identifier & (self.size - 1) } else { identifier % self.size }
    }
}

/// One more in a bucket, the buckets being numbers of four bits that stay at eight.
#[inline(always)]
pub(super) fn count_to_eight(out: &mut [u64], bucket: u32) {
    let (word, shift) = ((bucket / 16) as usize, 4 * (bucket % 16));
    let is_below_eight = !(out[word] >> (shift + 3)) & 1;
    out[word] += is_below_eight << shift;
}

/// Numbers of four bits, at most eight each, as bits for at least 1, 2, 4 and 8.
pub(super) fn thermometer(counts: u64) -> u64 {
    let bit = |bit: u32| counts >> bit & 0x1111_1111_1111_1111;
    let (one, two, four, eight) = (bit(0), bit(1), bit(2), bit(3));
    let four = four | eight;
    let two = two | four;
    (one | two) | two << 1 | four << 2 | eight << 3
}

#[inline(always)]
pub(super) fn set(out: &mut [u64], bit: u32) {
    out[(bit / 64) as usize] |= 1 << (bit % 64);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_fold_by_remainder_for_any_size() {
        let mut out = [u64::MAX; 2];
        bits(&[3, 103, 201, 64], 100, &mut out);
        assert_eq!(out, [1 << 3 | 1 << 1, 1]);
        bits(&[3, 131, 64], 128, &mut out);
        assert_eq!(out, [1 << 3, 1]);
    }

    #[test]
    fn counts_keep_duplicates() {
        let mut out = [9; 5];
        counts(&[0, 5, 7, 10], 5, &mut out);
        assert_eq!(out, [3, 0, 1, 0, 0]);
    }

    #[test]
    fn count_simulation_sets_one_bit_per_bound_reached() {
        let mut out = [0; 1];
        count_simulation(&[2, 2, 2, 18, 5], 64, &mut Vec::new(), &mut out);
        assert_eq!(out[0], 0b111 << 8 | 1 << 20);
    }

    #[test]
    fn counting_in_place_gives_the_same_bits() {
        let mut identifiers = Vec::new();
        for bucket in 0..64u32 {
            identifiers.extend(std::iter::repeat_n(bucket, bucket as usize % 20));
        }
        let mut expected = [0; 4];
        count_simulation(&identifiers, 256, &mut Vec::new(), &mut expected);
        let mut out = [0; 4];
        identifiers.iter().for_each(|&bucket| count_to_eight(&mut out, bucket));
        assert_eq!(out.map(thermometer), expected);
    }

    #[test]
    #[should_panic(expected = "at least 4 bits")]
    fn count_simulation_refuses_sizes_without_a_bucket() {
        count_simulation(&[1], 3, &mut Vec::new(), &mut [0]);
    }
}

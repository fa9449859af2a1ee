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
    let buckets = size / COUNT_BOUNDS.len() as u32;
    assert!(buckets > 0, "count simulation needs at least {} bits", COUNT_BOUNDS.len());
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

#[inline(always)]
fn set(out: &mut [u64], bit: u32) {
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
    #[should_panic(expected = "at least 4 bits")]
    fn count_simulation_refuses_sizes_without_a_bucket() {
        count_simulation(&[1], 3, &mut Vec::new(), &mut [0]);
    }
}

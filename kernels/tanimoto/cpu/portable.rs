//! Bits in common, a word at a time.

/// What the compiler makes of `count_ones` for the oldest processor of the target (vector counts on aarch64).
pub(super) fn bits_in_common(fingerprint: &[u64], rows: &[u64], places: &[u32], counts: &mut [u32]) {
    each(fingerprint, rows, places, counts);
}

/// The same with the instruction for it.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "popcnt")]
pub(super) fn bits_in_common_popcnt(fingerprint: &[u64], rows: &[u64], places: &[u32], counts: &mut [u32]) {
    each(fingerprint, rows, places, counts);
}

#[inline(always)]
fn each(fingerprint: &[u64], rows: &[u64], places: &[u32], counts: &mut [u32]) {
    for (&place, count) in places.iter().zip(counts) {
        let row = &rows[place as usize * fingerprint.len()..][..fingerprint.len()];
        *count = fingerprint.iter().zip(row).map(|(a, b)| (a & b).count_ones()).sum();
    }
}

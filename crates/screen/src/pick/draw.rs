//! The first pick, drawn as RDKit does.

use rand_mt::Mt;

/// A row of a library of `rows` rows, at least one: that with which RDKit's `MaxMinPicker` begins for this seed. It takes
/// the numbers of MT19937 (Matsumoto and Nishimura 1998), cuts their range into as many equal parts as there are rows,
/// and draws again where a number is beyond the last part. Beyond 2^32 rows, two numbers make one.
pub(super) fn first_row(seed: u32, rows: u64) -> u64 {
    let mut numbers = Mt::new(seed);
    let wide = rows > 1 << 32;
    let most = if wide { u64::MAX } else { u64::from(u32::MAX) };
    let part = most / rows + u64::from(most % rows == rows - 1);
    loop {
        let mut number = u64::from(numbers.next_u32());
        if wide {
            number = number << 32 | u64::from(numbers.next_u32());
        }
        let row = number / part;
        if row < rows {
            return row;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_those_that_rdkit_begins_with() {
        // RDKit 2026.9.1: LazyPick of one of `rows`; the last three draw twice.
        for (seed, rows, row) in [
            (7, 30_000_001, 2_291_899),
            (1989, 30_000_001, 13_065_851),
            (2193, 30_000_001, 8_754_352),
            (2748, 30_000_001, 11_560_315),
        ] {
            assert_eq!(first_row(seed, rows), row);
        }
        assert_eq!([1, 2, 77].map(|seed| first_row(seed, 1)), [0; 3]);
    }

    #[test]
    fn every_row_can_be_drawn_of_any_number() {
        for rows in [2, 3, 1000] {
            let drawn: std::collections::BTreeSet<u64> =
                (0..20_000).map(|seed| first_row(seed, rows)).collect();
            assert_eq!(drawn.len() as u64, rows);
        }
        for rows in [(1 << 32) - 1, 1 << 32, (1 << 32) + 1, 3 << 40, u64::MAX] {
            let drawn: Vec<u64> = (0..100).map(|seed| first_row(seed, rows)).collect();
            assert!(drawn.iter().all(|&row| row < rows));
            assert!(drawn.iter().any(|&row| row < rows / 4) && drawn.iter().any(|&row| row > rows / 4 * 3));
        }
    }
}

//! How common fragments are: the scores behind the synthetic accessibility. See `data/README.md`.

use std::sync::LazyLock;

static TEXT: &[u8] = include_bytes!("../../data/fragment_scores.bin");

static SCORES: LazyLock<FragmentScores> = LazyLock::new(|| FragmentScores::read(TEXT));

/// Slots of the table: one and a half times the fragments.
const SLOTS: usize = 1 << 20;

/// Scores by fragment, in an open-addressing table.
#[derive(Debug)]
pub(super) struct FragmentScores {
    /// Identifier in the upper half, score in the lower; 0 is free, as no fragment has identifier 0.
    slots: Vec<u64>,
}

impl FragmentScores {
    /// The scores that are part of the program, read at the first call.
    pub fn get() -> &'static Self {
        &SCORES
    }

    fn read(text: &[u8]) -> Self {
        let mut scores = Self { slots: vec![0; SLOTS] };
        let mut bits = Bits { text, at: 0 };
        for _ in 0..bits.take(16) {
            let score = bits.take(16);
            let count = bits.take(20);
            let width = bits.take(5);
            let mut next = 0u32;
            for _ in 0..count {
                let identifier = next.wrapping_add(bits.rice(width));
                next = identifier.wrapping_add(1);
                scores.insert(identifier, score as u16);
            }
        }
        scores
    }

    fn insert(&mut self, identifier: u32, score: u16) {
        let mut slot = home(identifier);
        while self.slots[slot] != 0 {
            slot = (slot + 1) % SLOTS;
        }
        self.slots[slot] = u64::from(identifier) << 32 | u64::from(score);
    }

    /// Score of a fragment: the logarithm of how common it is, -4 for unknown ones.
    pub fn of(&self, identifier: u32) -> f64 {
        let mut slot = home(identifier);
        loop {
            match self.slots[slot] {
                0 => return -4.0,
                found if (found >> 32) as u32 == identifier => {
                    return f64::from(found as u16 as i16) / 10_000.0;
                }
                _ => slot = (slot + 1) % SLOTS,
            }
        }
    }
}

fn home(identifier: u32) -> usize {
    (identifier.wrapping_mul(0x9e37_79b1) >> 12) as usize
}

/// A stream of bits, the lowest of each byte first; zeros after its end.
struct Bits<'a> {
    text: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    /// The next 64 bits or nearly (at least 57).
    fn ahead(&self) -> u64 {
        let rest = self.text.get(self.at / 8..).unwrap_or_default();
        let word = match rest.first_chunk() {
            Some(bytes) => u64::from_le_bytes(*bytes),
            None => rest.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte)),
        };
        word >> (self.at % 8)
    }

    fn take(&mut self, width: u32) -> u32 {
        let value = self.ahead() & ((1 << width) - 1);
        self.at += width as usize;
        value as u32
    }

    fn rice(&mut self, width: u32) -> u32 {
        let mut high = 0;
        loop {
            let ones = self.ahead().trailing_ones();
            if ones < 57 {
                self.at += ones as usize + 1;
                return (high + ones) << width | self.take(width);
            }
            self.at += 56;
            high += 56;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_fragments_are_there() {
        let scores = FragmentScores::get();
        let filled: Vec<u64> = scores.slots.iter().copied().filter(|&slot| slot != 0).collect();
        assert_eq!(filled.len(), 705_292);
        // as added up from RDKit's file
        let identifiers: u64 = filled.iter().map(|slot| slot >> 32).sum();
        let sum: i64 = filled.iter().map(|&slot| i64::from(slot as u16 as i16)).sum();
        assert_eq!((identifiers, sum), (1_511_672_576_725_306, -19_313_975_728));
        assert_eq!(scores.of(910_163_969), -2.8254);
        assert_eq!(scores.of(1_449_131_080), 1.2233);
        assert_eq!(scores.of(1), -4.0);
    }

    #[test]
    fn long_runs_of_ones_and_the_end_of_the_stream() {
        let mut bits = Bits { text: &[255; 16], at: 0 };
        assert_eq!(bits.rice(0), 128);
        assert_eq!(bits.take(20), 0);
    }
}

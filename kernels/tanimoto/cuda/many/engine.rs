//! Which kernels compare many queries.

use soyaku_device::ComputeCapability;

use super::planes::lanes;
use super::{MATRIX, NO_MATRIX, TILE};

/// How a GPU compares many queries with a library. The results are the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Engine {
    /// What is expected to be fastest there.
    #[default]
    Fastest,
    /// Matrix instructions of single bits, where the device has them (compute capability 8.0 to 9.0); else popcounts.
    Matrix,
    /// Popcounts of words.
    Popcounts,
    /// Planes of bits, where fingerprints are narrow enough for a block of rows to fit shared memory; else as `Matrix`.
    Planes,
}

/// Whether the device has matrix instructions that AND single bits.
pub(super) fn has_matrix(capability: ComputeCapability) -> bool {
    capability >= MATRIX && capability < NO_MATRIX
}

/// What the choice depends on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Search {
    pub(super) capability: ComputeCapability,
    /// Row tiles of a block of planes; 0 if none fits.
    pub(super) tiles: usize,
    pub(super) words: usize,
    pub(super) queries: usize,
    /// Set bits of all queries.
    pub(super) set_bits: usize,
}

/// Logical operations of a warp for each set bit of its queries, counted in the machine code, for queries of so many set
/// bits at most: larger counters take more of them.
const ADDITIONS: [(usize, f64); 3] = [(255, 9.0), (2047, 13.5), (usize::MAX, 25.0)];
/// Clocks of a multiprocessor for each of them: two in a clock, and a sixth more for what comes with them. Reading shared
/// memory takes half as long at least.
const CLOCKS: f64 = 0.5 * 7.0 / 6.0;
/// Popcounts of 32 bits a clock and multiprocessor.
const POPCOUNTS: f64 = 16.0;
/// Bytes of rows that come to a multiprocessor in a clock while nothing else is done (an H100's 3.35 TB/s on 132).
const LOADED: f64 = 14.0;
/// Warps of a block of planes.
const WARPS: usize = 16;

impl Search {
    /// Whether planes are taken. The costs are computed, not measured, which is why devices that have matrix instructions
    /// keep them (decision 9).
    pub(super) fn by_planes(self, wanted: Engine) -> bool {
        match wanted {
            Engine::Matrix | Engine::Popcounts => false,
            _ if self.tiles == 0 => false,
            Engine::Planes => true,
            Engine::Fastest => !has_matrix(self.capability) && self.planes() < self.popcounts(),
        }
    }

    /// Clocks of a multiprocessor for all queries and a row, by planes.
    fn planes(self) -> f64 {
        let together = 32 / lanes(self.tiles);
        // Fewer queries leave warps without work.
        let steps = self.queries.max(WARPS * together) as f64 / together as f64;
        let bits = self.set_bits / self.queries.max(1);
        let operations = ADDITIONS.iter().find(|(most, _)| bits <= *most).map_or(0.0, |(_, each)| *each);
        let added = bits as f64 * steps * operations * CLOCKS / (self.tiles * TILE) as f64;
        added + (self.words * 8) as f64 / LOADED
    }

    /// By popcounts: whole tiles of queries.
    fn popcounts(self) -> f64 {
        (self.queries.next_multiple_of(TILE) * self.words * 2) as f64 / POPCOUNTS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(capability: (u32, u32), tiles: usize, queries: usize, bits: usize) -> Search {
        let capability = ComputeCapability { major: capability.0, minor: capability.1 };
        Search { capability, tiles, words: 32, queries, set_bits: queries * bits }
    }

    #[test]
    fn planes_where_there_are_no_matrix_instructions() {
        for (capability, tiles) in [((7, 0), 2), ((7, 5), 1), ((10, 0), 7), ((12, 0), 3)] {
            assert!(search(capability, tiles, 1000, 45).by_planes(Engine::Fastest));
            assert!(search(capability, tiles, 20, 45).by_planes(Engine::Fastest));
            // Every bit set: adding planes one by one is no better than counting whole words.
            assert!(!search(capability, tiles, 1000, 2048).by_planes(Engine::Fastest));
            assert!(!search(capability, 0, 1000, 45).by_planes(Engine::Fastest));
        }
        for capability in [(8, 0), (8, 9), (9, 0)] {
            assert!(!search(capability, 7, 1000, 45).by_planes(Engine::Fastest));
            assert!(search(capability, 7, 1000, 45).by_planes(Engine::Planes));
            assert!(!search(capability, 0, 1000, 45).by_planes(Engine::Planes));
        }
    }
}

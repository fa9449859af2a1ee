//! The kernels of `planes.cu`: where a block of rows is laid out by bits, and each query is a list of its set bits.

use std::ops::Range;

use soyaku_device::{ComputeCapability, Entry, Header, Parameter, Scalar, Source};

use super::TILE;
use super::asked::Asked;

/// Kernels for many queries, by planes of bits.
pub static SOURCE: Source = Source {
    name: "tanimoto/planes.cu",
    text: include_str!("../../planes.cu"),
    headers: &[
        Header { name: "soyaku.cuh", text: include_str!("../../../include/soyaku.cuh") },
        Header { name: "async_copy.cuh", text: include_str!("../../../include/async_copy.cuh") },
        Header { name: "outbox.cuh", text: include_str!("../../../include/outbox.cuh") },
        Header { name: "shared.cuh", text: include_str!("../../../include/shared.cuh") },
    ],
    options: &[],
    specific: None,
    entries: &[
        entry("tanimoto_planes", HITS, 512),
        entry("tanimoto_planes_count", COUNTS, 512),
        entry("tanimoto_planes_turn", TURN, TURNING_THREADS),
    ],
};

const fn entry(name: &'static str, parameters: &'static [Parameter], threads: u32) -> Entry {
    Entry { name, parameters, threads, minimum: ComputeCapability::OLDEST }
}

/// Threads of a block that lays out rows.
const TURNING_THREADS: u32 = 256;

const HITS: &[Parameter] = &[
    Parameter::Input(Scalar::U32),  // lists
    Parameter::Input(Scalar::U32),  // groups
    Parameter::Input(Scalar::U32),  // planes
    Parameter::Input(Scalar::U16),  // needs
    Parameter::Input(Scalar::U32),  // starts
    Parameter::Input(Scalar::U32),  // spans
    Parameter::Input(Scalar::U32),  // work
    Parameter::Output(Scalar::U64), // hits
    Parameter::Output(Scalar::U32), // found
    Parameter::Value(Scalar::U32),  // items
    Parameter::Value(Scalar::U32),  // bits
    Parameter::Value(Scalar::U32),  // pitch
    Parameter::Value(Scalar::U32),  // tiles
    Parameter::Value(Scalar::U32),  // rows
    Parameter::Value(Scalar::U32),  // capacity
];

const COUNTS: &[Parameter] = &[
    Parameter::Input(Scalar::U32),  // lists
    Parameter::Input(Scalar::U32),  // groups
    Parameter::Input(Scalar::U32),  // planes
    Parameter::Input(Scalar::U16),  // needs
    Parameter::Input(Scalar::U32),  // starts
    Parameter::Input(Scalar::U32),  // spans
    Parameter::Input(Scalar::U32),  // work
    Parameter::Output(Scalar::U32), // counts
    Parameter::Value(Scalar::U32),  // items
    Parameter::Value(Scalar::U32),  // bits
    Parameter::Value(Scalar::U32),  // pitch
    Parameter::Value(Scalar::U32),  // tiles
    Parameter::Value(Scalar::U32),  // rows
];

const TURN: &[Parameter] = &[
    Parameter::Input(Scalar::U64),  // rows
    Parameter::Output(Scalar::U32), // planes
    Parameter::Value(Scalar::U32),  // first
    Parameter::Value(Scalar::U32),  // count
    Parameter::Value(Scalar::U32),  // words
    Parameter::Value(Scalar::U32),  // tiles
];

/// Bytes of a plane for one row tile.
const PLANE: usize = TILE / 8;
/// Row tiles of a block at most: eight lanes of a warp have the same query.
const MOST_TILES: usize = 8;
/// Queries whose lists lie beside each other and have the same length.
pub(super) const GROUP: usize = 32;
/// Set bits of each query that lie together.
const STEP: usize = 4;
/// Steps that the kernel reads ahead of the last one, at most.
const AHEAD: usize = 8;

/// Row tiles of a block of so many words that fit `shared` bytes, together with the plane of zeros; 0 if none does.
pub(super) fn tiles(shared: u32, words: usize) -> usize {
    (shared as usize / ((words * 64 + 1) * PLANE)).min(MOST_TILES)
}

/// Shared memory of a block of the kernel.
pub(super) fn shared_bytes(tiles: usize, words: usize) -> u32 {
    (tiles * (words * 64 + 1) * PLANE) as u32
}

/// Neighbouring lanes that have the same query.
pub(super) fn lanes(tiles: usize) -> usize {
    tiles.next_power_of_two()
}

/// Numbers of 32 bits of the planes of so many row tiles.
pub(super) fn plane_words(row_tiles: usize, tiles: usize, words: usize) -> usize {
    row_tiles.next_multiple_of(tiles) * words * 64 * PLANE / 4
}

/// Blocks of the kernel that lays out so many row tiles.
pub(super) fn turning_blocks(row_tiles: usize, words: usize) -> u64 {
    // A warp has 128 rows x 256 bits; a few rounds each.
    (row_tiles as u64 * words.div_ceil(4) as u64).div_ceil(u64::from(TURNING_THREADS) / 32).min(1 << 16)
}

/// Pairs of a query tile and a row tile as the kernel reads them: those of a block and a query tile together, by block.
pub(super) fn by_block(work: &[u32], row_tiles: usize, tiles: usize) -> Vec<u32> {
    let query_tiles = work.iter().map(|item| (item >> 20) as usize + 1).max().unwrap_or(0);
    let mut wanted = vec![0_u8; row_tiles.div_ceil(tiles) * query_tiles];
    for item in work {
        let (query_tile, row_tile) = ((item >> 20) as usize, (item & 0xf_ffff) as usize);
        wanted[row_tile / tiles * query_tiles + query_tile] |= 1 << (row_tile % tiles);
    }
    let items = wanted.into_iter().enumerate().filter(|(_, wanted)| *wanted != 0);
    items
        .map(|(at, wanted)| {
            let (block, query_tile) = (at / query_tiles, at % query_tiles);
            (query_tile as u32) << 28 | u32::from(wanted) << 20 | block as u32
        })
        .collect()
}

/// The set bits of some queries, as the kernel reads them.
pub(super) struct Lists {
    /// Entry e of query q of a group: `(first + e / STEP) * GROUP * STEP + q * STEP + e % STEP`.
    pub(super) entries: Vec<u32>,
    /// Of each group: `first`, and the number of steps.
    pub(super) groups: Vec<u32>,
}

/// Steps of each group of some queries.
fn steps(asked: &Asked, places: Range<usize>) -> impl Iterator<Item = usize> {
    let most = |group: &[u32]| group.iter().map(|&query| asked.popcount(query) as usize).max().unwrap_or(0);
    asked.order(places).chunks(GROUP).map(move |group| most(group).div_ceil(STEP))
}

/// Numbers of 32 bits of the lists of these places.
pub(super) fn list_words(asked: &Asked, places: Range<usize>) -> usize {
    (steps(asked, places).sum::<usize>() + AHEAD) * GROUP * STEP
}

impl Lists {
    /// Of queries that begin with a whole group. `tiles` are those of a block.
    pub(super) fn new(asked: &Asked, places: Range<usize>, tiles: usize) -> Self {
        let bits = asked.words() * 64;
        let mut entries = Vec::with_capacity(list_words(asked, places.clone()));
        let mut groups = Vec::new();
        let mut list = Vec::new();
        for (steps, group) in steps(asked, places.clone()).zip(asked.order(places).chunks(GROUP)) {
            let first = entries.len();
            groups.extend([(first / (GROUP * STEP)) as u32, steps as u32]);
            entries.resize(first + steps * GROUP * STEP, bits as u32);
            for (place, &query) in group.iter().enumerate() {
                asked.set_bits(query, &mut list);
                apart(&mut list, place, tiles);
                for (at, &bit) in list.iter().enumerate() {
                    entries[first + at / STEP * GROUP * STEP + place * STEP + at % STEP] = bit;
                }
            }
        }
        entries.resize(entries.len() + AHEAD * GROUP * STEP, bits as u32);
        Self { entries, groups }
    }
}

/// Puts the bits of a query into an order in which it mostly meets other banks of shared memory than the queries beside
/// it: eight lanes read at a time, 16 bytes each, and where fewer share a query, several queries meet.
fn apart(list: &mut [u32], place: usize, tiles: usize) {
    let lanes = lanes(tiles);
    if lanes < MOST_TILES {
        let ahead = place % (MOST_TILES / lanes) * lanes;
        list.sort_by_key(|&bit| (bit as usize * tiles + ahead) % MOST_TILES);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tanimoto::{Rows, popcount};
    use crate::testing::Random;

    #[test]
    fn pairs_of_tiles_are_there_once_by_block() {
        let mut random = Random::new(1);
        for tiles in 1..=MOST_TILES {
            let all = (0..16_u32).flat_map(|tile| (0..45).map(move |row_tile| tile << 20 | row_tile));
            let expected: Vec<u32> = all.filter(|_| random.next().is_multiple_of(3)).collect();
            let pairs: Vec<u32> = expected.iter().rev().copied().collect();
            let items = by_block(&pairs, 45, tiles);
            assert!(items.is_sorted_by_key(|item| (item & 0xf_ffff, item >> 28)));
            let row_tiles = |item: u32| {
                let of_block = (0..tiles as u32).filter(move |tile| item >> (20 + tile) & 1 == 1);
                of_block.map(move |tile| (item >> 28) << 20 | ((item & 0xf_ffff) * tiles as u32 + tile))
            };
            let mut got: Vec<u32> = items.iter().flat_map(|&item| row_tiles(item)).collect();
            got.sort_unstable();
            assert_eq!(got, expected, "{tiles} tiles");
        }
    }

    #[test]
    fn lists_hold_every_set_bit_once() {
        let (mut random, words) = (Random::new(2), 3);
        let bits: Vec<u64> = (0..70 * words).map(|at| random.next() & (u64::MAX >> (at % 64))).collect();
        let popcounts: Vec<u16> = bits.chunks(words).map(popcount).collect();
        let asked = Asked::new(Rows { bits: &bits, popcounts: &popcounts, words });
        for (tiles, places) in [(1, 0..70), (3, 32..70), (7, 64..65)] {
            let lists = Lists::new(&asked, places.clone(), tiles);
            assert_eq!(lists.entries.len(), list_words(&asked, places.clone()));
            assert_eq!(lists.groups.len(), places.len().div_ceil(GROUP) * 2);
            for (at, &query) in asked.order(places).iter().enumerate() {
                let (first, steps) = (lists.groups[at / GROUP * 2], lists.groups[at / GROUP * 2 + 1]);
                let steps = (first..first + steps).flat_map(|step| {
                    let from = (step as usize * GROUP + at % GROUP) * STEP;
                    lists.entries[from..from + STEP].to_vec()
                });
                let mut got: Vec<u32> = steps.filter(|&bit| bit != (words * 64) as u32).collect();
                got.sort_unstable();
                let mut expected = Vec::new();
                asked.set_bits(query, &mut expected);
                assert_eq!(got, expected, "query {query}, {tiles} tiles");
            }
        }
    }
}

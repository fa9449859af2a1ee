//! The race for the next pick: rows in blocks of 512, each of which is looked at only when one of its rows may win.
//!
//! A row's similarity to the picks only rises, so what is known of a block is a lower bound of it. The block with the
//! lowest bound is compared with the picks that it has missed until it is complete, or another block is lower (Sayle's
//! way, with blocks for rows); a comparison asks only for rows that rise above the block's lowest one.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use rayon::prelude::*;

use super::super::measure::Score;
use super::super::{Closest, Farthest, Measure, Rows};
use super::planes::{BLOCK, Queries, Reached};
use super::sliced::{Block, Sliced};
use super::unit::Unit;

/// Blocks that one thread looks at alone: others would take longer to begin.
const ALONE: usize = 8;
/// Most blocks of each thread that are looked at together.
const TOGETHER: usize = 64;

/// Rows of tiles, with the picks that they are compared with.
pub(in super::super) struct Spread {
    comparison: Comparison,
    tiles: Vec<(u64, Sliced)>,
    race: BinaryHeap<Runner>,
}

/// The picks, and how rows are compared with them.
struct Comparison {
    unit: Unit,
    measure: Measure,
    picks: Queries,
    popcounts: Vec<u16>,
}

/// The row of a block that is least similar to the picks, as far as they were compared.
#[derive(Clone, Copy)]
struct Least {
    score: Score,
    row: u64,
    place: usize,
}

/// A block with at least one row that is no pick.
struct Runner {
    least: Least,
    tile: usize,
    block: usize,
    /// Picks that it was compared with.
    seen: usize,
    /// Of each place.
    closest: Box<[Closest]>,
}

impl Least {
    /// The less similar first, of equals the lower row.
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        self.score.cmp(other.score).then(self.row.cmp(&other.row))
    }
}

// The heap has the greatest on top: that is the least.
impl Ord for Runner {
    fn cmp(&self, other: &Self) -> Ordering {
        other.least.cmp(&self.least)
    }
}

impl PartialOrd for Runner {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Runner {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Runner {}

impl Spread {
    pub(in super::super) fn new(measure: Measure, words: usize) -> Self {
        let comparison =
            Comparison { unit: Unit::best(), measure, picks: Queries::new(words), popcounts: Vec::new() };
        Self { comparison, tiles: Vec::new(), race: BinaryHeap::new() }
    }

    /// Rows that are not compared with any pick yet, or, where `closest` tells, with all of them.
    pub(in super::super) fn add(&mut self, first_row: u64, tile: Sliced, closest: Option<&[Closest]>) {
        let measure = self.comparison.measure;
        let number = self.tiles.len();
        let seen = closest.map_or(0, |_| self.comparison.popcounts.len());
        let runners: Vec<Runner> = (0..tile.blocks())
            .into_par_iter()
            .filter_map(|index| {
                let block = tile.block(index);
                let closest: Box<[Closest]> = match closest {
                    Some(closest) => block.order.iter().map(|&row| closest[row as usize]).collect(),
                    None => block.popcounts.iter().map(|&popcount| Closest::nothing(popcount)).collect(),
                };
                let least = least(measure, block, first_row, &closest)?;
                Some(Runner { least, tile: number, block: index, seen, closest })
            })
            .collect();
        self.race.extend(runners);
        self.tiles.push((first_row, tile));
    }

    /// Further picks.
    pub(in super::super) fn compare_with(&mut self, picks: Rows<'_>) {
        self.comparison.push(picks);
    }

    /// Takes rows out of the race; they are ascending.
    pub(in super::super) fn remove(&mut self, rows: &[u64]) {
        let (tiles, measure) = (&self.tiles, self.comparison.measure);
        let mut race = std::mem::take(&mut self.race).into_vec();
        race.par_iter_mut().for_each(|runner| {
            let (first_row, tile) = &tiles[runner.tile];
            let block = tile.block(runner.block);
            for (closest, &row) in runner.closest.iter_mut().zip(block.order) {
                if rows.binary_search(&(first_row + u64::from(row))).is_ok() {
                    *closest = Closest::PICKED;
                }
            }
        });
        let stays = |mut runner: Runner| {
            let (first_row, tile) = &tiles[runner.tile];
            runner.least = least(measure, tile.block(runner.block), *first_row, &runner.closest)?;
            Some(runner)
        };
        self.race = race.into_iter().filter_map(stays).collect();
    }

    /// Memory for rows.
    pub(in super::super) fn bytes(&self) -> usize {
        let tiles: usize = self.tiles.iter().map(|(_, tile)| tile.bytes()).sum();
        tiles + self.race.len() * (BLOCK * size_of::<Closest>() + size_of::<Runner>())
    }

    /// The row that is the least similar to all picks, of equals the lowest. `None` where no row is left. Runs in the
    /// device's thread pool.
    pub(in super::super) fn farthest(&mut self) -> Option<Farthest> {
        let Self { comparison, tiles, race } = self;
        let picks = comparison.popcounts.len();
        let mut together = 1;
        let mut reached = Reached::default();
        loop {
            let top = race.peek()?;
            if top.seen == picks {
                return Some(Farthest { row: top.least.row, closest: top.closest[top.least.place] });
            }
            let mut stale = Vec::with_capacity(together);
            while stale.len() < together && race.peek().is_some_and(|top| top.seen < picks) {
                stale.extend(race.pop());
            }
            // A block that another one has passed need not be completed.
            let rival = race.peek().map(|top| top.least);
            let compare = |reached: &mut Reached, runner: &mut Runner| {
                let (first_row, tile) = &tiles[runner.tile];
                runner.catch_up(comparison, tile.block(runner.block), *first_row, rival, reached);
            };
            if stale.len() <= ALONE {
                stale.iter_mut().for_each(|runner| compare(&mut reached, runner));
            } else {
                stale.par_iter_mut().for_each_init(Reached::default, compare);
            }
            race.extend(stale);
            together = (2 * together).min(TOGETHER * rayon::current_num_threads());
        }
    }

    /// Makes the farthest row a pick; its fingerprint goes into `fingerprint`.
    pub(in super::super) fn pick(&mut self, fingerprint: &mut Vec<u64>) -> Option<Farthest> {
        let farthest = self.farthest()?;
        let mut runner = self.race.pop()?;
        let (first_row, tile) = &self.tiles[runner.tile];
        let block = tile.block(runner.block);
        fingerprint.clear();
        fingerprint.extend((0..tile.words()).map(|word| block.word(runner.least.place, word)));
        let popcount = block.popcounts[runner.least.place];
        runner.closest[runner.least.place] = Closest::PICKED;
        if let Some(least) = least(self.comparison.measure, block, *first_row, &runner.closest) {
            self.race.push(Runner { least, ..runner });
        }
        self.comparison.push(Rows { bits: fingerprint, popcounts: &[popcount], words: fingerprint.len() });
        Some(farthest)
    }
}

impl Comparison {
    fn push(&mut self, picks: Rows<'_>) {
        (0..picks.len()).for_each(|pick| self.picks.push(picks.row(pick)));
        self.popcounts.extend_from_slice(picks.popcounts);
    }

    /// Compares a block with one pick; tells whether the least similar row is another one now.
    #[inline]
    fn compare(
        &self,
        pick: usize,
        block: Block<'_>,
        least: &Least,
        closest: &mut [Closest],
        reached: &mut Reached,
    ) -> bool {
        let popcount = u32::from(self.popcounts[pick]);
        // Without a common bit no similarity rises.
        let need = self.measure.least_common(least.score, popcount, block.least_popcount()).max(1);
        if !self.unit.reaching_in_block(block, self.picks.get(pick), need, reached) {
            return false;
        }
        let mut least_rises = false;
        reached.for_each(|place, both| {
            let Some(closest) = closest.get_mut(place) else { return };
            let nearer = Closest::new(popcount, block.popcounts[place], both);
            if !closest.is_picked() && nearer.cmp_similarity(closest, self.measure) == Ordering::Greater {
                *closest = nearer;
                least_rises |= place == least.place;
            }
        });
        least_rises
    }
}

impl Runner {
    /// Compares with the picks that were missed, until another block is certain to have a row that comes first.
    fn catch_up(
        &mut self,
        comparison: &Comparison,
        block: Block<'_>,
        first_row: u64,
        rival: Option<Least>,
        reached: &mut Reached,
    ) {
        while self.seen < comparison.popcounts.len() {
            let rises = comparison.compare(self.seen, block, &self.least, &mut self.closest, reached);
            self.seen += 1;
            if rises {
                // A row that is no pick is there, as it was before.
                if let Some(least) = least(comparison.measure, block, first_row, &self.closest) {
                    self.least = least;
                }
                if rival.is_some_and(|rival| self.least.cmp(&rival) == Ordering::Greater) {
                    return;
                }
            }
        }
    }
}

/// The least similar row of a block that is no pick, of equals the lowest.
fn least(measure: Measure, block: Block<'_>, first_row: u64, closest: &[Closest]) -> Option<Least> {
    let mut least: Option<(&Closest, u32, usize)> = None;
    for (place, (closest, &row)) in closest.iter().zip(block.order).enumerate() {
        if closest.is_picked() {
            continue;
        }
        let is_less = least.is_none_or(|(other, other_row, _)| {
            closest.cmp_similarity(other, measure).then(row.cmp(&other_row)) == Ordering::Less
        });
        if is_less {
            least = Some((closest, row, place));
        }
    }
    let (closest, row, place) = least?;
    Some(Least { score: closest.score(measure), row: first_row + u64::from(row), place })
}

/// Compares all rows of a tile with picks; `closest` has them in the order of rows. Runs in the device's thread pool.
pub(in super::super) fn raise(measure: Measure, tile: &Sliced, picks: Rows<'_>, closest: &mut [Closest]) {
    let mut comparison =
        Comparison { unit: Unit::best(), measure, picks: Queries::new(picks.words), popcounts: Vec::new() };
    comparison.push(picks);
    let before = &*closest;
    let raised: Vec<Box<[Closest]>> = (0..tile.blocks())
        .into_par_iter()
        .map_init(Reached::default, |reached, index| {
            let block = tile.block(index);
            let closest: Box<[Closest]> = block.order.iter().map(|&row| before[row as usize]).collect();
            let Some(least) = least(measure, block, 0, &closest) else { return closest };
            let mut runner = Runner { least, tile: 0, block: index, seen: 0, closest };
            runner.catch_up(&comparison, block, 0, None, reached);
            runner.closest
        })
        .collect();
    for (index, raised) in raised.iter().enumerate() {
        for (&row, &raised) in tile.block(index).order.iter().zip(raised) {
            closest[row as usize] = raised;
        }
    }
}

impl Block<'_> {
    /// A word of the fingerprint at a place.
    fn word(&self, place: usize, word: usize) -> u64 {
        let planes = self.planes[word * 64..][..64].iter().enumerate();
        planes.map(|(bit, plane)| (plane.0[place / 64] >> (place % 64) & 1) << bit).sum()
    }
}

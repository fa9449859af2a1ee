//! The rows that may be picked, as many of them in memory as fit.
//!
//! Where not all fit, a pass over the library compares every row with the picks so far and keeps those that are the
//! least similar. Similarities only rise, so the next picks are among these for as long as one of them is below all that
//! were not kept; then comes another pass. A thousand picks take a few passes.

use soyaku_device::Device;
use soyaku_kernels::tanimoto::{Closest, Farthest, Measure, Rows, Spread, Tile};
use soyaku_store::LibraryReader;

use super::ceiling::Ceiling;
use super::plan::Plan;
use crate::progress::{Progress, Stop};
use crate::similar::each_tile;
use crate::{Error, Fingerprints};

/// What is picked from.
pub(super) struct Source<'a> {
    pub library: &'a LibraryReader,
    /// Position of the fingerprint in the library.
    pub kind: usize,
    /// A CPU.
    pub device: Device,
    pub measure: Measure,
    pub plan: Plan,
    pub progress: &'a dyn Progress,
    pub stop: &'a Stop,
}

/// Rows, and the picks that they were compared with.
pub(super) struct Pool<'a> {
    source: Source<'a>,
    race: Race,
    /// Of each row of the library, where not all are in the race.
    closest: Vec<Closest>,
    /// Picks that the rows out of the race were not compared with.
    missed: Fingerprints,
    /// A pick that was made before the library was read.
    first: Option<u64>,
    /// How often the library was read.
    pub passes: u32,
}

/// The rows that are held in memory.
struct Race {
    spread: Spread,
    /// Row of the library of each, where not all are there.
    rows: Vec<u64>,
    /// Whether there are rows elsewhere, and up to where none of them comes first.
    ceiling: Option<Ceiling>,
}

/// Rows on their way into the race.
#[derive(Default)]
struct Kept {
    bits: Vec<u64>,
    popcounts: Vec<u16>,
    closest: Vec<Closest>,
}

impl<'a> Pool<'a> {
    /// All rows of the library, with picks that are none of them.
    pub fn new(source: Source<'a>, start: Option<Rows<'_>>) -> Self {
        let words = source.library.info().kinds[source.kind].words();
        let spread = Spread::new(&source.device, source.measure, words);
        let missed = start.map_or_else(Fingerprints::default, |start| Fingerprints {
            bits: start.bits.to_vec(),
            popcounts: start.popcounts.to_vec(),
        });
        let race = Race { spread, rows: Vec::new(), ceiling: Some(Ceiling::first(0)) };
        Self { source, race, closest: Vec::new(), missed, first: None, passes: 0 }
    }

    /// Makes a row the first pick.
    pub fn begin_with(&mut self, row: u64) -> Result<(), Error> {
        let Self { source: Source { library, kind, device, .. }, missed, .. } = self;
        let (mut bits, mut popcounts) = (Vec::new(), Vec::new());
        device.install(|| library.read_fingerprints(*kind, row..row + 1, &mut bits, &mut popcounts))?;
        missed.bits.append(&mut bits);
        missed.popcounts.append(&mut popcounts);
        self.first = Some(row);
        Ok(())
    }

    /// The row that is the least similar to all picks, of equals the lowest. `None` where there is none left.
    pub fn farthest(&mut self) -> Result<Option<Farthest>, Error> {
        loop {
            if let Some(farthest) = self.race.spread.farthest() {
                let row = self.race.row(farthest.row);
                let covers = |ceiling: &Ceiling| ceiling.covers(&farthest.closest, row, self.source.measure);
                if self.race.ceiling.as_ref().is_none_or(covers) {
                    return Ok(Some(Farthest { row, ..farthest }));
                }
            } else if self.race.ceiling.is_none() && self.passes > 0 {
                return Ok(None);
            }
            self.pass()?;
        }
    }

    /// Makes the farthest row a pick.
    pub fn pick(&mut self) -> Result<(), Error> {
        self.source.stop.check()?;
        let mut fingerprint = Vec::new();
        let Some(pick) = self.race.spread.pick(&mut fingerprint) else { return Ok(()) };
        if self.race.ceiling.is_some() {
            self.missed.popcounts.push(soyaku_kernels::tanimoto::popcount(&fingerprint));
            self.missed.bits.append(&mut fingerprint);
            self.closest[self.race.row(pick.row) as usize] = Closest::PICKED;
        }
        Ok(())
    }

    /// Reads the library.
    fn pass(&mut self) -> Result<(), Error> {
        self.passes += 1;
        self.source.progress.begin(Some(self.source.library.len()));
        match self.source.plan.room {
            None => self.read_all(),
            Some(room) => self.read_some(room),
        }
    }

    /// All rows are in the race from now on.
    fn read_all(&mut self) -> Result<(), Error> {
        let Self { source, race, missed, first, .. } = self;
        let Source { library, kind, device, progress, stop, plan, .. } = source;
        let words = library.info().kinds[*kind].words();
        each_tile(library, *kind, plan.tile_rows as usize, device, *progress, stop, |first_row, rows| {
            race.spread.add_tile(Tile::new(device, first_row, rows)?, None);
            Ok(())
        })?;
        race.spread.remove(first.as_slice());
        race.spread.compare_with(Rows { bits: &missed.bits, popcounts: &missed.popcounts, words });
        race.ceiling = None;
        Ok(())
    }

    /// The rows that are the least similar to the picks are in the race from now on.
    fn read_some(&mut self, room: u64) -> Result<(), Error> {
        let Self { source, race, closest, missed, first, .. } = self;
        let Source { library, kind, device, measure, progress, stop, plan } = source;
        let words = library.info().kinds[*kind].words();
        let ceiling = match closest.is_empty() {
            true => Some(Ceiling::first(room)),
            false => Ceiling::new(closest, *measure, room),
        };
        // What is dropped makes room for what comes.
        *race = Race { spread: Spread::new(device, *measure, words), rows: Vec::new(), ceiling };
        race.rows.reserve_exact(room.min(library.len()) as usize);
        closest.reserve_exact(library.len() as usize - closest.len());
        let mut kept = Kept::default();
        let mut tile: Option<Tile> = None;
        each_tile(library, *kind, plan.tile_rows as usize, device, *progress, stop, |first_row, rows| {
            let range = first_row as usize..first_row as usize + rows.len();
            if closest.len() < range.end {
                closest.extend(rows.popcounts.iter().map(|&popcount| Closest::nothing(popcount)));
                if let Some(first) = first.filter(|first| range.contains(&(*first as usize))) {
                    closest[first as usize] = Closest::PICKED;
                }
            }
            let laid_out = match tile.take() {
                Some(mut tile) => tile.refill(device, first_row, rows).map(|()| tile),
                None => Tile::new(device, first_row, rows),
            }?;
            let picks = Rows { bits: &missed.bits, popcounts: &missed.popcounts, words };
            laid_out.raise(device, *measure, picks, &mut closest[range.clone()])?;
            tile = Some(laid_out);
            for (index, row) in range.enumerate() {
                let closest = closest[row];
                let covers = |ceiling: &Ceiling| ceiling.covers(&closest, row as u64, *measure);
                if !closest.is_picked() && ceiling.as_ref().is_none_or(covers) {
                    kept.bits.extend_from_slice(rows.row(index));
                    kept.popcounts.push(rows.popcounts[index]);
                    kept.closest.push(closest);
                    race.rows.push(row as u64);
                }
            }
            if kept.popcounts.len() >= plan.tile_rows as usize {
                race.add(&mut kept, device, words)?;
            }
            Ok(())
        })?;
        race.add(&mut kept, device, words)?;
        *missed = Fingerprints::default();
        Ok(())
    }
}

impl Race {
    /// Row of the library.
    fn row(&self, row: u64) -> u64 {
        self.rows.get(row as usize).copied().unwrap_or(row)
    }

    /// Adds the rows that `rows` ends with.
    fn add(&mut self, kept: &mut Kept, device: &Device, words: usize) -> Result<(), Error> {
        let first_row = (self.rows.len() - kept.popcounts.len()) as u64;
        let rows = Rows { bits: &kept.bits, popcounts: &kept.popcounts, words };
        self.spread.add_tile(Tile::new(device, first_row, rows)?, Some(&kept.closest));
        kept.bits.clear();
        kept.popcounts.clear();
        kept.closest.clear();
        Ok(())
    }
}

//! Rows that are far from all picks: the greedy way to a diverse set.

use std::cmp::Ordering;

use soyaku_device::{Device, Error};

use super::measure::Score;
use super::tile::Layout;
use super::{Hit, Measure, Rows, Threshold, Tile, cpu};

/// The pick that a row is most similar to: bits in common, bits in all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closest {
    pub(super) both: u16,
    /// Of rows in the race at least 1.
    pub(super) either: u16,
    /// Bits of the row.
    pub(super) popcount: u16,
}

impl Closest {
    /// A row that is a pick itself: it is not compared any more.
    pub const PICKED: Self = Self { both: u16::MAX, either: 0, popcount: 0 };

    /// A row with so many bits that was compared with no pick: similarity 0.
    pub const fn nothing(popcount: u16) -> Self {
        Self { both: 0, either: if popcount == 0 { 1 } else { popcount }, popcount }
    }

    /// Whether the row is a pick.
    #[inline]
    pub const fn is_picked(&self) -> bool {
        self.either == 0
    }

    /// The similarity, 0 to 1, of the pick (as a query) and the row.
    pub fn similarity(&self, measure: Measure) -> f64 {
        let (pick, hit) = self.pair();
        measure.similarity(pick, &hit)
    }

    /// Compares similarities as fractions, without rounding; both are of rows that are no picks.
    #[inline]
    pub fn cmp_similarity(&self, other: &Self, measure: Measure) -> Ordering {
        match measure {
            // Dice orders as Tanimoto does.
            Measure::Tanimoto | Measure::Dice => {
                let product = |one: u16, two: u16| u32::from(one) * u32::from(two);
                product(self.both, other.either).cmp(&product(other.both, self.either))
            }
            _ => self.score(measure).cmp(other.score(measure)),
        }
    }

    /// Whether the similarity is at least the threshold, exactly.
    pub fn reaches(&self, measure: Measure, threshold: Threshold) -> bool {
        self.score(measure).cmp(measure.threshold(threshold)) != Ordering::Less
    }

    /// A pick and a row of so many bits. Popcounts that are wrong make similarities wrong, and nothing else.
    #[inline]
    pub(super) fn new(pick: u32, popcount: u16, both: u32) -> Self {
        let either = (pick + u32::from(popcount)).saturating_sub(both);
        let narrow = |bits: u32| bits.min(u32::from(u16::MAX)) as u16;
        Self { both: narrow(both), either: narrow(either).max(1), popcount }
    }

    /// The similarity on the scale of the measure.
    #[inline]
    pub(super) fn score(&self, measure: Measure) -> Score {
        let (pick, hit) = self.pair();
        measure.score(u32::from(pick), &hit)
    }

    /// Bits of the pick, and what it has in common with the row.
    fn pair(&self) -> (u16, Hit) {
        let (both, either) = (u32::from(self.both), u32::from(self.either));
        let pick = (both + either).saturating_sub(u32::from(self.popcount));
        (pick.min(u32::from(u16::MAX)) as u16, Hit { row: 0, both, either })
    }
}

/// A row that is the least similar to the picks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Farthest {
    /// The row.
    pub row: u64,
    /// What it has in common with the pick that it is most similar to.
    pub closest: Closest,
}

/// MaxMin picking (Kennard and Stone 1969; Ashton et al. 2002): each pick is the row whose largest similarity to the
/// picks before it is the smallest, of equals the lowest row. Exact, the same for any number of threads and any tiles.
///
/// Comparisons run on the CPU, with the threads of the device, whatever else it has. Rows are looked at only where they
/// may be next (Sayle 2017, but 512 rows at a time).
///
/// ```
/// use soyaku_device::{Device, DeviceRequest};
/// use soyaku_kernels::tanimoto::{Measure, Rows, Spread, Tile};
///
/// let device = Device::open(DeviceRequest::Cpu, Some(1))?;
/// let rows = Rows { bits: &[0b0011, 0b0111, 0b1000, 0b0110], popcounts: &[2, 3, 1, 2], words: 1 };
/// let mut spread = Spread::new(&device, Measure::Tanimoto, 1);
/// spread.add_tile(Tile::new(&device, 0, rows)?, None);
/// // Row 1 is the first pick.
/// spread.remove(&[1]);
/// spread.compare_with(rows.part(1..2));
/// let mut fingerprint = Vec::new();
/// let picks: Vec<u64> = std::iter::from_fn(|| spread.pick(&mut fingerprint)).map(|pick| pick.row).collect();
/// assert_eq!(picks, [2, 0, 3]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Spread {
    device: Device,
    words: usize,
    engine: cpu::Spread,
}

impl Spread {
    /// No rows and no picks. Of [`Measure::Tversky`], picks are the queries.
    ///
    /// # Panics
    /// When the width is 0 or above 1023 words.
    pub fn new(device: &Device, measure: Measure, words: usize) -> Self {
        assert!(words > 0, "fingerprint width");
        Self { device: device.clone(), words, engine: cpu::Spread::new(measure, words) }
    }

    /// Adds rows. With `closest`, one for each in the order of rows, they were compared with all picks so far;
    /// otherwise they will be. Row numbers are to differ from those of other tiles.
    ///
    /// # Panics
    /// When the tile is of another width, or `closest` has another length.
    pub fn add_tile(&mut self, tile: Tile, closest: Option<&[Closest]>) {
        assert_eq!(tile.words(), self.words, "fingerprint width");
        assert!(closest.is_none_or(|closest| closest.len() == tile.len()), "one of each row");
        let first_row = tile.first_row();
        let Self { device, engine, .. } = self;
        device.install(|| engine.add(first_row, sliced(tile), closest));
    }

    /// Adds picks that are no rows, or that [`Spread::remove`] takes away.
    ///
    /// # Panics
    /// When they are of another width, or lengths do not fit.
    pub fn compare_with(&mut self, picks: Rows<'_>) {
        picks.check("pick");
        assert_eq!(picks.words, self.words, "fingerprint width");
        self.engine.compare_with(picks);
    }

    /// Takes rows away; they are ascending. Those that are not there are passed over.
    pub fn remove(&mut self, rows: &[u64]) {
        let Self { device, engine, .. } = self;
        device.install(|| engine.remove(rows));
    }

    /// The row that would be the next pick; `None` where there is none left.
    pub fn farthest(&mut self) -> Option<Farthest> {
        let Self { device, engine, .. } = self;
        device.install(|| engine.farthest())
    }

    /// Makes the row that is [farthest](Spread::farthest) a pick and writes its fingerprint into `fingerprint`.
    pub fn pick(&mut self, fingerprint: &mut Vec<u64>) -> Option<Farthest> {
        let Self { device, engine, .. } = self;
        device.install(|| engine.pick(fingerprint))
    }

    /// Bytes of memory that rows take.
    pub fn bytes(&self) -> usize {
        self.engine.bytes()
    }
}

impl Tile {
    /// Compares all rows with picks, where a library is read once more: raises what `closest` has of each, in the order
    /// of rows.
    ///
    /// # Errors
    /// None: comparisons run on the CPU.
    ///
    /// # Panics
    /// When widths or lengths do not fit.
    pub fn raise(
        &self,
        device: &Device,
        measure: Measure,
        picks: Rows<'_>,
        closest: &mut [Closest],
    ) -> Result<(), Error> {
        picks.check("pick");
        assert_eq!(picks.words, self.words(), "fingerprint width");
        assert_eq!(closest.len(), self.len(), "one of each row");
        match &self.layout {
            Layout::Sliced(sliced) => device.install(|| cpu::raise(measure, sliced, picks, closest)),
            Layout::Rows(rows) => {
                let tile = Self::new(&device.without_gpus(), self.first_row(), rows.rows())?;
                tile.raise(device, measure, picks, closest)?;
            }
        }
        Ok(())
    }
}

fn sliced(tile: Tile) -> cpu::Sliced {
    match tile.layout {
        Layout::Sliced(sliced) => sliced,
        Layout::Rows(rows) => {
            let mut sliced = cpu::Sliced::default();
            sliced.fill(cpu::Unit::best(), rows.rows());
            sliced
        }
    }
}

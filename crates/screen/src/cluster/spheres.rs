//! Centroids and the compounds near them.

use soyaku_device::{Device, Error};
use soyaku_kernels::tanimoto::{Measure, Rows, Search, Selection, Threshold, Tile};

use crate::Fingerprints;

/// Centroids that are laid out together.
pub(super) const FULL: usize = 8192;
/// Hits for each row of a piece from which on pieces become smaller, and below which they become larger.
const CROWDED: usize = 64;
/// The fewest rows of a piece.
const FEWEST: usize = 128;

/// When two compounds are near each other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Nearness {
    pub measure: Measure,
    pub threshold: Threshold,
}

impl Nearness {
    /// Whether it is the same from both sides.
    pub fn is_symmetric(&self) -> bool {
        self.measure.is_symmetric()
    }

    /// The measure for a search with members as queries in centroids: the centroid is what `measure` calls the query.
    pub fn swapped(&self) -> Measure {
        match self.measure {
            Measure::Tversky { alpha, beta } => Measure::Tversky { alpha: beta, beta: alpha },
            other => other,
        }
    }
}

/// A centroid that a row is near to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Near {
    /// Its number.
    pub cluster: u64,
    pub similarity: f64,
}

/// Some centroids in the order in which they were found, numbered on from `first`.
pub(super) struct Spheres {
    nearness: Nearness,
    words: usize,
    first: u64,
    /// Of [`FULL`] centroids each.
    full: Vec<Tile>,
    /// The last ones, not laid out yet.
    open: Fingerprints,
    /// Rows of the next piece: many hits of each take much memory.
    piece: usize,
    /// The most rows of a piece.
    most: usize,
}

impl Spheres {
    /// None yet; the first one will have this number. No more than `most` rows should be settled together.
    pub fn new(nearness: Nearness, words: usize, first: u64, most: usize) -> Self {
        let open = Fingerprints::default();
        Self { nearness, words, first, full: Vec::new(), open, piece: FEWEST, most }
    }

    /// Number of the first centroid, and the number after the last.
    pub fn numbers(&self) -> std::ops::Range<u64> {
        self.first..self.open_first() + self.open.popcounts.len() as u64
    }

    /// Bytes of memory that they take.
    pub fn bytes(&self) -> usize {
        self.full.iter().map(Tile::bytes).sum::<usize>() + self.open.popcounts.len() * (self.words * 8 + 2)
    }

    /// Rows that should be settled together.
    pub fn piece(&self) -> usize {
        self.piece
    }

    fn open_first(&self) -> u64 {
        self.first + (self.full.len() * FULL) as u64
    }

    fn rows<'a>(&self, fingerprints: &'a Fingerprints) -> Rows<'a> {
        Rows { bits: &fingerprints.bits, popcounts: &fingerprints.popcounts, words: self.words }
    }

    /// One more centroid.
    ///
    /// # Errors
    /// What a GPU says.
    pub fn push(&mut self, device: &Device, bits: &[u64], popcount: u16) -> Result<(), Error> {
        if self.open.popcounts.len() == FULL {
            let tile = Tile::new(device, self.open_first(), self.rows(&self.open))?;
            self.full.push(tile);
            self.open.bits.clear();
            self.open.popcounts.clear();
        }
        self.open.bits.extend_from_slice(bits);
        self.open.popcounts.push(popcount);
        Ok(())
    }

    /// The first centroid that each row is near to.
    ///
    /// # Errors
    /// What a GPU says.
    pub fn first_of(&mut self, device: &Device, rows: Rows<'_>) -> Result<Vec<Option<Near>>, Error> {
        let mut found = vec![None; rows.len()];
        let mut left = Left::new(rows);
        let mut most = 0;
        for tile in 0..=self.full.len() {
            if left.places.is_empty() {
                break;
            }
            let queries = left.rows(rows);
            let mut search = self.search(device, queries)?;
            match self.full.get(tile) {
                Some(tile) => search.scan_tile(tile)?,
                None => search.scan(self.open_first(), self.rows(&self.open))?,
            }
            most = most.max(search.held());
            let measure = self.nearness.swapped();
            for (query, hits) in search.finish().into_iter().enumerate() {
                if let Some(hit) = hits.iter().min_by_key(|hit| hit.row) {
                    let similarity = measure.similarity(queries.popcounts[query], hit);
                    found[left.places[query]] = Some(Near { cluster: hit.row, similarity });
                }
            }
            left.drop_found(rows, &found);
        }
        self.adapt(rows.len(), most);
        Ok(found)
    }

    /// Decides for rows, in their order: one that no centroid before it is near to becomes a centroid (`None`).
    ///
    /// # Errors
    /// What a GPU says; then centroids may have been added, and nothing of these can be used any more.
    pub fn settle(&mut self, device: &Device, rows: Rows<'_>) -> Result<Vec<Option<Near>>, Error> {
        let mut settled = self.first_of(device, rows)?;
        let mut left = Left::new(rows);
        left.drop_found(rows, &settled);
        let free = left.rows(rows);
        let mut search = self.search(device, free)?;
        search.scan(0, free)?;
        let held = search.held();
        let measure = self.nearness.swapped();
        // Number of each free row that became a centroid.
        let mut numbers: Vec<Option<u64>> = Vec::with_capacity(free.len());
        for (place, hits) in search.finish().into_iter().enumerate() {
            let before = hits.iter().filter(|hit| hit.row < place as u64);
            let first = before
                .filter_map(|hit| Some((numbers[hit.row as usize]?, hit)))
                .min_by_key(|(number, _)| *number);
            let Some((cluster, hit)) = first else {
                numbers.push(Some(self.numbers().end));
                self.push(device, free.row(place), free.popcounts[place])?;
                continue;
            };
            let similarity = measure.similarity(free.popcounts[place], hit);
            settled[left.places[place]] = Some(Near { cluster, similarity });
            numbers.push(None);
        }
        self.adapt(rows.len(), held);
        Ok(settled)
    }

    fn search(&self, device: &Device, queries: Rows<'_>) -> Result<Search, Error> {
        let selection = Selection::AtLeast(self.nearness.threshold);
        Search::with_measure(device, queries, self.nearness.swapped(), selection)
    }

    fn adapt(&mut self, rows: usize, hits: usize) {
        let wanted = if hits > CROWDED * rows { rows / 2 } else { rows.max(self.piece) * 2 };
        // Grown by both steps of settling, at most twofold for each.
        self.piece = wanted.min(self.piece * 2).clamp(FEWEST, self.most.max(FEWEST));
    }

    /// All centroids, laid out.
    ///
    /// # Errors
    /// What a GPU says.
    pub fn into_tiles(mut self, device: &Device) -> Result<Vec<Tile>, Error> {
        let last = Tile::new(device, self.open_first(), self.rows(&self.open))?;
        self.full.push(last);
        Ok(self.full)
    }
}

/// Rows for which nothing is found yet.
struct Left {
    places: Vec<usize>,
    /// Copies of these, once they are not all.
    copied: Option<Fingerprints>,
}

impl Left {
    fn new(rows: Rows<'_>) -> Self {
        Self { places: (0..rows.len()).collect(), copied: None }
    }

    fn rows<'a>(&'a self, all: Rows<'a>) -> Rows<'a> {
        match &self.copied {
            Some(copied) => Rows { bits: &copied.bits, popcounts: &copied.popcounts, words: all.words },
            None => all,
        }
    }

    fn drop_found(&mut self, all: Rows<'_>, found: &[Option<Near>]) {
        let before = self.places.len();
        self.places.retain(|&place| found[place].is_none());
        if self.places.len() == before {
            return;
        }
        let mut copied = self.copied.take().unwrap_or_default();
        copied.bits.clear();
        copied.popcounts.clear();
        for &place in &self.places {
            copied.bits.extend_from_slice(all.row(place));
            copied.popcounts.push(all.popcounts[place]);
        }
        self.copied = Some(copied);
    }
}

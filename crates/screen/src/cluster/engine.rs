//! The steps that clusterings are made of.

use soyaku_device::Device;
use soyaku_kernels::tanimoto::{Counts, Rows, Search, Selection};

use super::field::Field;
use super::sizes::Sizes;
use super::source::{Source, gather, read};
use super::spheres::{Near, Nearness, Spheres};
use super::state::State;
use crate::Error;
use crate::progress::{Progress, Stop};

/// What all steps need.
pub(super) struct Engine<'a> {
    pub source: &'a dyn Source,
    pub device: &'a Device,
    pub nearness: Nearness,
    pub sizes: Sizes,
    pub progress: &'a dyn Progress,
    pub stop: &'a Stop,
}

/// In which order rows become centroids.
pub(super) enum Order {
    /// As they are.
    Rows(u32),
    /// Some of them, named.
    Listed(Vec<u32>),
}

impl Order {
    fn at(&self, place: usize) -> Option<u32> {
        match self {
            Self::Rows(rows) => u32::try_from(place).ok().filter(|row| row < rows),
            Self::Listed(rows) => rows.get(place).copied(),
        }
    }
}

impl Engine<'_> {
    /// Where centroids are found, thousands of searches of a few thousand rows: a GPU would take longer for what each
    /// needs before it begins (memory, copies, launches) than the CPU for all of it.
    fn host(&self) -> Device {
        self.device.without_gpus()
    }

    pub fn rows<'a>(&self, fingerprints: &'a crate::Fingerprints) -> Rows<'a> {
        let words = self.source.words();
        Rows { bits: &fingerprints.bits, popcounts: &fingerprints.popcounts, words }
    }

    /// Counts the near rows of all rows that are not counted yet.
    ///
    /// # Errors
    /// The library is damaged, a stop was requested, what a GPU says.
    pub fn count(&self, state: &mut State) -> Result<(), Error> {
        let rows = self.source.len();
        if state.counts().len() as u64 == rows {
            return Ok(());
        }
        let field = Field::new(self.source, self.device, None, &self.sizes)?;
        while (state.counts().len() as u64) < rows {
            let first = state.counts().len() as u64;
            let queries = read(self.source, first..rows.min(first + self.sizes.group))?;
            let queries = self.rows(&queries);
            let Nearness { measure, threshold } = self.nearness;
            let mut counts = Counts::new(self.device, queries, measure, threshold);
            let (mut seen, mut told) = (0, 0);
            field.each(&mut |tile| {
                self.stop.check()?;
                counts.scan_tile(tile)?;
                seen += tile.len() as u64;
                // Of these queries, that part of the work is done.
                let done = queries.len() as u64 * seen / rows;
                self.progress.advance(done - told);
                told = done;
                Ok(())
            })?;
            // A fingerprint without bits is near to none, but nothing is farther from itself than from others.
            let counts: Vec<u32> = counts.finish().into_iter().map(|count| count.max(1) as u32).collect();
            state.count(&counts)?;
        }
        Ok(())
    }

    /// Goes through rows in this order: one that no centroid before it is near to becomes a centroid, others join the
    /// first that is near to them. Returns the centroids, where all of them are held.
    ///
    /// # Errors
    /// As [`Self::count`].
    pub fn exclude(&self, order: &Order, state: &mut State) -> Result<Option<Spheres>, Error> {
        let mut spheres = self.held(state)?;
        let mut place = 0;
        loop {
            let mut window = Vec::new();
            while window.len() < self.sizes.window
                && let Some(row) = order.at(place)
            {
                if state.cluster(row).is_none() {
                    window.push(row);
                }
                place += 1;
            }
            if window.is_empty() {
                return Ok(Some(spheres).filter(|spheres| spheres.numbers().start == 0));
            }
            let fingerprints = gather(self.source, &window)?;
            let all = self.rows(&fingerprints);
            let mut from = 0;
            while from < window.len() {
                self.stop.check()?;
                if spheres.bytes() > self.sizes.centroids {
                    self.sweep(&mut spheres, state)?;
                    state.swept(spheres.numbers().end)?;
                    spheres = self.spheres(spheres.numbers().end);
                }
                let to = window.len().min(from + spheres.piece());
                self.settle(&mut spheres, state, &window[from..to], all.part(from..to))?;
                state.checkpoint()?;
                from = to;
            }
        }
    }

    fn spheres(&self, first: u64) -> Spheres {
        Spheres::new(self.nearness, self.source.words(), first, self.sizes.together)
    }

    /// The centroids that a run before this one was still comparing rows with.
    fn held(&self, state: &State) -> Result<Spheres, Error> {
        let first = state.swept_to();
        let centroids = gather(self.source, &state.centroids()[first as usize..])?;
        let centroids = self.rows(&centroids);
        let (mut spheres, host) = (self.spheres(first), self.host());
        for place in 0..centroids.len() {
            spheres.push(&host, centroids.row(place), centroids.popcounts[place])?;
        }
        Ok(spheres)
    }

    /// Settles those of these rows for which that has not happened yet.
    fn settle(
        &self,
        spheres: &mut Spheres,
        state: &mut State,
        window: &[u32],
        rows: Rows<'_>,
    ) -> Result<(), Error> {
        let free = Free::among(rows, |place| state.cluster(window[place]).is_none());
        let settled = spheres.settle(&self.host(), free.rows(rows.words))?;
        for (&place, near) in free.places.iter().zip(settled) {
            state.settle(window[place], near);
        }
        self.progress.advance(free.places.len() as u64);
        Ok(())
    }

    /// Lets all rows that are not settled join those centroids, which are not needed any more then.
    fn sweep(&self, spheres: &mut Spheres, state: &mut State) -> Result<(), Error> {
        self.source.each(0..self.source.len(), &mut |first_row, rows| {
            let mut from = 0;
            while from < rows.len() {
                self.stop.check()?;
                let to = rows.len().min(from + spheres.piece());
                let part = rows.part(from..to);
                let first = first_row as u32 + from as u32;
                let free = Free::among(part, |place| state.cluster(first + place as u32).is_none());
                let found = spheres.first_of(&self.host(), free.rows(rows.words))?;
                let mut joined = 0;
                for (&place, near) in free.places.iter().zip(found) {
                    if near.is_some() {
                        state.settle(first + place as u32, near);
                        joined += 1;
                    }
                }
                state.checkpoint()?;
                self.progress.advance(joined);
                from = to;
            }
            Ok(())
        })
    }

    /// Lets each row join its most similar centroid, of equals the first. Rows and centroids are in the same order.
    ///
    /// # Errors
    /// As [`Self::count`].
    pub fn assign(&self, spheres: Option<Spheres>, state: &mut State) -> Result<(), Error> {
        if state.assigned_to() == self.source.len() {
            return Ok(());
        }
        let centroids = state.centroids().to_vec();
        // For a GPU they are laid out anew, and in larger tiles.
        let (field, group) = match spheres.filter(|_| self.device.gpus().is_empty()) {
            Some(spheres) => {
                let tiles = spheres.into_tiles(self.device)?;
                (Field::laid_out(self.source, self.device, tiles), self.sizes.together as u64)
            }
            None => (Field::new(self.source, self.device, Some(&centroids), &self.sizes)?, self.sizes.group),
        };
        let measure = self.nearness.swapped();
        let mut first = state.assigned_to();
        while first < self.source.len() {
            let end = self.source.len().min(first + group.max(self.sizes.piece as u64));
            let held = read(self.source, first..end)?;
            let rows = self.rows(&held);
            let mut from = 0;
            while from < rows.len() {
                self.stop.check()?;
                let to = rows.len().min(from.saturating_add(group as usize));
                let (part, row) = (rows.part(from..to), first as u32 + from as u32);
                let free = Free::among(part, |place| !state.is_centroid(row + place as u32));
                let queries = free.rows(rows.words);
                let mut search = Search::with_measure(self.device, queries, measure, Selection::Top(1))?;
                field.each(&mut |tile| {
                    self.stop.check()?;
                    Ok(search.scan_tile(tile)?)
                })?;
                for (query, hits) in search.finish().iter().enumerate() {
                    let Some(hit) = hits.first() else { continue };
                    let similarity = measure.similarity(queries.popcounts[query], hit);
                    let near = Near { cluster: hit.row, similarity };
                    state.settle(row + free.places[query] as u32, Some(near));
                }
                state.assigned(u64::from(row) + (to - from) as u64)?;
                self.progress.advance((to - from) as u64);
                from = to;
            }
            first = end;
        }
        Ok(())
    }
}

/// Copies of some rows.
pub(super) struct Free {
    /// Which ones they are.
    pub places: Vec<usize>,
    fingerprints: crate::Fingerprints,
}

impl Free {
    pub fn among(rows: Rows<'_>, is_free: impl Fn(usize) -> bool) -> Self {
        let places: Vec<usize> = (0..rows.len()).filter(|&place| is_free(place)).collect();
        let mut fingerprints = crate::Fingerprints::default();
        for &place in &places {
            fingerprints.bits.extend_from_slice(rows.row(place));
            fingerprints.popcounts.push(rows.popcounts[place]);
        }
        Self { places, fingerprints }
    }

    pub fn rows(&self, words: usize) -> Rows<'_> {
        Rows { bits: &self.fingerprints.bits, popcounts: &self.fingerprints.popcounts, words }
    }
}

//! What is known of a clustering while it goes on.

use std::path::Path;
use std::time::{Duration, Instant};

use super::spheres::Near;
use super::work::Work;
use crate::Error;
use crate::progress::Stop;

/// No cluster yet; in the work file also: a centroid.
const NONE: u32 = u32::MAX;

/// The most compounds that can be clustered: their numbers have 32 bits.
pub(super) const MOST_ROWS: u64 = NONE as u64;

/// Bytes that are kept from the work file, and how long.
const PENDING: usize = 1 << 20;
const EVERY: Duration = Duration::from_secs(5);

/// Kinds of records in the work file.
const COUNTS: u32 = 1;
const SETTLED: u32 = 2;
const SWEPT: u32 = 3;
const ASSIGNED: u32 = 4;
/// Bytes of a row in a record of kind [`SETTLED`].
const ROW: usize = 4 + 4 + 8;

/// Clusters as far as they are decided.
#[derive(Debug)]
pub(super) struct State {
    /// Number of near rows of each row as far as they are counted, itself among them.
    counts: Vec<u32>,
    /// Cluster of each row.
    clusters: Vec<u32>,
    /// Similarity to its centroid.
    similarities: Vec<f64>,
    /// Row of the centroid of each cluster.
    centroids: Vec<u32>,
    swept_to: u64,
    assigned_to: u64,
    work: Option<Work>,
    /// Of the next record of kind [`SETTLED`].
    pending: Vec<u8>,
    /// What the work file says of `swept_to` and `assigned_to`.
    marked: [u64; 2],
    written: Instant,
}

impl State {
    /// Of so many rows nothing is known.
    pub fn new(rows: usize) -> Self {
        Self {
            counts: Vec::new(),
            clusters: vec![NONE; rows],
            similarities: vec![0.0; rows],
            centroids: Vec::new(),
            swept_to: 0,
            assigned_to: 0,
            work: None,
            pending: Vec::new(),
            marked: [0; 2],
            written: Instant::now(),
        }
    }

    /// Goes on with what is in a file, and keeps that up.
    ///
    /// # Errors
    /// As [`Work::open`].
    pub fn resume(rows: usize, path: &Path, run: &str, restart: bool) -> Result<Self, Error> {
        let mut state = Self::new(rows);
        let work = Work::open(path, run, restart, |kind, payload| state.replay(kind, payload).is_some())?;
        state.work = Some(work);
        state.marked = [state.swept_to, state.assigned_to];
        Ok(state)
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.clusters.len()
    }

    /// Rows with a cluster.
    pub fn decided(&self) -> usize {
        self.clusters.iter().filter(|&&cluster| cluster != NONE).count()
    }

    /// Number of near rows of each row as far as they are counted, itself among them.
    pub fn counts(&self) -> &[u32] {
        &self.counts
    }

    /// Cluster of a row, once it is decided.
    pub fn cluster(&self, row: u32) -> Option<u32> {
        Some(self.clusters[row as usize]).filter(|&cluster| cluster != NONE)
    }

    /// Similarity of a row to its centroid: 1 for the centroid itself.
    pub fn similarity(&self, row: u32) -> f64 {
        self.similarities[row as usize]
    }

    /// Row of the centroid of each cluster.
    pub fn centroids(&self) -> &[u32] {
        &self.centroids
    }

    /// Whether a row is the centroid of its cluster.
    pub fn is_centroid(&self, row: u32) -> bool {
        self.cluster(row).is_some_and(|cluster| self.centroids[cluster as usize] == row)
    }

    /// Rows of each cluster.
    pub fn sizes(&self) -> Vec<u32> {
        let mut sizes = vec![0; self.centroids.len()];
        for &cluster in self.clusters.iter().filter(|&&cluster| cluster != NONE) {
            sizes[cluster as usize] += 1;
        }
        sizes
    }

    /// Centroids, from the first on, that no row has to be compared with any more.
    pub fn swept_to(&self) -> u64 {
        self.swept_to
    }

    /// Rows, from the first on, that are with the most similar centroid.
    pub fn assigned_to(&self) -> u64 {
        self.assigned_to
    }

    /// Numbers of near rows of the next rows.
    ///
    /// # Errors
    /// The work file cannot be written; so with all that follow.
    pub fn count(&mut self, counts: &[u32]) -> Result<(), Error> {
        self.counts.extend_from_slice(counts);
        if let Some(work) = &mut self.work {
            for counts in counts.chunks(PENDING / 4) {
                let payload: Vec<u8> = counts.iter().flat_map(|count| count.to_le_bytes()).collect();
                work.append(COUNTS, &payload)?;
            }
        }
        Ok(())
    }

    /// A row joins a cluster, or is its centroid: then the cluster is the next one.
    pub fn settle(&mut self, row: u32, near: Option<Near>) {
        if self.work.is_some() {
            let (cluster, similarity) =
                near.map_or((NONE, 1.0), |near| (near.cluster as u32, near.similarity));
            self.pending.extend(row.to_le_bytes());
            self.pending.extend(cluster.to_le_bytes());
            self.pending.extend(similarity.to_le_bytes());
        }
        self.put(row, near);
    }

    fn put(&mut self, row: u32, near: Option<Near>) {
        let (cluster, similarity) = match near {
            Some(near) => (near.cluster as u32, near.similarity),
            None => {
                self.centroids.push(row);
                (self.centroids.len() as u32 - 1, 1.0)
            }
        };
        self.clusters[row as usize] = cluster;
        self.similarities[row as usize] = similarity;
    }

    /// That many centroids, from the first on, need not be compared with any row again.
    pub fn swept(&mut self, to: u64) -> Result<(), Error> {
        self.swept_to = to;
        self.save()
    }

    /// That many rows, from the first on, are with the most similar centroid.
    pub fn assigned(&mut self, to: u64) -> Result<(), Error> {
        self.assigned_to = to;
        self.checkpoint()
    }

    /// Writes what is settled, where that is much or some time ago.
    pub fn checkpoint(&mut self) -> Result<(), Error> {
        if self.pending.len() >= PENDING || self.written.elapsed() >= EVERY { self.save() } else { Ok(()) }
    }

    /// Writes what is settled.
    pub fn save(&mut self) -> Result<(), Error> {
        if let Some(work) = &mut self.work {
            while !self.pending.is_empty() {
                let bytes = self.pending.len().min(PENDING / ROW * ROW);
                work.append(SETTLED, &self.pending[..bytes])?;
                // At once: where the next one fails, this must not be written again.
                self.pending.drain(..bytes);
            }
            let reached = [(SWEPT, self.swept_to), (ASSIGNED, self.assigned_to)];
            for ((kind, to), marked) in reached.into_iter().zip(&mut self.marked) {
                if *marked != to {
                    work.append(kind, &to.to_le_bytes())?;
                    *marked = to;
                }
            }
        }
        self.written = Instant::now();
        Ok(())
    }

    /// Whether to go on.
    ///
    /// # Errors
    /// [`Error::Paused`] or [`Error::Interrupted`], by whether there is a work file, if a stop was requested.
    pub fn check(&self, stop: &Stop) -> Result<(), Error> {
        match (stop.requested(), &self.work) {
            (Some(signal), Some(_)) => Err(Error::Paused { signal }),
            (Some(signal), None) => Err(Error::Interrupted { signal }),
            (None, _) => Ok(()),
        }
    }

    /// Removes the work file: what it holds is in the output.
    pub fn remove_work(&mut self) -> Result<(), Error> {
        self.work.take().map_or(Ok(()), Work::remove)
    }

    /// Takes a record of the work file; `None` where it does not fit.
    fn replay(&mut self, kind: u32, payload: &[u8]) -> Option<()> {
        let rows = self.len();
        let number = |to: &[u8]| Some(u64::from_le_bytes(to.try_into().ok()?));
        match kind {
            COUNTS if self.counts.len() + payload.len() / 4 <= rows => {
                self.counts.extend(payload.chunks_exact(4).map(|four| word(four, 0)));
            }
            SETTLED => {
                let mut known = self.centroids.len();
                for row in payload.chunks_exact(ROW) {
                    let (row, cluster) = (word(row, 0), word(row, 4));
                    if row as usize >= rows {
                        return None;
                    }
                    // A centroid is decided once.
                    let is_fitting = match cluster {
                        NONE => self.cluster(row).is_none(),
                        _ => (cluster as usize) < known,
                    };
                    if !is_fitting {
                        return None;
                    }
                    known += usize::from(cluster == NONE);
                }
                for row in payload.chunks_exact(ROW) {
                    let (row, cluster, similarity) = (word(row, 0), word(row, 4), number(&row[8..])?);
                    let similarity = f64::from_bits(similarity);
                    let near = Near { cluster: u64::from(cluster), similarity };
                    self.put(row, Some(near).filter(|_| cluster != NONE));
                }
            }
            SWEPT => {
                let to = number(payload).filter(|&to| to <= self.centroids.len() as u64)?;
                self.swept_to = to;
            }
            ASSIGNED => self.assigned_to = number(payload).filter(|&to| to <= rows as u64)?,
            _ => return None,
        }
        Some(())
    }
}

/// The four bytes there, which are there.
fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(std::array::from_fn(|byte| bytes[at + byte]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As much as goes into `records` records, and a bit more.
    fn settled(state: &mut State, records: usize) {
        for row in 0..(records * (PENDING / ROW) + 5) as u32 {
            let near = Near { cluster: u64::from(row / 7), similarity: 0.5 };
            state.settle(row, Some(near).filter(|_| row % 7 > 0));
        }
    }

    #[test]
    fn what_is_written_before_a_failure_is_not_written_again() {
        let folder = tempfile::tempdir().unwrap();
        let (path, rows) = (folder.path().join("work"), 3 * PENDING / ROW);
        let mut state = State::resume(rows, &path, "{}", false).unwrap();
        settled(&mut state, 2);
        state.work.as_mut().unwrap().fail_from(Some(1));
        state.save().unwrap_err();
        state.work.as_mut().unwrap().fail_from(None);
        state.save().unwrap();
        let (clusters, centroids) = (state.clusters.clone(), state.centroids.clone());
        drop(state);
        let state = State::resume(rows, &path, "{}", false).unwrap();
        assert_eq!((state.clusters, state.centroids), (clusters, centroids));
    }

    #[test]
    fn records_that_repeat_centroids_are_cut_off() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("work");
        let mut state = State::resume(100, &path, "{}", false).unwrap();
        state.settle(3, None);
        state.settle(4, Some(Near { cluster: 0, similarity: 0.5 }));
        let again = state.pending.clone();
        state.save().unwrap();
        state.pending = again;
        state.save().unwrap();
        drop(state);
        let state = State::resume(100, &path, "{}", false).unwrap();
        assert_eq!((state.centroids(), state.cluster(4)), (&[3][..], Some(0)));
    }
}

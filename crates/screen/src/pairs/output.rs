//! Where rows go as they are found: into parts, which survive whatever happens, and into the graph.

use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::Value;
use soyaku_device::Device;
use soyaku_store::{NeighborsInfo, NeighborsWriter, PartFolder};

use super::chunk::FoundRows;
use super::rows::{Rule, Task, Written, tasks};
use super::{PairsConfig, graph};
use crate::Error;
use crate::progress::Stop;

/// What is found in this time may be lost when the process is killed: a run that takes no longer writes no parts.
const EVERY: Duration = Duration::from_secs(10);
/// Tasks for each thread that are written together.
const TASKS: usize = 2;
/// Bytes of chunks for each thread that are compressed together.
const PACKED_TOGETHER: usize = 3 << 19;

/// The output of a run under construction.
pub(super) struct Output<'a> {
    pub parts: PartFolder,
    config: &'a PairsConfig,
    info: &'a NeighborsInfo,
    device: Device,
    /// The graph as far as rows are found, where it is made beside the search.
    graph: Option<NeighborsWriter>,
    syncing: Option<JoinHandle<()>>,
    /// Rows that are in no part yet.
    waiting: Waiting,
    since: Instant,
}

#[derive(Default)]
struct Waiting {
    rows: u64,
    /// What tasks have written, in its order: nothing is copied that no part is made of.
    pieces: Vec<Vec<u8>>,
    bytes: usize,
}

impl<'a> Output<'a> {
    /// Behind what is in the parts.
    pub fn new(config: &'a PairsConfig, info: &'a NeighborsInfo, device: &Device, parts: PartFolder) -> Self {
        let waiting = Waiting::default();
        let (graph, syncing, device) = (None, None, device.clone());
        Self { parts, config, info, device, graph, syncing, waiting, since: Instant::now() }
    }

    /// Rows that are done: what comes next begins there.
    pub fn rows(&self) -> u64 {
        self.parts.completed_rows() + self.waiting.rows
    }

    /// Bytes of parts for all that was found, and bytes that are on the disk, about.
    pub fn bytes(&self) -> (u64, u64) {
        let parts = self.parts.bytes();
        let found = parts + self.waiting.bytes as u64;
        // The graph takes about as much as the parts.
        (found, parts + if self.graph.is_some() { found } else { 0 })
    }

    /// Takes what was found for the next rows; for the graph too where `is_live`, and then up to `most` bytes may wait
    /// for the next part.
    ///
    /// # Errors
    /// Something cannot be written; a stop was requested. What was found before is kept.
    pub fn take(&mut self, mut found: FoundRows, live: Option<usize>, stop: &Stop) -> Result<(), Error> {
        if live.is_some() && self.graph.is_none() {
            self.begin(stop)?;
        }
        let rows = found.len() as u64;
        let rule = Rule {
            measure: self.config.measure,
            neighbors: self.config.neighbors,
            has_columns: self.graph.is_some(),
        };
        let mut tasks = tasks(&mut found);
        let (pieces, bytes) = (self.waiting.pieces.len(), self.waiting.bytes);
        let device = self.device.clone();
        let written = device.install(|| self.write(rule, &mut tasks));
        if written.is_err() {
            // Half of a graph is of no use, and may be what fills the disk.
            self.abandon();
            self.waiting.pieces.truncate(pieces);
            self.waiting.bytes = bytes;
            return written;
        }
        self.waiting.rows += rows;
        if let Some(graph) = &self.graph
            && self.syncing.as_ref().is_none_or(JoinHandle::is_finished)
        {
            self.syncing = graph.start_sync();
        }
        let most = live.unwrap_or(0);
        if self.waiting.bytes >= most || self.since.elapsed() >= EVERY { self.keep() } else { Ok(()) }
    }

    /// Rows of some tasks are written while those of the next are put together.
    fn write(&mut self, rule: Rule, tasks: &mut [Task<'_>]) -> Result<(), Error> {
        let together = TASKS * self.device.threads();
        let mut groups = tasks.chunks_mut(together);
        let mut ready = groups.next().map(|tasks| rule.write(tasks));
        while let Some(written) = ready.take() {
            let (next, put) =
                rayon::join(|| groups.next().map(|tasks| rule.write(tasks)), || self.put(written));
            put?;
            ready = next;
        }
        Ok(())
    }

    fn put(&mut self, written: Vec<Written>) -> Result<(), Error> {
        for Written { coded, counts, neighbors, similarities } in written {
            self.waiting.bytes += coded.len();
            self.waiting.pieces.push(coded);
            if let Some(graph) = &mut self.graph {
                graph.push(&counts, &neighbors, &similarities)?;
            }
        }
        Ok(())
    }

    /// Removes the graph as far as it is made: what is left of the disk is for parts.
    pub fn abandon(&mut self) {
        self.graph = None;
    }

    /// Makes a part of the rows that are in none yet.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn keep(&mut self) -> Result<(), Error> {
        let Waiting { rows, pieces, .. } = &self.waiting;
        self.parts.write(*rows, |out| pieces.iter().try_for_each(|piece| out.write_all(piece)))?;
        self.waiting = Waiting::default();
        self.since = Instant::now();
        Ok(())
    }

    /// Begins the graph with what is in the parts.
    fn begin(&mut self, stop: &Stop) -> Result<(), Error> {
        // Rows that are in no part would be missing.
        self.keep()?;
        let mut graph = NeighborsWriter::create(&self.config.output, self.info)?
            .waiting_for(PACKED_TOGETHER * self.device.threads());
        let Self { parts, config, device, .. } = self;
        device.install(|| graph::copy(parts, config.measure, &mut graph, stop))?;
        self.graph = Some(graph);
        Ok(())
    }

    /// Completes the graph when all rows are there; returns the number of neighbours.
    ///
    /// # Errors
    /// Something cannot be written; a stop was requested.
    pub fn finish(&mut self, provenance: &Value, stop: &Stop) -> Result<u64, Error> {
        if self.graph.is_none() {
            self.begin(stop)?;
        }
        let Some(graph) = self.graph.take() else { return Ok(0) };
        let count = graph.neighbors();
        self.device.install(|| graph.finish(provenance))?;
        Ok(count)
    }
}

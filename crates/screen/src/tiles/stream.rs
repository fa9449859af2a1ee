//! Reading the library from first to last, one tile ahead.

use std::ops::Range;

use crossbeam_channel::bounded;
use soyaku_device::Device;
use soyaku_kernels::tanimoto::Rows;
use soyaku_store::LibraryReader;

use crate::Error;

/// Consecutive fingerprints as they are.
#[derive(Default)]
pub(super) struct Filled {
    pub first_row: u64,
    pub bits: Vec<u64>,
    pub popcounts: Vec<u16>,
}

impl Filled {
    pub fn rows(&self, words: usize) -> Rows<'_> {
        Rows { bits: &self.bits, popcounts: &self.popcounts, words }
    }

    pub fn read(
        &mut self,
        library: &LibraryReader,
        kind: usize,
        device: &Device,
        range: Range<u64>,
    ) -> Result<(), Error> {
        self.first_row = range.start;
        Ok(device.install(|| library.read_fingerprints(kind, range, &mut self.bits, &mut self.popcounts))?)
    }
}

/// What to read, and in tiles of what size.
pub(super) struct Reading<'a> {
    pub library: &'a LibraryReader,
    pub kind: usize,
    pub device: &'a Device,
    pub tile_rows: u64,
}

impl Reading<'_> {
    /// Hands over all rows in their order, with where to put them when they are no longer needed: there is one buffer,
    /// which a thread of its own fills again from then on. Returns the buffer.
    pub fn each<E: From<Error>>(
        &self,
        buffer: Filled,
        mut take: impl FnMut(Filled, &dyn Fn(Filled)) -> Result<(), E>,
    ) -> Result<Filled, E> {
        let (send, receive) = bounded::<Result<Filled, Error>>(1);
        let (give_back, free) = bounded::<Filled>(1);
        std::thread::scope(|scope| {
            let reader = scope.spawn(move || {
                let mut row = 0;
                let mut buffer = Some(buffer);
                while row < self.library.len() {
                    // Nobody gives it back any more when the taker met an error.
                    let mut filled = buffer.take().or_else(|| free.recv().ok())?;
                    let end = self.library.len().min(row.saturating_add(self.tile_rows));
                    let read = filled.read(self.library, self.kind, self.device, row..end);
                    let failed = read.is_err();
                    if send.send(read.map(|()| filled)).is_err() || failed {
                        return None;
                    }
                    row = end;
                }
                drop(send);
                buffer.or_else(|| free.recv().ok())
            });
            let mut take_all = move || -> Result<(), E> {
                let give_back = |filled| {
                    let _ = give_back.try_send(filled);
                };
                for filled in &receive {
                    take(filled?, &give_back)?;
                }
                Ok(())
            };
            // Both ends are dropped with the closure, so that the reader ends when this does.
            let taken = take_all();
            drop(take_all);
            let buffer = reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            taken.map(|()| buffer.unwrap_or_default())
        })
    }
}

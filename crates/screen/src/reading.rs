//! Reading ahead on a thread of its own.

use crossbeam_channel::bounded;

use crate::Error;
use crate::source::{Chunk, Source};

/// Chunks that wait between the reader and the consumer.
const AHEAD: usize = 2;

/// The consumer's view: chunks in order, or the error that ended the reading.
pub(crate) type Chunks = crossbeam_channel::IntoIter<Result<Chunk, Error>>;

/// Runs `consume` on this thread while `source` is read on another. `size` says how many compounds
/// the chunk that starts at a row may have. Chunks given to the second argument are filled again.
///
/// Returns the source, read to its end unless `consume` stopped early.
pub(crate) fn with_reader<R>(
    mut source: Source,
    size: impl Fn(u64) -> usize + Send,
    consume: impl FnOnce(Chunks, &dyn Fn(Chunk)) -> Result<R, Error>,
) -> Result<(Source, R), Error> {
    let (send, receive) = bounded(AHEAD);
    let (give_back, free) = bounded::<Chunk>(AHEAD + 2);
    std::thread::scope(|scope| {
        let reader = scope.spawn(move || {
            let mut row = 0;
            loop {
                let mut chunk = free.try_recv().unwrap_or_default();
                let result = source.read(&mut chunk, size(row)).map(|read| (read > 0).then_some(chunk));
                let message = match result {
                    Ok(None) => break,
                    Ok(Some(chunk)) => {
                        row += chunk.records.len() as u64;
                        Ok(chunk)
                    }
                    Err(error) => Err(error),
                };
                let failed = message.is_err();
                // The consumer is gone when it met an error of its own.
                if send.send(message).is_err() || failed {
                    break;
                }
            }
            source
        });
        let outcome = consume(receive.into_iter(), &|chunk| {
            let _ = give_back.try_send(chunk);
        });
        let source = reader.join().map_err(|_| Error::Internal("the reader panicked".into()))?;
        Ok((source, outcome?))
    })
}

//! The bus between the host and the device.

use super::{Bench, median};
use crate::probe::Error;

/// Bytes of a copy at most.
const MOST: u64 = 64 << 20;

impl Bench<'_> {
    /// Bytes a second from page-locked memory of the host to the device, back, and in both directions together while
    /// both are under way.
    pub(super) fn bus(&self) -> Result<(f64, f64, f64), Error> {
        let words = ((self.effort.bytes / 6).min(MOST) / 8).max(1) as usize;
        let (up, down) = (&self.stream, self.gpu.stream()?);
        let mut sent = self.gpu.pinned::<u64>(words)?;
        for (index, word) in sent.as_mut_slice()?.iter_mut().enumerate() {
            *word = index as u64;
        }
        let mut received = self.gpu.pinned::<u64>(words)?;
        let mut first = up.zeros::<u64>(words)?;
        let mut second = up.zeros::<u64>(words)?;

        let upload = self.time(|| Ok(up.upload(&sent, words, &mut first, 0)?))?;
        let download = self.time(|| Ok(up.download(&first, words, &mut received)?))?;
        let expected = || 0..words as u64;
        self.check("the copy from the device", received.as_slice()?, expected())?;

        received.as_mut_slice()?.fill(0);
        let mut seconds = Vec::new();
        for _ in 0..self.effort.runs.max(1) {
            let begin = up.record()?;
            down.wait(&begin)?;
            up.upload(&sent, words, &mut second, 0)?;
            down.download(&first, words, &mut received)?;
            up.wait(&down.record()?)?;
            seconds.push(begin.seconds_until(&up.record()?)?);
        }
        self.check("the copy from the device", received.as_slice()?, expected())?;
        received.as_mut_slice()?.fill(0);
        up.download(&second, words, &mut received)?;
        self.check("the copy to the device", received.as_slice()?, expected())?;

        let bytes = (words * 8) as f64;
        Ok((bytes / upload, bytes / download, 2.0 * bytes / median(seconds)))
    }
}

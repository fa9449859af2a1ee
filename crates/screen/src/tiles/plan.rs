//! How large tiles are, and whether all of them are kept.

use soyaku_device::Device;
use soyaku_store::LibraryReader;

/// Rows that are compressed together: tiles are whole ones.
const CHUNK: u64 = 4096;
/// Rows that are laid out together.
const BLOCK: u64 = 512;
/// Larger tiles are of no use where every thread has several chunks to read.
const ENOUGH: u64 = 32 << 20;
/// The same for a GPU, where what the host does for a tile hardly depends on its size.
const ENOUGH_FOR_GPU: u64 = 512 << 20;
/// Tiles that are kept are not so large that there are fewer: whoever needs only some rows skips the others.
const FEWEST_KEPT: u64 = 16;
/// The same for a GPU.
const FEWEST_KEPT_FOR_GPU: u64 = 8;
/// Bytes of tiles that are no smaller for that.
const SMALL: u64 = 2 << 20;
/// Chunks that decompressing one takes: as stored, unpacked, and its place where it is not a tile's.
const UNPACKING: u64 = 3;

/// Tiles of a library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    /// Words of a fingerprint.
    pub words: usize,
    /// A multiple of [`CHUNK`].
    pub tile_rows: u64,
    /// Whether all tiles are kept.
    pub is_resident: bool,
    /// Memory that it takes at most.
    pub bytes: u64,
}

/// What the size of a plan goes by.
#[derive(Clone, Copy)]
struct Shape {
    rows: u64,
    words: u64,
    threads: u64,
    has_gpu: bool,
}

impl Plan {
    /// The best one within `bytes`; [`Self::least`] where nothing fits.
    pub fn new(library: &LibraryReader, kind: usize, device: &Device, bytes: u64) -> Self {
        Shape::of(library, kind, device).plan(bytes)
    }

    /// The one that takes least.
    pub fn least(library: &LibraryReader, kind: usize, device: &Device) -> Self {
        let shape = Shape::of(library, kind, device);
        let (streaming, whole) = (shape.with(1, false), shape.with(1, true));
        if whole.bytes < streaming.bytes { whole } else { streaming }
    }

    /// The one that takes least and keeps everything.
    pub fn whole(library: &LibraryReader, kind: usize, device: &Device) -> Self {
        Shape::of(library, kind, device).with(1, true)
    }
}

impl Shape {
    fn of(library: &LibraryReader, kind: usize, device: &Device) -> Self {
        Self {
            rows: library.len(),
            words: library.info().kinds[kind].words() as u64,
            threads: device.threads() as u64,
            has_gpu: !device.gpus().is_empty(),
        }
    }

    /// The largest tiles that fit, all of them kept if that is possible.
    fn plan(self, bytes: u64) -> Plan {
        let chunk = self.rows_bytes(CHUNK);
        let is_resident = self.with(1, true).bytes <= bytes;
        let (enough, fewest) = match self.has_gpu {
            true => (ENOUGH_FOR_GPU / chunk, FEWEST_KEPT_FOR_GPU),
            false => ((ENOUGH / chunk).max(2 * self.threads), FEWEST_KEPT),
        };
        let all = self.rows.div_ceil(CHUNK);
        let enough = match is_resident {
            true => enough.min(all.div_ceil(fewest)).max(SMALL / chunk),
            false => enough,
        };
        let most = all.min(enough).max(1);
        // The larger the tile, the more it takes.
        let (mut fits, mut too_large) = (1, most + 1);
        while fits + 1 < too_large {
            let middle = (fits + too_large) / 2;
            if self.with(middle, is_resident).bytes <= bytes {
                fits = middle;
            } else {
                too_large = middle;
            }
        }
        if !is_resident
            && self.with(1, false).bytes > bytes
            && self.with(1, true).bytes < self.with(1, false).bytes
        {
            return self.with(1, true);
        }
        self.with(fits, is_resident)
    }

    /// Tiles of so many chunks.
    fn with(self, chunks: u64, is_resident: bool) -> Plan {
        let tile_rows = chunks * CHUNK;
        let together = chunks.min(self.threads).max(1);
        let ahead = self.rows_bytes(tile_rows.min(self.rows));
        let laid_out = match is_resident {
            true => {
                let whole = self.rows / tile_rows;
                whole * self.tile_bytes(tile_rows) + self.tile_bytes(self.rows % tile_rows)
            }
            false => self.tile_bytes(tile_rows.min(self.rows)),
        };
        // Each thread decompresses one at a time, and one more is remembered by the reader of a library where it read a part of it.
        let unpacking = (UNPACKING * together + 1) * self.rows_bytes(CHUNK);
        Plan { words: self.words as usize, tile_rows, is_resident, bytes: ahead + laid_out + unpacking }
    }

    /// Fingerprints and popcounts as they are.
    fn rows_bytes(self, rows: u64) -> u64 {
        rows * (self.words * 8 + 2)
    }

    /// The same as planes of bits, one of them zeros, with where each row is.
    fn tile_bytes(self, rows: u64) -> u64 {
        rows.div_ceil(BLOCK) * (self.words * 64 + 1) * (BLOCK / 8) + rows * 6
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: Shape = Shape { rows: 1_000_000, words: 32, threads: 2, has_gpu: false };

    #[test]
    fn more_memory_makes_larger_tiles_until_all_are_kept() {
        let mut before = SHAPE.plan(0);
        assert_eq!((before.tile_rows, before.is_resident), (CHUNK, false));
        for mib in 8..400 {
            let plan = SHAPE.plan(mib << 20);
            assert!(plan.bytes <= mib << 20, "{mib} MiB: {plan:?}");
            assert!(plan.is_resident || plan.tile_rows >= before.tile_rows, "{mib} MiB: {plan:?}");
            assert!(plan.is_resident >= before.is_resident);
            before = plan;
        }
        assert!(before.is_resident);
        assert_eq!(before.tile_rows, SHAPE.rows.div_ceil(CHUNK).div_ceil(FEWEST_KEPT) * CHUNK);
    }

    #[test]
    fn small_libraries_take_little() {
        for rows in [0, 1, 100, 5000] {
            let plan = Shape { rows, ..SHAPE }.plan(64 << 20);
            assert!(plan.is_resident && plan.bytes < 24 << 20, "{plan:?}");
        }
    }
}

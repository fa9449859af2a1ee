//! What of a library is held in memory.

use super::super::memory::Budget;
use crate::Error;

/// Rows that are compressed together: a library is read in whole ones.
const CHUNK: u64 = 4096;
/// Rows that are read together, at most.
const MOST_ROWS: u64 = 16 * CHUNK;
/// Tiles that are under way: one that is read, one that waits, one that is taken, one that is to be filled again.
const UNDER_WAY: u64 = 4;
/// Chunks that decompressing one takes: as stored, unpacked, and its place where it is not a tile's.
const UNPACKING: u64 = 3;

/// How a library is read and what of it is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    /// Rows that are read together.
    pub tile_rows: u64,
    /// Rows that are held; `None`: all of them.
    pub room: Option<u64>,
}

/// What a plan goes by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    pub rows: u64,
    /// Words of a fingerprint.
    pub words: u64,
    pub threads: u64,
    /// Picks and start compounds.
    pub picks: u64,
}

impl Shape {
    /// Everything where that fits, else the more rows the better.
    ///
    /// # Errors
    /// [`Error::Memory`] where not even [`CHUNK`] rows fit.
    pub fn plan(self, budget: Option<&Budget>) -> Result<Plan, Error> {
        let most = self.rows.next_multiple_of(CHUNK).clamp(CHUNK, MOST_ROWS);
        let Some(budget) = budget else { return Ok(Plan { tile_rows: most, room: None }) };
        let left = budget.left();
        let mut tile_rows = most;
        // Reading takes a quarter at most.
        while tile_rows > CHUNK && self.reading(tile_rows) > left / 4 {
            tile_rows -= CHUNK;
        }
        let all = self.reading(tile_rows) + self.rows.saturating_mul(self.held_row());
        if all <= left {
            return Ok(Plan { tile_rows, room: None });
        }
        // Of every row, what it has in common with the picks; of those that are held, which ones they are.
        let each = self.held_row() + 8;
        let fixed = self.reading(tile_rows) + self.rows.saturating_mul(6) // A list that grows takes up to twice what it holds.
            + 2 * tile_rows * (self.row_bytes() + 6);
        let room = left.saturating_sub(fixed) / each;
        if room < CHUNK {
            budget.check((fixed + CHUNK * each).min(all))?;
        }
        Ok(Plan { tile_rows, room: Some(room) })
    }

    fn row_bytes(self) -> u64 {
        self.words * 8 + 2
    }

    /// A row in a tile, with its place, popcount and what it has in common with the picks.
    fn held_row(self) -> u64 {
        self.words * 8 + self.words / 64 + 16
    }

    /// Tiles under way, one that is laid out, and the picks.
    fn reading(self, tile_rows: u64) -> u64 {
        let tiles = (UNDER_WAY + 1) * tile_rows * (self.row_bytes() + 6);
        let unpacking = (UNPACKING * self.threads + 1) * CHUNK * self.row_bytes();
        tiles + unpacking + self.picks.min(self.rows).saturating_mul(2 * self.row_bytes() + 64)
    }
}

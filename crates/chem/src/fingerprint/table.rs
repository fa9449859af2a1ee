//! The bond sets that were emitted so far, with the environment that stands for each.

/// Slots of an empty table.
const SMALLEST: usize = 64;

/// The environment that stands for a bond set.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub round: u32,
    pub identifier: u32,
    pub atom: u32,
}

/// Open-addressing map from bond sets (`words` words each) to [`Entry`]; emptied without freeing.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    /// Index into `entries` plus one; 0 is a free slot.
    slots: Vec<u32>,
    /// How many of `slots` are in use, a power of two: after a large molecule, a small one does
    /// not pay for clearing its table.
    size: usize,
    pub entries: Vec<Entry>,
    keys: Vec<u64>,
}

impl Table {
    pub fn clear(&mut self) {
        self.slots[..self.size].fill(0);
        self.size = self.size.min(SMALLEST);
        self.entries.clear();
        self.keys.clear();
    }

    /// Makes room for `additional` more bond sets at a load of at most one half.
    pub fn reserve(&mut self, additional: usize, words: usize) {
        let wanted = (2 * (self.entries.len() + additional)).next_power_of_two().max(SMALLEST);
        if self.size >= wanted {
            return;
        }
        if self.slots.len() < wanted {
            self.slots.resize(wanted, 0);
        }
        self.slots[..wanted].fill(0);
        self.size = wanted;
        for index in 0..self.entries.len() {
            let mut slot = self.home(&self.keys[index * words..][..words]);
            while self.slots[slot] != 0 {
                slot = (slot + 1) & (wanted - 1);
            }
            self.slots[slot] = index as u32 + 1;
        }
    }

    /// The entry of a bond set, or `None` after entering `entry` for it. [`Table::reserve`] first.
    #[inline(always)]
    pub fn find_or_insert(&mut self, key: &[u64], entry: Entry) -> Option<&mut Entry> {
        let words = key.len();
        let mut slot = self.home(key);
        loop {
            let found = self.slots[slot] as usize;
            if found == 0 {
                self.entries.push(entry);
                self.keys.extend_from_slice(key);
                self.slots[slot] = self.entries.len() as u32;
                return None;
            }
            if &self.keys[(found - 1) * words..found * words] == key {
                return Some(&mut self.entries[found - 1]);
            }
            slot = (slot + 1) & (self.size - 1);
        }
    }

    #[inline(always)]
    fn home(&self, key: &[u64]) -> usize {
        let mut hash = 0u64;
        for word in key {
            hash = (hash ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            hash ^= hash >> 29;
        }
        (hash.wrapping_mul(0xbf58_476d_1ce4_e5b9) >> (64 - self.size.trailing_zeros())) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_inserted_across_growth_and_clearing() {
        let mut table = Table::default();
        for pass in 0..2 {
            table.clear();
            for value in 0..500u64 {
                table.reserve(1, 2);
                let entry = Entry { round: pass, identifier: value as u32, atom: 0 };
                assert!(table.find_or_insert(&[value, value << 40], entry).is_none());
            }
            for value in 0..500u64 {
                let entry = Entry { round: 9, identifier: 9, atom: 9 };
                let found = table.find_or_insert(&[value, value << 40], entry).expect("inserted");
                assert_eq!((found.round, found.identifier), (pass, value as u32));
            }
            assert_eq!(table.entries.len(), 500);
        }
    }
}

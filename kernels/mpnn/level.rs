//! One level of hash-consed environments.

use hashbrown::HashTable;

use super::digest::Digest;

/// Distinct environments of one radius, numbered in order of arrival.
///
/// An environment is a base (an id of a leaf or of level 0) and the ids of its children one level
/// below, sorted by their digests.
#[derive(Clone, Default)]
pub(super) struct Level {
    base: Vec<u32>,
    child_ends: Vec<u32>,
    children: Vec<u32>,
    digests: Vec<Digest>,
    counts: Vec<u32>,
    table: HashTable<u32>,
}

impl Level {
    pub(super) fn len(&self) -> usize {
        self.base.len()
    }

    pub(super) fn clear(&mut self) {
        self.base.clear();
        self.child_ends.clear();
        self.children.clear();
        self.digests.clear();
        self.counts.clear();
        self.table.clear();
    }

    #[inline]
    pub(super) fn digest(&self, id: u32) -> Digest {
        self.digests[id as usize]
    }

    /// How often the environment was met.
    #[inline]
    pub(super) fn count(&self, id: usize) -> u32 {
        self.counts[id]
    }

    #[inline]
    pub(super) fn base(&self, id: usize) -> usize {
        self.base[id] as usize
    }

    #[inline]
    pub(super) fn children(&self, id: usize) -> &[u32] {
        let start = if id == 0 { 0 } else { self.child_ends[id - 1] as usize };
        &self.children[start..self.child_ends[id] as usize]
    }

    /// The id of an environment, if it has been met.
    #[inline]
    pub(super) fn find(&self, base: u32, children: &[u32], digest: Digest) -> Option<u32> {
        self.table
            .find(digest as u64, |&id| {
                let id = id as usize;
                self.digests[id] == digest && self.base[id] == base && *self.children(id) == *children
            })
            .copied()
    }

    /// The id of an environment; a new one when it has not been met. Counts one occurrence.
    #[inline]
    pub(super) fn intern(&mut self, base: u32, children: &[u32], digest: Digest) -> u32 {
        self.intern_many(base, children, digest, 1)
    }

    /// As [`Level::intern`], for `count` occurrences.
    #[inline]
    pub(super) fn intern_many(&mut self, base: u32, children: &[u32], digest: Digest, count: u32) -> u32 {
        if let Some(id) = self.find(base, children, digest) {
            let total = &mut self.counts[id as usize];
            *total = total.saturating_add(count);
            return id;
        }
        let id = self.base.len() as u32;
        self.base.push(base);
        self.children.extend_from_slice(children);
        self.child_ends.push(self.children.len() as u32);
        self.digests.push(digest);
        self.counts.push(count);
        let digests = &self.digests;
        self.table.insert_unique(digest as u64, id, |&id| digests[id as usize] as u64);
        id
    }
}

/// Distinct integer keys (atoms or bonds), numbered in order of arrival.
#[derive(Clone, Default)]
pub(super) struct Leaves {
    keys: Vec<u64>,
    digests: Vec<Digest>,
    table: HashTable<u32>,
}

impl Leaves {
    pub(super) fn keys(&self) -> &[u64] {
        &self.keys
    }

    pub(super) fn clear(&mut self) {
        self.keys.clear();
        self.digests.clear();
        self.table.clear();
    }

    #[inline]
    pub(super) fn digest(&self, id: u32) -> Digest {
        self.digests[id as usize]
    }

    #[inline]
    pub(super) fn intern(&mut self, domain: u64, key: u64) -> u32 {
        let digest = super::digest::of_key(domain, key);
        let keys = &self.keys;
        if let Some(&id) = self.table.find(digest as u64, |&id| keys[id as usize] == key) {
            return id;
        }
        let id = self.keys.len() as u32;
        self.keys.push(key);
        self.digests.push(digest);
        let digests = &self.digests;
        self.table.insert_unique(digest as u64, id, |&id| digests[id as usize] as u64);
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_digests_with_unequal_keys_stay_apart() {
        let mut level = Level::default();
        let a = level.intern(1, &[2, 3], 77);
        let b = level.intern(1, &[2, 4], 77);
        let c = level.intern(2, &[2, 3], 77);
        assert_eq!((a, b, c), (0, 1, 2));
        assert_eq!(level.intern(1, &[2, 4], 77), b);
        assert_eq!(level.children(1), [2, 4]);
        assert_eq!(level.base(2), 2);
        assert_eq!([level.count(0), level.count(1), level.count(2)], [1, 2, 1]);
        assert_eq!(level.find(1, &[2, 5], 77), None);
    }

    #[test]
    fn cleared_tables_start_anew() {
        let mut leaves = Leaves::default();
        assert_eq!(leaves.intern(0, 9), 0);
        assert_eq!(leaves.intern(0, 8), 1);
        assert_eq!(leaves.intern(0, 9), 0);
        leaves.clear();
        assert_eq!(leaves.intern(0, 8), 0);
        assert_eq!(leaves.keys(), [8]);
    }
}

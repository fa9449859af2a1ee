//! Environments that keep coming back: their rows are kept from batch to batch.
//!
//! A row's bits depend only on what the environment contains, so a kept row is the row that would be
//! computed again. The cache is bounded: it takes in environments that repeat, most frequent first,
//! until it is full. An environment is taken in only together with everything it is made of.

use super::environments::Environments;
use super::level::{Leaves, Level};

/// Marks a slot of kept rows; the other slots are rows of the batch.
const KEPT: u32 = 1 << 31;

/// Occurrences in one batch from which on an environment is worth keeping.
const WORTH_KEEPING: u32 = 2;

/// The environments whose rows are kept, for networks of one depth. The rows themselves are in
/// [`KeptRows`], one for each network.
pub struct EnvironmentCache {
    atoms: Leaves,
    bonds: Leaves,
    levels: Vec<Level>,
    limit: usize,
}

/// Rows of kept environments for one network, level by level.
#[derive(Clone, Debug, Default)]
pub struct KeptRows {
    pub(super) levels: Vec<Vec<f32>>,
}

/// Where each environment of a batch finds its row.
#[derive(Clone, Debug, Default)]
pub struct Resolution {
    pub(super) levels: Vec<LevelResolution>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct LevelResolution {
    /// By environment: a row of the batch's table, or a kept row.
    slots: Vec<u32>,
    /// Environments to compute, in the order of the batch's table.
    pub(super) computed: Vec<u32>,
    /// Rows of the batch's table that are kept from now on, in order.
    pub(super) promoted: Vec<u32>,
}

/// A row of one table or the other.
#[derive(Clone, Copy)]
pub(super) enum Slot {
    Batch(usize),
    Kept(usize),
}

impl LevelResolution {
    #[inline(always)]
    pub(super) fn slot(&self, environment: u32) -> Slot {
        let slot = self.slots[environment as usize];
        if slot & KEPT == 0 { Slot::Batch(slot as usize) } else { Slot::Kept((slot & !KEPT) as usize) }
    }
}

impl Resolution {
    /// Environments to compute at each level.
    pub fn computed(&self) -> Vec<u64> {
        self.levels.iter().map(|level| level.computed.len() as u64).collect()
    }
}

impl EnvironmentCache {
    /// Keeps at most `limit` rows for each network of `depth` message steps; 0 keeps nothing.
    pub fn new(depth: usize, limit: usize) -> Self {
        Self {
            atoms: Leaves::default(),
            bonds: Leaves::default(),
            levels: vec![Level::default(); depth],
            limit: limit.min(KEPT as usize - 1),
        }
    }

    /// Rows kept, all levels together.
    pub fn len(&self) -> usize {
        self.levels.iter().map(Level::len).sum()
    }

    /// Whether no row is kept.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Finds the rows of a batch and takes in what is worth keeping. Every network that uses this
    /// cache must then run [`super::encode`] with the resolution exactly once, before the next call.
    ///
    /// # Panics
    /// When the depths differ.
    pub fn resolve(&mut self, batch: &Environments) -> Resolution {
        assert_eq!(self.levels.len(), batch.depth(), "cache of the table's depth");
        let atoms: Vec<u32> = batch.atom_keys().iter().map(|&key| self.atoms.intern(0, key)).collect();
        let bonds: Vec<u32> = batch.bond_keys().iter().map(|&key| self.bonds.intern(1, key)).collect();
        let mut room = self.limit.saturating_sub(self.len());
        let mut first: Vec<Option<u32>> = Vec::new();
        let mut below: Vec<Option<u32>> = Vec::new();
        let mut resolution = Resolution::default();
        for (step, level) in batch.levels.iter().enumerate() {
            let keys = Keys {
                base: &|id| if step == 0 { Some(atoms[id]) } else { first[id] },
                child: &|id| if step == 0 { Some(bonds[id]) } else { below[id] },
            };
            let (level_resolution, kept) = resolve_level(level, &mut self.levels[step], &keys, &mut room);
            resolution.levels.push(level_resolution);
            if step == 0 {
                first.clone_from(&kept);
            }
            below = kept;
        }
        resolution
    }
}

/// Ids of an environment's parts in the cache, where they are kept.
struct Keys<'a> {
    base: &'a dyn Fn(usize) -> Option<u32>,
    child: &'a dyn Fn(usize) -> Option<u32>,
}

impl Keys<'_> {
    /// The environment's key in the cache, if all its parts are kept.
    fn of(&self, level: &Level, id: usize, children: &mut Vec<u32>) -> Option<u32> {
        children.clear();
        for &child in level.children(id) {
            children.push((self.child)(child as usize)?);
        }
        (self.base)(level.base(id))
    }
}

/// Returns the resolution, and the kept id of each environment (newly kept ones included).
fn resolve_level(
    level: &Level,
    kept: &mut Level,
    keys: &Keys<'_>,
    room: &mut usize,
) -> (LevelResolution, Vec<Option<u32>>) {
    let mut resolution = LevelResolution { slots: Vec::with_capacity(level.len()), ..Default::default() };
    let mut ids = Vec::with_capacity(level.len());
    let mut children = Vec::new();
    let mut candidates: Vec<u32> = Vec::new();
    for id in 0..level.len() {
        let base = keys.of(level, id, &mut children);
        let found = base.and_then(|base| kept.find(base, &children, level.digest(id as u32)));
        ids.push(found);
        match found {
            Some(found) => {
                resolution.slots.push(found | KEPT);
            }
            None => {
                resolution.slots.push(resolution.computed.len() as u32);
                resolution.computed.push(id as u32);
                if base.is_some() && level.count(id) >= WORTH_KEEPING {
                    candidates.push(id as u32);
                }
            }
        }
    }
    if candidates.len() > *room {
        candidates.sort_by_key(|&id| (std::cmp::Reverse(level.count(id as usize)), id));
        candidates.truncate(*room);
    }
    *room -= candidates.len();
    for id in candidates {
        if let Some(base) = keys.of(level, id as usize, &mut children) {
            ids[id as usize] = Some(kept.intern(base, &children, level.digest(id)));
            resolution.promoted.push(resolution.slots[id as usize]);
        }
    }
    (resolution, ids)
}

//! Molecules of a batch, as the models of a screening run see them.

use soyaku_chem::Molecule;
use soyaku_kernels::mpnn::{Environments, KeyedBond, LevelCount};

use crate::FeaturizerKind;
use crate::features::{atom_key, bond_key};

/// What a table of environments is made for; models that agree share one table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TableKind {
    pub featurizer: FeaturizerKind,
    pub depth: usize,
}

/// Environments of a batch of molecules, one table for each kind of model.
///
/// Made by [`crate::Predictor::batch`]. Threads fill batches of their own, which are then appended
/// to one; the order of molecules is the order of rows in the predictions.
#[derive(Clone)]
pub struct Batch {
    pub(crate) tables: Vec<(TableKind, Environments)>,
    atoms: Vec<u64>,
    bonds: Vec<KeyedBond>,
}

/// How often environments repeat in a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Repetition {
    /// Directed bonds, all and distinct, by radius (0 first).
    pub edges: Vec<(u64, u64)>,
    /// Atoms at full radius, all and distinct.
    pub atoms: (u64, u64),
}

impl Batch {
    pub(crate) fn new(kinds: &[TableKind]) -> Self {
        Self {
            tables: kinds.iter().map(|&kind| (kind, Environments::new(kind.depth))).collect(),
            atoms: Vec::new(),
            bonds: Vec::new(),
        }
    }

    /// Adds a molecule.
    pub fn add(&mut self, molecule: &Molecule) {
        for (kind, table) in &mut self.tables {
            self.atoms.clear();
            self.atoms.extend(molecule.atoms().iter().map(|atom| atom_key(kind.featurizer, atom)));
            self.bonds.clear();
            self.bonds.extend(molecule.bonds().iter().map(|bond| KeyedBond {
                begin: bond.begin,
                end: bond.end,
                key: bond_key(kind.featurizer, bond),
            }));
            table.add(&self.atoms, &self.bonds);
        }
    }

    /// Appends the molecules of another batch of the same predictor.
    ///
    /// # Panics
    /// When the batches come from predictors of different models.
    pub fn append(&mut self, other: &Self) {
        assert_eq!(self.tables.len(), other.tables.len(), "batches of one predictor");
        for ((kind, table), (other_kind, other_table)) in self.tables.iter_mut().zip(&other.tables) {
            assert_eq!(kind, other_kind, "batches of one predictor");
            table.append(other_table);
        }
    }

    /// Forgets all molecules, keeping the memory.
    pub fn clear(&mut self) {
        self.tables.iter_mut().for_each(|(_, table)| table.clear());
    }

    /// Forgets all molecules after the first `molecules`, and what an addition that did not come to
    /// its end has left.
    pub fn truncate(&mut self, molecules: usize) {
        self.tables.iter_mut().for_each(|(_, table)| table.truncate(molecules));
    }

    /// Number of molecules.
    pub fn len(&self) -> usize {
        self.tables.first().map_or(0, |(_, table)| table.molecules())
    }

    /// Whether there is no molecule.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of atoms.
    pub fn atoms(&self) -> usize {
        self.tables.first().map_or(0, |(_, table)| table.atoms())
    }

    /// How often environments repeat, in the first kind of model's table.
    pub fn repetition(&self) -> Repetition {
        let Some((_, table)) = self.tables.first() else { return Repetition::default() };
        let pair = |count: LevelCount| (count.total, count.distinct);
        Repetition {
            edges: table.edge_counts().into_iter().map(pair).collect(),
            atoms: pair(table.atom_counts()),
        }
    }
}

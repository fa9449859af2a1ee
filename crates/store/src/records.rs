//! A batch of compounds as text.

use crate::text::TextColumn;

/// Compounds of one batch, column by column: SMILES, name, and the line of the input each came from. A row that
/// could not be read at all carries a defect: the reason, in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Records {
    smiles: TextColumn,
    names: TextColumn,
    lines: Vec<u64>,
    defects: Vec<(usize, String)>,
}

impl Records {
    /// An empty batch.
    pub fn new() -> Self {
        Self::default()
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// SMILES of row `index`, as in the input.
    pub fn smiles(&self, index: usize) -> &[u8] {
        self.smiles.get(index)
    }

    /// Name of row `index`, the input's bytes unchanged; empty when there is none.
    pub fn name(&self, index: usize) -> &[u8] {
        self.names.get(index)
    }

    /// Line of the (decompressed) input where row `index` starts, from 1.
    pub fn line(&self, index: usize) -> u64 {
        self.lines[index]
    }

    /// Why row `index` could not be read, if so.
    pub fn defect(&self, index: usize) -> Option<&str> {
        let found = self.defects.binary_search_by_key(&index, |(row, _)| *row).ok()?;
        Some(&self.defects[found].1)
    }

    /// Appends a row.
    pub fn push(&mut self, smiles: &[u8], name: &[u8], line: u64) {
        self.smiles.push(smiles);
        self.names.push(name);
        self.lines.push(line);
    }

    /// Appends a row that cannot be used, with the reason.
    pub fn push_defect(&mut self, smiles: &[u8], name: &[u8], line: u64, reason: String) {
        self.defects.push((self.lines.len(), reason));
        self.push(smiles, name, line);
    }

    /// Forgets the rows, keeps the memory.
    pub fn clear(&mut self) {
        self.smiles.clear();
        self.names.clear();
        self.lines.clear();
        self.defects.clear();
    }
}

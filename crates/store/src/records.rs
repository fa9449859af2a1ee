//! A batch of compounds as text.

use crate::text::TextColumn;

/// Compounds of one batch, column by column: SMILES, name, the line of the input each came from, and the
/// properties (data items, further columns) that were asked for. A row that could not be read at all carries a
/// defect: its kind and the reason, in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Records {
    smiles: TextColumn,
    names: TextColumn,
    lines: Vec<u64>,
    defects: Vec<Defect>,
    /// Properties of all rows, one after the other.
    property_names: TextColumn,
    property_values: TextColumn,
    /// Where the properties of each row end.
    property_ends: Vec<usize>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Defect {
    row: usize,
    kind: &'static str,
    reason: String,
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
        self.find_defect(index).map(|defect| &*defect.reason)
    }

    /// Kind of failure of a row that could not be read: `input` for text that makes no row, else a word for what
    /// is wrong with its molecule, such as `valence`.
    pub fn defect_kind(&self, index: usize) -> Option<&'static str> {
        self.find_defect(index).map(|defect| defect.kind)
    }

    fn find_defect(&self, index: usize) -> Option<&Defect> {
        let found = self.defects.binary_search_by_key(&index, |defect| defect.row).ok()?;
        Some(&self.defects[found])
    }

    /// Names and values of the properties of row `index`, in the order of the input; a name may come twice.
    pub fn properties(
        &self,
        index: usize,
    ) -> impl ExactSizeIterator<Item = (&[u8], &[u8])> + DoubleEndedIterator + Clone {
        let start = if index == 0 { 0 } else { self.property_ends[index - 1] };
        let range = start..self.property_ends[index];
        range.map(|place| (self.property_names.get(place), self.property_values.get(place)))
    }

    /// Appends a row.
    pub fn push(&mut self, smiles: &[u8], name: &[u8], line: u64) {
        self.smiles.push(smiles);
        self.names.push(name);
        self.lines.push(line);
        self.property_ends.push(self.property_names.len());
    }

    /// Appends a row that cannot be used, with the reason.
    pub fn push_defect(&mut self, smiles: &[u8], name: &[u8], line: u64, reason: String) {
        self.push_failure(smiles, name, line, "input", reason);
    }

    /// Appends a row that cannot be used, with the [kind](Self::defect_kind) of failure and the reason.
    pub fn push_failure(&mut self, text: &[u8], name: &[u8], line: u64, kind: &'static str, reason: String) {
        self.defects.push(Defect { row: self.lines.len(), kind, reason });
        self.push(text, name, line);
    }

    /// Adds a property to the row that was appended last.
    pub fn push_property(&mut self, name: &[u8], value: &[u8]) {
        if let Some(end) = self.property_ends.last_mut() {
            self.property_names.push(name);
            self.property_values.push(value);
            *end += 1;
        }
    }

    /// Forgets the rows, keeps the memory.
    pub fn clear(&mut self) {
        self.smiles.clear();
        self.names.clear();
        self.lines.clear();
        self.defects.clear();
        self.property_names.clear();
        self.property_values.clear();
        self.property_ends.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_and_defects_stay_with_their_row() {
        let mut records = Records::new();
        records.push_property(b"of", b"no row");
        records.push(b"C", b"one", 1);
        records.push_defect(b"", b"", 2, "empty line".into());
        records.push(b"CC", b"", 5);
        records.push_property(b"pKa", b"7.1");
        records.push_property(b"pKa", b"");
        records.push_failure(b"X", b"", 6, "valence", "too many bonds".into());
        let properties = |row| records.properties(row).collect::<Vec<_>>();
        assert_eq!(properties(2), [(&b"pKa"[..], &b"7.1"[..]), (b"pKa", b"")]);
        assert!([0, 1, 3].iter().all(|row| properties(*row).is_empty()));
        assert_eq!(
            [0, 1, 2, 3].map(|row| records.defect_kind(row)),
            [None, Some("input"), None, Some("valence")]
        );
        assert_eq!(records.defect(3), Some("too many bonds"));
        records.clear();
        records.push(b"C", b"", 1);
        assert_eq!((records.properties(0).len(), records.defect(0)), (0, None));
    }
}

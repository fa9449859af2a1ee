//! A column of byte strings in one allocation.

/// Byte strings stored end to end: string `i` is `bytes[offsets[i]..offsets[i + 1]]`. Reused between batches
/// without giving memory back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextColumn {
    bytes: Vec<u8>,
    offsets: Vec<usize>,
}

impl Default for TextColumn {
    fn default() -> Self {
        TextColumn { bytes: Vec::new(), offsets: vec![0] }
    }
}

impl TextColumn {
    /// An empty column.
    pub fn new() -> Self {
        Self::default()
    }

    /// Number of strings.
    pub fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Whether there are no strings.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// String `index`. Panics when `index >= len()`, as slices do.
    pub fn get(&self, index: usize) -> &[u8] {
        &self.bytes[self.offsets[index]..self.offsets[index + 1]]
    }

    /// Appends one string.
    pub fn push(&mut self, text: &[u8]) {
        self.bytes.extend_from_slice(text);
        self.offsets.push(self.bytes.len());
    }

    /// Forgets the strings, keeps the memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.offsets.truncate(1);
    }

    /// All strings in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        (0..self.len()).map(|index| self.get(index))
    }

    /// Bytes held by all strings together.
    pub fn byte_len(&self) -> usize {
        self.bytes.len()
    }
}

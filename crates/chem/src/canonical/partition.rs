//! An ordered partition of the atoms into cells that can be split and put together again.

/// A mixing function: numbers that differ in one bit give unrelated results.
pub(super) fn mix(value: u64) -> u64 {
    let mut value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// A cell is a range of places, and is named by the first of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Partition {
    /// Atoms by place.
    pub elements: Vec<u32>,
    /// Place of every atom.
    place: Vec<u32>,
    /// Cell of every atom.
    cell: Vec<u32>,
    /// Number of atoms of the cell that starts at a place.
    length: Vec<u32>,
    /// Splits so far: (cell, cell split off).
    trail: Vec<(u32, u32)>,
    /// Cells of one atom, in the order in which they came to be.
    singles: Vec<u32>,
    /// Sum over all atoms in cells of more than one, telling which atom is in which cell.
    loose: u64,
}

/// A state to go back to.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Mark {
    trail: usize,
    pub singles: usize,
    loose: u64,
}

fn sign(atom: u32, cell: u32) -> u64 {
    mix(u64::from(atom) << 32 | u64::from(cell))
}

impl Partition {
    /// Starts with the atoms in the order of `keys`, which are sorted and end with the atom;
    /// `same` tells whether two keys are of one cell.
    pub fn start<K>(&mut self, keys: &[K], atom: impl Fn(&K) -> u32, same: impl Fn(&K, &K) -> bool) {
        let count = keys.len();
        self.trail.clear();
        self.singles.clear();
        self.loose = 0;
        self.elements.clear();
        self.elements.extend(keys.iter().map(&atom));
        for list in [&mut self.place, &mut self.cell, &mut self.length] {
            list.clear();
            list.resize(count, 0);
        }
        let mut start = 0;
        while start < count {
            let length = keys[start..].iter().take_while(|key| same(&keys[start], key)).count();
            self.length[start] = length as u32;
            for place in start..start + length {
                let atom = self.elements[place];
                self.place[atom as usize] = place as u32;
                self.cell[atom as usize] = start as u32;
                if length > 1 {
                    self.loose = self.loose.wrapping_add(sign(atom, start as u32));
                }
            }
            if length == 1 {
                self.singles.push(start as u32);
            }
            start += length;
        }
    }

    pub fn cell(&self, atom: u32) -> u32 {
        self.cell[atom as usize]
    }

    pub fn place(&self, atom: u32) -> u32 {
        self.place[atom as usize]
    }

    pub fn length(&self, cell: u32) -> u32 {
        self.length[cell as usize]
    }

    /// Atoms of a cell, in no particular order.
    pub fn atoms(&self, cell: u32) -> &[u32] {
        &self.elements[cell as usize..(cell + self.length(cell)) as usize]
    }

    /// All cells have one atom.
    pub fn is_discrete(&self) -> bool {
        self.singles.len() == self.elements.len()
    }

    /// Cells of one atom that came to be since a mark.
    pub fn singles_since(&self, mark: usize) -> &[u32] {
        &self.singles[mark..]
    }

    /// The same number whenever the same atoms are in the same cells, cells of one atom left out.
    pub fn loose(&self) -> u64 {
        self.loose
    }

    /// The last cell with more than one atom that starts before a place.
    pub fn last_open_cell(&self, mut before: u32) -> Option<u32> {
        while before > 0 {
            let cell = self.cell(self.elements[before as usize - 1]);
            if self.length(cell) > 1 {
                return Some(cell);
            }
            before = cell;
        }
        None
    }

    /// Number of splits so far.
    pub fn split_count(&self) -> usize {
        self.trail.len()
    }

    /// The cell that a split made; others may have been split off from it since.
    pub fn split(&self, index: usize) -> u32 {
        self.trail[index].1
    }

    pub fn mark(&self) -> Mark {
        Mark { trail: self.trail.len(), singles: self.singles.len(), loose: self.loose }
    }

    /// Takes back all splits since the mark.
    pub fn undo(&mut self, mark: Mark) {
        while self.trail.len() > mark.trail {
            let Some((cell, split)) = self.trail.pop() else { return };
            for place in split..split + self.length(split) {
                self.cell[self.elements[place as usize] as usize] = cell;
            }
            self.length[cell as usize] += self.length(split);
        }
        self.singles.truncate(mark.singles);
        self.loose = mark.loose;
    }

    /// Moves an atom to a place of its cell.
    pub fn put(&mut self, atom: u32, place: u32) {
        let (from, other) = (self.place(atom), self.elements[place as usize]);
        self.elements.swap(from as usize, place as usize);
        self.place[other as usize] = from;
        self.place[atom as usize] = place;
    }

    /// Makes the `length` atoms from place `split` on, which are in `cell`, a cell of their own.
    /// [`Self::shrink`] must follow.
    pub fn split_off(&mut self, cell: u32, split: u32, length: u32) {
        for place in split..split + length {
            let atom = self.elements[place as usize];
            self.cell[atom as usize] = split;
            self.loose = self.loose.wrapping_sub(sign(atom, cell));
            if length > 1 {
                self.loose = self.loose.wrapping_add(sign(atom, split));
            }
        }
        self.length[split as usize] = length;
        if length == 1 {
            self.singles.push(split);
        }
        self.trail.push((cell, split));
    }

    /// Says how many atoms a cell still has after splitting others off.
    pub fn shrink(&mut self, cell: u32, length: u32) {
        self.length[cell as usize] = length;
        if length == 1 {
            self.loose = self.loose.wrapping_sub(sign(self.elements[cell as usize], cell));
            self.singles.push(cell);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_are_taken_back() {
        let mut partition = Partition::default();
        let keys: Vec<(u32, u32)> = vec![(0, 2), (1, 0), (1, 1), (1, 3), (1, 4)];
        partition.start(&keys, |key| key.1, |a, b| a.0 == b.0);
        assert_eq!((partition.length(0), partition.length(1)), (1, 4));
        assert_eq!(partition.last_open_cell(5), Some(1));
        let (mark, loose) = (partition.mark(), partition.loose());
        partition.put(1, 4);
        partition.split_off(1, 4, 1);
        partition.shrink(1, 3);
        partition.put(3, 3);
        partition.split_off(1, 2, 2);
        partition.shrink(1, 1);
        assert_eq!((partition.cell(1), partition.cell(3), partition.length(2)), (4, 2, 2));
        assert_eq!(partition.singles_since(mark.singles), [4, 1]);
        assert_ne!(partition.loose(), loose);
        partition.undo(mark);
        assert_eq!((partition.loose(), partition.length(1)), (loose, 4));
        let mut atoms = partition.atoms(1).to_vec();
        atoms.sort_unstable();
        assert_eq!(atoms, [0, 1, 3, 4]);
        assert!(!partition.is_discrete());
    }
}

//! Sets of atoms that were met before.

use std::collections::HashSet;

/// Sets up to here are compared one by one.
const FEW: usize = 16;

/// The matches found so far, by their atoms.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Sets without atoms from 128 on, one bit for each atom.
    small: Vec<u128>,
    many: HashSet<u128>,
    large: HashSet<Vec<u32>>,
}

impl Seen {
    /// Adds a set. Returns whether it is a new one.
    pub fn insert(&mut self, atoms: &[u32]) -> bool {
        if atoms.iter().any(|&atom| atom >= 128) {
            let mut sorted = atoms.to_vec();
            sorted.sort_unstable();
            return self.large.insert(sorted);
        }
        let set = atoms.iter().fold(0u128, |set, &atom| set | 1 << atom);
        if self.small.len() < FEW {
            let is_new = !self.small.contains(&set);
            if is_new {
                self.small.push(set);
            }
            return is_new;
        }
        !self.small.contains(&set) && self.many.insert(set)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_the_atoms_does_not_matter() {
        let mut seen = Seen::default();
        for first in 0..40 {
            assert!(seen.insert(&[first, first + 100]), "{first}");
            assert!(!seen.insert(&[first + 100, first]), "{first}");
        }
        assert!(!seen.insert(&[0, 100]));
    }
}

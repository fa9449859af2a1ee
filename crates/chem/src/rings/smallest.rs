//! A smallest set of rings out of the relevant cycles.

use super::Blocks;
use crate::molecule::Molecule;

/// With more rings than this all are taken.
const MAX_RINGS: usize = 500;

/// The first rings, in their order, of which none is a sum of others.
pub(crate) fn smallest_set(molecule: &Molecule, blocks: &Blocks) -> Vec<usize> {
    let count = molecule.ring_count();
    let rank: usize = (0..blocks.len()).map(|block| blocks.rank(block)).sum();
    if count == rank || count > MAX_RINGS {
        return (0..count).collect();
    }
    // reduced bond sets, by their lowest bond
    let mut basis: Vec<(u32, Vec<u32>)> = Vec::new();
    let mut chosen = Vec::new();
    for ring in 0..count {
        let mut rest = molecule.ring_bonds(ring).to_vec();
        rest.sort_unstable();
        while let Some(&lowest) = rest.first() {
            match basis.iter().find(|(first, _)| *first == lowest) {
                Some((_, other)) => rest = difference(&rest, other),
                None => {
                    basis.push((lowest, rest));
                    chosen.push(ring);
                    break;
                }
            }
        }
    }
    chosen
}

/// What is in exactly one of two sorted lists.
fn difference(first: &[u32], second: &[u32]) -> Vec<u32> {
    let only = |list: &[u32], other: &[u32]| -> Vec<u32> {
        list.iter().copied().filter(|item| other.binary_search(item).is_err()).collect()
    };
    let mut result = only(first, second);
    result.extend(only(second, first));
    result.sort_unstable();
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn set_difference() {
        assert_eq!(difference(&[1, 2, 5], &[2, 3]), [1, 3, 5]);
        assert!(difference(&[1, 2], &[1, 2]).is_empty());
    }
}

//! RDKit's aromaticity model: Hückel's rule on rings and fused sets of up to six rings.

mod donors;
mod fused;

pub(crate) use donors::available_electrons;
use donors::{Donor, classify};

use crate::molecule::Molecule;

/// Rings of at least this many atoms take no electrons from ether oxygen and sulfur.
const LARGE_RING: usize = 9;

/// Buffers of the perception.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    donors: Vec<Donor>,
    seen: Vec<bool>,
    rings: Vec<u32>,
    fused: fused::Scratch,
}

/// Marks aromatic atoms and bonds of a Kekulé structure whose rings are known.
pub(crate) fn assign(molecule: &mut Molecule, scratch: &mut Scratch) {
    let count = molecule.atoms.len();
    scratch.donors.clear();
    scratch.donors.resize(count, Donor::None);
    scratch.seen.clear();
    scratch.seen.resize(count, false);
    scratch.rings.clear();
    for ring in 0..molecule.ring_count() {
        let atoms = molecule.ring_atoms(ring);
        let is_large = atoms.len() >= LARGE_RING;
        let mut fits = true;
        let mut has_element = false;
        for &atom in atoms {
            let index = atom as usize;
            has_element |= molecule.atoms[index].atomic_number != 0;
            if !scratch.seen[index] {
                scratch.seen[index] = true;
                scratch.donors[index] = classify(molecule, index, is_large);
            }
            fits &= scratch.donors[index] != Donor::None;
        }
        if fits && has_element {
            scratch.rings.push(ring as u32);
        }
    }
    if !scratch.rings.is_empty() {
        fused::apply(molecule, &scratch.rings, &scratch.donors, &mut scratch.fused);
    }
}

#[cfg(test)]
mod tests {
    use crate::Parser;

    fn aromatic(smiles: &str) -> (usize, usize) {
        let mut parser = Parser::new();
        let molecule = parser.parse(smiles.as_bytes()).unwrap();
        let atoms = molecule.atoms().iter().filter(|atom| atom.is_aromatic).count();
        (atoms, molecule.bonds().iter().filter(|bond| bond.is_aromatic).count())
    }

    #[test]
    fn rings_and_fused_rings() {
        assert_eq!(aromatic("C1=CC=CC=C1"), (6, 6));
        assert_eq!(aromatic("c1ccc2ccccc2c1"), (10, 11));
        assert_eq!(aromatic("C1=CC2=CC=CC=CC2=C1"), (10, 10));
        assert_eq!(aromatic("c1cc[nH]c1"), (5, 5));
        assert_eq!(aromatic("O=c1cc[nH]cc1"), (6, 6));
        assert_eq!(aromatic("C1=CC=CC=CC=C1"), (0, 0));
        assert_eq!(aromatic("[CH+]1C=CC=CC=C1"), (7, 7));
        assert_eq!(aromatic("C1=CC=C1"), (0, 0));
        assert_eq!(aromatic("C1CC=CC=C1"), (0, 0));
        assert_eq!(aromatic("*1*****1"), (0, 0));
    }

    #[test]
    fn ethers_of_large_rings_give_nothing() {
        assert_eq!(aromatic("O1C=CC=CC=CC=C1"), (0, 0));
        assert_eq!(aromatic("N1C=CC=CC=CC=C1"), (9, 9));
        assert_eq!(aromatic("O1C=CC=COC=C1"), (8, 8));
        assert_eq!(aromatic("C1=Cc2ccc(o2)C=Cc2ccc(o2)C=Cc2ccc1o2").0, 21);
    }
}

//! Single and double bonds of a molecule that is perceived already.

use super::{Scratch, kekulize};
use crate::error::{Error, Reason};
use crate::molecule::{BondOrder, Molecule};
use crate::rings;
use crate::valence::Sums;

/// Gives the aromatic bonds of molecules single and double orders that alternate, as RDKit's
/// `Kekulize` does. Keeps its buffers: one per thread.
///
/// ```
/// use soyaku_chem::{BondOrder, Kekulizer, Parser};
///
/// let mut parser = Parser::new();
/// let pyridine = parser.parse(b"c1ccncc1")?;
/// let mut kekulizer = Kekulizer::new();
/// let orders = kekulizer.orders(pyridine)?;
/// assert_eq!(orders.iter().filter(|&&order| order == BondOrder::Double).count(), 3);
/// # Ok::<(), soyaku_chem::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct Kekulizer {
    copy: Molecule,
    sums: Sums,
    rings: rings::Scratch,
    scratch: Scratch,
    /// Bonds in the order of the copy.
    places: Vec<u32>,
    orders: Vec<BondOrder>,
    drawn: Molecule,
}

/// A clone has buffers of its own.
impl Clone for Kekulizer {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Kekulizer {
    /// A search with empty buffers.
    pub fn new() -> Self {
        Self::default()
    }

    /// The order of every bond, in the order of the molecule's bonds; none is aromatic. Which of
    /// several structures it is depends on the order of the atoms.
    ///
    /// An atom has as many hydrogens in this structure as in the aromatic one.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Kekulize`]: there is no such structure, or it was not found within the
    /// limits of the search. Molecules of a [`crate::Parser`] have one.
    pub fn orders(&mut self, molecule: &Molecule) -> Result<&[BondOrder], Error> {
        self.find(molecule, None).map_err(Error::from)?;
        Ok(&self.orders)
    }

    /// The same, chosen by ranks of the atoms (from 0, all different) instead of their order: where
    /// the ranks are canonical, the structure is.
    ///
    /// # Errors
    /// As [`Kekulizer::orders`].
    pub fn orders_by_rank(&mut self, molecule: &Molecule, ranks: &[u32]) -> Result<&[BondOrder], Error> {
        self.find(molecule, Some(ranks)).map_err(Error::from)?;
        Ok(&self.orders)
    }

    /// The molecule with these orders, nothing marked aromatic; explicit valences are not brought up
    /// to date.
    pub(crate) fn draw(&mut self, molecule: &Molecule, ranks: &[u32]) -> Result<&Molecule, Error> {
        self.find(molecule, Some(ranks)).map_err(Error::from)?;
        let drawn = &mut self.drawn;
        drawn.atoms.clone_from(&molecule.atoms);
        drawn.bonds.clone_from(&molecule.bonds);
        drawn.neighbor_offsets.clone_from(&molecule.neighbor_offsets);
        drawn.neighbors.clone_from(&molecule.neighbors);
        drawn.ring_offsets.clone_from(&molecule.ring_offsets);
        drawn.ring_atoms.clone_from(&molecule.ring_atoms);
        drawn.ring_bonds.clone_from(&molecule.ring_bonds);
        drawn.has_idle_bonds = molecule.has_idle_bonds;
        for atom in &mut drawn.atoms {
            atom.is_aromatic = false;
        }
        for (bond, &order) in drawn.bonds.iter_mut().zip(&self.orders) {
            bond.order = order;
            bond.is_aromatic = false;
        }
        Ok(drawn)
    }

    fn find(&mut self, molecule: &Molecule, ranks: Option<&[u32]>) -> Result<(), Reason> {
        self.orders.clear();
        self.orders.extend(molecule.bonds.iter().map(|bond| bond.order));
        if !self.orders.contains(&BondOrder::Aromatic) {
            return Ok(());
        }
        self.copy_by_rank(molecule, ranks)?;
        self.copy.clear_rings();
        self.rings.blocks.clear();
        rings::find(&mut self.copy, &mut self.rings)?;
        self.sums.compute(&self.copy);
        kekulize(&mut self.copy, &self.rings.blocks, &mut self.sums, &mut self.scratch)?;
        for (&bond, found) in self.places.iter().zip(&self.copy.bonds) {
            self.orders[bond as usize] = found.order;
        }
        match self.copy.bonds.iter().find(|bond| bond.order == BondOrder::Aromatic) {
            Some(bond) => Err(Reason::Kekulize { atoms: vec![bond.begin, bond.end] }),
            None => Ok(()),
        }
    }

    /// Copies the molecule, its atoms in the order of their ranks. So are the bonds then, because
    /// the search goes through them as well.
    fn copy_by_rank(&mut self, molecule: &Molecule, ranks: Option<&[u32]>) -> Result<(), Reason> {
        let Self { copy, places, .. } = self;
        copy.atoms.clone_from(&molecule.atoms);
        places.clear();
        places.extend(0..molecule.bonds.len() as u32);
        if let Some(ranks) = ranks {
            for (atom, &rank) in molecule.atoms.iter().zip(ranks) {
                copy.atoms[rank as usize] = *atom;
            }
            places.sort_unstable_by_key(|&index| {
                let bond = &molecule.bonds[index as usize];
                let ends = [bond.begin, bond.end].map(|end| ranks[end as usize]);
                (ends[0].min(ends[1]), ends[0].max(ends[1]))
            });
        }
        copy.bonds.clear();
        copy.bonds.extend(places.iter().map(|&index| {
            let mut bond = molecule.bonds[index as usize];
            if let Some(ranks) = ranks {
                let ends = [bond.begin, bond.end].map(|end| ranks[end as usize]);
                // the direction of other bonds than dative ones is a matter of the input
                let is_turned = ends[0] > ends[1] && bond.order != BondOrder::Dative;
                [bond.begin, bond.end] = if is_turned { [ends[1], ends[0]] } else { ends };
            }
            bond
        }));
        copy.has_idle_bonds = molecule.has_idle_bonds;
        copy.build_adjacency()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CanonicalRanking, Parser};

    const SMILES: [&str; 9] = [
        "Cc1ccccc1C",
        "c1ccc2ccccc2c1",
        "c1ccc2[nH]ccc2c1",
        "O=c1cc[nH]cc1",
        "C[n+]1ccccc1.[O-]c1ccccc1",
        "c1ccc(-c2ccccc2)cc1",
        "*1ccccc1",
        "c1ccc2c(c1)ccc1c3ccccc3ccc21",
        "O=n1ccccc1",
    ];

    #[test]
    fn every_atom_keeps_its_valence() {
        let (mut parser, mut kekulizer) = (Parser::new(), Kekulizer::new());
        for smiles in SMILES {
            let molecule = parser.parse(smiles.as_bytes()).unwrap().clone();
            let ranks = CanonicalRanking::new().ranks(&molecule).to_vec();
            for orders in [
                kekulizer.orders(&molecule).unwrap().to_vec(),
                kekulizer.orders_by_rank(&molecule, &ranks).unwrap().to_vec(),
            ] {
                for (index, atom) in molecule.atoms().iter().enumerate().filter(|(_, atom)| atom.is_aromatic)
                {
                    let bonds = molecule.neighbors(index).iter().map(|entry| orders[entry.bond as usize]);
                    let doubles = bonds.filter(|&order| order == BondOrder::Double).count();
                    let expected = match atom.atomic_number {
                        0 | 6 => 1,
                        _ => usize::from(atom.total_hydrogens() == 0),
                    };
                    assert_eq!(doubles, expected, "{smiles}, atom {index}: {orders:?}");
                }
            }
        }
    }

    #[test]
    fn bonds_that_are_not_aromatic_stay() {
        let mut parser = Parser::new();
        let molecule = parser.parse(b"C=CC#CC(=O)c1ccccc1").unwrap();
        let orders = Kekulizer::new().orders(molecule).unwrap().to_vec();
        for (bond, order) in molecule.bonds().iter().zip(orders) {
            assert!(bond.order == order || bond.is_aromatic);
            assert_ne!(order, BondOrder::Aromatic);
        }
    }

    #[test]
    fn order_of_the_atoms_decides_unless_there_are_ranks() {
        let mut parser = Parser::new();
        let mut kekulizer = Kekulizer::new();
        let forward = parser.parse(b"Cc1c(F)cccc1").unwrap().clone();
        let backward = parser.parse(b"Fc1c(C)cccc1").unwrap().clone();
        let between = |molecule: &Molecule, orders: &[BondOrder]| {
            let is_substituted = |atom: u32| molecule.neighbors(atom as usize).len() == 3;
            let mut bonds = molecule.bonds().iter().zip(orders);
            let found = bonds.find(|(bond, _)| is_substituted(bond.begin) && is_substituted(bond.end));
            *found.unwrap().1
        };
        let mut chosen = Vec::new();
        for molecule in [&forward, &backward] {
            let ranks = CanonicalRanking::new().ranks(molecule).to_vec();
            let orders = kekulizer.orders_by_rank(molecule, &ranks).unwrap();
            chosen.push(between(molecule, orders));
        }
        assert_eq!(chosen[0], chosen[1]);
    }
}

//! Quantitative estimate of drug-likeness: Bickerton et al., Nature Chemistry 2012, 4, 90.

use super::hydrogen_bonds::qed_acceptors;
use super::qed_table::{ALERTS, DESIRABILITY, WEIGHTS};
use super::{DescriptorError, Descriptors};
use crate::molecule::{BondOrder, Molecule, Neighbor};
use crate::smarts::{MatchScratch, Pattern, PatternSet};

/// The patterns.
#[derive(Debug)]
pub(super) struct Qed {
    alerts: PatternSet,
}

impl Qed {
    /// Reads the alerts.
    pub fn new() -> Self {
        Self { alerts: PatternSet::new(ALERTS.iter().map(|smarts| Pattern::built_in(smarts)).collect()) }
    }

    /// QED with mean weights, given the other descriptors.
    pub fn compute(
        &self,
        molecule: &Molecule,
        known: &Descriptors,
        scratch: &mut MatchScratch,
    ) -> Result<f64, DescriptorError> {
        let properties = [
            known.molecular_weight,
            known.log_p,
            f64::from(qed_acceptors(molecule)),
            f64::from(known.hydrogen_bond_donors),
            known.polar_surface_area,
            f64::from(known.rotatable_bonds),
            f64::from(rings_left(molecule)),
            self.alerts.count_matching(molecule, scratch)? as f64,
        ];
        let logarithms =
            properties.iter().zip(&DESIRABILITY).map(|(value, row)| desirability(*value, row).ln());
        let sum: f64 = logarithms.zip(&WEIGHTS).map(|(logarithm, weight)| logarithm * weight).sum();
        Ok((sum / WEIGHTS.iter().sum::<f64>()).exp())
    }
}

/// Rings that are left when the atoms of aliphatic rings are taken out: aliphatic ring atoms bound to another.
fn rings_left(molecule: &Molecule) -> u32 {
    if molecule.ring_count() == 0 {
        return 0;
    }
    let is_left = |index: u32| {
        let atom = &molecule.atoms()[index as usize];
        let is_aliphatic = |entry: &Neighbor| {
            matches!(molecule.bonds()[entry.bond as usize].order, BondOrder::Single | BondOrder::Aromatic)
                && !molecule.atoms()[entry.atom as usize].is_aromatic
        };
        !atom.is_in_ring || atom.is_aromatic || !molecule.neighbors(index as usize).iter().any(is_aliphatic)
    };
    // every bond that joins no new parts closes a ring; dative bonds close none, as in the ring search
    let mut root: Vec<u32> = (0..molecule.atoms().len() as u32).collect();
    let mut closing = 0;
    for bond in molecule.bonds() {
        // a bond outside of rings closes none
        let closes_none = matches!(bond.order, BondOrder::Dative | BondOrder::Zero) || !bond.is_in_ring;
        if closes_none || !is_left(bond.begin) || !is_left(bond.end) {
            continue;
        }
        let (first, second) = (find(&mut root, bond.begin), find(&mut root, bond.end));
        closing += u32::from(first == second);
        root[first as usize] = second;
    }
    closing
}

/// Representative of an atom's part, with the way to it shortened.
fn find(root: &mut [u32], mut atom: u32) -> u32 {
    while root[atom as usize] != atom {
        root[atom as usize] = root[root[atom as usize] as usize];
        atom = root[atom as usize];
    }
    atom
}

/// The paper's asymmetric double sigmoid, as a share of its maximum.
fn desirability(value: f64, [a, b, c, d, e, f, maximum]: &[f64; 7]) -> f64 {
    let rising = 1.0 + (-(value - c + d / 2.0) / e).exp();
    let falling = 1.0 + (-(value - c - d / 2.0) / f).exp();
    (a + b / rising * (1.0 - 1.0 / falling)) / maximum
}

//! Quantitative estimate of drug-likeness: Bickerton et al., Nature Chemistry 2012, 4, 90.

use super::patterns::{read, read_all};
use super::qed_table::{ACCEPTORS, ALERTS, DESIRABILITY, WEIGHTS};
use super::{DescriptorError, Descriptors};
use crate::molecule::{BondOrder, Molecule};
use crate::smarts::{MatchScratch, Pattern};

/// The patterns.
#[derive(Debug)]
pub(super) struct Qed {
    acceptors: Vec<Pattern>,
    alerts: Vec<Pattern>,
    aliphatic: Pattern,
}

impl Qed {
    pub fn new() -> Self {
        Self {
            acceptors: read_all(ACCEPTORS.iter().copied()),
            alerts: read_all(ALERTS.iter().copied()),
            aliphatic: read("[$([A;R][!a])]"),
        }
    }

    /// QED with mean weights, given the other descriptors.
    pub fn compute(
        &self,
        molecule: &Molecule,
        known: &Descriptors,
        scratch: &mut MatchScratch,
    ) -> Result<f64, DescriptorError> {
        let mut acceptors = 0;
        for pattern in &self.acceptors {
            acceptors += pattern.count(molecule, scratch, true, usize::MAX)?;
        }
        let mut alerts = 0;
        for pattern in &self.alerts {
            alerts += usize::from(pattern.matches(molecule, scratch)?);
        }
        let properties = [
            known.molecular_weight,
            known.log_p,
            acceptors as f64,
            f64::from(known.hydrogen_bond_donors),
            known.polar_surface_area,
            f64::from(known.rotatable_bonds),
            self.rings_left(molecule, scratch)? as f64,
            alerts as f64,
        ];
        let logarithms =
            properties.iter().zip(&DESIRABILITY).map(|(value, row)| desirability(*value, row).ln());
        let sum: f64 = logarithms.zip(&WEIGHTS).map(|(logarithm, weight)| logarithm * weight).sum();
        Ok((sum / WEIGHTS.iter().sum::<f64>()).exp())
    }

    /// Rings that are left when the atoms of aliphatic rings are taken out.
    fn rings_left(&self, molecule: &Molecule, scratch: &mut MatchScratch) -> Result<usize, DescriptorError> {
        let mut is_left = vec![true; molecule.atoms().len()];
        for atoms in self.aliphatic.find(molecule, scratch, true, usize::MAX)? {
            for atom in atoms {
                is_left[atom as usize] = false;
            }
        }
        // every bond that joins no new parts closes a ring; dative bonds close none, as in the ring search
        let mut root: Vec<u32> = (0..is_left.len() as u32).collect();
        let mut closing = 0;
        for bond in molecule.bonds() {
            let closes_none = matches!(bond.order, BondOrder::Dative | BondOrder::Zero);
            if closes_none || !is_left[bond.begin as usize] || !is_left[bond.end as usize] {
                continue;
            }
            let (first, second) = (find(&mut root, bond.begin), find(&mut root, bond.end));
            closing += usize::from(first == second);
            root[first as usize] = second;
        }
        Ok(closing)
    }
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

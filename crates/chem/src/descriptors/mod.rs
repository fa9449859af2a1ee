//! Descriptors of a molecule, with RDKit's values.
//!
//! ```
//! use soyaku_chem::Parser;
//! use soyaku_chem::descriptors::Calculator;
//!
//! let mut parser = Parser::new();
//! let aspirin = parser.parse(b"CC(=O)Oc1ccccc1C(=O)O")?;
//! let descriptors = Calculator::new().compute(aspirin)?;
//! assert_eq!(descriptors.rotatable_bonds, 2);
//! assert!((descriptors.molecular_weight - 180.159).abs() < 1e-9);
//! assert!((descriptors.log_p - 1.3101).abs() < 1e-9);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod accessibility;
mod counts;
mod crippen;
mod crippen_table;
mod crippen_types;
#[cfg(test)]
mod explicit;
mod fragment_scores;
mod hydrogen_bonds;
mod isotope_table;
mod joints;
mod names;
mod needs;
#[cfg(test)]
mod patterns;
mod qed;
mod qed_table;
mod rings;
mod rotatable;
mod surface;
mod weight;

use thiserror::Error;

use accessibility::Accessibility;
pub use counts::{
    formal_charge, fraction_sp3, heavy_atoms, heteroatoms, nitrogens_and_oxygens, polar_hydrogens,
};
pub use hydrogen_bonds::{acceptors, donors};
use joints::Joints;
pub use names::{Descriptor, UnknownDescriptor};
use needs::Needs;
use qed::Qed;
pub use rings::{RingCounts, ring_counts};
pub use rotatable::rotatable_bonds;
pub use surface::polar_surface_area;
pub use weight::{exact_mass, molecular_weight};

use crate::molecule::Molecule;
use crate::smarts::{MatchError, MatchScratch};
use crate::stereo::Possible;

/// Why descriptors could not be computed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DescriptorError {
    /// A pattern fits in too many ways.
    #[error(transparent)]
    Search(#[from] MatchError),
}

/// The descriptors of one molecule. RDKit's name of each stands in brackets.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Descriptors {
    /// Average molecular weight in g/mol (`MolWt`).
    pub molecular_weight: f64,
    /// Monoisotopic mass in unified atomic mass units (`ExactMolWt`).
    pub exact_mass: f64,
    /// Octanol-water partition, Wildman and Crippen (`MolLogP`).
    pub log_p: f64,
    /// Molar refractivity, Wildman and Crippen (`MolMR`).
    pub molar_refractivity: f64,
    /// Topological polar surface area in square angstroms (`TPSA`).
    pub polar_surface_area: f64,
    /// Quantitative estimate of drug-likeness, 0 to 1 (`qed`).
    pub qed: f64,
    /// Synthetic accessibility by Ertl and Schuffenhauer, 1 to 10 (`sascorer.calculateScore`).
    pub synthetic_accessibility: f64,
    /// Share of carbons with four neighbours (`FractionCSP3`).
    pub fraction_sp3: f64,
    /// Atoms heavier than hydrogen (`HeavyAtomCount`).
    pub heavy_atoms: u32,
    /// Atoms that are neither carbon nor hydrogen (`NumHeteroatoms`).
    pub heteroatoms: u32,
    /// Sum of formal charges (`GetFormalCharge`).
    pub formal_charge: i32,
    /// Hydrogen bond acceptors (`NumHAcceptors`).
    pub hydrogen_bond_acceptors: u32,
    /// Hydrogen bond donors (`NumHDonors`).
    pub hydrogen_bond_donors: u32,
    /// Fulfilled rules of Lipinski's: weight at most 500, logP at most 5, at most 10 acceptors and 5 donors, as
    /// ADMET-AI counts them; 0 to 4.
    pub lipinski_rules: u32,
    /// Rotatable bonds by the strict definition, RDKit's default (`NumRotatableBonds`).
    pub rotatable_bonds: u32,
    /// Nitrogens and oxygens (`NOCount`).
    pub nitrogens_and_oxygens: u32,
    /// Hydrogens on nitrogens and oxygens (`NHOHCount`).
    pub polar_hydrogens: u32,
    /// Tetrahedral stereocentres, with a tag or without (`CalcNumAtomStereoCenters`).
    pub stereo_centers: u32,
    /// Those without a tag (`CalcNumUnspecifiedAtomStereoCenters`).
    pub unspecified_stereo_centers: u32,
    /// Atoms that are all that two rings share (`CalcNumSpiroAtoms`).
    pub spiro_atoms: u32,
    /// Ends of the paths of two bonds or more that two rings share (`CalcNumBridgeheadAtoms`).
    pub bridgehead_atoms: u32,
    /// Rings by kind (`RingCount`, `NumAromaticRings`, ...).
    pub rings: RingCounts,
}

/// Computes descriptors: the patterns, read once, and the buffers of one thread.
#[derive(Debug)]
pub struct Calculator {
    needs: Needs,
    /// The alerts, read where they are needed.
    qed: Option<Qed>,
    stereo: Possible,
    joints: Joints,
    accessibility: Accessibility,
    scratch: MatchScratch,
}

impl Default for Calculator {
    fn default() -> Self {
        Self::new()
    }
}

impl Calculator {
    /// A calculator of all descriptors.
    pub fn new() -> Self {
        Self::for_descriptors(Descriptor::ALL)
    }

    /// A calculator of some descriptors. Others in the result are 0, or right where they come with those asked for.
    ///
    /// ```
    /// use soyaku_chem::Parser;
    /// use soyaku_chem::descriptors::{Calculator, Descriptor};
    ///
    /// let mut calculator = Calculator::for_descriptors(&[Descriptor::MolWt]);
    /// let water = calculator.compute(Parser::new().parse(b"O")?)?;
    /// assert!((water.molecular_weight - 18.015).abs() < 1e-9);
    /// assert_eq!(water.polar_surface_area, 0.0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn for_descriptors(wanted: &[Descriptor]) -> Self {
        let needs = Needs::of(wanted);
        Self {
            needs,
            qed: needs.contains(Needs::QED).then(Qed::new),
            stereo: Possible::default(),
            joints: Joints::default(),
            accessibility: Accessibility::new(),
            scratch: MatchScratch::new(),
        }
    }

    /// The descriptors of a molecule.
    ///
    /// # Errors
    /// Where the search for a structural alert, for QED, is given up.
    pub fn compute(&mut self, molecule: &Molecule) -> Result<Descriptors, DescriptorError> {
        let Self { needs, scratch, .. } = self;
        let mut of = Descriptors::default();
        if needs.contains(Needs::MASS) {
            of.molecular_weight = molecular_weight(molecule);
            of.exact_mass = exact_mass(molecule);
        }
        if needs.contains(Needs::COUNTS) {
            of.fraction_sp3 = fraction_sp3(molecule);
            of.heavy_atoms = heavy_atoms(molecule);
            of.heteroatoms = heteroatoms(molecule);
            of.formal_charge = formal_charge(molecule);
            of.nitrogens_and_oxygens = nitrogens_and_oxygens(molecule);
            of.polar_hydrogens = polar_hydrogens(molecule);
        }
        if needs.contains(Needs::RINGS) {
            of.rings = ring_counts(molecule);
        }
        if needs.contains(Needs::CRIPPEN) {
            (of.log_p, of.molar_refractivity) = crippen::compute(molecule);
        }
        if needs.contains(Needs::SURFACE) {
            of.polar_surface_area = polar_surface_area(molecule);
        }
        if needs.contains(Needs::ACCEPTORS) {
            of.hydrogen_bond_acceptors = acceptors(molecule);
        }
        if needs.contains(Needs::DONORS) {
            of.hydrogen_bond_donors = donors(molecule);
        }
        if needs.contains(Needs::ROTATABLE) {
            of.rotatable_bonds = rotatable_bonds(molecule);
        }
        if needs.contains(Needs::LIPINSKI) {
            of.lipinski_rules = counts::lipinski_rules(&of);
        }
        if let Some(qed) = &self.qed {
            of.qed = qed.compute(molecule, &of, scratch)?;
        }
        if needs.contains(Needs::STEREO) {
            let centers = self.stereo.count(molecule);
            (of.stereo_centers, of.unspecified_stereo_centers) = (centers.all, centers.unspecified);
        }
        if needs.contains(Needs::RING_JOINTS) {
            (of.spiro_atoms, of.bridgehead_atoms) = self.joints.count(molecule);
        }
        if needs.contains(Needs::ACCESSIBILITY) {
            of.synthetic_accessibility = self.accessibility.compute(molecule, &of);
        }
        Ok(of)
    }
}

#[cfg(test)]
mod tests;

//! The list of all descriptors, for whoever chooses some by name.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use thiserror::Error;

use super::Descriptors;

/// Declares [`Descriptor`] and its facts from one list. A line is: variant, column name, RDKit's function, unit,
/// whether values are whole numbers, and the value.
macro_rules! descriptors {
    ($($(#[$doc:meta])* $variant:ident, $name:literal, $reference:literal, $unit:literal, $is_integer:literal,
        $value:expr;)*) => {
        /// One descriptor, named as RDKit names it.
        ///
        /// ```
        /// use soyaku_chem::descriptors::Descriptor;
        ///
        /// let descriptor: Descriptor = "MolLogP".parse()?;
        /// assert_eq!(descriptor, Descriptor::MolLogP);
        /// assert!("logp".parse::<Descriptor>().unwrap_err().to_string().contains("MolLogP"));
        /// # Ok::<(), soyaku_chem::descriptors::UnknownDescriptor>(())
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Descriptor {
            $($(#[$doc])* $variant,)*
        }

        impl Descriptor {
            /// All of them, in the order in which tables have them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Name of the column, as RDKit has it where RDKit has the descriptor.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// RDKit's function of the same value, or what the value follows.
            pub const fn reference(self) -> &'static str {
                match self { $(Self::$variant => $reference,)* }
            }

            /// Unit of the values; empty for plain numbers.
            pub const fn unit(self) -> &'static str {
                match self { $(Self::$variant => $unit,)* }
            }

            /// All values are whole numbers.
            pub const fn is_integer(self) -> bool {
                match self { $(Self::$variant => $is_integer,)* }
            }

            /// The value among those of a molecule.
            pub fn value(self, descriptors: &Descriptors) -> f64 {
                match self { $(Self::$variant => { let value: fn(&Descriptors) -> f64 = $value; value(descriptors) })* }
            }
        }
    };
}

descriptors! {
    /// Average molecular weight.
    MolWt, "MolWt", "Descriptors.MolWt", "g/mol", false, |of| of.molecular_weight;
    /// Monoisotopic mass.
    ExactMolWt, "ExactMolWt", "Descriptors.ExactMolWt", "u", false, |of| of.exact_mass;
    /// Octanol-water partition, Wildman and Crippen.
    MolLogP, "MolLogP", "Crippen.MolLogP", "", false, |of| of.log_p;
    /// Molar refractivity, Wildman and Crippen.
    MolMR, "MolMR", "Crippen.MolMR", "cm3/mol", false, |of| of.molar_refractivity;
    /// Topological polar surface area.
    Tpsa, "TPSA", "rdMolDescriptors.CalcTPSA", "angstrom^2", false, |of| of.polar_surface_area;
    /// Hydrogen bond acceptors.
    NumHAcceptors, "NumHAcceptors", "Lipinski.NumHAcceptors", "", true, |of| of.hydrogen_bond_acceptors.into();
    /// Hydrogen bond donors.
    NumHDonors, "NumHDonors", "Lipinski.NumHDonors", "", true, |of| of.hydrogen_bond_donors.into();
    /// Fulfilled rules of Lipinski's five, 0 to 4.
    Lipinski, "Lipinski", "admet_ai.physchem.lipinski_rule_of_five", "", true, |of| of.lipinski_rules.into();
    /// Rotatable bonds.
    NumRotatableBonds, "NumRotatableBonds", "Lipinski.NumRotatableBonds", "", true, |of| of.rotatable_bonds.into();
    /// Rings.
    RingCount, "RingCount", "Lipinski.RingCount", "", true, |of| of.rings.rings.into();
    /// Rings of aromatic bonds.
    NumAromaticRings, "NumAromaticRings", "Lipinski.NumAromaticRings", "", true, |of| of.rings.aromatic.into();
    /// Rings with a bond that is not aromatic.
    NumAliphaticRings, "NumAliphaticRings", "Lipinski.NumAliphaticRings", "", true, |of| of.rings.aliphatic.into();
    /// Rings of single bonds.
    NumSaturatedRings, "NumSaturatedRings", "Lipinski.NumSaturatedRings", "", true, |of| of.rings.saturated.into();
    /// Rings with an atom that is not carbon.
    NumHeterocycles, "NumHeterocycles", "Lipinski.NumHeterocycles", "", true, |of| of.rings.hetero.into();
    /// Aromatic rings with an atom that is not carbon.
    NumAromaticHeterocycles, "NumAromaticHeterocycles", "Lipinski.NumAromaticHeterocycles", "", true,
        |of| of.rings.aromatic_hetero.into();
    /// Share of carbons with four neighbours.
    FractionCSP3, "FractionCSP3", "Lipinski.FractionCSP3", "", false, |of| of.fraction_sp3;
    /// Atoms heavier than hydrogen.
    HeavyAtomCount, "HeavyAtomCount", "Lipinski.HeavyAtomCount", "", true, |of| of.heavy_atoms.into();
    /// Atoms that are neither carbon nor hydrogen.
    NumHeteroatoms, "NumHeteroatoms", "Lipinski.NumHeteroatoms", "", true, |of| of.heteroatoms.into();
    /// Hydrogens on nitrogens and oxygens.
    NHOHCount, "NHOHCount", "Lipinski.NHOHCount", "", true, |of| of.polar_hydrogens.into();
    /// Nitrogens and oxygens.
    NOCount, "NOCount", "Lipinski.NOCount", "", true, |of| of.nitrogens_and_oxygens.into();
    /// Sum of formal charges.
    FormalCharge, "FormalCharge", "Chem.GetFormalCharge", "e", true, |of| of.formal_charge.into();
    /// Tetrahedral stereocentres, tagged or not.
    NumAtomStereoCenters, "NumAtomStereoCenters", "rdMolDescriptors.CalcNumAtomStereoCenters", "", true,
        |of| of.stereo_centers.into();
    /// Tetrahedral stereocentres without a tag.
    NumUnspecifiedAtomStereoCenters, "NumUnspecifiedAtomStereoCenters",
        "rdMolDescriptors.CalcNumUnspecifiedAtomStereoCenters", "", true,
        |of| of.unspecified_stereo_centers.into();
    /// Atoms that two rings share alone.
    NumSpiroAtoms, "NumSpiroAtoms", "rdMolDescriptors.CalcNumSpiroAtoms", "", true, |of| of.spiro_atoms.into();
    /// Ends of what two rings share of at least two bonds.
    NumBridgeheadAtoms, "NumBridgeheadAtoms", "rdMolDescriptors.CalcNumBridgeheadAtoms", "", true,
        |of| of.bridgehead_atoms.into();
    /// Quantitative estimate of drug-likeness, 0 to 1.
    Qed, "QED", "QED.qed", "", false, |of| of.qed;
    /// Synthetic accessibility, 1 (easy) to 10.
    SaScore, "SAscore", "Contrib.SA_Score.sascorer.calculateScore", "", false, |of| of.synthetic_accessibility;
}

/// A name that no descriptor has.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("unknown descriptor {name:?}; known are {known}", known = names())]
pub struct UnknownDescriptor {
    /// The name as given.
    pub name: String,
}

fn names() -> String {
    let names: Vec<&str> = Descriptor::ALL.iter().map(|descriptor| descriptor.name()).collect();
    names.join(", ")
}

impl FromStr for Descriptor {
    type Err = UnknownDescriptor;

    /// Capitals and small letters count as the same.
    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let is_named = |descriptor: &&Self| descriptor.name().eq_ignore_ascii_case(name.trim());
        let found = Self::ALL.iter().find(is_named).copied();
        found.ok_or_else(|| UnknownDescriptor { name: name.to_owned() })
    }
}

impl Display for Descriptor {
    fn fmt(&self, formatter: &mut Formatter) -> fmt::Result {
        formatter.pad(self.name())
    }
}

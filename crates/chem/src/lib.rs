//! Molecules as RDKit 2026.9.1 understands them: SMILES in, perception, fingerprints out.
//!
//! ```
//! use soyaku_chem::Parser;
//!
//! let mut parser = Parser::new();
//! let aspirin = parser.parse(b"CC(=O)Oc1ccccc1C(=O)O")?;
//! assert_eq!(aspirin.atoms().len(), 13);
//! assert_eq!(aspirin.atoms().iter().filter(|atom| atom.is_aromatic).count(), 6);
//! # Ok::<(), soyaku_chem::Error>(())
//! ```
#![forbid(unsafe_code)]

pub mod alerts;
mod aromaticity;
mod canonical;
mod cleanup;
mod conjugation;
pub mod descriptors;
pub mod edit;
mod element_table;
mod elements;
mod error;
pub mod fingerprint;
pub mod fps;
mod hybridization;
mod hydrogens;
mod isotope_table;
mod kekulize;
mod key;
pub mod molecule;
mod organometallics;
mod parser;
mod radicals;
mod rings;
mod scaffold;
pub mod sdf;
pub mod smarts;
mod smiles_writer;
mod stages;
pub mod standardize;
mod stereo;
mod syntax;
mod valence;

pub use canonical::CanonicalRanking;
pub use error::{Error, ErrorKind};
pub use kekulize::Kekulizer;
pub use key::{KeyMaker, KeyOptions, MoleculeKey};
pub use molecule::{
    Atom, Bond, BondDirection, BondOrder, BondStereo, Chirality, Hybridization, Molecule, Neighbor,
};
pub use parser::Parser;
pub use scaffold::ScaffoldFinder;
pub use smiles_writer::{SmilesOptions, SmilesWriter};

/// The release whose behaviour this crate follows, as files record it.
pub const REFERENCE: &str = "RDKit 2026.9.1";

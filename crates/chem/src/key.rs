//! One short key for one compound.

use std::fmt::{self, Display, Formatter};

use sha2::{Digest, Sha256};

use crate::canonical::colors::is_configured;
use crate::molecule::{BondStereo, Chirality, Molecule};
use crate::parser::Parser;
use crate::smiles_writer::{SmilesOptions, SmilesWriter};

/// What is hashed before the text; it changes whenever the keys do.
const PREFIX: &[u8] = b"soyaku-key/1 ";

/// The key of a compound: the same however it was written, on every machine.
///
/// It is the first 16 bytes of the SHA-256 of `soyaku-key/1 ` and the compound's canonical SMILES
/// ([`SmilesWriter`], without atom map numbers). The number says which version of keys it is: keys of
/// one version can be stored and compared with later ones. Among a billion compounds the odds that
/// any two share a key by chance are below 10⁻²⁰.
///
/// Tautomers, salts and charge states are different compounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MoleculeKey([u8; 16]);

impl MoleculeKey {
    /// The version of the keys that this program makes.
    pub const VERSION: u32 = 1;

    /// The key as bytes.
    pub fn to_bytes(self) -> [u8; 16] {
        self.0
    }

    /// A key from its bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }
}

/// 32 hexadecimal digits.
impl Display for MoleculeKey {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

/// What makes two compounds different.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyOptions {
    /// Tetrahedral centres and configurations of double bonds.
    pub stereo: bool,
    /// Mass numbers.
    pub isotopes: bool,
}

impl Default for KeyOptions {
    fn default() -> Self {
        Self { stereo: true, isotopes: true }
    }
}

/// Makes keys. Keeps its buffers: one per thread.
///
/// ```
/// use soyaku_chem::{KeyMaker, KeyOptions, Parser};
///
/// let mut parser = Parser::new();
/// let mut keys = KeyMaker::new(KeyOptions::default());
/// let benzene = keys.key(parser.parse(b"C1=CC=CC=C1")?);
/// assert_eq!(keys.key(parser.parse(b"c1ccccc1")?), benzene);
/// assert_ne!(keys.key(parser.parse(b"c1ccccc1[2H]")?), benzene);
/// # Ok::<(), soyaku_chem::Error>(())
/// ```
#[derive(Debug)]
pub struct KeyMaker {
    options: KeyOptions,
    writer: SmilesWriter,
    copy: Molecule,
    parser: Parser,
}

impl KeyMaker {
    /// A maker of keys with empty buffers.
    pub fn new(options: KeyOptions) -> Self {
        let smiles = SmilesOptions { atom_maps: false, ..SmilesOptions::default() };
        let writer = SmilesWriter::new(smiles);
        Self { options, writer, copy: Molecule::default(), parser: Parser::new() }
    }

    /// The key of a molecule.
    pub fn key(&mut self, molecule: &Molecule) -> MoleculeKey {
        let digest = Sha256::new().chain_update(PREFIX).chain_update(self.text(molecule)).finalize();
        let mut key = [0; 16];
        key.copy_from_slice(&digest[..16]);
        MoleculeKey(key)
    }

    /// The canonical SMILES that the key is made of. What does not count is taken away first, and
    /// then what needed it: a centre whose arms differed in their isotopes only is none any more,
    /// and deuterium that counts as hydrogen is no atom of its own.
    pub fn text(&mut self, molecule: &Molecule) -> &str {
        let KeyOptions { stereo, isotopes } = self.options;
        let is_plain = molecule.atoms.iter().all(|atom| {
            atom.atom_map == 0
                && (isotopes || atom.isotope == 0)
                && (stereo || atom.chirality == Chirality::None)
        }) && (stereo || !molecule.bonds.iter().any(is_configured));
        if is_plain {
            return self.writer.write(molecule);
        }
        self.copy.clone_from(molecule);
        for atom in &mut self.copy.atoms {
            atom.atom_map = 0;
            if !isotopes {
                atom.isotope = 0;
            }
            if !stereo {
                atom.chirality = Chirality::None;
            }
        }
        if !stereo {
            for bond in &mut self.copy.bonds {
                bond.stereo = BondStereo::None;
            }
        }
        let text = self.writer.write(&self.copy).to_owned();
        match self.parser.parse(text.as_bytes()) {
            Ok(again) => self.writer.write(again),
            // never seen: the text was made from a molecule; it is as good a name as any
            Err(_) => self.writer.write(&self.copy),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXACT: KeyOptions = KeyOptions { stereo: true, isotopes: true };
    const NO_STEREO: KeyOptions = KeyOptions { stereo: false, isotopes: true };
    const NO_ISOTOPES: KeyOptions = KeyOptions { stereo: true, isotopes: false };
    const FLAT: KeyOptions = KeyOptions { stereo: false, isotopes: false };

    fn key(smiles: &str, options: KeyOptions) -> MoleculeKey {
        KeyMaker::new(options).key(Parser::new().parse(smiles.as_bytes()).unwrap())
    }

    #[test]
    fn keys_are_what_the_documentation_says() {
        // hashlib.sha256(b"soyaku-key/1 CCO").hexdigest()[:32]
        for smiles in ["CCO", "OCC", "C(O)C", "[CH3][CH2][OH]", "[CH3:4]CO"] {
            assert_eq!(key(smiles, EXACT).to_string(), "e965128db0a4f3b8980acaf251a73e9c", "{smiles}");
        }
        let bytes = key("CCO", EXACT).to_bytes();
        assert_eq!(MoleculeKey::from_bytes(bytes), key("CCO", FLAT));
    }

    #[test]
    fn options_say_what_counts() {
        let cases = [
            ("C[C@H](N)O", "C[C@@H](N)O", [false, true, false, true]),
            ("C/C=C/F", "C/C=C\\F", [false, true, false, true]),
            ("[13CH3]CO", "CCO", [false, false, true, true]),
            ("[2H]CCO", "CCO", [false, false, true, true]),
            ("[2H]C([2H])([2H])[C@H](C)O", "C[C@@H](C)O", [false, false, true, true]),
            ("[13CH3][C@H](C)O", "CC(C)O", [false, false, true, true]),
            ("[H]/N=C/C", "N=CC", [false, true, false, true]),
            ("[CH3:1][C@H](O)[CH3:2]", "CC(C)O", [true; 4]),
            ("C[CH:3]=O", "CC=O", [true; 4]),
            ("CC(=O)C", "CC(O)=C", [false; 4]),
            ("CC(=O)[O-]", "CC(=O)O", [false; 4]),
            ("[Na+].[Cl-]", "[Cl-].[Na+]", [true; 4]),
        ];
        for (first, second, expected) in cases {
            let same = [EXACT, NO_STEREO, NO_ISOTOPES, FLAT]
                .map(|options| key(first, options) == key(second, options));
            assert_eq!(same, expected, "{first} {second}");
        }
    }
}

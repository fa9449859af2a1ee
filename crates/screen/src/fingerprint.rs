//! Fingerprints by name: `morgan2_2048`, `rdkit_2048`.

use std::fmt;
use std::str::FromStr;

use soyaku_chem::fingerprint::{
    AtomPair, AtomPairOptions, Fingerprint, Morgan, MorganOptions, RdkitPath, RdkitPathOptions,
    TopologicalTorsion, TopologicalTorsionOptions,
};
use soyaku_chem::{Error, Molecule};
use soyaku_store::FingerprintKind;

/// What a fingerprint looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FingerprintType {
    /// Circular environments up to a radius (Morgan; radius 2 is ECFP4).
    Morgan {
        /// Radius in bonds.
        radius: u32,
    },
    /// Pairs of atoms and their distance, with count simulation as RDKit has it by default.
    AtomPair,
    /// Chains of four atoms, with count simulation as RDKit has it by default.
    Torsion,
    /// Paths and branched subgraphs of one to seven bonds.
    Rdkit,
}

/// A fingerprint with RDKit's bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FingerprintSpec {
    /// What it looks at.
    pub kind: FingerprintType,
    /// Bits, a multiple of 64 up to 16,384.
    pub bits: u32,
    /// Whether stereochemistry counts.
    pub chiral: bool,
}

/// The name says no fingerprint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown fingerprint '{0}': expected morganR_BITS, atompair_BITS or torsion_BITS (each also with _chiral) or \
     rdkit_BITS, such as morgan2_2048, with R from 0 to 9 and BITS a multiple of 64 up to 16384"
)]
pub struct UnknownFingerprint(String);

impl Default for FingerprintSpec {
    fn default() -> Self {
        Self { kind: FingerprintType::Morgan { radius: 2 }, bits: 2048, chiral: false }
    }
}

impl FingerprintSpec {
    /// 64-bit words of one fingerprint.
    pub fn words(&self) -> usize {
        self.bits as usize / 64
    }

    /// A generator, one for each thread.
    pub fn generator(&self) -> Generator {
        let use_chirality = self.chiral;
        let method = match self.kind {
            FingerprintType::Morgan { radius } => Method::Morgan(Box::new(Morgan::new(MorganOptions {
                radius,
                use_chirality,
                ..Default::default()
            }))),
            FingerprintType::AtomPair => Method::AtomPair(Box::new(AtomPair::new(AtomPairOptions {
                use_chirality,
                ..Default::default()
            }))),
            FingerprintType::Torsion => {
                Method::Torsion(Box::new(TopologicalTorsion::new(TopologicalTorsionOptions {
                    use_chirality,
                })))
            }
            FingerprintType::Rdkit => Method::Rdkit(Box::new(RdkitPath::new(RdkitPathOptions::default()))),
        };
        Generator { method, bits: self.bits }
    }

    /// How the fingerprint is described in a library.
    pub fn kind(&self) -> FingerprintKind {
        let kind =
            FingerprintKind::new(self.to_string(), self.bits as usize).with_text("type", self.type_name());
        let kind = match self.kind {
            FingerprintType::Morgan { radius } => kind.with_integer("radius", i64::from(radius)),
            _ => kind,
        };
        kind.with_integer("chirality", i64::from(self.chiral)).with_text("reference", soyaku_chem::REFERENCE)
    }

    fn type_name(&self) -> &'static str {
        match self.kind {
            FingerprintType::Morgan { .. } => "morgan",
            FingerprintType::AtomPair => "atompair",
            FingerprintType::Torsion => "torsion",
            FingerprintType::Rdkit => "rdkit",
        }
    }
}

impl fmt::Display for FingerprintSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.type_name())?;
        if let FingerprintType::Morgan { radius } = self.kind {
            write!(f, "{radius}")?;
        }
        write!(f, "_{}{}", self.bits, if self.chiral { "_chiral" } else { "" })
    }
}

impl FromStr for FingerprintSpec {
    type Err = UnknownFingerprint;

    fn from_str(text: &str) -> Result<Self, UnknownFingerprint> {
        let parse = || {
            let (rest, chiral) = match text.strip_suffix("_chiral") {
                Some(rest) => (rest, true),
                None => (text, false),
            };
            let (name, bits) = rest.split_once('_')?;
            let kind = match name {
                "atompair" => FingerprintType::AtomPair,
                "torsion" => FingerprintType::Torsion,
                "rdkit" => FingerprintType::Rdkit,
                _ => FingerprintType::Morgan { radius: name.strip_prefix("morgan")?.parse().ok()? },
            };
            let spec = Self { kind, bits: bits.parse().ok()?, chiral };
            let fits = match kind {
                FingerprintType::Morgan { radius } => radius <= 9,
                FingerprintType::Rdkit => !chiral,
                _ => true,
            };
            let size = (64..=16_384).contains(&spec.bits) && spec.bits.is_multiple_of(64);
            // One name for one fingerprint: no leading zeros or signs.
            (fits && size && spec.to_string() == text).then_some(spec)
        };
        parse().ok_or_else(|| UnknownFingerprint(text.to_owned()))
    }
}

/// Makes fingerprints of one kind; keeps its work space.
pub struct Generator {
    method: Method,
    bits: u32,
}

enum Method {
    Morgan(Box<Morgan>),
    AtomPair(Box<AtomPair>),
    Torsion(Box<TopologicalTorsion>),
    Rdkit(Box<RdkitPath>),
}

impl Generator {
    /// Writes the fingerprint: bit `b` is bit `b % 64` of word `b / 64`.
    ///
    /// # Errors
    /// The molecule has more features than are enumerated (16,777,216).
    pub fn write(&mut self, molecule: &Molecule, out: &mut [u64]) -> Result<(), Error> {
        match &mut self.method {
            Method::Morgan(morgan) => {
                morgan.bits(molecule, self.bits, out);
                Ok(())
            }
            Method::AtomPair(pairs) => pairs.count_simulation_bits(molecule, self.bits, out),
            Method::Torsion(torsions) => torsions.count_simulation_bits(molecule, self.bits, out),
            Method::Rdkit(paths) => paths.bits(molecule, self.bits, out),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for name in [
            "morgan2_2048",
            "morgan3_1024",
            "morgan0_64_chiral",
            "morgan9_16384",
            "atompair_2048",
            "torsion_1024_chiral",
            "rdkit_2048",
        ] {
            assert_eq!(name.parse::<FingerprintSpec>().unwrap().to_string(), name);
        }
        assert_eq!(FingerprintSpec::default().to_string(), "morgan2_2048");
    }

    #[test]
    fn nonsense_is_refused() {
        for name in [
            "",
            "morgan",
            "morgan2",
            "morgan2_2000",
            "morgan10_2048",
            "morgan02_2048",
            "ecfp4",
            "morgan2_32768",
            "rdkit_2048_chiral",
            "rdkit7_2048",
            "atompair",
            "_2048",
        ] {
            let error = name.parse::<FingerprintSpec>().unwrap_err().to_string();
            assert!(error.contains("morgan2_2048"), "{error}");
        }
    }
}

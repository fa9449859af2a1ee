//! Fingerprints by name: `morgan2_2048`, `rdkit_2048`, `maccs`.

use std::fmt;
use std::str::FromStr;

use soyaku_chem::fingerprint::{
    AtomInvariants, AtomPair, AtomPairOptions, Fingerprint, MACCS_BITS, MaccsKeys, Morgan, MorganOptions,
    RdkitPath, RdkitPathOptions, TopologicalTorsion, TopologicalTorsionOptions,
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
    /// Circular environments of atoms told apart by their roles in binding (FCFP).
    Feature {
        /// Radius in bonds: 2 is FCFP4.
        radius: u32,
    },
    /// Pairs of atoms and their distance, with count simulation as RDKit has it by default.
    AtomPair,
    /// Chains of four atoms, with count simulation as RDKit has it by default.
    Torsion,
    /// Paths and branched subgraphs of one to seven bonds.
    Rdkit,
    /// The 166 MACCS keys: key `k` is bit `k`.
    Maccs,
}

/// A fingerprint with RDKit's bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FingerprintSpec {
    /// What it looks at.
    pub kind: FingerprintType,
    /// Bits, a multiple of 64 up to 16,384. MACCS keys have 192, of which 1 to 166 are used.
    pub bits: u32,
    /// Whether stereochemistry counts.
    pub chiral: bool,
}

/// The name says no fingerprint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown fingerprint '{0}': expected morganR_BITS, fcfpR_BITS, atompair_BITS or torsion_BITS (each also with \
     _chiral), rdkit_BITS or maccs, such as morgan2_2048, with R, the radius, from 0 to 9 and BITS a multiple of 64 \
     up to 16384"
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

    /// Bits that mean something: all but the ones that fill up the words of MACCS keys.
    pub fn used_bits(&self) -> usize {
        match self.kind {
            FingerprintType::Maccs => MACCS_BITS as usize,
            _ => self.bits as usize,
        }
    }

    /// A generator, one for each thread.
    pub fn generator(&self) -> Generator {
        let use_chirality = self.chiral;
        let circular = |radius, invariants| {
            let options = MorganOptions { radius, use_chirality, invariants, ..Default::default() };
            Method::Morgan(Box::new(Morgan::new(options)))
        };
        let method = match self.kind {
            FingerprintType::Morgan { radius } => circular(radius, AtomInvariants::Connectivity),
            FingerprintType::Feature { radius } => circular(radius, AtomInvariants::Features),
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
            FingerprintType::Maccs => Method::Maccs(Box::new(MaccsKeys::new())),
        };
        Generator { method, bits: self.bits }
    }

    /// How the fingerprint is described in a library.
    pub fn kind(&self) -> FingerprintKind {
        let kind =
            FingerprintKind::new(self.to_string(), self.bits as usize).with_text("type", self.type_name());
        let kind = match self.radius() {
            Some(radius) => kind.with_integer("radius", i64::from(radius)),
            None => kind,
        };
        kind.with_integer("chirality", i64::from(self.chiral)).with_text("reference", soyaku_chem::REFERENCE)
    }

    fn radius(&self) -> Option<u32> {
        match self.kind {
            FingerprintType::Morgan { radius } | FingerprintType::Feature { radius } => Some(radius),
            _ => None,
        }
    }

    fn type_name(&self) -> &'static str {
        match self.kind {
            FingerprintType::Morgan { .. } => "morgan",
            FingerprintType::Feature { .. } => "fcfp",
            FingerprintType::AtomPair => "atompair",
            FingerprintType::Torsion => "torsion",
            FingerprintType::Rdkit => "rdkit",
            FingerprintType::Maccs => "maccs",
        }
    }
}

/// Bits of the whole words that the MACCS keys take.
const MACCS_STORED: u32 = MACCS_BITS.next_multiple_of(64);

impl fmt::Display for FingerprintSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.type_name())?;
        if self.kind == FingerprintType::Maccs {
            return Ok(());
        }
        if let Some(radius) = self.radius() {
            write!(f, "{radius}")?;
        }
        write!(f, "_{}{}", self.bits, if self.chiral { "_chiral" } else { "" })
    }
}

impl FromStr for FingerprintSpec {
    type Err = UnknownFingerprint;

    fn from_str(text: &str) -> Result<Self, UnknownFingerprint> {
        let parse = || {
            if text == "maccs" {
                return Some(Self { kind: FingerprintType::Maccs, bits: MACCS_STORED, chiral: false });
            }
            let (rest, chiral) = match text.strip_suffix("_chiral") {
                Some(rest) => (rest, true),
                None => (text, false),
            };
            let (name, bits) = rest.split_once('_')?;
            let kind = match name {
                "atompair" => FingerprintType::AtomPair,
                "torsion" => FingerprintType::Torsion,
                "rdkit" => FingerprintType::Rdkit,
                _ => match name.strip_prefix("fcfp") {
                    Some(radius) => FingerprintType::Feature { radius: radius.parse().ok()? },
                    None => FingerprintType::Morgan { radius: name.strip_prefix("morgan")?.parse().ok()? },
                },
            };
            let spec = Self { kind, bits: bits.parse().ok()?, chiral };
            let fits = match kind {
                FingerprintType::Rdkit => !chiral,
                _ => spec.radius().is_none_or(|radius| radius <= 9),
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
    Maccs(Box<MaccsKeys>),
}

impl Generator {
    /// Writes the fingerprint: bit `b` is bit `b % 64` of word `b / 64`.
    ///
    /// # Errors
    /// The molecule has more features than are enumerated (16,777,216).
    ///
    /// # Panics
    /// If `out` does not have [`FingerprintSpec::words`] words.
    pub fn write(&mut self, molecule: &Molecule, out: &mut [u64]) -> Result<(), Error> {
        match &mut self.method {
            Method::Morgan(morgan) => {
                morgan.bits(molecule, self.bits, out);
                Ok(())
            }
            Method::AtomPair(pairs) => pairs.count_simulation_bits(molecule, self.bits, out),
            Method::Torsion(torsions) => torsions.count_simulation_bits(molecule, self.bits, out),
            Method::Rdkit(paths) => paths.bits(molecule, self.bits, out),
            Method::Maccs(keys) => keys.bits(molecule, out),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use soyaku_store::AttributeValue;

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
            "fcfp2_2048",
            "fcfp3_1024_chiral",
            "maccs",
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
            "fcfp_2048",
            "fcfp10_2048",
            "fcfp02_2048",
            "maccs_192",
            "maccs_chiral",
            "MACCS",
        ] {
            let error = name.parse::<FingerprintSpec>().unwrap_err().to_string();
            assert!(error.contains("morgan2_2048"), "{error}");
        }
    }

    /// What the generator of a name makes of a molecule, in the words that the name says.
    fn bits_of(name: &str, smiles: &str) -> Vec<usize> {
        let spec: FingerprintSpec = name.parse().unwrap();
        let mut out = vec![u64::MAX; spec.words()];
        let mut parser = soyaku_chem::Parser::new();
        spec.generator().write(parser.parse(smiles.as_bytes()).unwrap(), &mut out).unwrap();
        (0..spec.bits as usize).filter(|bit| out[bit / 64] >> (bit % 64) & 1 == 1).collect()
    }

    #[test]
    fn names_give_the_fingerprints_of_rdkit() {
        // RDKit: GetMorganGenerator(2), the same with GetMorganFeatureAtomInvGen(), GetMACCSKeysFingerprint
        assert_eq!(bits_of("morgan2_2048", "OC=O"), [312, 379, 650, 694, 807, 1004]);
        assert_eq!(bits_of("fcfp2_2048", "OC=O"), [1, 2, 32, 121, 1048, 1950]);
        assert_eq!(bits_of("maccs", "OC=O"), [123, 139, 154, 157, 159, 164]);
    }

    #[test]
    fn a_library_says_what_it_holds() {
        let kind = |name: &str| name.parse::<FingerprintSpec>().unwrap().kind();
        let maccs = kind("maccs");
        assert_eq!((maccs.bits, maccs.words()), (192, 3));
        assert!(maccs.attributes.iter().all(|(name, _)| name != "radius"));
        let feature = kind("fcfp3_1024");
        assert_eq!((feature.bits, feature.words()), (1024, 16));
        assert!(feature.attributes.contains(&("radius".to_owned(), AttributeValue::Integer(3))));
        assert!(feature.attributes.contains(&("type".to_owned(), AttributeValue::Text("fcfp".to_owned()))));
    }
}

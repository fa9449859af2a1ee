//! Fingerprints by name: `morgan2_2048`.

use std::fmt;
use std::str::FromStr;

use soyaku_chem::fingerprint::{Morgan, MorganOptions};
use soyaku_store::FingerprintKind;

/// A Morgan fingerprint of some radius and size, with or without chirality.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FingerprintSpec {
    /// Radius in bonds: 2 is ECFP4.
    pub radius: u32,
    /// Bits, a multiple of 64 up to 16,384.
    pub bits: u32,
    /// Whether R/S and E/Z labels count.
    pub chiral: bool,
}

/// The name says no fingerprint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown fingerprint '{0}': expected morganR_BITS or morganR_BITS_chiral, such as morgan2_2048, \
     with R from 0 to 9 and BITS a multiple of 64 up to 16384"
)]
pub struct UnknownFingerprint(String);

impl Default for FingerprintSpec {
    fn default() -> Self {
        Self { radius: 2, bits: 2048, chiral: false }
    }
}

impl FingerprintSpec {
    /// 64-bit words of one fingerprint.
    pub fn words(&self) -> usize {
        self.bits as usize / 64
    }

    /// A generator, one for each thread.
    pub fn generator(&self) -> Morgan {
        Morgan::new(MorganOptions { radius: self.radius, use_chirality: self.chiral, ..Default::default() })
    }

    /// How the fingerprint is described in a library.
    pub fn kind(&self) -> FingerprintKind {
        FingerprintKind::new(self.to_string(), self.bits as usize)
            .with_text("type", "morgan")
            .with_integer("radius", i64::from(self.radius))
            .with_integer("chirality", i64::from(self.chiral))
            .with_text("reference", soyaku_chem::REFERENCE)
    }
}

impl fmt::Display for FingerprintSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "morgan{}_{}{}", self.radius, self.bits, if self.chiral { "_chiral" } else { "" })
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
            let (radius, bits) = rest.strip_prefix("morgan")?.split_once('_')?;
            let spec = Self { radius: radius.parse().ok()?, bits: bits.parse().ok()?, chiral };
            let fits = spec.radius <= 9 && (64..=16_384).contains(&spec.bits) && spec.bits.is_multiple_of(64);
            // One name for one fingerprint: no leading zeros or signs.
            (fits && spec.to_string() == text).then_some(spec)
        };
        parse().ok_or_else(|| UnknownFingerprint(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for name in ["morgan2_2048", "morgan3_1024", "morgan0_64_chiral", "morgan9_16384"] {
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
        ] {
            let error = name.parse::<FingerprintSpec>().unwrap_err().to_string();
            assert!(error.contains("morgan2_2048"), "{error}");
        }
    }
}

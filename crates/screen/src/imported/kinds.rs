//! What fingerprints of other programs are called here. Those that our own generators make as well have the same name,
//! and structures may be compared with them; all others have a name of which no structure is made.

use serde_json::{Map, Value};
use soyaku_store::{AttributeValue, FingerprintKind, Fpsim2Info};

use crate::{FingerprintSpec, FingerprintType};

/// Attribute that tells the bits that mean something, where they do not fill the words.
const USED_BITS: &str = "used_bits";
/// Longest name of a kind; longer ones are cut and end in a digest.
const MAX_NAME: usize = 120;

/// The fingerprints of a file of FPSim2.
pub(super) fn of_fpsim2(info: &Fpsim2Info) -> FingerprintKind {
    let reference = format!("RDKit {}", info.rdkit);
    match fpsim2_spec(info) {
        Some(spec) => known(&spec, &reference),
        None => {
            let mut parameters: Vec<_> =
                info.parameters.iter().filter(|(name, _)| !matches!(&***name, "fpSize" | "nBits")).collect();
            parameters.sort_by_key(|(name, _)| *name);
            let mut name = format!("fpsim2_{}_{}", info.kind, info.bits);
            for (parameter, value) in parameters {
                name.push_str(&format!("_{parameter}-{value}"));
            }
            let settings = Value::Object(info.parameters.clone()).to_string();
            other(&name, info.bits)
                .with_text("type", &text(&info.kind))
                .with_text("parameters", &text(&settings))
                .with_text("reference", &text(&reference))
        }
    }
}

/// The fingerprints of an FPS file of another program.
pub(super) fn of_fps(described: Option<&str>, bits: usize) -> FingerprintKind {
    match described {
        Some(described) => other(&format!("fps_{described}"), bits).with_text("type", &text(described)),
        None => other(&format!("fps_{bits}"), bits),
    }
}

/// Fingerprints of a name of this program's that no generator has, such as those that were imported before.
pub(super) fn of_name(name: &str, bits: usize) -> FingerprintKind {
    other(name, bits)
}

/// What `library build` writes for a kind, made by `reference`.
pub(super) fn known(spec: &FingerprintSpec, reference: &str) -> FingerprintKind {
    let mut kind = spec.kind();
    for (name, value) in &mut kind.attributes {
        if name == "reference" {
            *value = AttributeValue::Text(text(reference));
        }
    }
    kind
}

/// The number that [`other`] wrote down, else all bits.
pub(super) fn told_bits(kind: &FingerprintKind) -> usize {
    let told = kind.attributes.iter().find_map(|(name, value)| match value {
        AttributeValue::Integer(bits) if name == USED_BITS => usize::try_from(*bits).ok(),
        _ => None,
    });
    told.filter(|bits| bits.next_multiple_of(64) == kind.bits).unwrap_or(kind.bits)
}

fn other(name: &str, bits: usize) -> FingerprintKind {
    let kind = FingerprintKind::new(plain(name), bits.next_multiple_of(64));
    if bits.is_multiple_of(64) { kind } else { kind.with_integer(USED_BITS, bits as i64) }
}

/// Letters, digits, `_`, `-` and `.` of a text, `_` in place of the others; short enough for a name.
fn plain(name: &str) -> String {
    let letter = |letter: char| match letter {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '_' | '-' | '.' => letter,
        _ => '_',
    };
    let plain: String = name.chars().map(letter).take(MAX_NAME).collect();
    if name.chars().count() <= MAX_NAME {
        return plain;
    }
    use sha2::Digest;
    let digest = sha2::Sha256::digest(name.as_bytes());
    let digest: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{digest}", &plain[..MAX_NAME - digest.len() - 1])
}

/// Text without zero characters, which attributes of HDF5 cannot hold.
fn text(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// The fingerprint of ours that has the same bits.
fn fpsim2_spec(info: &Fpsim2Info) -> Option<FingerprintSpec> {
    let mut settings = Settings { given: &info.parameters, seen: 0 };
    // A default is that of RDKit, which FPSim2 hands its parameters to.
    let (kind, chiral) = match &*info.kind {
        "MACCSKeys" => {
            return settings.given.is_empty().then(|| "maccs".parse().ok()).flatten();
        }
        "Morgan" => {
            let radius = settings.integer("radius").unwrap_or(Some(3))?;
            let radius = u32::try_from(radius).ok()?;
            let is_plain = settings.is("useBondTypes", true)
                && settings.is("countSimulation", false)
                && settings.is("onlyNonzeroInvariants", false)
                && settings.is("includeRingMembership", true)
                && settings.is("includeRedundantEnvironments", false)
                && settings.is_empty("invariants")
                && settings.is_empty("fromAtoms");
            let chiral = settings.flag("includeChirality")? | settings.flag("useChirality")?;
            let features = settings.flag("useFeatures")?;
            let kind = match features {
                true => FingerprintType::Feature { radius },
                false => FingerprintType::Morgan { radius },
            };
            (is_plain.then_some(kind)?, chiral)
        }
        "AtomPair" => {
            let is_plain = settings.is_number("minDistance", 1)
                && settings.is_number("maxDistance", 30)
                && settings.is("use2D", true)
                && settings.is("countSimulation", true);
            (is_plain.then_some(FingerprintType::AtomPair)?, settings.flag("includeChirality")?)
        }
        "TopologicalTorsion" => {
            let is_plain = settings.is_number("torsionAtomCount", 4)
                && settings.is("countSimulation", true)
                && settings.is("onlyShortestPaths", false);
            (is_plain.then_some(FingerprintType::Torsion)?, settings.flag("includeChirality")?)
        }
        "RDKit" => {
            let is_plain = settings.is_number("minPath", 1)
                && settings.is_number("maxPath", 7)
                && settings.is("useHs", true)
                && settings.is("branchedPaths", true)
                && settings.is("useBondOrder", true)
                && settings.is("countSimulation", false)
                && settings.is_number("numBitsPerFeature", 2);
            (is_plain.then_some(FingerprintType::Rdkit)?, false)
        }
        _ => return None,
    };
    // FPSim2 before 0.5 called the size nBits, of Morgan fingerprints alone with the same meaning
    let old_size = match kind {
        FingerprintType::Morgan { .. } | FingerprintType::Feature { .. } => settings.integer("nBits"),
        _ => None,
    };
    if old_size.or(settings.integer("fpSize"))?? != i64::try_from(info.bits).ok()? {
        return None;
    }
    let spec = FingerprintSpec { kind, bits: u32::try_from(info.bits).ok()?, chiral };
    // a parameter that nobody asked for may mean anything; a name that is none is no fingerprint of ours
    let is_ours = settings.seen == settings.given.len() && spec.to_string().parse() == Ok(spec);
    is_ours.then_some(spec)
}

/// Parameters, and how many of them were looked at.
struct Settings<'a> {
    given: &'a Map<String, Value>,
    seen: usize,
}

impl Settings<'_> {
    fn get(&mut self, name: &str) -> Option<&Value> {
        let found = self.given.get(name);
        self.seen += usize::from(found.is_some());
        found
    }

    /// A whole number, where the parameter is given.
    fn integer(&mut self, name: &str) -> Option<Option<i64>> {
        self.get(name).map(Value::as_i64)
    }

    /// Whether a parameter has this value, or the default, which is the same.
    fn is_number(&mut self, name: &str, value: i64) -> bool {
        self.integer(name).is_none_or(|given| given == Some(value))
    }

    /// The same of a flag; Python's numbers count as such.
    fn is(&mut self, name: &str, value: bool) -> bool {
        self.get(name).is_none_or(|given| as_flag(given) == Some(value))
    }

    /// A flag that is off by default.
    fn flag(&mut self, name: &str) -> Option<bool> {
        self.get(name).map_or(Some(false), as_flag)
    }

    /// Whether a list is empty or not given.
    fn is_empty(&mut self, name: &str) -> bool {
        self.get(name).is_none_or(|given| {
            given.is_null() || given.as_array().is_some_and(Vec::is_empty) || given.as_i64() == Some(0)
        })
    }
}

fn as_flag(value: &Value) -> Option<bool> {
    match value.as_i64() {
        Some(0) => Some(false),
        Some(1) => Some(true),
        _ => value.as_bool(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(kind: &str, bits: usize, parameters: &str) -> String {
        let Value::Object(parameters) = serde_json::from_str(parameters).unwrap() else { panic!() };
        let (kind, unknown) = (kind.to_owned(), "unknown".to_owned());
        of_fpsim2(&Fpsim2Info { rows: 0, bits, kind, parameters, rdkit: "1".into(), fpsim2: unknown }).name
    }

    #[test]
    fn fingerprints_that_are_also_ours() {
        for (kind, bits, parameters, name) in [
            ("Morgan", 2048, r#"{"radius":2,"fpSize":2048}"#, "morgan2_2048"),
            ("Morgan", 1024, r#"{"fpSize":1024}"#, "morgan3_1024"),
            ("Morgan", 512, r#"{"radius":3,"fpSize":512,"includeChirality":true}"#, "morgan3_512_chiral"),
            (
                "Morgan",
                2048,
                r#"{"radius":3,"fpSize":2048,"countSimulation":false,"includeChirality":false,"useBondTypes":true,
                    "onlyNonzeroInvariants":false,"includeRingMembership":true,"includeRedundantEnvironments":false}"#,
                "morgan3_2048",
            ),
            (
                "Morgan",
                2048,
                r#"{"radius":2,"nBits":2048,"invariants":[],"fromAtoms":[],"useChirality":false,"useBondTypes":true,
                    "useFeatures":true}"#,
                "fcfp2_2048",
            ),
            ("MACCSKeys", 167, "{}", "maccs"),
            (
                "AtomPair",
                2048,
                r#"{"fpSize":2048,"minDistance":1,"maxDistance":30,"includeChirality":false,"use2D":true,
                    "countSimulation":true}"#,
                "atompair_2048",
            ),
            (
                "TopologicalTorsion",
                1024,
                r#"{"fpSize":1024,"includeChirality":true,"torsionAtomCount":4,"countSimulation":true}"#,
                "torsion_1024_chiral",
            ),
            (
                "RDKit",
                2048,
                r#"{"fpSize":2048,"minPath":1,"maxPath":7,"useHs":true,"branchedPaths":true,"useBondOrder":true,
                    "countSimulation":false,"numBitsPerFeature":2}"#,
                "rdkit_2048",
            ),
        ] {
            assert_eq!(named(kind, bits, parameters), name);
        }
    }

    #[test]
    fn other_fingerprints_have_names_of_which_nothing_is_made() {
        for (kind, bits, parameters, name) in [
            ("Morgan", 2048, r#"{"radius":2,"fpSize":2048,"useBondTypes":false}"#, ""),
            ("Morgan", 2048, r#"{"radius":2,"fpSize":2048,"new":1}"#, "fpsim2_Morgan_2048_new-1_radius-2"),
            ("Morgan", 2048, r#"{"radius":-2,"fpSize":2048}"#, "fpsim2_Morgan_2048_radius--2"),
            ("Morgan", 1000, r#"{"radius":2,"fpSize":1000}"#, "fpsim2_Morgan_1000_radius-2"),
            ("Morgan", 2048, r#"{"radius":2,"fpSize":1024}"#, ""),
            ("Morgan", 2048, r#"{"radius":"two","fpSize":2048}"#, ""),
            ("Morgan", 2048, r#"{"radius":12,"fpSize":2048}"#, ""),
            ("AtomPair", 2048, r#"{"nBits":2048}"#, "fpsim2_AtomPair_2048"),
            ("RDKit", 2048, r#"{"fpSize":2048,"maxPath":5}"#, "fpsim2_RDKit_2048_maxPath-5"),
            ("RDKitPattern", 2048, r#"{"fpSize":2048,"tautomerFingerprints":false}"#, ""),
            ("MACCSKeys", 167, r#"{"x":1}"#, "fpsim2_MACCSKeys_167_x-1"),
            ("a/b c", 64, "{}", "fpsim2_a_b_c_64"),
        ] {
            let found = named(kind, bits, parameters);
            assert!(found.starts_with("fpsim2_") && found.parse::<FingerprintSpec>().is_err(), "{found}");
            assert!(name.is_empty() || found == name, "{found}");
        }
    }

    #[test]
    fn names_of_texts() {
        let kind = of_fps(Some("RDKit-Morgan/2 radius=2"), 166);
        assert_eq!((&*kind.name, kind.bits, told_bits(&kind)), ("fps_RDKit-Morgan_2_radius_2", 192, 166));
        assert_eq!(of_fps(Some("morgan2_2048"), 2048).name, "fps_morgan2_2048");
        assert_eq!((of_fps(None, 128).name, told_bits(&of_fps(None, 128))), ("fps_128".to_owned(), 128));
        let long = of_fps(Some(&"é".repeat(500)), 64).name;
        assert!(long.len() == MAX_NAME && long != of_fps(Some(&"é".repeat(501)), 64).name);
    }
}

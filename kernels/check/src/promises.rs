//! What the machine code of each kernel must and must not hold: `kernels/promises.toml`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Deserialize;

use crate::Finding;
use crate::disassembly::{Code, FIRST, count};
use crate::resources::{Key, number};

/// The file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Promises {
    /// Promises, at least one for every entry point.
    #[serde(default)]
    pub kernel: Vec<Promise>,
    /// Local memory that is wanted.
    #[serde(default)]
    pub allowed: Vec<Allowed>,
}

/// What one entry point promises on some architectures.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Promise {
    /// The entry point.
    pub entry: String,
    /// `sm_80`, ...; none: all that the disassembler reads.
    #[serde(default)]
    pub architectures: Vec<String>,
    /// Instructions, alone (at least one) or with a number: `POPC >= 4`.
    #[serde(default)]
    pub contains: Vec<Count>,
    /// Instructions that must not be there.
    #[serde(default)]
    pub lacks: Vec<String>,
}

/// Local memory that is wanted: no other way to use it than this list.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allowed {
    /// The entry point.
    pub entry: String,
    /// Where; none: everywhere.
    #[serde(default)]
    pub architectures: Vec<String>,
    /// Bytes of stack at most.
    #[serde(default)]
    pub stack: u32,
    /// Bytes of spills at most.
    #[serde(default)]
    pub spill: u32,
    /// Why that is better than without.
    pub reason: String,
}

impl Allowed {
    /// Whether this is about the machine code `key`.
    pub fn covers(&self, key: &Key) -> bool {
        self.entry == key.entry && among(&self.architectures, &key.architecture)
    }
}

fn among(architectures: &[String], architecture: &str) -> bool {
    architectures.is_empty() || architectures.iter().any(|one| one == architecture)
}

/// How often an instruction must be there: `POPC`, `POPC >= 4`, `BAR.SYNC == 2`, `IMAD <= 10`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Count {
    pattern: String,
    relation: Relation,
    number: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Relation {
    AtLeast,
    Exactly,
    AtMost,
}

impl TryFrom<String> for Count {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let words: Vec<_> = text.split_whitespace().collect();
        let (pattern, relation, number) = match words[..] {
            [pattern] => (pattern, ">=", "1"),
            [pattern, relation, number] => (pattern, relation, number),
            _ => {
                return Err(format!("'{text}' is no promise: expected INSTRUCTION or INSTRUCTION >= NUMBER"));
            }
        };
        let relation = match relation {
            ">=" => Relation::AtLeast,
            "==" => Relation::Exactly,
            "<=" => Relation::AtMost,
            other => return Err(format!("'{text}': expected >=, == or <= in place of '{other}'")),
        };
        let number = number.parse().map_err(|_| format!("'{text}': '{number}' is no number"))?;
        Ok(Self { pattern: pattern.to_owned(), relation, number })
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let relation = match self.relation {
            Relation::AtLeast => ">=",
            Relation::Exactly => "==",
            Relation::AtMost => "<=",
        };
        write!(f, "{} {relation} {}", self.pattern, self.number)
    }
}

impl Count {
    fn holds(&self, found: usize) -> bool {
        match self.relation {
            Relation::AtLeast => found >= self.number,
            Relation::Exactly => found == self.number,
            Relation::AtMost => found <= self.number,
        }
    }
}

impl Promises {
    /// Reads the file.
    ///
    /// # Errors
    /// It is not TOML of this shape.
    pub fn read(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }

    /// Whether something is promised that only the machine code of `entry` on `architecture` can show.
    pub fn speak_of(&self, entry: &str, architecture: &str) -> bool {
        self.about(entry, architecture).next().is_some()
    }

    fn about<'a>(&'a self, entry: &'a str, architecture: &'a str) -> impl Iterator<Item = &'a Promise> {
        let readable = readable(architecture);
        self.kernel.iter().filter(move |promise| {
            readable && promise.entry == entry && among(&promise.architectures, architecture)
        })
    }

    /// Promises about `key` that its `code` breaks. Loads and stores of local memory are never promised: without an
    /// allowance their absence is.
    pub fn broken(&self, key: &Key, code: &Code) -> Vec<Finding> {
        let Some(code) = code.get(&key.entry) else {
            let what = key.to_string();
            return vec![Finding::Void { what, reason: "the disassembler does not show".into() }];
        };
        let mut findings = Vec::new();
        let mut check = |promise: String, pattern: &str, holds: &dyn Fn(usize) -> bool| {
            let found = count(code, pattern);
            if !holds(found) {
                findings.push(Finding::Broken { key: key.clone(), promise, found });
            }
        };
        for promise in self.about(&key.entry, &key.architecture) {
            for wanted in &promise.contains {
                check(wanted.to_string(), &wanted.pattern, &|found| wanted.holds(found));
            }
            for unwanted in &promise.lacks {
                check(format!("no {unwanted}"), unwanted, &|found| found == 0);
            }
        }
        if !self.allowed.iter().any(|allowance| allowance.covers(key)) {
            for local in ["LDL", "STL"] {
                check(format!("no {local}"), local, &|found| found == 0);
            }
        }
        findings
    }

    /// Entries about which nothing is promised, and words about what does not exist. `compiled` are all machine codes.
    pub fn gaps<'a>(&self, compiled: impl Iterator<Item = &'a Key>) -> Vec<Finding> {
        let mut architectures: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for key in compiled {
            architectures.entry(&key.entry).or_default().insert(&key.architecture);
        }
        let mut findings = Vec::new();
        for entry in architectures.keys() {
            if !self.kernel.iter().any(|promise| promise.entry == *entry) {
                findings.push(Finding::NoPromise { entry: (*entry).to_owned() });
            }
        }
        let promised = self.kernel.iter().map(|promise| (&promise.entry, &promise.architectures));
        let allowed = self.allowed.iter().map(|allowance| (&allowance.entry, &allowance.architectures));
        for (entry, named) in promised.clone().chain(allowed) {
            let Some(known) = architectures.get(entry.as_str()) else {
                findings.push(Finding::Void { what: entry.clone(), reason: "is no entry point".into() });
                continue;
            };
            for architecture in named.iter().filter(|architecture| !known.contains(architecture.as_str())) {
                let what = format!("{entry} on {architecture}");
                findings.push(Finding::Void { what, reason: "is not compiled".into() });
            }
        }
        for (entry, named) in promised {
            for architecture in named.iter().filter(|architecture| !readable(architecture)) {
                let what = format!("{entry} on {architecture}");
                let reason = format!("the disassembler does not read: it begins with sm_{FIRST}");
                findings.push(Finding::Void { what, reason });
            }
        }
        findings
    }
}

/// Whether the disassembler reads machine code for that architecture.
pub fn readable(architecture: &str) -> bool {
    number(architecture) >= FIRST
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"
        [[kernel]]
        entry = "scan"
        architectures = ["sm_80", "sm_90"]
        contains = ["LDG.128", "POPC >= 2", "BAR <= 1"]
        lacks = ["CALL"]

        [[allowed]]
        entry = "scan"
        architectures = ["sm_90"]
        stack = 8
        reason = "a scratch word"
    "#;

    fn key(entry: &str, architecture: &str) -> Key {
        Key {
            source: "a/a.cu".into(),
            entry: entry.into(),
            compiler: "12.9".into(),
            architecture: architecture.into(),
        }
    }

    fn code(instructions: &[&str]) -> Code {
        Code::from([("scan".to_owned(), instructions.iter().map(|&text| text.to_owned()).collect())])
    }

    #[test]
    fn kept_and_broken_promises() {
        let promises = Promises::read(TEXT).unwrap();
        let kept = code(&["LDG.E.128.CONSTANT", "POPC", "POPC", "BAR.SYNC"]);
        assert_eq!(promises.broken(&key("scan", "sm_80"), &kept), []);

        let broken = code(&["LDG.E.64", "POPC", "BAR.SYNC", "BAR.SYNC", "CALL.REL.NOINC", "LDL"]);
        let found: Vec<_> =
            promises.broken(&key("scan", "sm_80"), &broken).iter().map(Finding::to_string).collect();
        let on = "scan (a/a.cu) on sm_80 by NVRTC 12.9: promised";
        let expected = [
            format!("{on} LDG.128 >= 1, found 0"),
            format!("{on} POPC >= 2, found 1"),
            format!("{on} BAR <= 1, found 2"),
            format!("{on} no CALL, found 1"),
            format!("{on} no LDL, found 1"),
        ];
        assert_eq!(found, expected);

        // Allowed local memory on sm_90; nothing but local memory is checked where nothing is promised.
        let local = code(&["LDG.E.128", "POPC", "POPC", "LDL", "STL"]);
        assert_eq!(promises.broken(&key("scan", "sm_90"), &local), []);
        assert_eq!(promises.broken(&key("scan", "sm_86"), &local).len(), 2);
        assert!(promises.speak_of("scan", "sm_90") && !promises.speak_of("scan", "sm_86"));
        assert_eq!(promises.broken(&key("scan", "sm_80"), &Code::new()).len(), 1);
    }

    #[test]
    fn entries_without_promise_and_promises_without_entry() {
        let promises = Promises::read(TEXT).unwrap();
        let gaps = |keys: &[Key]| promises.gaps(keys.iter());
        assert_eq!(gaps(&[key("scan", "sm_80"), key("scan", "sm_90")]), []);
        let text: Vec<_> =
            gaps(&[key("scan", "sm_90"), key("fold", "sm_90")]).iter().map(Finding::to_string).collect();
        assert_eq!(text.len(), 2, "{text:?}");
        assert!(text[0].starts_with("fold: no [[kernel]]"), "{text:?}");
        assert!(text[1].contains("scan on sm_80, which is not compiled"), "{text:?}");
        assert!(gaps(&[]).iter().all(|finding| finding.to_string().contains("is no entry point")));
    }

    #[test]
    fn wrong_files_say_where() {
        for (text, expected) in [
            ("[[kernel]]\nentry = 'a'\ncontains = ['POPC > 3']", "expected >=, == or <="),
            ("[[kernel]]\nentry = 'a'\ncontains = ['POPC >= many']", "'many' is no number"),
            ("[[kernel]]\nentry = 'a'\ncontains = ['POPC 3']", "is no promise"),
            ("[[kernel]]\nentry = 'a'\nincludes = []", "unknown field"),
            ("[[allowed]]\nentry = 'a'\nstack = 8", "missing field `reason`"),
        ] {
            let error = Promises::read(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}

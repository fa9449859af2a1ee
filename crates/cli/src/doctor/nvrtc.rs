//! NVRTC, the compiler that kernels need on a GPU.

use std::path::PathBuf;

use serde::Serialize;
use soyaku_device::nvrtc::{Error, Library, Outcome};

use super::finding::Finding;

/// The compiler, or where it was looked for.
#[derive(Debug, Serialize)]
pub struct Nvrtc {
    /// Its version: `12.9`.
    pub version: Option<String>,
    /// Its library.
    pub library: Option<PathBuf>,
    /// What it compiles for.
    pub architectures: Vec<String>,
    /// Why there is none.
    pub problem: Option<String>,
    /// Places without a usable library that were looked into first, with what was there.
    pub tried: Vec<String>,
    #[serde(skip)]
    advice: Option<String>,
}

/// What stands in the library's message between what is wrong and what to do.
const BREAK: &str = "; get it with ";

impl Nvrtc {
    /// What a search found.
    pub fn of(found: &Result<Library, Error>) -> Self {
        match found {
            Ok(library) => {
                let (major, minor) = library.version();
                Self {
                    version: Some(format!("{major}.{minor}")),
                    library: Some(library.path().to_path_buf()),
                    architectures: library
                        .architectures()
                        .iter()
                        .map(|number| format!("sm_{number}"))
                        .collect(),
                    problem: None,
                    tried: library.passed_over().iter().map(ToString::to_string).collect(),
                    advice: None,
                }
            }
            Err(error) => {
                let text = error.to_string();
                let advice = text.split_once(BREAK).map(|(_, advice)| format!("get it with {advice}"));
                let tried = match error {
                    Error::NotFound { tried, .. } => tried.as_slice(),
                    _ => &[],
                };
                Self {
                    version: None,
                    library: None,
                    architectures: Vec::new(),
                    problem: Some(problem(error)),
                    tried: tried.iter().map(ToString::to_string).collect(),
                    advice,
                }
            }
        }
    }

    /// What to tell.
    pub fn finding(&self) -> Finding {
        if let (Some(version), Some(library)) = (&self.version, &self.library) {
            let range = match (self.architectures.first(), self.architectures.last()) {
                (Some(first), Some(last)) => format!(", compiles for {first} to {last}"),
                _ => String::new(),
            };
            return Finding::ok("nvrtc", format!("{version} ({}){range}", library.display()));
        }
        let problem = self.problem.as_deref().unwrap_or("not found");
        let advice = self.advice.as_deref().unwrap_or("set SOYAKU_NVRTC to libnvrtc.so or its folder");
        Finding::missing("nvrtc", problem, advice)
    }
}

/// In short: libraries that cannot be used with the reason, places without any only counted.
fn problem(error: &Error) -> String {
    let Error::NotFound { tried, .. } = error else { return error.to_string() };
    let refused = tried.iter().filter(|tried| matches!(tried.outcome, Outcome::Refused(_)));
    let refused: Vec<String> = refused.map(ToString::to_string).collect();
    match (refused.is_empty(), tried.len() - refused.len()) {
        (true, places) => format!("not found in {places} places; only GPUs need it"),
        (false, 0) => refused.join("; "),
        (false, places) => format!("{}; and nothing in {places} other places", refused.join("; ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::Level;
    use soyaku_device::nvrtc::Tried;

    #[test]
    fn what_was_tried_and_how_to_get_it() {
        let absent = |place: &str| Tried { place: place.into(), outcome: Outcome::Absent };
        let refused = Error::File { path: "/opt/libnvrtc.so.12".into(), reason: "is no ELF file".into() };
        let refused = Tried { place: "/opt/libnvrtc.so.12".into(), outcome: Outcome::Refused(refused) };
        let nvrtc = Nvrtc::of(&Err(Error::NotFound { tried: vec![absent("a"), absent("b")], driver: None }));
        let finding = nvrtc.finding();
        assert_eq!(finding.level, Level::Missing);
        assert_eq!(finding.message, "not found in 2 places; only GPUs need it");
        let advice = finding.advice.unwrap();
        assert!(
            advice.contains("pip install nvidia-cuda-nvrtc") && advice.contains("SOYAKU_NVRTC"),
            "{advice}"
        );
        assert_eq!(nvrtc.tried.len(), 2);

        let error = Error::NotFound { tried: vec![absent("a"), refused], driver: Some((12, 4)) };
        let finding = Nvrtc::of(&Err(error)).finding();
        assert!(
            finding.message.starts_with("/opt/libnvrtc.so.12: is no ELF file; and nothing in 1"),
            "{finding:?}"
        );
    }
}

//! What can be known of an NVRTC without loading it, which takes longer than reading a kernel from the cache: some
//! hundredths of a second, and as long as it takes to read 100 MB where the file is not in memory yet.

use std::path::PathBuf;

use super::library::{Library, identity, nearest};
use super::locate::{Place, Places, libraries_below, libraries_in};
use crate::ComputeCapability;
use crate::cache::{KernelCache, Key};

/// A library that was loaded before, as it was then.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Known {
    version: (u32, u32),
    file_bytes: u64,
    architectures: Vec<u32>,
}

impl Known {
    /// The one that a search in these places would load first, if the cache knows it and it fits.
    pub(crate) fn recall(
        cache: &KernelCache,
        places: &Places,
        driver: Option<(u32, u32)>,
        capability: ComputeCapability,
    ) -> Option<Self> {
        let path = first(places)?;
        let known = Self::parse(&cache.recall(&Key::of_file(&path, &path.metadata().ok()?))?)?;
        let fits = driver.is_none_or(|driver| driver.0 >= known.version.0)
            && known.architecture_for(capability).is_some();
        fits.then_some(known)
    }

    /// Notes what a search in these places has loaded, for the next process.
    pub(crate) fn remember(cache: &KernelCache, places: &Places, library: &Library) {
        let Some(path) = first(places) else { return };
        let same = path.canonicalize().ok().zip(library.path().canonicalize().ok());
        if let Ok(metadata) = path.metadata()
            && same.is_some_and(|(first, loaded)| first == loaded)
        {
            let key = Key::of_file(&path, &metadata);
            let known = Self {
                version: library.version(),
                file_bytes: library.file_bytes,
                architectures: library.architectures().to_vec(),
            };
            if cache.recall(&key).is_none() {
                cache.note(&key, known.to_text().as_bytes());
            }
        }
    }

    /// As [`Library::identity`].
    pub(crate) fn identity(&self) -> String {
        identity(self.version, self.file_bytes)
    }

    /// As [`Library::architecture_for`].
    pub(crate) fn architecture_for(&self, capability: ComputeCapability) -> Option<String> {
        nearest(&self.architectures, capability).map(|number| format!("sm_{number}"))
    }

    fn to_text(&self) -> String {
        let numbers = [self.version.0, self.version.1].into_iter().chain(self.architectures.iter().copied());
        let numbers: Vec<String> = numbers.map(|number| number.to_string()).collect();
        format!("{} {}", self.file_bytes, numbers.join(" "))
    }

    fn parse(text: &[u8]) -> Option<Self> {
        let (file_bytes, rest) = std::str::from_utf8(text).ok()?.split_once(' ')?;
        let numbers: Vec<u32> = rest.split(' ').map(|number| number.parse().ok()).collect::<Option<_>>()?;
        let [major, minor, architectures @ ..] = &numbers[..] else { return None };
        let (version, architectures) = ((*major, *minor), architectures.to_vec());
        Some(Self { version, file_bytes: file_bytes.parse().ok()?, architectures })
    }
}

/// The file that a search loads first; none where the system's loader decides, or the user named a folder without any.
fn first(places: &Places) -> Option<PathBuf> {
    for place in places.iter() {
        let files = match place {
            Place::Named(path) if path.is_dir() => return libraries_below(&path).into_iter().next(),
            Place::Named(path) => return Some(path),
            Place::Folder(path) => libraries_in(&path),
            Place::Name(_) => return None,
        };
        if let Some(file) = files.into_iter().next() {
            return Some(file);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip() {
        let known = Known { version: (12, 9), file_bytes: 106_244_480, architectures: vec![50, 90, 120] };
        assert_eq!(Known::parse(known.to_text().as_bytes()).as_ref(), Some(&known));
        assert_eq!(known.identity(), "nvrtc 12.9 106244480");
        for text in ["", "1", "1 2", "1 2 x", "x 1 2", "1 2  3", "\u{e9}", "1 -2 3"] {
            assert_eq!(Known::parse(text.as_bytes()), None, "{text}");
        }
    }
}

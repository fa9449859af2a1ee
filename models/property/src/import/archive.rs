//! Zip archives held in memory, with a limit on what comes out of them.

use std::io::{Cursor, Read};

use zip::ZipArchive;

use crate::error::Error;

/// Most entries that an archive may have.
const MAX_ENTRIES: usize = 100_000;

/// A zip archive: a torch file or a Python wheel.
pub(super) struct Archive<'a> {
    /// Name for messages.
    pub(super) file: &'a str,
    zip: ZipArchive<Cursor<&'a [u8]>>,
}

impl<'a> Archive<'a> {
    pub(super) fn open(file: &'a str, bytes: &'a [u8]) -> Result<Self, Error> {
        let zip = ZipArchive::new(Cursor::new(bytes))
            .map_err(|error| Error::malformed(file, format!("not a complete zip archive: {error}")))?;
        if zip.len() > MAX_ENTRIES {
            return Err(Error::malformed(file, format!("{} entries, more than {MAX_ENTRIES}", zip.len())));
        }
        Ok(Self { file, zip })
    }

    /// Names of all entries with valid UTF-8 names, in the archive's order.
    pub(super) fn names(&self) -> Vec<String> {
        self.zip
            .file_names_raw()
            .filter_map(|name| std::str::from_utf8(name).ok())
            .map(str::to_owned)
            .collect()
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.zip.index_for_name(name).is_some()
    }

    /// All bytes of an entry of at most `limit` bytes; its checksum is verified.
    pub(super) fn read(&mut self, name: &str, limit: u64) -> Result<Vec<u8>, Error> {
        let file = self.file;
        let entry = match self.zip.by_name(name) {
            Ok(entry) => entry,
            Err(zip::result::ZipError::FileNotFound) => {
                return Err(Error::malformed(file, format!("the archive has no entry `{name}`")));
            }
            Err(error) => return Err(Error::malformed(file, format!("entry `{name}`: {error}"))),
        };
        let too_large = || Error::malformed(file, format!("entry `{name}` is larger than {limit} bytes"));
        if entry.size() > limit {
            return Err(too_large());
        }
        let mut bytes = Vec::new();
        entry
            .take(limit + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| Error::malformed(file, format!("entry `{name}`: {error}")))?;
        if bytes.len() as u64 > limit {
            return Err(too_large());
        }
        Ok(bytes)
    }
}

//! Which compounds of a library are active.

use soyaku_device::Device;
use soyaku_store::{LibraryReader, Records, TextColumn};

use crate::Error;
use crate::progress::Stop;

/// Rows that are read together.
const BATCH: u64 = 65_536;
/// Letters of a label that are shown.
const SHOWN: usize = 40;

/// The label of each row of a library; a byte each.
pub(super) struct Labels(Vec<Option<bool>>);

impl Labels {
    /// Reads a property of the library: `1`, `true`, `active`, or `0`, `false`, `inactive`, in any case; `1.0` and
    /// `0.0` too, as which tables with empty cells are often written. Blanks do not count, and nothing is no label.
    ///
    /// # Errors
    /// There is no such property, a value is no label, no row has one, or all have the same.
    pub fn read(library: &LibraryReader, column: &str, device: &Device, stop: &Stop) -> Result<Self, Error> {
        let names = &library.info().properties;
        let property = names.iter().position(|name| name == column);
        let path = library.path().display().to_string();
        let property = property.ok_or_else(|| {
            let has = match names.is_empty() {
                true => "it has none; keep it with library build --keep-columns".to_owned(),
                false => format!("it has {}", names.join(", ")),
            };
            Error::Configuration(format!("{path} has no column '{column}': {has}"))
        })?;
        let (mut labels, mut texts, mut start) = (Vec::new(), TextColumn::new(), 0);
        while start < library.len() {
            stop.check()?;
            let end = library.len().min(start + BATCH);
            device.install(|| library.read_property(property, start..end, &mut texts))?;
            for index in 0..(end - start) as usize {
                let text = texts.get(index);
                labels.push(label(text).map_err(|()| no_label(library, column, start + index as u64, text))?);
            }
            start = end;
        }
        let labels = Self(labels);
        let actives = labels.0.iter().filter(|&&label| label == Some(true)).count() as u64;
        both_classes(actives, labels.count() - actives, column, &path, "")?;
        Ok(labels)
    }

    /// That of a row.
    pub fn of(&self, row: u64) -> Option<bool> {
        self.0.get(row as usize).copied().flatten()
    }

    /// Rows that have one.
    pub fn count(&self) -> u64 {
        self.0.iter().flatten().count() as u64
    }
}

/// That there is something to be told apart.
pub(super) fn both_classes(
    actives: u64,
    inactives: u64,
    column: &str,
    path: &str,
    left: &str,
) -> Result<(), Error> {
    let missing = match (actives, inactives) {
        (0, 0) => "no compound has a label".to_owned(),
        (0, _) => format!("all {inactives} labelled compounds are inactive"),
        (_, 0) => format!("all {actives} labelled compounds are active"),
        _ => return Ok(()),
    };
    let reason = format!("column '{column}': {missing}{left}; expected at least one active and one inactive");
    Err(Error::Unusable { path: path.to_owned(), reason })
}

fn label(text: &[u8]) -> Result<Option<bool>, ()> {
    let text = text.trim_ascii();
    let is = |words: [&str; 4]| words.iter().any(|word| text.eq_ignore_ascii_case(word.as_bytes()));
    match text {
        [] => Ok(None),
        _ if is(["1", "1.0", "true", "active"]) => Ok(Some(true)),
        _ if is(["0", "0.0", "false", "inactive"]) => Ok(Some(false)),
        _ => Err(()),
    }
}

fn no_label(library: &LibraryReader, column: &str, row: u64, text: &[u8]) -> Error {
    let mut records = Records::new();
    let (name, line) = match library.read_records(row..row + 1, &mut records) {
        Ok(()) if records.len() == 1 => (String::from_utf8_lossy(records.name(0)), records.line(0)),
        Ok(()) => (String::new().into(), 0),
        Err(error) => return error.into(),
    };
    let text: String = String::from_utf8_lossy(text).escape_debug().take(SHOWN).collect();
    let name: String = name.escape_debug().take(SHOWN).collect();
    let named = if name.is_empty() { String::new() } else { format!(" ({name})") };
    let path = library.path().display().to_string();
    let reason = format!(
        "row {row}{named}, from line {line} of the input: '{text}' in column '{column}' is no label: expected 1 or 0, \
         true or false, active or inactive, or nothing"
    );
    Error::Unusable { path, reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_active_and_inactive() {
        for text in ["1", "true", "TRUE", "Active", " active\t", "1.0"] {
            assert_eq!(label(text.as_bytes()), Ok(Some(true)), "{text}");
        }
        for text in ["0", "False", "inactive", "INACTIVE", "0.0"] {
            assert_eq!(label(text.as_bytes()), Ok(Some(false)), "{text}");
        }
        for text in ["", "  ", "\t"] {
            assert_eq!(label(text.as_bytes()), Ok(None), "{text:?}");
        }
        for text in ["2", "yes", "-1", "nan", "0.5", "activ", "1 0", "10"] {
            assert_eq!(label(text.as_bytes()), Err(()), "{text}");
        }
    }
}

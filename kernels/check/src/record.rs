//! The committed numbers: `kernels/resources.tsv`.

use std::collections::BTreeMap;

use crate::resources::{Key, Resources};

/// Numbers of every machine code, in the order of the file.
pub type Record = BTreeMap<Key, Resources>;

/// Why the file cannot be read.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Error {
    /// The first line.
    #[error("line 1: expected the header '{expected}'")]
    Header {
        /// What it has to be.
        expected: String,
    },
    /// A line that is none of the table.
    #[error("line {line}: expected 4 names and 7 numbers between tabs, got '{text}'")]
    Row {
        /// From 1.
        line: usize,
        /// The line.
        text: String,
    },
    /// The same machine code twice.
    #[error("line {line}: {key} has a line already")]
    Twice {
        /// From 1.
        line: usize,
        /// Which machine code.
        key: Key,
    },
}

fn header() -> String {
    ["source", "entry", "compiler", "architecture"]
        .into_iter()
        .chain(Resources::NAMES)
        .collect::<Vec<_>>()
        .join("\t")
}

/// Reads the table; an empty text is an empty table.
///
/// # Errors
/// A line is not what [`write()`] writes.
pub fn read(text: &str) -> Result<Record, Error> {
    let mut record = Record::new();
    let mut lines = text.lines().zip(1..);
    match lines.next() {
        None => return Ok(record),
        Some((first, _)) if first == header() => {}
        Some(_) => return Err(Error::Header { expected: header() }),
    }
    for (text, line) in lines {
        let (key, resources) = row(text).ok_or_else(|| Error::Row { line, text: text.to_owned() })?;
        if record.insert(key.clone(), resources).is_some() {
            return Err(Error::Twice { line, key });
        }
    }
    Ok(record)
}

fn row(text: &str) -> Option<(Key, Resources)> {
    let fields: Vec<_> = text.split('\t').collect();
    let (names, numbers) = fields.split_first_chunk::<4>()?;
    let [source, entry, compiler, architecture] = names.map(str::to_owned);
    let numbers: Vec<u32> = numbers.iter().map(|field| field.parse().ok()).collect::<Option<_>>()?;
    let resources = Resources::from_values(numbers.try_into().ok()?);
    Some((Key { source, entry, compiler, architecture }, resources))
}

/// The table as text: a header, then one line a machine code.
pub fn write(record: &Record) -> String {
    let mut text = header() + "\n";
    for (key, resources) in record {
        let Key { source, entry, compiler, architecture } = key;
        let numbers = resources.values().map(|number| number.to_string()).join("\t");
        text += &format!("{source}\t{entry}\t{compiler}\t{architecture}\t{numbers}\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let key = |architecture: &str| Key {
            source: "a/a.cu".into(),
            entry: "a".into(),
            compiler: "12.9".into(),
            architecture: architecture.into(),
        };
        let mut record = Record::new();
        record.insert(key("sm_100"), Resources::from_values([1, 2, 3, 4, 5, 6, 7]));
        record.insert(key("sm_90"), Resources::default());
        let text = write(&record);
        assert_eq!(text.lines().nth(1), Some("a/a.cu\ta\t12.9\tsm_90\t0\t0\t0\t0\t0\t0\t0"));
        assert_eq!(read(&text).unwrap(), record);
        assert_eq!(read("").unwrap(), Record::new());
    }

    #[test]
    fn lines_that_are_wrong_are_named() {
        let text = |row: &str| format!("{}\n{row}\n", header());
        let good = "a.cu\ta\t12.9\tsm_90\t1\t2\t3\t4\t5\t6\t7";
        assert!(matches!(read("source\tentry\n"), Err(Error::Header { .. })));
        assert!(matches!(read(&text("")), Err(Error::Row { line: 2, .. })));
        assert!(matches!(read(&text(&good.replace('7', "x"))), Err(Error::Row { line: 2, .. })));
        assert!(matches!(read(&text(&format!("{good}\t8"))), Err(Error::Row { line: 2, .. })));
        assert!(matches!(read(&text(&format!("{good}\n{good}"))), Err(Error::Twice { line: 3, .. })));
    }
}

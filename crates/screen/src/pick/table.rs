//! The picks as a table, with the names and SMILES of their rows.

use soyaku_device::Device;
use soyaku_store::LibraryReader;

use super::Picked;
use crate::Error;
use crate::progress::Stop;
use crate::similar::Texts;

const HEADER: [&str; 5] = ["pick", "row", "name", "smiles", "max_similarity"];

/// Picks whose names and SMILES are held together.
const BLOCK: usize = 65_536;

/// Hands over the header, then the picks. A stop is looked for between blocks of picks.
pub(super) fn write<E: From<Error>>(
    library: &LibraryReader,
    picks: &[Picked],
    separator: u8,
    device: &Device,
    stop: &Stop,
    mut take: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let builder = || csv::WriterBuilder::new().delimiter(separator).from_writer(Vec::new());
    let mut table = builder();
    table.write_record(HEADER).map_err(lost)?;
    // The header alone where there is no pick.
    for first in (0..picks.len().max(1)).step_by(BLOCK) {
        stop.check()?;
        let block = &picks[first..picks.len().min(first + BLOCK)];
        let texts = Texts::read(library, block.iter().map(|pick| pick.row), device)?;
        for (number, pick) in (first..).zip(block) {
            add(&mut table, &texts, number, pick).map_err(lost)?;
        }
        let full = std::mem::replace(&mut table, builder());
        take(&full.into_inner().map_err(|error| lost(error.into_error().into()))?)?;
    }
    Ok(())
}

fn add(table: &mut csv::Writer<Vec<u8>>, texts: &Texts, number: usize, pick: &Picked) -> csv::Result<()> {
    let (name, smiles) = texts.of(pick.row);
    table.write_field(number.to_string())?;
    table.write_field(pick.row.to_string())?;
    table.write_field(name)?;
    table.write_field(smiles)?;
    // The shortest text that reads back as the same number.
    table.write_field(pick.similarity.map_or(String::new(), |similarity| similarity.to_string()))?;
    table.write_record(None::<&[u8]>)
}

/// Memory takes everything, and each record has its five cells.
fn lost(error: csv::Error) -> Error {
    Error::Internal(format!("a table in memory: {error}"))
}

//! Clusters as tables.

use soyaku_device::Device;
use soyaku_store::{LibraryReader, Records};

use super::Clustering;
use crate::Error;
use crate::progress::Stop;
use crate::similar::Texts;

/// Rows that are written together.
const BLOCK: u64 = 16_384;

const COMPOUNDS: [&str; 7] =
    ["row", "name", "smiles", "cluster", "cluster_size", "is_centroid", "similarity"];
const CENTROIDS: [&str; 5] = ["cluster", "cluster_size", "row", "name", "smiles"];

type Table = csv::Writer<Vec<u8>>;

/// Memory takes everything, and each record has all its cells.
fn lost(error: csv::Error) -> Error {
    Error::Internal(format!("a table in memory: {error}"))
}

fn write<const CELLS: usize>(table: &mut Table, cells: [&[u8]; CELLS]) -> Result<(), Error> {
    table.write_record(cells).map_err(lost)
}

/// Hands over the header, then `rows` rows in blocks, which `add` fills. Between blocks `check` can end it.
fn blocks<E: From<Error>>(
    header: &[&str],
    rows: u64,
    separator: u8,
    check: impl Fn() -> Result<(), Error>,
    mut take: impl FnMut(&[u8]) -> Result<(), E>,
    mut add: impl FnMut(std::ops::Range<u64>, &mut Table) -> Result<(), Error>,
) -> Result<(), E> {
    let table = || csv::WriterBuilder::new().delimiter(separator).from_writer(Vec::new());
    let mut block = table();
    block.write_record(header).map_err(lost)?;
    let mut from = 0;
    loop {
        check()?;
        let to = rows.min(from + BLOCK);
        add(from..to, &mut block)?;
        take(&block.into_inner().map_err(|error| lost(error.into_error().into()))?)?;
        if to == rows {
            return Ok(());
        }
        (from, block) = (to, table());
    }
}

pub(super) fn compounds<E: From<Error>>(
    clustering: &Clustering,
    separator: u8,
    stop: &Stop,
    take: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let Clustering { library, device, state, sizes, .. } = clustering;
    let mut records = Records::new();
    let check = || state.check(stop);
    blocks(&COMPOUNDS, library.len(), separator, check, take, |rows, table| {
        read(library, device, rows.clone(), &mut records)?;
        for row in rows.clone() {
            let (place, number) = ((row - rows.start) as usize, row as u32);
            let cluster = state
                .cluster(number)
                .ok_or_else(|| Error::Internal(format!("row {row} is in no cluster")))?;
            write(
                table,
                [
                    row.to_string().as_bytes(),
                    records.name(place),
                    records.smiles(place),
                    cluster.to_string().as_bytes(),
                    sizes[cluster as usize].to_string().as_bytes(),
                    state.is_centroid(number).to_string().as_bytes(),
                    // The shortest text that reads back as the same number.
                    state.similarity(number).to_string().as_bytes(),
                ],
            )?;
        }
        Ok(())
    })
}

fn read(
    library: &LibraryReader,
    device: &Device,
    rows: std::ops::Range<u64>,
    records: &mut Records,
) -> Result<(), Error> {
    Ok(device.install(|| library.read_records(rows, records))?)
}

pub(super) fn centroids<E: From<Error>>(
    clustering: &Clustering,
    separator: u8,
    stop: &Stop,
    take: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let Clustering { library, device, state, sizes, .. } = clustering;
    let check = || state.check(stop);
    blocks(&CENTROIDS, sizes.len() as u64, separator, check, take, |clusters, table| {
        let (from, to) = (clusters.start as usize, clusters.end as usize);
        let rows = &state.centroids()[from..to];
        let texts = Texts::read(library, rows.iter().map(|&row| row.into()), device)?;
        for (place, &row) in rows.iter().enumerate() {
            let (name, smiles) = texts.of(row.into());
            write(
                table,
                [
                    (from + place).to_string().as_bytes(),
                    sizes[from + place].to_string().as_bytes(),
                    row.to_string().as_bytes(),
                    name,
                    smiles,
                ],
            )?;
        }
        Ok(())
    })
}

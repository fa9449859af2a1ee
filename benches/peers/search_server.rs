//! Our side of `benches/peers/fpsim2`: a library held in memory, searched for each line of standard input.
//!
//!     search_server LIBRARY.h5 FINGERPRINT THREADS
//!
//! A line is `QUERIES<tab>top|threshold<tab>NUMBER<tab>RESULTS`, where QUERIES is a SMILES, `@FILE` for those in a
//! file, line by line, or `*` for all rows of the library. The answer is a line of JSON with the seconds from SMILES to
//! ranked hits; the hits go to the file RESULTS afterwards, as triples of a query (u32), a row (u32) and a similarity
//! (f32). Of all rows the hit of a row with itself is left out.

use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufWriter, Write};
use std::path::Path;
use std::time::Instant;

use soyaku_chem::Parser;
use soyaku_chem::fingerprint::{Morgan, MorganOptions};
use soyaku_device::{Device, DeviceRequest, prefer_large_pages, read_bandwidth_of};
use soyaku_kernels::tanimoto::{Hit, Rows, Search, Selection, Tile, popcount};
use soyaku_store::LibraryReader;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [path, kind, threads] = &arguments[..] else {
        return Err("expected LIBRARY.h5 FINGERPRINT THREADS".into());
    };
    let threads = threads.parse()?;
    let device = Device::open(DeviceRequest::Cpu, Some(threads))?;
    let started = Instant::now();
    let library = LibraryReader::open(Path::new(path))?;
    let kind = library.kind(kind).ok_or("the library has no such fingerprint")?;
    let words = library.info().kinds[kind].words();
    let (mut bits, mut popcounts) = (Vec::with_capacity(library.len() as usize * words), Vec::new());
    prefer_large_pages(&bits);
    device.install(|| library.read_fingerprints(kind, 0..library.len(), &mut bits, &mut popcounts))?;
    let library = Rows { bits: &bits, popcounts: &popcounts, words };
    let tile = Tile::new(&device, 0, library)?;
    let load = started.elapsed().as_secs_f64();
    answer(&format!("{{\"rows\": {}, \"load_seconds\": {load}}}", tile.len()))?;

    for line in std::io::stdin().lock().lines() {
        let line = line?;
        if line == "bandwidth" {
            let rate = read_bandwidth_of(threads, &bits);
            let bytes = size_of_val(&bits[..]);
            answer(&format!("{{\"bytes\": {bytes}, \"bytes_per_second\": {rate}}}"))?;
            continue;
        }
        let fields: Vec<&str> = line.split('\t').collect();
        let [queries, what, number, results] = fields[..] else { return Err("expected four fields".into()) };
        let selection = match what {
            "top" => Selection::Top(number.parse()?),
            _ => Selection::AtLeast(number.parse()?),
        };
        let is_whole = queries == "*";
        let smiles = match queries.strip_prefix('@') {
            Some(path) => std::fs::read_to_string(path)?,
            None => queries.to_owned(),
        };
        let started = Instant::now();
        let made = if is_whole { None } else { Some(fingerprints(&smiles, words)?) };
        let queries = made.as_ref().map_or(library, |(bits, popcounts)| Rows { bits, popcounts, words });
        let mut search = Search::new(&device, queries, selection)?;
        search.scan_tile(&tile)?;
        let hits = search.finish();
        let seconds = started.elapsed().as_secs_f64();
        let found = write(results, &hits, is_whole)?;
        answer(&format!("{{\"seconds\": {seconds}, \"hits\": {found}}}"))?;
    }
    Ok(())
}

/// Fingerprints of the lines of a text.
fn fingerprints(smiles: &str, words: usize) -> Result<(Vec<u64>, Vec<u16>), Box<dyn Error>> {
    let mut parser = Parser::new();
    let mut morgan = Morgan::new(MorganOptions::default());
    let mut bits = vec![0; words * smiles.lines().count()];
    for (line, bits) in smiles.lines().zip(bits.chunks_mut(words)) {
        let molecule = parser.parse(line.as_bytes()).map_err(|error| error.to_string())?;
        morgan.bits(molecule, u32::try_from(words * 64)?, bits);
    }
    let popcounts = bits.chunks(words).map(popcount).collect();
    Ok((bits, popcounts))
}

/// Writes the hits; tells how many.
fn write(path: &str, hits: &[Vec<Hit>], without_itself: bool) -> std::io::Result<usize> {
    let mut out = BufWriter::new(File::create(path)?);
    let mut found = 0;
    for (query, hits) in hits.iter().enumerate() {
        for hit in hits.iter().filter(|hit| !without_itself || hit.row != query as u64) {
            out.write_all(&(query as u32).to_le_bytes())?;
            out.write_all(&(hit.row as u32).to_le_bytes())?;
            out.write_all(&(hit.similarity() as f32).to_le_bytes())?;
            found += 1;
        }
    }
    out.flush()?;
    Ok(found)
}

fn answer(line: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

//! Our side of `benches/peers/fpsim2`: a library held in memory, searched for each line of standard input.
//!
//!     search_server LIBRARY.h5 FINGERPRINT THREADS
//!
//! A line is `SMILES<tab>top|threshold<tab>NUMBER<tab>RESULTS`. The answer is a line of JSON with the seconds from
//! SMILES to ranked hits; the hits go to the file RESULTS afterwards, as pairs of a row (u32) and a similarity (f32).

use std::error::Error;
use std::io::{BufRead, Write};
use std::path::Path;
use std::time::Instant;

use soyaku_chem::Parser;
use soyaku_chem::fingerprint::{Morgan, MorganOptions};
use soyaku_device::{Device, DeviceRequest, prefer_large_pages, read_bandwidth_of};
use soyaku_kernels::tanimoto::{Hit, Rows, Search, Selection, popcount};
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
    let rows = Rows { bits: &bits, popcounts: &popcounts, words };
    let load = started.elapsed().as_secs_f64();
    answer(&format!("{{\"rows\": {}, \"load_seconds\": {load}}}", rows.len()))?;

    for line in std::io::stdin().lock().lines() {
        let line = line?;
        if line == "bandwidth" {
            let rate = read_bandwidth_of(threads, &bits);
            let bytes = size_of_val(&bits[..]);
            answer(&format!("{{\"bytes\": {bytes}, \"bytes_per_second\": {rate}}}"))?;
            continue;
        }
        let fields: Vec<&str> = line.split('\t').collect();
        let [smiles, what, number, results] = fields[..] else { return Err("expected four fields".into()) };
        let selection = match what {
            "top" => Selection::Top(number.parse()?),
            _ => Selection::AtLeast(number.parse()?),
        };
        let started = Instant::now();
        let mut query = vec![0; words];
        let mut parser = Parser::new();
        let molecule = parser.parse(smiles.as_bytes()).map_err(|error| error.to_string())?;
        Morgan::new(MorganOptions::default()).bits(molecule, u32::try_from(words * 64)?, &mut query);
        let popcounts = [popcount(&query)];
        let mut search =
            Search::new(&device, Rows { bits: &query, popcounts: &popcounts, words }, selection)?;
        search.scan(0, rows)?;
        let hits = search.finish().pop().unwrap_or_default();
        let seconds = started.elapsed().as_secs_f64();
        std::fs::write(results, hits.iter().flat_map(bytes_of).collect::<Vec<u8>>())?;
        answer(&format!("{{\"seconds\": {seconds}, \"hits\": {}}}", hits.len()))?;
    }
    Ok(())
}

fn bytes_of(hit: &Hit) -> [u8; 8] {
    let mut bytes = [0; 8];
    bytes[..4].copy_from_slice(&(hit.row as u32).to_le_bytes());
    bytes[4..].copy_from_slice(&(hit.similarity() as f32).to_le_bytes());
    bytes
}

fn answer(line: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

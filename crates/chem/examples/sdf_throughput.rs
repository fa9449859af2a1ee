//! Records per second on one thread: `sdf_throughput FILE.sdf [SECONDS]`, the best of several runs.
use std::time::{Duration, Instant};

use soyaku_chem::Parser;
use soyaku_chem::sdf::SdfReader;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let Some(file) = arguments.next() else {
        eprintln!("usage: sdf_throughput FILE.sdf [SECONDS]");
        std::process::exit(64);
    };
    let seconds = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(3.0);
    let text = std::fs::read(file)?;
    let mut parser = Parser::new();
    let mut best = Duration::MAX;
    let (mut records, mut refused) = (0u32, 0u32);
    let end = Instant::now() + Duration::from_secs_f64(seconds);
    while best == Duration::MAX || Instant::now() < end {
        let started = Instant::now();
        (records, refused) = (0, 0);
        let mut reader = SdfReader::new(&text[..]);
        while let Some(record) = reader.read()? {
            records += 1;
            refused += u32::from(parser.parse_mol_block(record.mol_block()).is_err());
        }
        best = best.min(started.elapsed());
    }
    let each = best.as_secs_f64() / f64::from(records.max(1));
    println!("{records} records, {refused} refused: {:.2} us each, {:.0} per second", each * 1e6, 1.0 / each);
    Ok(())
}

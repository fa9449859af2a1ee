//! FPS text of Morgan fingerprints against RDKit 2026.9.1's `BitVectToFPSText`, run live; and what was
//! written is read back.
//!
//! Skipped, and saying so, where RDKit or the data is missing; `SOYAKU_REQUIRE_ORACLES=1` and
//! `SOYAKU_REQUIRE_TEST_DATA=1` make that a failure.

#![allow(clippy::expect_used)]

#[allow(dead_code)]
mod support;

use soyaku_chem::Parser;
use soyaku_chem::fingerprint::{Morgan, MorganOptions};
use soyaku_chem::fps::{FpsHeader, FpsReader, FpsWriter};
use support::{data_folder, fail_or_skip, oracle};

const SIZES: [u32; 4] = [2048, 1024, 167, 61];

#[test]
fn morgan_fingerprints_of_chembl() {
    let path = data_folder().join("smiles/chembl_10k.smi");
    let Ok(text) = std::fs::read_to_string(&path) else {
        return fail_or_skip("SOYAKU_REQUIRE_TEST_DATA", &path.display().to_string());
    };
    let step = if std::env::var_os("SOYAKU_PARITY_FULL").is_some() { 1 } else { 5 };
    let smiles: Vec<String> =
        text.lines().step_by(step).filter_map(|line| line.split(' ').next()).map(str::to_owned).collect();
    let sizes = SIZES.map(|size| size.to_string());
    let arguments: Vec<&str> = sizes.iter().map(String::as_str).collect();
    let Some(answers) = oracle::run("fps", "fps_oracle.py", &arguments, &smiles) else { return };
    assert_eq!(answers.len(), smiles.len());

    let mut parser = Parser::new();
    let mut morgan = Morgan::new(MorganOptions::default());
    let mut compared = 0;
    for (place, size) in SIZES.into_iter().enumerate() {
        let header = FpsHeader { bits: Some(size as usize), ..FpsHeader::default() };
        let mut writer = FpsWriter::new(Vec::new(), &header).expect("memory takes everything");
        let mut written = Vec::new();
        for (line, answer) in smiles.iter().zip(&answers) {
            let Ok(molecule) = parser.parse(line.as_bytes()) else { continue };
            let mut words = vec![0; size.div_ceil(64) as usize];
            morgan.bits(molecule, size, &mut words);
            writer.write(&words, line.as_bytes()).expect("a SMILES is a name");
            let theirs = answer.split('\t').nth(place).expect("a fingerprint of each size");
            written.push((words, line, theirs));
        }
        let file = writer.into_inner();
        let text = String::from_utf8(file.clone()).expect("text");
        let mut lines = text.lines().skip(2);
        let mut reader = FpsReader::new(&file[..]).expect("a header");
        assert_eq!(reader.bits(), size as usize);
        for (words, name, theirs) in &written {
            let ours = lines.next().and_then(|line| line.split('\t').next());
            assert_eq!(ours, Some(*theirs), "{name}, {size} bits");
            let record = reader.read().expect("a good line").expect("a line");
            assert_eq!((record.words, record.name), (&words[..], name.as_bytes()));
            compared += 1;
        }
        assert!(reader.read().expect("the end").is_none());
    }
    println!("{compared} fingerprints compared, 0 different");
    assert!(compared > 3 * smiles.len());
}

//! Structural alerts against RDKit 2026.9.1, run live: which entries of PAINS, BRENK and NIH each
//! compound has, by name, and the atoms of every place where they occur.
//!
//! An ordinary run takes a sample of ChEMBL, NCI and the approved drugs; `SOYAKU_PARITY_FULL=1` takes
//! all of them and 100,000 compounds of MOSES. Skipped, and saying so, where RDKit or the data is
//! missing. `-- --nocapture` shows what was compared.

#![allow(clippy::expect_used)]

// of the shared parts, only some are used here
#[allow(dead_code)]
mod support;

use std::fmt::Write as _;

use soyaku_chem::Parser;
use soyaku_chem::alerts::{AlertScratch, Alerts, Catalogue};
use support::{oracle, sets};

/// Compounds of a set that are compared in an ordinary run.
const SAMPLE: usize = 400;

/// Compared in one go: the oracle keeps its answers in memory.
const PART: usize = 20_000;

/// Places that are listed at most; which ones, is not compared beyond.
const MOST_PLACES: usize = 1000;

/// CRC-32 as zlib has it.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
    })
}

/// An entry and its places as the oracle writes them.
fn describe(name: &str, mut places: Vec<Vec<u32>>) -> String {
    if places.len() == MOST_PLACES {
        return format!("{name}:{MOST_PLACES}:0");
    }
    places.iter_mut().for_each(|atoms| atoms.sort_unstable());
    places.sort_unstable();
    let mut text = String::new();
    for (index, atoms) in places.iter().enumerate() {
        for (position, atom) in atoms.iter().enumerate() {
            let separator = match (index, position) {
                (0, 0) => "",
                (_, 0) => "/",
                _ => ",",
            };
            let _ = write!(text, "{separator}{atom}");
        }
    }
    format!("{name}:{}:{}", places.len(), crc32(text.as_bytes()))
}

/// What was found in a set with one catalogue.
#[derive(Default)]
struct Tally {
    pairs: usize,
    alerts: usize,
    places: usize,
    different: Vec<String>,
}

/// Compares all compounds with all catalogues, prints a row of docs/parity.md for each catalogue and
/// fails on a difference.
fn compare(name: &str, compounds: Option<Vec<String>>) {
    let Some(compounds) = compounds else { return };
    let step = if sets::is_full() { 1 } else { (compounds.len() / SAMPLE).max(1) };
    let compounds: Vec<String> = compounds.into_iter().step_by(step).collect();
    let alerts = Alerts::new(&Catalogue::ALL);
    let mut scratch = AlertScratch::new();
    let mut parser = Parser::new();
    let mut molecules = 0;
    let mut tallies: [Tally; 3] = Default::default();
    for part in compounds.chunks(PART) {
        let Some(answers) = oracle::run(name, "alert_oracle.py", &[], part) else { return };
        assert_eq!(answers.len(), part.len(), "one answer for each compound");
        for (smiles, theirs) in part.iter().zip(&answers) {
            // what only one of the two reads is the matter of rdkit_parity.rs
            let (Ok(molecule), true) = (parser.parse(smiles.as_bytes()), theirs != "error") else { continue };
            molecules += 1;
            let found = alerts.find(&mut scratch, molecule).expect("within the limit").to_vec();
            let theirs: Vec<&str> = theirs.split('|').collect();
            assert_eq!(theirs.len(), tallies.len(), "one list for each catalogue");
            for ((catalogue, tally), theirs) in Catalogue::ALL.iter().zip(&mut tallies).zip(theirs) {
                tally.pairs += catalogue.entries().count();
                let mut ours = Vec::new();
                for &alert in found.iter().filter(|alert| alert.catalogue == *catalogue) {
                    let places = alerts.atoms(&mut scratch, molecule, alert).expect("within the limit");
                    assert!(!places.is_empty(), "{smiles}: {} has no place", alert.name());
                    if alert.smarts().matches('.').count() > 2 {
                        ours.push(format!("{}:-", alert.name()));
                    } else {
                        tally.places += places.len();
                        ours.push(describe(alert.name(), places));
                    }
                }
                tally.alerts += ours.len();
                assert_eq!(alerts.count(&found, *catalogue), ours.len());
                let theirs: Vec<&str> = theirs.split(';').filter(|entry| !entry.is_empty()).collect();
                let only_ours = ours.iter().filter(|entry| !theirs.contains(&entry.as_str()));
                let only_theirs = theirs.iter().filter(|entry| ours.iter().all(|other| other != *entry));
                let only_ours = only_ours.map(|entry| format!("{smiles}: {entry} here only"));
                tally.different.extend(only_ours);
                tally.different.extend(only_theirs.map(|entry| format!("{smiles}: {entry} in RDKit only")));
                if tally.different.is_empty() {
                    assert_eq!(ours, theirs, "order of the entries of {smiles}");
                }
            }
        }
    }
    for (catalogue, tally) in Catalogue::ALL.iter().zip(&tallies) {
        println!(
            "| {name} | {catalogue} | {molecules} | {} | {} | {} | {} |",
            tally.pairs,
            tally.alerts,
            tally.places,
            tally.different.len()
        );
    }
    let different: Vec<&str> =
        tallies.iter().flat_map(|tally| &tally.different).map(String::as_str).collect();
    let shown = different[..different.len().min(40)].join("\n");
    assert!(different.is_empty(), "{name} differs from RDKit in {} entries:\n{shown}", different.len());
}

#[test]
fn alerts_of_chembl() {
    compare("chembl_10k", sets::chembl());
}

#[test]
fn alerts_of_nci() {
    compare("NCI first_5K", sets::nci());
}

#[test]
fn alerts_of_drugs() {
    compare("DrugBank approved", sets::drugbank());
}

#[test]
fn alerts_of_moses() {
    if sets::is_full() {
        compare("MOSES", sets::moses());
    } else {
        println!("MOSES is compared with SOYAKU_PARITY_FULL=1");
    }
}

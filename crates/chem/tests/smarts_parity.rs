//! SMARTS search against RDKit 2026.9.1, run live: patterns made for every primitive, and every
//! pattern of RDKit's own filter catalogues, on real compounds. Compared are the patterns that are
//! refused, the number of matches that differ in their atoms, and the atoms of all matches.
//!
//! Skipped, and saying so, where RDKit or the data is missing; `SOYAKU_REQUIRE_ORACLES=1` and
//! `SOYAKU_REQUIRE_TEST_DATA=1` make that a failure. `SOYAKU_PARITY_FULL=1` takes all compounds of
//! a set, not a part. `-- --nocapture` shows what was compared.

#![allow(clippy::expect_used)]

// of the shared parts, only some are used here
#[allow(dead_code)]
mod support;

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use soyaku_chem::Parser;
use soyaku_chem::smarts::{MatchScratch, Pattern, PatternSet};
use support::{data_folder, fail_or_skip, oracle, workspace};

/// Patterns that are understood differently, as (SMARTS, reason); also in the module's documentation.
const KNOWN: &[(&str, &str)] = &[(
    "[$(C)13]",
    "RDKit forgets a mass number that follows a recursive pattern; here it counts as anywhere else",
)];

const VERSION: &str = "rdkit 2026.09.1";

/// Molecules for primitives that compounds of a library have no use for.
const SPECIAL: &[&str] = &[
    "N->[Fe]",
    "N1->[Fe]C1",
    "[NH3]->[Pt](<-[NH3])(Cl)Cl",
    "C[2H]",
    "CC[2H]",
    "C[1H]",
    "[2H][2H]",
    "[H][H]",
    "[H+].[Cl-]",
    "*C",
    "*1ccccc1",
    "c1ccccc1*",
    "[13CH3]C",
    "[2H]O[2H]",
    "C$C",
    "FP(F)(F)(F)F",
    "FS(F)(F)(F)(F)F",
    "[O-]C[Mg--].[Na+].[Ca++]",
    "c1cc[se]c1",
    "c1cc[te]c1",
    "C1CC2CC2C1",
    "CC1CC1",
    "C12C3C4C1C5C2C3C45",
    "F/C=C\\F",
    "[C@@](F)(Cl)(Br)I",
    "[Fe++].[Cl-].[Cl-]",
    "C[N+](C)(C)C.[OH-]",
    "[U]",
    "C[Si](C)(C)C",
    "OB(O)c1ccccc1",
    "[CH3-]",
    "[CH2]C",
    "C",
];

fn python() -> std::path::PathBuf {
    std::env::var_os("SOYAKU_PYTHON")
        .map_or_else(|| workspace().join("target/venv/bin/python"), std::path::PathBuf::from)
}

/// Lines that the oracle writes, after the one with the version.
fn ask(arguments: &[&str], input: &str) -> Vec<String> {
    let mut child = Command::new(python())
        .arg(workspace().join("tests/parity/smarts_oracle.py"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python starts");
    let mut pipe = child.stdin.take().expect("a pipe");
    let text = input.to_owned();
    let writer = std::thread::spawn(move || pipe.write_all(text.as_bytes()));
    let output = child.wait_with_output().expect("the oracle ends");
    // an oracle that needs no input may close it early
    let _ = writer.join().expect("the writer ends");
    assert!(output.status.success(), "the oracle failed: {}", output.status);
    let text = String::from_utf8(output.stdout).expect("the oracle writes UTF-8");
    let mut lines = text.lines().map(str::to_owned);
    assert_eq!(lines.next().as_deref(), Some(VERSION), "version of the reference");
    lines.collect()
}

/// CRC-32 as zlib has it.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
    })
}

/// The matches as the oracle writes them: their number and the checksum of their atoms.
fn digest(mut matches: Vec<Vec<u32>>) -> (usize, u32) {
    matches.iter_mut().for_each(|atoms| atoms.sort_unstable());
    matches.sort_unstable();
    let mut text = String::new();
    for (index, atoms) in matches.iter().enumerate() {
        for (position, atom) in atoms.iter().enumerate() {
            let separator = if position > 0 {
                ","
            } else if index > 0 {
                ";"
            } else {
                ""
            };
            let _ = write!(text, "{separator}{atom}");
        }
    }
    (matches.len(), crc32(text.as_bytes()))
}

/// Compares all patterns on all molecules, prints the totals and fails on a difference.
fn compare(name: &str, patterns: &[String], molecules: &[String], uses_stereo: bool) {
    let file = std::env::temp_dir().join(format!("soyaku-smarts-{}-{name}.txt", std::process::id()));
    std::fs::write(&file, patterns.join("\n") + "\n").expect("a temporary file");
    let file_name = file.to_string_lossy();
    let arguments = if uses_stereo { vec!["--stereo", &file_name] } else { vec![&*file_name] };
    let mut answers = ask(&arguments, &molecules.iter().map(|line| format!("{line}\n")).collect::<String>());
    std::fs::remove_file(&file).expect("the temporary file");
    assert_eq!(answers.len(), patterns.len() + molecules.len(), "one answer for each line");
    let found = answers.split_off(patterns.len());
    let mut different = Vec::new();
    let mut refused = 0;
    let mut parsed = Vec::new();
    for (number, (pattern, theirs)) in patterns.iter().zip(&answers).enumerate() {
        match (Pattern::parse(pattern), theirs.as_str()) {
            (Err(_), "error") => refused += 1,
            (Err(error), _) => different.push(format!("{pattern:?}: refused ({error}), RDKit reads it")),
            (Ok(_), "error") => different.push(format!("{pattern:?}: read, RDKit refuses it")),
            (Ok(ours), atoms) => {
                if ours.atom_count().to_string() != atoms {
                    different.push(format!("{pattern:?}: {} atoms, in RDKit {atoms}", ours.atom_count()));
                }
                parsed.push((number, ours.with_stereo(uses_stereo)));
            }
        }
    }
    let (mut parser, mut scratch) = (Parser::new(), MatchScratch::new());
    let set = PatternSet::new(parsed.iter().map(|(_, pattern)| pattern.clone()).collect());
    let (mut searched, mut pairs, mut hits, mut atom_sets) = (0, 0, 0, 0);
    let mut found_together = Vec::new();
    for (smiles, theirs) in molecules.iter().zip(&found) {
        // what only one of the two reads is the matter of rdkit_parity.rs
        let (Ok(molecule), true) = (parser.parse(smiles.as_bytes()), theirs != "error") else { continue };
        searched += 1;
        set.matching(molecule, &mut scratch, &mut found_together).expect("within the limit");
        let mut found_together = found_together.iter().copied().peekable();
        let mut theirs = theirs.split(' ').filter(|field| !field.is_empty()).peekable();
        for (index, (number, pattern)) in parsed.iter().enumerate() {
            pairs += 1;
            let matches = pattern.find(molecule, &mut scratch, true, usize::MAX).expect("within the limit");
            assert_eq!(pattern.matches(molecule, &mut scratch), Ok(!matches.is_empty()), "{smiles:?}");
            let is_in_set = found_together.next_if_eq(&(index as u32)).is_some();
            assert_eq!(is_in_set, !matches.is_empty(), "{:?} in {smiles:?} by the set", patterns[*number]);
            let prefix = format!("{number}:");
            let theirs = theirs.next_if(|field| field.starts_with(&prefix)).unwrap_or_default();
            let ours = match digest(matches) {
                (0, _) => String::new(),
                (count, checksum) => {
                    hits += 1;
                    atom_sets += count;
                    format!("{number}:{count}:{checksum}")
                }
            };
            let pattern = &patterns[*number];
            if ours != theirs && KNOWN.iter().all(|(known, _)| known != pattern) {
                different.push(format!("{pattern:?} in {smiles:?}: {ours:?}, in RDKit {theirs:?}"));
            }
        }
    }
    println!(
        "{name}: {} patterns read and {refused} refused by both; {searched} molecules, {pairs} searches, {hits} with \
         matches, {atom_sets} matches; {} different",
        parsed.len(),
        different.len()
    );
    // one case of every pattern tells the most
    let mut shown = different.clone();
    shown.dedup_by_key(|line| line.split(" in ").next().unwrap_or_default().to_owned());
    shown.sort();
    shown.dedup_by_key(|line| line.split(" in ").next().unwrap_or_default().to_owned());
    let shown = shown[..shown.len().min(60)].join("\n");
    assert!(different.is_empty(), "{name} differs from RDKit in {} cases:\n{shown}", different.len());
}

/// Up to about `count` lines of a file, evenly spread, without those longer than `most_bytes`.
fn sample(path: &Path, count: usize, most_bytes: usize) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let lines: Vec<&str> =
        text.lines().map(|line| line.split([' ', '\t', ',']).next().unwrap_or_default()).collect();
    let full = std::env::var_os("SOYAKU_PARITY_FULL").is_some_and(|value| value == "1");
    let step = if full { 1 } else { (lines.len() / count).max(1) };
    // patterns of several parts fit a large molecule in millions of ways
    let lines = lines.into_iter().filter(|line| line.len() <= most_bytes);
    lines.step_by(step).map(str::to_owned).collect()
}

/// The patterns of tests/data/smarts.txt.
fn own_patterns() -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/smarts.txt");
    let text = std::fs::read_to_string(path).expect("the list is part of the repository");
    text.trim_end_matches('\n').split('\n').map(str::to_owned).collect()
}

fn chembl(count: usize, most_bytes: usize) -> Option<Vec<String>> {
    let path = data_folder().join("smiles/chembl_10k.smi");
    if !path.is_file() {
        fail_or_skip("SOYAKU_REQUIRE_TEST_DATA", &format!("{}", path.display()));
        return None;
    }
    Some(sample(&path, count, most_bytes))
}

#[test]
fn own_patterns_on_special_molecules() {
    if oracle::rdkit_data_folder().is_none() {
        return;
    }
    let odd = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/odd.smi");
    let text = std::fs::read_to_string(odd).expect("the list is part of the repository");
    let mut molecules: Vec<String> = SPECIAL.iter().map(|smiles| (*smiles).to_owned()).collect();
    molecules.extend(text.lines().filter(|line| !line.contains('|')).map(str::to_owned));
    compare("special", &own_patterns(), &molecules, false);
}

#[test]
fn own_patterns_on_chembl() {
    let (Some(_), Some(molecules)) = (oracle::rdkit_data_folder(), chembl(300, 80)) else { return };
    compare("chembl", &own_patterns(), &molecules, false);
}

#[test]
fn own_patterns_on_nci() {
    let Some(folder) = oracle::rdkit_data_folder() else { return };
    let path = folder.join("NCI").join("first_5K.smi");
    if !path.is_file() {
        fail_or_skip("SOYAKU_REQUIRE_ORACLES", &format!("{}", path.display()));
        return;
    }
    compare("nci", &own_patterns(), &sample(&path, 300, 80), false);
}

#[test]
fn filter_catalogs_on_chembl() {
    let (Some(_), Some(molecules)) = (oracle::rdkit_data_folder(), chembl(1000, 120)) else { return };
    let patterns = ask(&["--catalogs"], "");
    assert!(patterns.len() > 1200, "PAINS, BRENK, NIH and RDKit's files of SMARTS");
    compare("catalogs", &patterns, &molecules, false);
}

/// Patterns whose stereo counts, beside those made from compounds.
const STEREO: &str = r"[C@](F)(Cl)(Br)I [C@@](F)(Cl)(Br)I [C@H](F)(Cl)Br F[C@H](Cl)Br F[C@@](Cl)Br [*@](*)(*)* \
    [*@@](*)(*)* *[*@](*)* *[*@@](*)* *[*@H](*)* *[*@@H](*)* *[*@](*)(*)* *[*@@](*)(*)* *[*@]* [*@] [C@H] [C@@H] \
    [C@;H1](*)(*)* [CH@](*)(*)* [C@H1](*)(*)* [C@H0](*)(*)(*)* [C@!H0](*)(*)* [C&@&H](*)(*)* [C;@;H](*)(*)* \
    [C@,N](*)(*)* [C,N@](*)(*)* [N,C@H](*)(*)* [!C@](*)(*)* [C@@,N@](*)(*)* [C@X4H](*)(*)* [C@X4;H](*)(*)* \
    [C@HH](*)(*)* [@@](*)(*)* [C@TH1](*)(*)* [C@TH2](*)(*)* [C@SP1](*)(*)* [C@AL1](*)(*)* [S@](=O)(*)* \
    [S@@](=O)(*)* *[S@](=O)* [P@](=O)(*)(*)* [C@]1(*)CCCC1 [C@@]1(*)CCCC1 [C@]1(*)CCCCC1 [C@@]1(*)CCCCC1 \
    [C@H]1(*)CCCC1 [C@@H]1(*)CCCC1 [C@H]1(*)CCCCC1 [C@@H]1(*)CCCCC1 *[C@]1CCCC1 *[C@H]1CCCC1 *[C@@H]1CCCCC1 \
    *[C@](*)1CCCCC1 [C@](*)1CCCC1 [C@](*)(*)1CCCCC1 [C@](*)1(*)CCCC1 [C@]12*CCC1CCC2 C1CC[C@]2(*)CCCC1*2 \
    [C@H]12~*~*~*~1~*~*~*~2 *1*[C@@]1(*)* *1*[C@H]1* *1*[C@]1* *.[C@H](*)(*)O *.[C@](*)(*)O N[C@@H](C)C(=O) \
    N[C@H](C)C(=O) N[C@@H](*)C(=O) C(=O)[C@H](*)N OC[C@H]1OC[C@@H](O)[C@H](O)[C@@H]1O O[C@H]1[C@H](O)*O*[C@@H]1O \
    [$([C@](*)(*)*)] [$([C@@](*)(*)*)] [$([C@H](*)(*)*)] [$(*[C@H](*)*)] [$([C@]1(*)CCCC1)] [$([C@@H]1(*)CCCCC1)] \
    [$(*[C@@H]1CCCCC1)]~[$(*[C@H](*)*)] [C@H](*)(*)[C@H](*)* [C@H](*)(*)[C@@H](*)* C[C@H](O)[C@H](*)N \
    F/C=C/Cl */C=C/* */C=C\* *\C=C\* C/C=C/C C/C=C\C C/C(C)=C/C C(/C)=C/C C(=C/C)\C C(=C/C)/C */*=*/* \
    */*=*\* */C=N/* */C=N\* */N=N/* O/N=C/C O/N=C\C */C=C */C=C* C=C/* */C=,#C/* */C#,=C/* */C~C/* */C=;!@C/* \
    */C!#C/* */C!=C/* */C-C/* */C(/*)=C/* */C(\*)=C/* */C(*)=C/* */;!@C=C/* */,=C=C/* *-,/C=C/* *!/C=C/* \
    *\,-C=C/* C1/C=C/CCCCC1 C1CCCCC/C=C/1 C/1CCCCC/C=C1 C/1CCCCC/C=C/1 C1CCCCC/C=C\1 */C=C/C=C/* */C=C/C=C\* \
    */C=C/C=C */[C,N]=C/* */C=@C/* */C@=C/* */C=!@C/* */C=,~C/* [$(*/C=C/*)] [$(*/C=C/*)]~*~* *1/C=C/***1 \
    *[C@H](*)/C=C/* *[C@@H](*)/C=C/* *[C@H](*)/C=C\* */C=C/[C@](*)(*)O";

#[test]
fn stereo_on_compounds() {
    let Some(_) = oracle::rdkit_data_folder() else { return };
    let mut patterns: Vec<String> =
        STEREO.split_whitespace().filter(|word| *word != r"\").map(str::to_owned).collect();
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/stereo_scaffolds.smi");
    let text = std::fs::read_to_string(own).expect("the list is part of the repository");
    let scaffolds: Vec<String> =
        text.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect();
    patterns.extend(scaffolds.iter().cloned());
    let mut molecules: Vec<String> = SPECIAL.iter().map(|smiles| (*smiles).to_owned()).collect();
    molecules.extend(scaffolds);
    compare("stereo of scaffolds", &patterns, &molecules, true);
    let Some(compounds) = chembl(2500, 100) else { return };
    let with_stereo = |smiles: &String| smiles.contains(['@', '/']);
    let compounds: Vec<String> = compounds.into_iter().filter(with_stereo).collect();
    compare("stereo of chembl", &patterns, &compounds, true);
}

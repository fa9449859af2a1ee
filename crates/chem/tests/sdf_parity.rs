//! Molecules from mol blocks, V2000 and V3000, flat and in space, against RDKit 2026.9.1, run live:
//! blocks that RDKit writes for real compounds and for odd ones, blocks with marks added to them,
//! and SD files that come with RDKit.
//!
//! Skipped, and saying so, where RDKit or the data is missing; `SOYAKU_REQUIRE_ORACLES=1` and
//! `SOYAKU_REQUIRE_TEST_DATA=1` make that a failure. `-- --nocapture` shows what was compared.

#![allow(clippy::expect_used)]

#[allow(dead_code)]
mod support;

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use soyaku_chem::fingerprint::{Morgan, MorganOptions};
use soyaku_chem::sdf::SdfReader;
use soyaku_chem::{BondStereo, Molecule, Parser, SmilesOptions, SmilesWriter};
use support::compare::Comparison;
use support::{data_folder, fail_or_skip, oracle};

/// Molecules of mol blocks as SMILES, which is how libraries keep them: what is read from the SMILES
/// must be the molecule of the block. Only that a configuration was drawn as unknown is lost, which
/// chiral fingerprints tell from one that was not given: there the others are compared. And a hydrogen
/// that is an atom only because it was drawn beside a double bond is no atom in the SMILES.
struct AsSmiles {
    parser: Parser,
    writer: SmilesWriter,
    canonical: SmilesWriter,
    chiral: Morgan,
    flat: Morgan,
    molecules: usize,
    hydrogens: usize,
    different: Vec<String>,
}

impl AsSmiles {
    fn new() -> Self {
        let options = SmilesOptions { canonical: false, ..SmilesOptions::default() };
        Self {
            parser: Parser::new(),
            writer: SmilesWriter::new(options),
            canonical: SmilesWriter::default(),
            chiral: Morgan::new(MorganOptions { use_chirality: true, ..MorganOptions::default() }),
            flat: Morgan::new(MorganOptions::default()),
            molecules: 0,
            hydrogens: 0,
            different: Vec::new(),
        }
    }

    fn add(&mut self, name: &str, block: &[u8]) {
        let Ok(molecule) = self.parser.parse_mol_block(block) else { return };
        let text = self.writer.write(molecule).to_owned();
        let is_unknown = molecule.bonds().iter().any(|bond| bond.stereo == BondStereo::Any);
        let morgan = if is_unknown { &mut self.flat } else { &mut self.chiral };
        let mut describe = |molecule: &Molecule| {
            let mut bits = vec![0; 32];
            morgan.bits(molecule, 2048, &mut bits);
            (self.canonical.write(molecule).to_owned(), bits)
        };
        let from_block = describe(molecule);
        self.molecules += 1;
        let from_block = match self.parser.parse(from_block.0.as_bytes()) {
            Ok(molecule) if text.contains("[H]") => {
                self.hydrogens += 1;
                describe(molecule)
            }
            _ => from_block,
        };
        match self.parser.parse(text.as_bytes()) {
            Ok(molecule) if describe(molecule) == from_block => {}
            Ok(molecule) => {
                let from_text = describe(molecule);
                let bits = if from_text.1 == from_block.1 { "same" } else { "other" };
                let texts = (&from_block.0, &from_text.0);
                self.different
                    .push(format!("{name}: {text}: {bits} bits, canonical {} and {}", texts.0, texts.1));
            }
            Err(error) => self.different.push(format!("{name}: {text}: {error}")),
        }
    }
}

/// Has RDKit write mol blocks of these kinds (see tests/parity/sdf_oracle.py) and compares them.
fn check(name: &str, smiles: &[String], kinds: &[&str], unsupported: usize) {
    let arguments: Vec<&str> = ["make"].iter().chain(kinds).copied().collect();
    let Some(answers) = oracle::run(name, "sdf_oracle.py", &arguments, smiles) else { return };
    assert!(answers.len() > smiles.len() * kinds.len() / 2, "{name}: only {} blocks", answers.len());
    let mut comparison = Comparison::new(&[]);
    let mut as_smiles = AsSmiles::new();
    for (number, answer) in answers.iter().enumerate() {
        let fields: Vec<&str> = answer.split('\t').collect();
        let block = fields[0].replace('\x01', "\n");
        comparison.add_block(&format!("{number}"), block.as_bytes(), &fields[1..]);
        as_smiles.add(&format!("{number}"), block.as_bytes());
        if let Some(path) = std::env::var_os("SOYAKU_BLOCKS") {
            std::fs::write(Path::new(&path).join(format!("{}-{number}.mol", name.replace('/', "-"))), block)
                .expect("SOYAKU_BLOCKS names a folder");
        }
    }
    println!("{name}, {}: {comparison}; {}", kinds.join(" "), comparison.blocks_left_out());
    let (molecules, hydrogens) = (as_smiles.molecules, as_smiles.hydrogens);
    println!("{molecules} of them written as SMILES and read back, {hydrogens} with [H]");
    assert!(as_smiles.different.is_empty(), "{name}:\n{}", as_smiles.different.join("\n"));
    assert!(comparison.is_equal(), "{name} differs from RDKit:\n{}", comparison.differences());
    assert_eq!(comparison.unsupported(), unsupported, "{name}: blocks with features that are not read");
}

/// Every `step`th line of a file, without what follows a blank.
fn lines(path: &Path, step: usize) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let first = |line: &str| line.split([' ', '\t', ',']).next().unwrap_or_default().to_owned();
    text.lines().step_by(step).map(first).collect()
}

fn data(file: &str, step: usize) -> Option<Vec<String>> {
    let path = data_folder().join(file);
    if !path.is_file() {
        fail_or_skip("SOYAKU_REQUIRE_TEST_DATA", &path.display().to_string());
        return None;
    }
    Some(lines(&path, step))
}

#[test]
fn chembl() {
    let Some(mut smiles) = data("smiles/chembl_10k.smi", 3) else { return };
    // RDKit takes long to draw large peptides: few of them
    let mut large = 0;
    smiles.retain(|line| {
        line.len() < 200 || {
            large += 1;
            large % 20 == 0
        }
    });
    check("chembl", &smiles, &["v2000", "v3000"], 0);
}

#[test]
fn chembl_drawn_in_other_ways() {
    let Some(mut smiles) = data("smiles/chembl_10k.smi", 20) else { return };
    // RDKit takes long to draw large molecules with all their hydrogens
    smiles.retain(|line| line.len() < 100);
    let kinds = ["shuffled", "hydrogens", "turned", "aromatic", "aromatic-hydrogens", "aromatic-v3000"];
    check("chembl", &smiles, &kinds, 0);
    check("chembl", &smiles, &["remarked", "rewedged", "rewedged-hydrogens"], 0);
}

#[test]
fn chembl_in_space() {
    let Some(smiles) = data("smiles/chembl_10k.smi", 20) else { return };
    let small: Vec<String> = smiles.into_iter().filter(|line| line.len() < 45).collect();
    check("chembl", &small, &["space", "space-v3000", "space-bare", "space-remarked"], 0);
}

#[test]
fn nci() {
    let Some(folder) = oracle::rdkit_data_folder() else { return };
    let path = folder.join("NCI").join("first_5K.smi");
    if !path.is_file() {
        fail_or_skip("SOYAKU_REQUIRE_ORACLES", &path.display().to_string());
        return;
    }
    let smiles = lines(&path, 1);
    check("NCI", &smiles[..2000], &["v2000", "v3000"], 0);
    check("NCI", &smiles[2000..2300], &["hydrogens", "remarked", "rewedged", "aromatic"], 0);
}

#[test]
fn odd() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/odd.smi");
    let text = std::fs::read_to_string(path).expect("the list is part of the repository");
    let smiles: Vec<String> =
        text.trim_end_matches('\n').split('\n').filter(|line| !line.is_empty()).map(str::to_owned).collect();
    check("odd", &smiles, &["v2000", "v3000", "shuffled"], 0);
    check("odd", &smiles, &["hydrogens", "aromatic", "aromatic-hydrogens", "remarked", "rewedged"], 0);
}

/// An SD file: the same records, titles, properties and molecules.
fn check_file(path: &Path) {
    let arguments = ["file", path.to_str().expect("a path of plain characters")];
    let Some(answers) = oracle::run("file", "sdf_oracle.py", &arguments, &[]) else { return };
    let file = File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut reader = SdfReader::new(BufReader::new(file));
    let mut comparison = Comparison::new(&[]);
    let mut properties = 0;
    for answer in &answers {
        let fields: Vec<&str> = answer.split('\t').collect();
        let record = reader.read().expect("a readable record").expect("as many records as RDKit has");
        let name = format!("{}, record {}", path.display(), record.number());
        comparison.add_block(&name, record.mol_block(), &fields[1..]);
        if fields[1] == "error" {
            continue;
        }
        assert_eq!(record.title(), fields[5].trim(), "{name}: title");
        let mut ours: Vec<String> =
            record.properties().map(|(name, value)| format!("{name}\x02{value}")).collect();
        let text = fields[6].replace('\x01', "\n").replace('\x04', "\t");
        let mut theirs: Vec<String> =
            text.split('\x03').filter(|property| !property.is_empty()).map(str::to_owned).collect();
        ours.sort();
        theirs.sort();
        assert_eq!(ours, theirs, "{name}: properties");
        properties += ours.len();
    }
    assert!(reader.read().expect("the end").is_none(), "{}: more records than in RDKit", path.display());
    println!("{}: {comparison}; {properties} properties", path.display());
    assert!(comparison.is_equal(), "{}", comparison.differences());
}

#[test]
fn files_that_come_with_rdkit() {
    let Some(folder) = oracle::rdkit_data_folder() else { return };
    let files = [
        "NCI/first_200.props.sdf",
        "../Contrib/FreeWilson/data/cmet_ligands.sdf",
        "../Contrib/PBF/testData/egfr.sdf",
        "../Contrib/Fastcluster/testdata/cdk2.sdf",
    ];
    for file in files {
        let path = folder.join(file);
        if path.is_file() {
            check_file(&path);
        } else {
            fail_or_skip("SOYAKU_REQUIRE_ORACLES", &path.display().to_string());
        }
    }
}

const FLAT: &str = "title
  program           2D
comment
  5  4  0  0  1  0            999 V2000
   -2.8748   -0.2197    0.0000 C   0  0  0  0  0  0  0  0  0  0  0  0
   -1.4825    0.3386    0.0000 C   0  0  0  0  0  0  0  0  0  0  0  0
   -0.3029   -0.5880    0.0000 C   0  0  0  0  0  0  0  0  0  0  0  0
    1.0893   -0.0297    0.0000 N   0  0  0  0  0  0  0  0  0  0  0  0
    1.3020    1.4551    0.0000 Cl  0  0  0  0  0  0  0  0  0  0  0  0
  1  2  1  0
  2  3  1  0
  3  4  1  0
  2  5  1  1
M  END
";

const RING: &str = "ring

comment
  6  6  0  0  0  0            999 V2000
    1.2760    0.0000    0.0000 C   0  0  0  0  0  0  0  0  0  0  0  0
    0.3943    1.2135    0.0000 C   0  0  0  0  0  0  0  0  0  0  0  0
   -1.0323    0.7500    0.0000 C   0  0  0  0  0  0  0  0  0  0  0  0
   -1.0323   -0.7500    0.0000 C   0  0  0  0  0  0  0  0  0  0  0  0
    0.3943   -1.2135    0.0000 N   0  0  0  0  0  0  0  0  0  0  0  0
    0.3943   -2.7135    0.0000 H   0  0  0  0  0  0  0  0  0  0  0  0
  1  2  4  0
  2  3  4  0
  3  4  4  0
  4  5  4  0
  5  1  4  0
  5  6  1  0
M  END
";

/// Blocks changed by hand in one place: from, to.
const EDITS: &[(&str, &str, &str)] = &[
    (FLAT, "title", ""),
    (FLAT, "N   0  0", "N   0  3"),
    (FLAT, "N   0  0", "N   0  4"),
    (FLAT, "N   0  0", "N   0  5"),
    (FLAT, "N   0  0", "N   1  0"),
    (FLAT, "N   0  0", "N  -2  0"),
    (FLAT, "N   0  0", "N   0  3  2"),
    (FLAT, "N   0  0  0  0  0  0", "N   0  0  0  0  0  1"),
    (FLAT, "N   0  0  0  0  0  0", "N   0  0  0  0  0  3"),
    (FLAT, "N   0  0  0  0  0  0", "N   0  0  0  0  0 15"),
    (FLAT, "Cl  0  0  0  0  0  0", "Cl  0  0  0  0  0  3"),
    (FLAT, "N   0  0  0  0  0  0  0  0  0  0  0  0", "N   0  0  0  0  0  0  0  0  0  7  0  0"),
    (FLAT, "N   0  0  0  0  0  0  0  0  0  0  0  0", "N   0"),
    (FLAT, " N ", " NA"),
    (FLAT, " N ", " D "),
    (FLAT, " N ", " T "),
    (FLAT, " N ", " R#"),
    (FLAT, " N ", " R3"),
    (FLAT, " N ", " * "),
    (FLAT, " N ", " R "),
    (FLAT, " N ", " Fe"),
    (FLAT, " N ", " Xx"),
    (FLAT, " Cl", " CL"),
    (FLAT, "M  END", "M  CHG  1   4   1\nM  END"),
    (FLAT, "M  END", "M  CHG  2   4   1   1  -1\nM  END"),
    (FLAT, "M  END", "M  CHG  1   4   1\nM  CHG  1   1  -1\nM  END"),
    (FLAT, "M  END", "M  ISO  2   4  15   1  13\nM  END"),
    (FLAT, "M  END", "M  RAD  1   4   2\nM  END"),
    (FLAT, "M  END", "M  RAD  1   1   1\nM  END"),
    (FLAT, "M  END", "M  RAD  1   1   3\nM  END"),
    (FLAT, "M  END", "M  RAD  2   1   2   4   2\nM  CHG  1   4   1\nM  END"),
    (FLAT, "M  END", "M  RAD  1   1   5\nM  END"),
    (FLAT, "M  END", "M  CHG  1   7   1\nM  END"),
    (FLAT, "M  END", "A    1\nsome text\nM  END"),
    (FLAT, "M  END", "V    1 text\nM  END"),
    (FLAT, "M  END", "G    1  2\nM  CHG\nM  END"),
    (FLAT, "M  END", "S  SKP  1\nM  CHG  1   4   1\nM  END"),
    (FLAT, "M  END", "M  QQQ anything\nM  END"),
    (FLAT, "M  END", "\nM  END"),
    (FLAT, "M  END", "M  CHG  1   4   1\n\nM  END"),
    (FLAT, "M  END", ""),
    (FLAT, "M  END", "$$$$"),
    (
        FLAT,
        "M  END",
        "M  STY  1   1 DAT\nM  SAL   1  1   2\nM  SDT   1 NAME\nM  SDD   1     0.0000    0.0000    DR    ALL  1       6\nM  SED   1 value\nM  END",
    ),
    (FLAT, "  1  2  1  0", "  1  2  2  0"),
    (FLAT, "  1  2  1  0", "  1  2  3  0"),
    (FLAT, "  1  2  1  0", "  1  2  4  0"),
    (FLAT, "  1  2  1  0", "  1  2  9  0"),
    (FLAT, "  1  2  1  0", "  1  2  0  0"),
    (FLAT, "  1  2  1  0", "  1  2  1"),
    (FLAT, "  1  2  1  0", "  1  2  1  4"),
    (FLAT, "  1  2  1  0", "  2  1  1  4"),
    (FLAT, "  1  2  1  0", "  2  1  1  6"),
    (FLAT, "  1  2  1  0", "  2  1  1  1"),
    (FLAT, "  1  2  1  0", "  2  3  1  0"),
    (FLAT, "  1  2  1  0", "  1  9  1  0"),
    (FLAT, "  2  5  1  1", "  2  5  1  6"),
    (FLAT, "  2  5  1  1", "  5  2  1  1"),
    (FLAT, "  2  5  1  1", "  2  5  1  4"),
    (FLAT, "  2  5  1  1", "  1  5  1  1"),
    (FLAT, "  5  4  0", "  6  4  0"),
    (FLAT, "  5  4  0", "  4  4  0"),
    (FLAT, "  5  4  0", "  5  3  0"),
    (FLAT, "  5  4  0", "  5  5  0"),
    (FLAT, "  5  4  0", "  a  5  0"),
    (FLAT, "  5  4  0  0  1  0            999 V2000", "  5  4"),
    (FLAT, "  5  4  0  0  1  0            999 V2000", "  5"),
    (FLAT, "V2000", "V1000"),
    (FLAT, "          2D", "          3D"),
    (FLAT, "-0.5880    0.0000", "-0.5880    0.0005"),
    (FLAT, "-0.5880    0.0000", "-0.5880    1.5000"),
    (FLAT, "   -0.3029", "   -0.30x9"),
    (FLAT, "    1.3020    1.4551", "   -1.4825    0.3386"),
    (FLAT, "   -0.3029   -0.5880", "   -0.0902    0.8969"),
    (RING, "ring", ""),
    (RING, "  5  6  1  0", "  5  6  1  1"),
    (RING, "M  END", "M  CHG  1   5   1\nM  END"),
    (RING, " H ", " C "),
    (RING, " N ", " P "),
    (RING, " N ", " S "),
    (RING, " N ", " C "),
    (RING, " N ", " B "),
    (RING, "  5  1  4  0", "  5  1  1  0"),
    (RING, "  3  4  4  0", "  3  4  2  0"),
];

#[test]
fn edited_blocks() {
    let blocks: Vec<String> = EDITS
        .iter()
        .map(|(block, from, to)| {
            assert!(block.contains(from), "{from}");
            block.replacen(from, to, 1)
        })
        .collect();
    let lines: Vec<String> = blocks.iter().map(|block| block.replace('\n', "\x01")).collect();
    let Some(answers) = oracle::run("edited", "sdf_oracle.py", &["blocks"], &lines) else { return };
    assert_eq!(answers.len(), blocks.len());
    let mut comparison = Comparison::new(&[]);
    for ((block, answer), (_, from, to)) in blocks.iter().zip(&answers).zip(EDITS) {
        let fields: Vec<&str> = answer.split('\t').collect();
        comparison.add_block(&format!("{from} to {to}"), block.as_bytes(), &fields[1..]);
    }
    println!("edited: {comparison}; {}", comparison.blocks_left_out());
    assert!(comparison.is_equal(), "edited blocks differ from RDKit:\n{}", comparison.differences());
    assert_eq!(comparison.unsupported(), 0, "edited blocks with features that are not read");
}

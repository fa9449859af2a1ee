//! Records that are read back, and what is hard to draw.

use super::*;
use crate::sdf::SdfReader;
use crate::{SmilesOptions, SmilesWriter};

/// The block of a SMILES, what it does not tell, and the canonical SMILES of the block.
fn through_block(smiles: &str) -> (String, Lost, String) {
    let mut parser = Parser::new();
    let mut block = Vec::new();
    let molecule = parser.parse(smiles.as_bytes()).unwrap();
    let lost = MolBlockWriter::default().block(molecule, b"", &mut block);
    let text = SmilesWriter::default().write(parser.parse_mol_block(&block).unwrap()).to_owned();
    (String::from_utf8(block).unwrap(), lost, text)
}

fn canonical(smiles: &str) -> String {
    SmilesWriter::new(SmilesOptions::default())
        .write(Parser::new().parse(smiles.as_bytes()).unwrap())
        .to_owned()
}

#[test]
fn titles_and_values_cannot_end_a_record() {
    let mut parser = Parser::new();
    let methane = parser.parse(b"C").unwrap().clone();
    let mut writer = MolBlockWriter::default();
    let mut out = Vec::new();
    let items: [(&[u8], &[u8]); 5] = [
        (b"lines", b"one\n\n$$$$\n> <no>\r\nlast"),
        (b"na\nme", b"x"),
        (b"<a> > b", b""),
        (b"", b"lost"),
        (b"end", b"$$$$"),
    ];
    for title in [&b"$$$$ two\nlines"[..], b"", b"  plain  "] {
        assert!(writer.record(&methane, title, items, &mut out).is_empty());
    }
    let mut reader = SdfReader::new(&out[..]);
    for title in ["$$$$ two lines", "", "plain"] {
        let record = reader.read().unwrap().unwrap();
        assert_eq!(record.title(), title);
        let found: Vec<_> =
            record.properties().map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
        let expected =
            [("lines", "one\n \n $$$$\n> <no>\nlast"), ("na me", "x"), ("<a> > b", " "), ("end", " $$$$")];
        assert_eq!(found, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert!(parser.parse_mol_block(record.mol_block()).is_ok());
    }
    assert!(reader.read().unwrap().is_none());
}

#[test]
fn the_version_follows_from_the_molecule() {
    for (smiles, version) in [
        ("C".repeat(999), "V2000"),
        ("C".repeat(1000), "V3000"),
        (format!("C1{}C1", "C".repeat(996)), "V2000"),
        (format!("C1{}C1", "C".repeat(998)), "V3000"),
        ("[CH3:999]C".into(), "V2000"),
        ("[CH3:1000]C".into(), "V3000"),
        ("[U](F)(F)(F)(F)(F)F".into(), "V2000"),
    ] {
        let (block, lost, read) = through_block(&smiles);
        assert!(block.lines().nth(3).unwrap().ends_with(version), "{smiles}");
        assert!(lost.is_empty(), "{smiles}: {lost:?}");
        assert_eq!(read, canonical(&smiles));
    }
}

#[test]
fn charges_isotopes_and_radicals_come_in_lines_of_eight() {
    let (block, lost, read) = through_block(&["[2H][13CH2][NH2+][O-]"; 9].join("."));
    assert!(lost.is_empty(), "{lost:?}");
    assert_eq!(block.matches("M  CHG  8").count(), 2);
    assert_eq!(block.matches("M  CHG  2").count(), 1);
    assert_eq!(read.matches("[2H]").count(), 9);
    for smiles in [
        "[CH2]C",
        "[CH]",
        "[C]",
        "[NH2-]",
        "[Na]",
        "[NaH]",
        "[SiH3]",
        "[BH4-]",
        "C[S+](C)C",
        "[PH5]",
        "[H][H]",
    ] {
        let (block, lost, read) = through_block(smiles);
        assert!(lost.is_empty(), "{smiles}: {lost:?}\n{block}");
        assert_eq!(read, canonical(smiles), "{block}");
    }
}

#[test]
fn rings_that_share_much_are_drawn() {
    for smiles in [
        "C12C3C4C1C5C2C3C45",
        "C1CC2CCC1CC2",
        "C1C2CC3CC1CC(C2)C3",
        "c1ccc2c(c1)ccc1c2ccc2ccccc21",
        "C1CCC2(CC1)CCCCC2",
        "C12=C3C4=C5C6=C1C7=C8C9=C1C%10=C%11C(=C29)C3=C2C3=C4C4=C5C5=C9C6=C7C6=C7C8=C1C1=C8C%10=C%10C%11=C2C2=C3C3=C4C4=C5C5=C%11C%12=C(C6=C95)C7=C1C1=C%12C5=C%11C4=C3C3=C5C(=C81)C%10=C23",
    ] {
        let (block, lost, read) = through_block(smiles);
        assert!(lost.is_empty(), "{smiles}: {lost:?}");
        assert_eq!(read, canonical(smiles));
        let points: Vec<&str> =
            block.lines().filter(|line| line.len() > 60).map(|line| &line[..20]).collect();
        let distinct: std::collections::HashSet<&&str> = points.iter().collect();
        assert_eq!(distinct.len(), points.len(), "{smiles}: atoms on top of each other");
    }
}

#[test]
fn every_configuration_of_chains_and_large_rings_is_drawn() {
    for first in ["/", "\\"] {
        for second in ["/", "\\"] {
            for third in ["/", "\\"] {
                for smiles in [
                    format!("C/C=C{first}C=C{second}C=C{third}C"),
                    format!("C/C(F)=C(Cl){first}C(Br)=C(I){second}C=C{third}C"),
                    format!("C1CC/C=C{first}CCC/C=C{second}CCC/C=C{third}C1"),
                    format!("C1CCC/C=C{first}C=C{second}C=C{third}CCC1"),
                ] {
                    let (block, lost, read) = through_block(&smiles);
                    assert!(lost.is_empty(), "{smiles}: {lost:?}\n{block}");
                    assert_eq!(read, canonical(&smiles));
                }
            }
        }
    }
}

#[test]
fn double_bonds_without_configuration_are_crossed_only_where_they_could_have_one() {
    let crossed = |smiles: &str| {
        let (block, lost, _) = through_block(smiles);
        assert!(lost.is_empty(), "{smiles}: {lost:?}");
        block.lines().filter(|line| line.len() == 12 && line.ends_with("  2  3")).count()
    };
    assert_eq!(
        ["CC=CC", "CC=C", "CC(C)=CC", "C1=CCCCC1", "CC=O", "CC=CC=CC", "F/C=C/F"].map(crossed),
        [1, 0, 0, 0, 0, 2, 0]
    );
}

#[test]
fn a_molecule_of_many_atoms_is_written_in_time() {
    let started = std::time::Instant::now();
    let peptide = format!("{}O", "N[C@@H](Cc1ccccc1)C(=O)".repeat(1000));
    let (_, lost, _) = through_block(&peptide);
    assert!(lost.is_empty(), "{lost:?}");
    let polyene = format!("C{}", "/C=C/C=C\\C".repeat(500));
    assert!(through_block(&polyene).1.is_empty());
    let ladder = format!("C1{}CC1", "C2CC2".repeat(500));
    assert!(through_block(&ladder).1.is_empty());
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}

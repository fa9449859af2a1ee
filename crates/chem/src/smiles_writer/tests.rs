use std::collections::HashMap;

use super::{SmilesOptions, SmilesWriter};
use crate::{Molecule, Parser};

/// SMILES with every kind of oddity, also compared with RDKit.
const ODD: &str = include_str!("../../tests/data/odd.smi");

/// Groups of SMILES of one molecule; the groups are different molecules.
const GROUPS: &[&[&str]] = &[
    &["C[C@H](O)[C@H](O)C", "C[C@@H](O)[C@@H](O)C", "O[C@@H](C)[C@@H](C)O"],
    &["C[C@@H](O)[C@H](O)C", "O[C@H](C)[C@H](O)C"],
    &["C[C@H]1CC[C@H](C)CC1", "C[C@@H]1CC[C@@H](C)CC1"],
    &["C[C@H]1CC[C@@H](C)CC1", "C[C@@H]1CC[C@H](C)CC1"],
    &["C[C@H](O)[C@H](O)[C@@H](O)C", "C[C@H](O)[C@@H](O)[C@@H](O)C"],
    &["C/C=C/C=C\\C", "C/C=C\\C=C\\C", "C\\C=C\\C=C/C"],
    &["C/C=C/C=C/C"],
    &["C/C=C\\C=C/C"],
    &["C/C=C/CC/C=C\\C", "C/C=C\\CC/C=C/C"],
    &["C/C=C/CC/C=C/C"],
    &["C/C=C/[C@H](O)/C=C\\C", "C/C=C\\[C@@H](O)/C=C/C"],
    &["C/C=C/[C@@H](O)/C=C\\C"],
    &["O[C@H]1C[C@H](O)C1", "O[C@@H]1C[C@@H](O)C1"],
    &["O[C@H]1C[C@@H](O)C1"],
    &["C[C@H]1C(C)C(C)[C@@H]1C", "CC1[C@H](C)[C@@H](C)C1C"],
    &["C[C@@H]1C(C)C(C)[C@H]1C", "CC1[C@@H](C)[C@H](C)C1C"],
    &["C[C@H]1C(C)C(C)[C@H]1C", "C[C@@H]1C(C)C(C)[C@@H]1C"],
    &["C1CC[C@H]2CCCC[C@@H]2C1"],
    &["C1CC[C@H]2CCCC[C@H]2C1", "C1CC[C@@H]2CCCC[C@@H]2C1"],
    &["F[C@H](Cl)Br.F[C@@H](Cl)Br", "F[C@@H](Cl)Br.Br[C@@H](Cl)F"],
    &["F[C@H](Cl)Br.F[C@H](Cl)Br", "Br[C@@H](Cl)F.F[C@H](Cl)Br"],
    &["C1CCC2CCCCC2C1.C1CCC(C1)C1CCCC1", "C1CCC(C1)C1CCCC1.C1CCC2CCCCC2C1"],
    &["C1CCC2CCCCC2C1.C1CCC2CCCCC2C1"],
    &["[NH3]->[Pt](Cl)Cl", "Cl[Pt](Cl)<-[NH3]"],
    &["[13CH3]CC", "CC[13CH3]"],
    &["[CH3:1]C[CH3:2]", "[CH3:2]C[CH3:1]"],
    &["C[S@](=O)CC", "CC[S@](C)=O"],
    &["C[S@@](=O)CC"],
    &["C[S@]1(=O)CCN1", "C[S@@]1(=O)NCC1"],
    &["C[P@]1CCCO1", "C[P@@]1OCCC1"],
    &["[2H][C@H](C)O", "C[C@@H]([2H])O"],
    &["[H]/N=C/C", "C/C=N/[H]"],
    &["F/C(Cl)=C(F)\\Cl", "Cl\\C(F)=C(Cl)/F"],
    &["C1CCC/C=C/CC1"],
    &["C1CCC/C=C\\CC1"],
    &["c1ccc(-c2ccccc2)cc1", "c1ccccc1-c1ccccc1"],
    &["*1ccccc1", "c1c*ccc1"],
];

fn write(smiles: &str) -> String {
    let mut parser = Parser::new();
    let molecule = parser.parse(smiles.as_bytes()).unwrap();
    SmilesWriter::new(SmilesOptions::default()).write(molecule).to_owned()
}

/// Writes along a walk in random order.
fn write_randomly(writer: &mut SmilesWriter, molecule: &Molecule, random: &mut u64) -> String {
    let mut ranks: Vec<u32> = (0..molecule.atoms().len() as u32).collect();
    for place in (1..ranks.len()).rev() {
        *random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ranks.swap(place, (*random >> 33) as usize % (place + 1));
    }
    writer.write_in_order(molecule, &ranks).to_owned()
}

#[test]
fn one_text_for_one_molecule_and_another_for_another() {
    let mut seen = HashMap::new();
    for (number, group) in GROUPS.iter().enumerate() {
        for smiles in *group {
            let other = seen.insert(write(smiles), number);
            assert!(
                other.is_none_or(|other| other == number),
                "{smiles} is like {:?}",
                GROUPS[other.unwrap()]
            );
        }
        let texts: Vec<String> = group.iter().map(|smiles| write(smiles)).collect();
        assert!(texts.windows(2).all(|pair| pair[0] == pair[1]), "{group:?} {texts:?}");
    }
}

#[test]
fn random_walks_through_odd_molecules_give_one_canonical_text() {
    let mut writer = SmilesWriter::new(SmilesOptions::default());
    let (mut parser, mut other) = (Parser::new(), Parser::new());
    let mut random = 42;
    let mut compared = 0;
    let groups = GROUPS.iter().flat_map(|group| group.iter().copied());
    for line in ODD.lines().chain(groups) {
        let Ok(molecule) = parser.parse(line.as_bytes()) else { continue };
        let expected = writer.write(molecule).to_owned();
        for _ in 0..6 {
            let text = write_randomly(&mut writer, molecule, &mut random);
            let again = other.parse(text.as_bytes()).unwrap_or_else(|error| panic!("{line} {text}: {error}"));
            assert_eq!(writer.write(again), expected, "{line} written as {text}");
            compared += 1;
        }
    }
    assert!(compared > 5000, "{compared}");
}

#[test]
fn texts() {
    let cases = [
        ("C(C)O", "CCO"),
        ("[CH3][CH2][OH]", "CCO"),
        ("[H]O[H]", "O"),
        ("N(=O)(=O)C", "C[N+](=O)[O-]"),
        ("[Cl-].[Na+]", "[Na+].[Cl-]"),
        ("[CH3]", "[CH3]"),
        ("C[O]", "C[O]"),
        ("[nH]1cccc1", "c1cc[nH]c1"),
        ("[Fe++].[O-2]", "[O-2].[Fe+2]"),
        ("C[2H]", "[2H]C"),
        ("[H][H]", "[H][H]"),
        ("[CH3:7]C", "C[CH3:7]"),
        ("C~C", "C~C"),
        ("[U]$[U]", "[U]$[U]"),
        ("C#N", "C#N"),
        ("c1c[se]cc1", "c1cc[se]c1"),
        ("[NH4+]", "[NH4+]"),
    ];
    for (smiles, expected) in cases {
        assert_eq!(write(smiles), expected, "{smiles}");
    }
}

#[test]
fn options() {
    let mut parser = Parser::new();
    let molecule = parser.parse(b"[13CH3][C@H](O)/C=C/[CH3:4]").unwrap();
    let default = SmilesOptions::default();
    let write = |options| SmilesWriter::new(options).write(molecule).to_owned();
    assert_eq!(write(SmilesOptions { isomeric: false, atom_maps: false, ..default }), "CC=CC(C)O");
    assert_eq!(write(SmilesOptions { canonical: false, ..default }), "[13CH3][C@H](O)/C=C/[CH3:4]");
    assert_eq!(
        write(SmilesOptions { canonical: false, atom_maps: false, ..default }),
        "[13CH3][C@H](O)/C=C/C"
    );
}

#[test]
fn kekule_form_says_the_same_whatever_the_order_of_the_atoms() {
    let mut writer = SmilesWriter::new(SmilesOptions { kekule: true, ..SmilesOptions::default() });
    let (mut parser, mut other) = (Parser::new(), Parser::new());
    for (smiles, expected) in [
        ("c1ccccc1", "C1=CC=CC=C1"),
        ("c1cc[nH]c1", "C1C=CNC=1"),
        ("c1ccc(-c2ccccc2)cc1", "C1=CC=C(C=C1)C1=CC=CC=C1"),
        ("CCO", "CCO"),
    ] {
        assert_eq!(writer.write(parser.parse(smiles.as_bytes()).unwrap()), expected, "{smiles}");
    }
    let mut random = 1;
    let mut walker = SmilesWriter::new(SmilesOptions::default());
    for line in ODD.lines().chain(["c12c3c4c5c1c1c6c7c2c2c8c3c3c9c4c4c%10c5c5c1c1c6c6c%11c7c2c2c7c8c3c3c8c9c4c4c9c%10c5c5c1c1c6c6c%11c2c2c7c3c3c8c4c4c9c5c1c1c6c2c3c41"]) {
        let Ok(molecule) = parser.parse(line.as_bytes()) else { continue };
        let text = writer.write(molecule).to_owned();
        let aromatic = walker.write(molecule).to_owned();
        let again = other.parse(text.as_bytes()).unwrap_or_else(|error| panic!("{line} {text}: {error}"));
        assert_eq!(walker.write(again), aromatic, "{line} written as {text}");
        let renumbered = write_randomly(&mut walker, molecule, &mut random);
        let renumbered = other.parse(renumbered.as_bytes()).unwrap();
        assert_eq!(writer.write(renumbered), text, "{line}");
    }
}

#[test]
fn numbers_of_rings_are_used_again_and_may_be_long() {
    assert_eq!(write("C12C3C4C1C5C2C3C45"), "C12C3C4C1C1C2C3C41");
    let spokes = 120;
    let open: String = (1..=spokes).map(|number| format!("%({number})")).collect();
    let close: String = (1..=spokes).map(|number| format!("C*%({number})")).collect();
    let wheel = format!("*{open}{close}");
    let text = write(&wheel);
    assert!(text.contains("%(119)"), "{text}");
    assert_eq!(write(&text), text);
}

#[test]
fn long_chains_deep_branches_and_cages_are_quick() {
    let mut parser = Parser::new();
    let mut writer = SmilesWriter::new(SmilesOptions::default());
    let chain = "C".repeat(100_000);
    assert_eq!(writer.write(parser.parse(chain.as_bytes()).unwrap()), chain);
    let comb = "C(".repeat(20_000) + "N" + &")C".repeat(20_000);
    let text = writer.write(parser.parse(comb.as_bytes()).unwrap()).to_owned();
    assert_eq!(parser.parse(text.as_bytes()).unwrap().atoms().len(), 40_001);
    for unit in ["CC(c1ccccc1)", "CC(C(C)(C)C)", "C(F)(F)", "O."] {
        let polymer = format!("N{}C", unit.repeat(4000));
        let text = writer.write(parser.parse(polymer.as_bytes()).unwrap()).to_owned();
        assert_eq!(writer.write(parser.parse(text.as_bytes()).unwrap()), text, "{unit}");
    }
}

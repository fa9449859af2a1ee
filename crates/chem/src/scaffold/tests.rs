use super::ScaffoldFinder;
use crate::{ErrorKind, Parser, SmilesWriter};

fn scaffold(smiles: &str) -> (String, String) {
    let (mut parser, mut finder, mut writer) =
        (Parser::new(), ScaffoldFinder::new(), SmilesWriter::default());
    let molecule = parser.parse(smiles.as_bytes()).unwrap();
    let murcko = finder.murcko(molecule).unwrap().map(|found| writer.write(found).to_owned());
    let generic = finder.generic(molecule).unwrap().map(|found| writer.write(found).to_owned());
    assert_eq!(murcko.is_some(), generic.is_some());
    (murcko.unwrap_or_default(), generic.unwrap_or_default())
}

fn canonical(smiles: &str) -> String {
    SmilesWriter::default().write(Parser::new().parse(smiles.as_bytes()).unwrap()).to_owned()
}

/// Molecule, scaffold and framework by RDKit 2026.9.1, with marks on all bonds beside a double bond.
const KNOWN: &[(&str, &str, &str)] = &[
    ("CC(=O)c1ccccc1", "c1ccccc1", "C1CCCCC1"),
    ("O=C1CCCCC1", "O=C1CCCCC1", "CC1CCCCC1"),
    ("CC(C)=C1CCCC1", "C=C1CCCC1", "CC1CCCC1"),
    ("c1ccccc1S(=O)(=O)Nc1ccccc1", "O=S(=O)(Nc1ccccc1)c1ccccc1", "CC(C)(CC1CCCCC1)C1CCCCC1"),
    ("C#Cc1ccccc1", "c1ccccc1", "C1CCCCC1"),
    ("C1CC1.CCO", "C1CC1", "C1CC1"),
    ("Cn1cccc1", "c1cc[nH]c1", "C1CCCC1"),
    ("C[n+]1ccccc1", "c1cc[nH+]cc1", "C1CCCCC1"),
    ("C[N+]1(C)CCCC1", "C1CC[NH2+]C1", "C1CCCC1"),
    ("CP1(=O)CCCC1", "O=[PH]1CCCC1", "CC1CCCC1"),
    ("CN=C1C=CC=CN1C", "N=c1cccc[nH]1", "CC1CCCCC1"),
    ("[13CH]1(C)CCCC1", "C1CC[13CH2]C1", "C1CCCC1"),
    ("FS1(F)(F)(F)CCCC1", "C1CCSC1", "C1CCCC1"),
    ("[CH3:1][C:2]1CCCCC1", "C1CC[CH:2]CC1", "C1CC[CH:2]CC1"),
    ("C[N+](C)=C1CCCC1", "[N+]=C1CCCC1", "CC1CCCC1"),
    ("[C]1CCCC1C", "[C]1CCCC1", "[C]1CCCC1"),
    ("C1CC[C@@H](C)O1", "C1CCOC1", "C1CCCC1"),
    ("C1C[C@H]2CC[C@@H](O)[C@H]2C1", "C1C[C@H]2CCC[C@H]2C1", "C1CC2CCCC2C1"),
    ("C1CC[C@H](C2CCC(C)CC2)CO1", "C1CCC([C@H]2CCCOC2)CC1", "C1CCC(C2CCCCC2)CC1"),
    ("c1ccccc1/C(C)=C(C)/c1ccccc1", "C(=C\\c1ccccc1)/c1ccccc1", "C1CCC(CCC2CCCCC2)CC1"),
    ("F/C(C1CC1)=C(F)/C1CC1", "C(=C/C1CC1)/C1CC1", "C1CC1CCC1CC1"),
    ("FC(/C1CC1)=C(F)/C1CC1", "C(=C/C1CC1)/C1CC1", "C1CC1CCC1CC1"),
    ("CCCC", "", ""),
    ("C1CC1CCC(C1CC1)CC(CC)CO", "C1CC1CCCC1CC1", "C1CC1CCCC1CC1"),
];

#[test]
fn scaffolds_and_frameworks() {
    for &(smiles, murcko, generic) in KNOWN {
        let expected =
            [murcko, generic].map(|text| if text.is_empty() { String::new() } else { canonical(text) });
        let (murcko, generic) = scaffold(smiles);
        assert_eq!([murcko, generic], expected, "{smiles}");
    }
}

#[test]
fn a_framework_with_five_bonds_on_an_atom_is_refused() {
    let mut parser = Parser::new();
    let mut finder = ScaffoldFinder::new();
    let molecule = parser.parse(b"C1CCP12(C3CC3)CCC2").unwrap();
    assert!(finder.murcko(molecule).unwrap().is_some());
    assert_eq!(finder.generic(molecule).unwrap_err().kind(), ErrorKind::Valence);
    // the error is not remembered
    assert!(finder.generic(parser.parse(b"C1CC1").unwrap()).unwrap().is_some());
}

#[test]
fn long_chains_between_rings_are_quick() {
    let linked = format!("C1CC1{}C1CC1{}", "C(CC)".repeat(20_000), "C".repeat(50_000));
    let (murcko, _) = scaffold(&linked);
    assert_eq!(murcko, canonical(&format!("C1CC1{}C1CC1", "C".repeat(20_000))));
}

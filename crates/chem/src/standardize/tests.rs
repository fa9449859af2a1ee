use super::{Standardizer, Step};
use crate::{Parser, SmilesWriter};

fn run(steps: &str, smiles: &str) -> (String, Vec<String>) {
    let mut standardizer = Standardizer::new(steps.parse().unwrap());
    let mut parser = Parser::new();
    let molecule = parser.parse(smiles.as_bytes()).unwrap();
    let done = standardizer.standardize(molecule).unwrap();
    let changes = done.changes.iter().map(ToString::to_string).collect();
    (SmilesWriter::default().write(done.molecule).to_owned(), changes)
}

fn canonical(smiles: &str) -> String {
    SmilesWriter::default().write(Parser::new().parse(smiles.as_bytes()).unwrap()).to_owned()
}

#[test]
fn one_step_at_a_time() {
    for (steps, smiles, expected) in [
        ("metals", "CC(=O)O[Na]", "CC(=O)[O-].[Na+]"),
        ("metals", "C[Mg]Br", "C[Mg]Br"),
        ("metals", "[NH3]->[Pt](Cl)(Cl)<-[NH3]", "N.N.[Cl-].[Cl-].[Pt+2]"),
        ("normalize", "CS(C)=O", "C[S+](C)[O-]"),
        ("normalize", "C[S+2](C)([O-])[O-]", "CS(C)(=O)=O"),
        ("normalize", "C[N-]C=[N+](C)C", "CN=CN(C)C"),
        ("reionize", "OS(=O)(=O)c1ccc([O-])cc1", "[O-]S(=O)(=O)c1ccc(O)cc1"),
        ("reionize", "[Na].CC(=O)O", "[Na+].CC(=O)[O-]"),
        ("salts", "CCN1CCCC1.Cl.O", "CCN1CCCC1"),
        ("salts", "O.O", "O.O"),
        ("fragment", "CCCC[NH3+].[O-]C(=O)C(F)(F)F", "CCCC[NH3+]"),
        ("uncharge", "[NH3+]CC([O-])=O", "NCC(O)=O"),
        ("uncharge", "C[N+](C)(C)CC([O-])=O", "C[N+](C)(C)CC([O-])=O"),
        ("uncharge", "C[N+](C)(C)CC([O-])CC([O-])=O", "C[N+](C)(C)CC(O)CC([O-])=O"),
        ("uncharge", "[BH4-].[Na+]", "[BH4-].[Na+]"),
        ("uncharge", "C[CH+]C", "CCC"),
    ] {
        assert_eq!(run(steps, smiles).0, canonical(expected), "{steps} of {smiles}");
    }
}

#[test]
fn nothing_to_do_is_told() {
    for smiles in ["CC(=O)Oc1ccccc1C(=O)O", "C[N+](=O)[O-]", "c1ccccc1", "C[C@H](F)Cl", "C[N+](C)(C)C"] {
        let (text, changes) = run("all,salts", smiles);
        assert_eq!((text, changes.len()), (canonical(smiles), 0), "{smiles}");
    }
}

#[test]
fn stereo_is_kept() {
    for (smiles, expected) in [
        ("C[C@H](N)C(=O)[O-].[Na+]", "C[C@H](N)C(=O)O"),
        ("C[C@](O[Na])(F)CC", "C[C@](O)(F)CC"),
        ("F/C=C\\C([O-])=O.[Na+]", "F/C=C\\C(O)=O"),
        ("C/C(=N\\[O-])CC.[K+]", "C/C(=N\\O)CC"),
        ("Cl.N[C@@H]1CC[C@H](C(=O)O[Na])CC1", "N[C@@H]1CC[C@H](C(=O)O)CC1"),
    ] {
        assert_eq!(run("all", smiles).0, canonical(expected), "{smiles}");
    }
}

#[test]
fn centers_keep_their_arrangement_without_the_metal() {
    // one molecule, written in two ways
    let expected = canonical("C[P@](CC)CCC.[Fe]");
    assert_eq!(run("metals", "C[P@](CC)(CCC)[Fe]").0, expected);
    assert_eq!(run("metals", "C[P@+](CC)(CCC)[Fe-]").0, expected);
    assert_eq!(run("metals", "[Fe-][P@@+](C)(CC)CCC").0, expected);
    assert_eq!(run("metals", "C[P@@+]([Fe-])(CC)CCC").0, canonical("C[P@@](CC)CCC.[Fe]"));
    assert_eq!(run("metals", "C[S@@](=O)([Fe])CC").0, canonical("C[S@](=O)CC.[Fe]"));
}

#[test]
fn changes_come_in_order() {
    let (_, changes) = run("all", "[Na]OC(=O)CC[S+2](C)([O-])[O-].Cl");
    assert_eq!(
        changes,
        ["disconnected-metal", "normalized Sulfone to S(=O)(=O)", "kept-largest-fragment", "neutralized 1"]
    );
    assert_eq!(
        run("salts", "CCCCC=C.Cl.O").1,
        ["removed-fragment chlorine", "removed-fragment water/hydroxide"]
    );
}

#[test]
fn steps_are_read_and_written() {
    for step in Step::EVERY {
        let options: super::StandardizeOptions = step.as_str().parse().unwrap();
        assert_eq!(options.steps(), [step]);
    }
    let options: super::StandardizeOptions = "metals, uncharge".parse().unwrap();
    assert_eq!(options.to_string(), "metals,uncharge");
    assert!("".parse::<super::StandardizeOptions>().is_err());
    assert_eq!(super::StandardizeOptions::charge_parent(), "charge-parent".parse().unwrap());
}

#[test]
fn aromatic_ions_lose_aromaticity_with_their_charge() {
    assert_eq!(run("uncharge", "[cH-]1cccc1").0, canonical("C1=CC=CC1"));
    assert_eq!(run("uncharge", "[n-]1cccc1").0, canonical("c1cc[nH]c1"));
}

#[test]
fn large_molecules_end_in_time() {
    let cases = [
        format!("C{}", "CS(=O)".repeat(1000)),
        format!("[Na+].{}", "CC([O-])".repeat(1000)),
        format!("C{}", "C(C(=O)[O-])C(c1ccc(O)cc1)".repeat(200)),
        format!("C{}", "C([O-])C(C(O)=O)".repeat(300)),
        format!("[Na+].{}", vec!["F[P-](F)(F)(F)(F)F"; 300].join(".")),
        format!("[Na+]{}", ".[Cl-].Cl.O".repeat(1000)),
        format!("O{}", "[Ti](O)(O)O".repeat(500)),
        format!("[O-]{}[O-].[Na+]", "C".repeat(4000)),
    ];
    for smiles in cases {
        let mut parser = Parser::new();
        let molecule = parser.parse(smiles.as_bytes()).unwrap();
        let start = std::time::Instant::now();
        let mut standardizer = Standardizer::new("charge-parent,salts".parse().unwrap());
        let done = standardizer.standardize(molecule).map(|done| done.changes.len());
        assert!(start.elapsed().as_secs() < 20, "{}: {done:?}, {:?}", &smiles[..30], start.elapsed());
    }
}

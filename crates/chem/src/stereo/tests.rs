use crate::{BondStereo, Chirality, Molecule, Parser};

fn parse(smiles: &str) -> Molecule {
    Parser::new().parse(smiles.as_bytes()).unwrap().clone()
}

/// CIP labels in the order of the atoms, unlabelled ones left out.
fn labels(smiles: &str) -> String {
    parse(smiles)
        .atoms()
        .iter()
        .filter(|atom| atom.cip_label != 0)
        .map(|atom| char::from(atom.cip_label))
        .collect()
}

fn tags(smiles: &str) -> usize {
    parse(smiles).atoms().iter().filter(|atom| atom.chirality != Chirality::None).count()
}

fn configurations(smiles: &str) -> String {
    let letter = |stereo| match stereo {
        BondStereo::E => Some('E'),
        BondStereo::Z => Some('Z'),
        _ => None,
    };
    parse(smiles).bonds().iter().filter_map(|bond| letter(bond.stereo)).collect()
}

#[test]
fn amino_acids() {
    assert_eq!(labels("N[C@@H](C)C(=O)O"), "S");
    assert_eq!(labels("OC(=O)[C@H](C)N"), "S");
    assert_eq!(labels("N[C@@H](CS)C(=O)O"), "R");
    assert_eq!(labels("C[C@@H](O)[C@H](N)C(=O)O"), "RS");
}

#[test]
fn neighbors_that_differ_far_away_or_by_isotope() {
    assert_eq!(labels("CCCCCCC[C@H](C)CCCCCC").len(), 1);
    assert_eq!(labels("CCCCCC[C@H](C)CCCCCC"), "");
    assert_eq!(labels("C[C@H]([13CH3])O").len(), 1);
    assert_eq!(labels("[2H][C@H](C)O").len(), 1);
}

#[test]
fn labels_tell_other_centres_apart() {
    assert_eq!(labels("C[C@H](O)[C@H](O)[C@@H](O)C"), "SS", "no centre between S and S");
    assert_eq!(labels("C/C=C/[C@H](O)/C=C\\C").len(), 1);
    assert_eq!(labels("C/C=C/[C@H](O)/C=C/C"), "");
}

#[test]
fn tags_of_what_is_no_centre_go_and_their_hydrogen_becomes_implicit() {
    let molecule = parse("C[C@H](C)O");
    let atom = molecule.atoms()[1];
    assert_eq!((atom.chirality, atom.explicit_hydrogens, atom.implicit_hydrogens), (Chirality::None, 0, 1));
    assert_eq!(tags("C[C@@](C)(O)F"), 0);
    assert_eq!(tags("C[N@](CC)CCC"), 0);
    assert_eq!(tags("C[S@](=O)CC"), 1);
    assert_eq!(tags("C[P@](CC)CCC"), 1);
    assert_eq!(tags("C[N@]1C[C@@H]1C"), 2);
}

#[test]
fn dependent_ring_centres_keep_their_tags_without_labels() {
    assert_eq!((tags("C[C@H]1CC[C@H](C)CC1"), labels("C[C@H]1CC[C@H](C)CC1").as_str()), (2, ""));
    assert_eq!(tags("CC1CC[C@H](C)CC1"), 0);
    assert_eq!(tags("C[C@H]1CCC2(CC1)CC[C@H](C)CC2"), 2);
}

#[test]
fn double_bonds() {
    assert_eq!(configurations("F/C=C/F"), "E");
    assert_eq!(configurations("F\\C=C\\F"), "E");
    assert_eq!(configurations("F/C=C\\F"), "Z");
    assert_eq!(configurations("C(\\F)=C/F"), "E");
    assert_eq!(configurations("F/C=C/C=C\\F"), "EZ");
    assert_eq!(configurations("C/C=N\\O"), "Z");
    assert_eq!(configurations("C/C(C)=C/C"), "", "two equal neighbours");
    assert_eq!(configurations("F/C=CF"), "", "marked on one side only");
    assert_eq!(configurations("C/C(\\F)=C/C"), "", "contradicting marks");
}

#[test]
fn small_rings_fix_their_double_bonds() {
    assert_eq!(configurations("C1CC/C=C/CC1"), "");
    assert_eq!(configurations("C1CCC/C=C/CC1"), "E");
}

#[test]
fn reference_atoms_are_the_higher_ranked_neighbors() {
    let molecule = parse("C/C(F)=C(/C)Cl");
    let bond = molecule.bonds().iter().find(|bond| bond.stereo != BondStereo::None).unwrap();
    assert_eq!((bond.stereo, bond.stereo_atoms), (BondStereo::E, [2, 5]));
}

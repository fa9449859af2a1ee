use super::{Editor, Vacancy};
use crate::{BondOrder, Kekulizer, Molecule, Parser, SmilesWriter};

/// Canonical text.
fn canonical(smiles: &str) -> String {
    SmilesWriter::default().write(Parser::new().parse(smiles.as_bytes()).unwrap()).to_owned()
}

fn edited(smiles: &str, edit: impl FnOnce(&mut Editor)) -> String {
    let mut parser = Parser::new();
    let mut editor = Editor::new();
    editor.load(parser.parse(smiles.as_bytes()).unwrap());
    edit(&mut editor);
    SmilesWriter::default().write(parser.perceive_edited(&editor).unwrap()).to_owned()
}

#[test]
fn nothing_edited_is_the_same_molecule() {
    let mut parser = Parser::new();
    for smiles in [
        "CC(=O)Oc1ccccc1C(=O)O",
        "c1cc[nH]c1",
        "C1=CC=CN1",
        "F/C=C/C=C\\C(\\C)=N/O",
        "C[C@H](N)C(=O)O",
        "C[C@]12CC[C@@H](O)C[C@H]1CC2",
        "[NH4+].[Cl-]",
        "C[CH2]",
        "N(C)(C)(C)[Fe]",
        "[2H]C([2H])=O",
        "CS(=O)(=O)N1C=CC(=O)[n]2cccc12",
        "[H]/N=C/C",
        "C[S@](=O)c1ccccc1",
    ] {
        let molecule = parser.parse(smiles.as_bytes()).unwrap().clone();
        let mut editor = Editor::new();
        editor.load(&molecule);
        let again = parser.perceive_edited(&editor).unwrap();
        assert_eq!(again.atoms(), molecule.atoms(), "{smiles}");
        assert_eq!(again.bonds(), molecule.bonds(), "{smiles}");
        let rings = |one: &Molecule| {
            (0..one.ring_count()).map(|ring| one.ring_atoms(ring).to_vec()).collect::<Vec<_>>()
        };
        assert_eq!(rings(again), rings(&molecule), "{smiles}");
    }
}

#[test]
fn a_neighbour_that_becomes_a_hydrogen_keeps_the_arrangement() {
    for (smiles, gone, expected) in [
        ("F[C@](Cl)(Br)C", 4, "F[C@](Cl)(Br)[H]"),
        ("F[C@](C)(Cl)Br", 2, "F[C@]([H])(Cl)Br"),
        ("C[C@](F)(Cl)Br", 0, "[H][C@](F)(Cl)Br"),
        ("F[C@@](C)(Cl)Br", 2, "F[C@@]([H])(Cl)Br"),
        ("C1CC[C@]1(Cl)Br", 4, "C1CC[C@]1([H])Br"),
    ] {
        let text = edited(smiles, |editor| editor.remove_atom(gone, Vacancy::Hydrogen));
        assert_eq!(text, canonical(expected), "{smiles}");
    }
}

#[test]
fn a_neighbour_that_is_replaced_keeps_the_arrangement() {
    let text = edited("F[C@](C)(Cl)Br", |editor| {
        editor.remove_atom(2, Vacancy::Open);
        let iodine = editor.add_atom(crate::Atom { atomic_number: 53, ..crate::Atom::default() });
        editor.add_bond(1, iodine, BondOrder::Single);
    });
    assert_eq!(text, canonical("F[C@](I)(Cl)Br"));
}

#[test]
fn a_double_bond_refers_to_the_neighbour_that_is_left() {
    // the marked neighbour goes: the other one is on the other side
    let text = edited("F/C(Cl)=C/Br", |editor| editor.remove_atom(0, Vacancy::Hydrogen));
    assert_eq!(text, canonical("Cl\\C=C/Br"));
    let text = edited("F/C(Cl)=C/Br", |editor| editor.remove_atom(2, Vacancy::Hydrogen));
    assert_eq!(text, canonical("F/C=C/Br"));
    let text = edited("F/C=C/Br", |editor| editor.remove_atom(0, Vacancy::Hydrogen));
    assert_eq!(text, canonical("C=CBr"));
    // marks between conjugated double bonds belong to both
    let text = edited("F/C=C(\\I)/C=C/C(/I)=C/Br", |editor| {
        editor.remove_atom(3, Vacancy::Hydrogen);
        editor.remove_atom(7, Vacancy::Hydrogen);
    });
    assert_eq!(text, canonical("F/C=C/C=C/C=C/Br"));
}

#[test]
fn aromatic_systems_are_kekulized_to_be_cut() {
    let mut parser = Parser::new();
    let molecule = parser.parse(b"Cn1cccc1").unwrap().clone();
    let mut editor = Editor::new();
    editor.load(&molecule);
    editor.remove_atom(0, Vacancy::Hydrogen);
    let mut writer = SmilesWriter::default();
    assert_eq!(writer.write(parser.perceive_edited(&editor).unwrap()), canonical("c1cc[nH]c1"));
    editor.load(&molecule);
    editor.remove_atom(3, Vacancy::Hydrogen);
    assert!(parser.perceive_edited(&editor).is_err(), "an aromatic chain");
    editor.load(&molecule);
    editor.set_orders(Kekulizer::new().orders(&molecule).unwrap());
    editor.remove_atom(3, Vacancy::Hydrogen);
    assert_eq!(writer.write(parser.perceive_edited(&editor).unwrap()), canonical("CN(C)C=C"));
}

#[test]
fn parts_are_kept_and_numbered() {
    let mut parser = Parser::new();
    let mut editor = Editor::new();
    editor.load(parser.parse(b"[Na+].CC(=O)[O-]").unwrap());
    editor.retain(|_, atom| atom.atomic_number != 11, Vacancy::Open);
    assert_eq!((editor.new_index(0), editor.new_index(4)), (None, Some(3)));
    assert_eq!(parser.perceive_edited(&editor).unwrap().atoms().len(), 4);
    editor.retain(|_, _| false, Vacancy::Open);
    assert_eq!(parser.perceive_edited(&editor).unwrap_err().kind(), crate::ErrorKind::Empty);
}

#[test]
fn impossible_edits_are_refused() {
    let mut parser = Parser::new();
    let mut editor = Editor::new();
    editor.load(parser.parse(b"CC(C)(C)C").unwrap());
    editor.add_bond(0, 1, BondOrder::Single);
    assert_eq!(parser.perceive_edited(&editor).unwrap_err().kind(), crate::ErrorKind::Syntax);
    editor.load(parser.parse(b"CC(C)(C)C").unwrap());
    editor.set_order(0, BondOrder::Double);
    assert_eq!(parser.perceive_edited(&editor).unwrap_err().kind(), crate::ErrorKind::Valence);
}

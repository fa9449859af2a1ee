use super::*;

fn read(text: &str) -> Result<Molecule, Reason> {
    let mut molecule = Molecule::default();
    let mut reader = Reader::default();
    reader.read(text.as_bytes(), &mut molecule, &mut Sums::default())?;
    molecule.build_adjacency()?;
    reader.finish(&mut molecule)?;
    Ok(molecule)
}

fn bonds(text: &str) -> Vec<(u32, u32, BondOrder)> {
    read(text).unwrap().bonds.iter().map(|bond| (bond.begin, bond.end, bond.order)).collect()
}

#[test]
fn ring_bonds_come_last_and_by_number() {
    use BondOrder::Single;
    let expected = [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 6), (2, 0), (6, 4)];
    assert_eq!(bonds("C1CC1CC2CC2"), expected.map(|(begin, end)| (begin, end, Single)));
    let expected = [(0, 1), (1, 2), (2, 3), (3, 0), (2, 0)];
    assert_eq!(bonds("C12CC2C1"), expected.map(|(begin, end)| (begin, end, Single)));
}

#[test]
fn orders_of_ring_closures() {
    assert_eq!(bonds("C=1CCC1")[3], (0, 3, BondOrder::Double));
    assert_eq!(bonds("C1CCC=1")[3], (3, 0, BondOrder::Double));
    assert_eq!(bonds("C-1CCC=1")[3], (0, 3, BondOrder::Single));
    assert_eq!(bonds("c1ccccc1")[5], (5, 0, BondOrder::Aromatic));
    assert_eq!(bonds("C~1CCC1")[3], (0, 3, BondOrder::Single));
    assert_eq!(bonds("C%(99999)CC%(99999)").len(), 3);
}

#[test]
fn directions() {
    let direction = |text: &str, bond: usize| read(text).unwrap().bonds[bond].direction;
    assert_eq!(direction("F/C=C/F", 0), BondDirection::Up);
    assert_eq!(direction("F\\\\C=C/F", 0), BondDirection::Down);
    assert_eq!(direction("C/1=CCCC1", 4), BondDirection::Down);
    assert_eq!(direction("C1=CCCC/1", 4), BondDirection::Up);
}

#[test]
fn dative_bonds_point_to_the_acceptor() {
    assert_eq!(bonds("N->[Fe]"), [(0, 1, BondOrder::Dative)]);
    assert_eq!(bonds("[Fe]<-N"), [(1, 0, BondOrder::Dative)]);
}

#[test]
fn text_around_the_smiles() {
    for text in ["CC", " CC", "CC\r\n", "CC name", "CC\t|$A;B$| name", "CC\nO", "\tCC "] {
        assert_eq!(read(text).unwrap().atoms.len(), 2, "{text:?}");
    }
    for text in ["", "  ", "\r\n", "\n"] {
        assert_eq!(read(text).unwrap_err(), Reason::Empty);
    }
    assert!(read(" C C").is_err());
}

#[test]
fn refused() {
    let syntax = [
        "C(", "C)", "C..C", ".C", "C.", "(C)C", "C((C))C", "C()C", "C=", "=C", "C=(C)C", "C(=C", "-C",
        "C--C", "C//C=C", "1CC1", "C(1CC1)", "C(.C)", "H", "Na", "R", "C]", "C%1", "CéC", "C\0C", "C.1CC1",
        "<C", "C<C",
    ];
    for text in syntax {
        let error = crate::Error::from(read(text).unwrap_err());
        assert_eq!(error.kind(), crate::ErrorKind::Syntax, "{text}");
        assert!(error.position().is_some());
    }
    for text in ["C1", "C11", "C1C1", "C12CC12", "C1CC"] {
        let error = crate::Error::from(read(text).unwrap_err());
        assert_eq!(error.kind(), crate::ErrorKind::Ring, "{text}");
    }
}

#[test]
fn bytes_that_are_no_text_are_named() {
    let read = |text: &[u8]| Reader::default().read(text, &mut Molecule::default(), &mut Sums::default());
    for (text, at, byte) in [(&b"\xff\xfe"[..], 0, 0xff), (b" \t\xc3\xa4", 2, 0xc3)] {
        match read(text) {
            Err(Reason::Unexpected { position, found, .. }) => assert_eq!((position, found), (at, byte)),
            other => panic!("{other:?}"),
        }
    }
    assert!(matches!(read(b" \t\r\n"), Err(Reason::Empty)));
}

#[test]
fn the_reader_can_be_used_after_an_error() {
    let mut molecule = Molecule::default();
    let mut reader = Reader::default();
    let mut sums = Sums::default();
    assert!(reader.read(b"C1CC(C", &mut molecule, &mut sums).is_err());
    assert!(reader.read(b"CC1CC1", &mut molecule, &mut sums).is_ok());
    assert_eq!(molecule.bonds.len(), 4);
}

#[test]
fn a_hundred_thousand_branches_do_not_overflow_the_stack() {
    let text = format!("C{}{}", "(C".repeat(100_000), ")".repeat(100_000));
    assert_eq!(read(&text).unwrap().atoms.len(), 100_001);
}

#[test]
fn too_many_bonds_on_one_atom() {
    let text = format!("[U]{}", "(C)".repeat(255));
    assert!(matches!(read(&text), Err(Reason::TooLarge { .. })));
}

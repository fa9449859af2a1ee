use super::{Blocks, RingList, large, small};
use crate::molecule::Molecule;
use crate::syntax::Reader;
use crate::valence::Sums;
use crate::{Error, ErrorKind, Parser};

const CAGES: [&str; 6] = [
    "C1CC2CCC1C2",
    "C12C3C4C1C5C2C3C45",
    "C1C2CC3CC1CC(C2)C3",
    "N1N2C34NN5C1(N23)NN45",
    "c1ccc2c(c1)c1ccccc1c1ccccc21",
    "C1CC1C1CCC2(C1)CCC2",
];

fn read(smiles: &str) -> Molecule {
    let mut molecule = Molecule::default();
    Reader::default().read(smiles.as_bytes(), &mut molecule, &mut Sums::default()).unwrap();
    molecule.build_adjacency().unwrap();
    molecule
}

#[test]
fn both_ways_to_find_blocks_agree() {
    for smiles in CAGES {
        let mut molecule = read(smiles);
        let found = |molecule: &Molecule| {
            let mut blocks = Blocks::default();
            blocks.find(molecule);
            let sorted = |list: &[u32]| {
                let mut list = list.to_vec();
                list.sort_unstable();
                list
            };
            let each = |block| (sorted(blocks.bonds(block)), sorted(blocks.atoms(block)), blocks.rank(block));
            let mut all: Vec<_> = (0..blocks.len()).map(each).collect();
            all.sort();
            all
        };
        let quick = found(&molecule);
        // with such bonds the general search is used; none is really there
        molecule.has_idle_bonds = true;
        assert_eq!(quick, found(&molecule), "{smiles}");
    }
}

#[test]
fn both_ways_to_find_relevant_cycles_agree() {
    for smiles in CAGES {
        let molecule = read(smiles);
        let mut blocks = Blocks::default();
        blocks.find(&molecule);
        for block in (0..blocks.len()).filter(|&block| blocks.rank(block) > 1) {
            let (mut first, mut second) = (RingList::default(), RingList::default());
            first.clear();
            second.clear();
            small::find(&molecule, &blocks, block, &mut first, &mut small::Scratch::default());
            large::find(&molecule, &blocks, block, &mut second, &mut large::Scratch::default()).unwrap();
            let sorted = |list: &RingList| {
                let mut rings: Vec<_> = (0..list.len()).map(|ring| list.atoms_of(ring).to_vec()).collect();
                rings.sort();
                rings
            };
            assert_eq!(sorted(&first), sorted(&second), "{smiles}");
        }
    }
}

fn sizes(smiles: &str) -> Vec<usize> {
    let mut parser = Parser::new();
    let molecule = parser.parse(smiles.as_bytes()).unwrap();
    (0..molecule.ring_count()).map(|ring| molecule.ring_atoms(ring).len()).collect()
}

#[test]
fn known_ring_sets() {
    let cases: [(&str, &[usize]); 11] = [
        ("CCC", &[]),
        ("C1CC1", &[3]),
        ("C1CC1C1CCC1", &[3, 4]),
        ("C1CCC2(C1)CCC2", &[4, 5]),
        ("c1ccc2ccccc2c1", &[6, 6]),
        ("C1CC2CCC1C2", &[5, 5]),
        ("C1CC2CCC1CC2", &[6, 6, 6]),
        ("C12C3C4C1C5C2C3C45", &[4; 6]),
        ("C1C2CC3CC1CC(C2)C3", &[6; 4]),
        ("C1C[Fe]<-N1", &[]),
        ("N1N2C34NN5C1(N23)NN45", &[3, 4, 4, 4, 5, 5, 5]),
    ];
    for (smiles, expected) in cases {
        assert_eq!(sizes(smiles), expected, "{smiles}");
    }
}

#[test]
fn a_fullerene() {
    let c60 = "c12c3c4c5c1c1c6c7c2c2c8c3c3c9c4c4c%10c5c5c1c1c6c6c%11c7c2c2c7c8c3c3c8c9c4c4c9c%10c5c5c1c1c6c6c%11c2c2c7c3c3c8c4c4c9c5c1c1c6c2c3c41";
    let found = sizes(c60);
    assert_eq!(found.iter().filter(|&&size| size == 5).count(), 12);
    assert_eq!(found.iter().filter(|&&size| size == 6).count(), 20);
}

#[test]
fn rings_are_closed_walks() {
    let mut parser = Parser::new();
    for smiles in ["C1CC2CCC1CC2", "C12C3C4C1C5C2C3C45", "c1ccc2ccccc2c1", "C1CC1C1CCC1"] {
        let molecule = parser.parse(smiles.as_bytes()).unwrap();
        for ring in 0..molecule.ring_count() {
            let atoms = molecule.ring_atoms(ring);
            assert_eq!(atoms[0], *atoms.iter().min().unwrap());
            for (at, &bond) in molecule.ring_bonds(ring).iter().enumerate() {
                let bond = molecule.bonds()[bond as usize];
                assert_eq!(bond.other(atoms[at]), atoms[(at + 1) % atoms.len()]);
            }
        }
    }
}

#[test]
fn a_ladder_of_many_rings() {
    // a thousand rungs: each closure joins an atom of the way there with one of the way back
    let rungs = 1000;
    let up: String = (0..rungs).map(|rung| format!("C%({})", rung + 1)).collect();
    let down: String = (0..rungs).rev().map(|rung| format!("C%({})", rung + 1)).collect();
    // the top two atoms are neighbours already
    let text = format!("{up}CC{down}");
    let found = sizes(&text);
    assert_eq!(found.len(), rungs);
    assert!(found.iter().all(|&size| size == 4));
}

#[test]
fn exponentially_many_rings_are_refused() {
    // twenty para-phenylenes in a circle have 2^20 shortest large rings
    let text = format!("c1%(100)ccc(cc1){}c1ccc%(100)cc1", "c1ccc(cc1)".repeat(18));
    let error: Error = Parser::new().parse(text.as_bytes()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
}

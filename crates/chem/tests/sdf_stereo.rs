//! Configurations read from drawings and conformations, on molecules whose answer is known.

#![allow(clippy::unwrap_used)]

use soyaku_chem::{BondStereo, ErrorKind, Parser};

/// A V2000 block of atoms (element, coordinates) and bonds (first, second, type, mark).
fn block(kind: &str, atoms: &[(&str, [f64; 3])], bonds: &[[u32; 4]]) -> String {
    let mut text = format!(
        "\n  program           {kind}\n\n{:3}{:3}  0  0  0  0            999 V2000\n",
        atoms.len(),
        bonds.len()
    );
    for (symbol, [x, y, z]) in atoms {
        text += &format!("{x:10.4}{y:10.4}{z:10.4} {symbol:<3} 0  0\n");
    }
    for [first, second, order, mark] in bonds {
        text += &format!("{first:3}{second:3}{order:3}{mark:3}\n");
    }
    text + "M  END\n"
}

/// CIP labels of the atoms and numbers of the bonds' configurations.
fn read(block: &str) -> (String, Vec<BondStereo>) {
    let mut parser = Parser::new();
    let molecule = parser.parse_mol_block(block.as_bytes()).unwrap();
    let labels = molecule.atoms().iter().filter(|atom| atom.cip_label != 0);
    let stereo = molecule.bonds().iter().map(|bond| bond.stereo).filter(|stereo| *stereo != BondStereo::None);
    (labels.map(|atom| char::from(atom.cip_label)).collect(), stereo.collect())
}

/// Bromochlorofluoromethane, bromine above the carbon, with marks on the bonds to F, Cl and Br.
fn halomethane(marks: [u32; 3]) -> String {
    let atoms = [
        ("C", [0.0, 0.0, 0.0]),
        ("F", [-1.3, -0.75, 0.0]),
        ("Cl", [1.3, -0.75, 0.0]),
        ("Br", [0.0, 1.5, 0.0]),
    ];
    block("2D", &atoms, &[[1, 2, 1, marks[0]], [1, 3, 1, marks[1]], [1, 4, 1, marks[2]]])
}

#[test]
fn wedges() {
    // seen from the front Br, Cl, F go clockwise; a wedge says that the hydrogen is behind
    assert_eq!(read(&halomethane([0, 0, 1])).0, "R");
    assert_eq!(read(&halomethane([1, 0, 0])).0, "R");
    assert_eq!(read(&halomethane([0, 0, 6])).0, "S");
    assert_eq!(read(&halomethane([0, 6, 0])).0, "S");
    assert_eq!(read(&halomethane([0, 0, 0])).0, "");
    assert_eq!(read(&halomethane([0, 0, 4])).0, "");
    assert_eq!(read(&halomethane([4, 0, 1])).0, "", "a wavy bond counts more than a wedge");
}

#[test]
fn conformations() {
    let atoms = |side: f64| {
        [
            ("C", [0.0, 0.0, 0.0]),
            ("F", [-1.2, -0.7, 0.3 * side]),
            ("Cl", [1.5, -0.9, 0.3 * side]),
            ("Br", [0.0, 1.8, 0.3 * side]),
            ("H", [0.0, 0.0, -1.1 * side]),
        ]
    };
    let bonds = [[1, 2, 1, 0], [1, 3, 1, 0], [1, 4, 1, 0], [1, 5, 1, 0]];
    assert_eq!(read(&block("3D", &atoms(1.0), &bonds)).0, "R");
    assert_eq!(read(&block("3D", &atoms(-1.0), &bonds)).0, "S");
    assert_eq!(read(&block("2D", &atoms(1.0), &bonds)).0, "R", "heights count, whatever the tag says");
    assert_eq!(read(&block("3D", &atoms(0.0), &bonds)).0, "");
    let square = [
        ("Pt", [0.0, 0.0, 0.0]),
        ("F", [2.0, 0.0, 0.1]),
        ("Cl", [-2.0, 0.0, 0.1]),
        ("Br", [0.0, 2.0, 0.1]),
        ("I", [0.0, -2.0, 0.1]),
    ];
    let error = Parser::new().parse_mol_block(block("3D", &square, &bonds).as_bytes()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}

#[test]
fn double_bonds() {
    let butene = |last: f64, mark: u32, wavy: u32| {
        let atoms = [
            ("C", [-1.3, 0.75, 0.0]),
            ("C", [0.0, 0.0, 0.0]),
            ("C", [1.3, 0.0, 0.0]),
            ("C", [2.6, last, 0.0]),
        ];
        read(&block("2D", &atoms, &[[1, 2, 1, wavy], [2, 3, 2, mark], [3, 4, 1, 0]])).1
    };
    assert_eq!(butene(-0.75, 0, 0), [BondStereo::E]);
    assert_eq!(butene(0.75, 0, 0), [BondStereo::Z]);
    assert_eq!(butene(0.75, 3, 0), [BondStereo::Any]);
    assert_eq!(butene(0.75, 0, 4), [BondStereo::Any]);
    assert_eq!(butene(0.0, 0, 0), [BondStereo::Any], "atoms in line");
}

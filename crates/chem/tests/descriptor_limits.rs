//! Descriptors of molecules far from the ordinary: huge ones, in time that grows with their size, and the smallest.

#![allow(clippy::unwrap_used)]

use soyaku_chem::Parser;
use soyaku_chem::descriptors::{Calculator, Descriptor, Descriptors};

fn compute(smiles: &str) -> Descriptors {
    let mut parser = Parser::new();
    let molecule = parser.parse(smiles.as_bytes()).unwrap();
    Calculator::new().compute(molecule).unwrap()
}

#[test]
fn a_chain_with_thousands_of_branches() {
    // all branches but the middle one have two different sides; a search that goes round by round takes minutes
    let of = compute(&format!("CC{}C", "C(C)C".repeat(5001)));
    assert_eq!((of.stereo_centers, of.unspecified_stereo_centers), (5000, 5000));
    assert_eq!(of.rotatable_bonds, 10_002);
    let of = compute(&format!("C{}C", "[C@H](F)C".repeat(500)));
    assert_eq!((of.stereo_centers, of.unspecified_stereo_centers), (500, 0));
}

#[test]
fn a_chain_of_thousands_of_spiro_rings() {
    let of = compute(&format!("C1C{}C1", "C12CC21C".repeat(1000)));
    assert_eq!((of.rings.rings, of.spiro_atoms, of.bridgehead_atoms), (2001, 2000, 0));
}

#[test]
fn a_row_of_a_thousand_bicycles() {
    let of = compute(&"C1CC2CC1CC2".repeat(1000));
    assert_eq!((of.rings.rings, of.spiro_atoms, of.bridgehead_atoms), (2000, 0, 2000));
}

#[test]
fn the_smallest_molecules_have_finite_values() {
    for smiles in ["*", "[H]", "[H+]", "[H][H]", "[2H]", "C", "[He]", "[Na+].[Cl-]", "[Og]", "[O-2]"] {
        let of = compute(smiles);
        for &descriptor in Descriptor::ALL {
            let value = descriptor.value(&of);
            assert!(value.is_finite(), "{smiles}: {descriptor} {value}");
        }
        assert!((1.0..=10.0).contains(&of.synthetic_accessibility), "{smiles}");
    }
}

use super::*;
use crate::Parser;

fn compute(smiles: &str) -> Descriptors {
    let mut parser = Parser::new();
    Calculator::new().compute(parser.parse(smiles.as_bytes()).unwrap()).unwrap()
}

fn is_near(first: f64, second: f64) -> bool {
    (first - second).abs() < 1e-6
}

#[test]
fn caffeine() {
    let caffeine = compute("Cn1cnc2c1c(=O)n(C)c(=O)n2C");
    assert!(is_near(caffeine.molecular_weight, 194.194));
    assert!(is_near(caffeine.polar_surface_area, 61.82));
    assert!(is_near(caffeine.fraction_sp3, 0.375));
    assert_eq!((caffeine.heavy_atoms, caffeine.heteroatoms), (14, 6));
    assert_eq!((caffeine.hydrogen_bond_acceptors, caffeine.hydrogen_bond_donors), (3, 0));
    assert_eq!((caffeine.rings.rings, caffeine.rings.aromatic_hetero), (2, 2));
    assert!((0.0..=1.0).contains(&caffeine.qed));
}

#[test]
fn electrons_count_in_the_exact_mass_of_ions() {
    let (atom, ion) = (compute("[Na]"), compute("[Na+]"));
    assert!(is_near(atom.exact_mass - ion.exact_mass, 0.000_548_58));
    assert!(is_near(atom.molecular_weight, ion.molecular_weight));
    assert_eq!(ion.formal_charge, 1);
}

#[test]
fn amide_bonds_do_not_rotate() {
    assert_eq!(compute("CCC(=O)NCC").rotatable_bonds, 2);
    assert_eq!(compute("CCCCCC").rotatable_bonds, 3);
    assert_eq!(compute("CC(C)(C)c1ccccc1").rotatable_bonds, 0);
}

#[test]
fn hydrogens_of_isotopes_are_counted() {
    let heavy_water = compute("[2H]O[2H]");
    assert_eq!((heavy_water.polar_hydrogens, heavy_water.heavy_atoms), (2, 1));
    assert!(is_near(heavy_water.polar_surface_area, compute("O").polar_surface_area));
}

#[test]
fn nothing_is_left_over_from_the_molecule_before() {
    let mut parser = Parser::new();
    let mut calculator = Calculator::new();
    for smiles in ["CC(=O)Oc1ccccc1C(=O)O", "C", "c1ccc2ccccc2c1", "[Na+].[Cl-]", "CC(=O)Oc1ccccc1C(=O)O"] {
        let molecule = parser.parse(smiles.as_bytes()).unwrap();
        assert_eq!(calculator.compute(molecule).unwrap(), compute(smiles), "{smiles}");
    }
}

#[test]
fn each_descriptor_alone_has_the_value_it_has_among_all() {
    let mut parser = Parser::new();
    let molecule = parser.parse(b"CC(C)[C@H](N)C(=O)N1CC2(CC1)CCc1cc([N+](=O)[O-])ccc1O2").unwrap();
    let all = Calculator::new().compute(molecule).unwrap();
    for &descriptor in Descriptor::ALL {
        let alone = Calculator::for_descriptors(&[descriptor]).compute(molecule).unwrap();
        assert_eq!(descriptor.value(&alone), descriptor.value(&all), "{descriptor}");
        assert_eq!(descriptor.name().parse(), Ok(descriptor));
        let is_whole = descriptor.value(&all).fract() == 0.0;
        assert!(is_whole || !descriptor.is_integer(), "{descriptor}");
    }
}

#[test]
fn an_unknown_name_is_answered_with_the_known_ones() {
    let error = "MolWeight".parse::<Descriptor>().unwrap_err().to_string();
    assert!(error.starts_with("unknown descriptor \"MolWeight\"") && error.contains("MolWt, "), "{error}");
    assert_eq!(" molwt".parse(), Ok(Descriptor::MolWt));
}

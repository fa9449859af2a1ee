//! Everything this program says about a molecule that does not depend on the numbers of its atoms.

use std::fmt::Debug;

use soyaku_chem::descriptors::{Calculator, Descriptors};
use soyaku_chem::fingerprint::{
    AtomPair, AtomPairOptions, Fingerprint, Morgan, MorganOptions, RdkitPath, RdkitPathOptions,
    TopologicalTorsion, TopologicalTorsionOptions,
};
use soyaku_chem::smarts::{MatchError, MatchScratch, Pattern};
use soyaku_chem::{BondStereo, Chirality, ErrorKind, Molecule};

/// Buckets that fingerprints are folded to.
const SIZE: u32 = 512;
/// Steps of a search, few enough for many searches a second.
pub const STEPS: u64 = 200_000;

/// Patterns with every kind of primitive.
const PATTERNS: &[&str] = &[
    "[#6]~[#7,#8]",
    "[D3;R]@[!#6;r5,r6]",
    "a:a:a-,:[x{2-3},$(C=[OX1])]",
    "[!H0;h1,v4]-!@[z{1-},^2;!$([#6]-[#7;+])]=,#*",
    "[$([#6](~[*;!#1])~[k3,k4]),-,+]~[R{2-},d3,Z1]",
    "[#1,2H,13C]",
    "*~*~*~*~*~*",
];

/// What is counted, and compared between two texts of one molecule.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    /// Per atom, sorted.
    atoms: Vec<String>,
    /// Per bond, sorted.
    bonds: Vec<String>,
    /// Sizes of the rings, sorted.
    rings: Vec<usize>,
    /// By kind: counts, or why there are none.
    fingerprints: Vec<(&'static str, Result<Vec<u32>, ErrorKind>)>,
    descriptors: Result<Vec<(&'static str, f64)>, ()>,
    /// Number of matches of each pattern.
    matches: Vec<Option<usize>>,
}

/// Finds [`Facts`]; keeps the buffers.
#[derive(Debug)]
pub struct Examiner {
    morgan: [Morgan; 4],
    pairs: [AtomPair; 2],
    torsions: [TopologicalTorsion; 2],
    paths: [RdkitPath; 2],
    calculator: Calculator,
    patterns: Vec<Pattern>,
    scratch: MatchScratch,
}

impl Default for Examiner {
    fn default() -> Self {
        let morgan = |radius, use_chirality, use_bond_types| {
            Morgan::new(MorganOptions { radius, use_chirality, use_bond_types, ..MorganOptions::default() })
        };
        let pairs =
            |use_chirality| AtomPair::new(AtomPairOptions { use_chirality, ..AtomPairOptions::default() });
        let torsions = |use_chirality| TopologicalTorsion::new(TopologicalTorsionOptions { use_chirality });
        let paths = |branched| RdkitPath::new(RdkitPathOptions { branched, ..RdkitPathOptions::default() });
        Self {
            morgan: [
                morgan(2, false, true),
                morgan(3, false, true),
                morgan(2, true, true),
                morgan(2, false, false),
            ],
            pairs: [false, true].map(pairs),
            torsions: [false, true].map(torsions),
            paths: [true, false].map(paths),
            calculator: Calculator::new(),
            patterns: PATTERNS.iter().map(|text| Pattern::parse(text).expect("a pattern")).collect(),
            scratch: MatchScratch::with_limit(STEPS),
        }
    }
}

impl Examiner {
    /// Checks that the parts of a molecule fit together, and computes all there is to compute.
    pub fn facts(&mut self, molecule: &Molecule) -> Facts {
        check_graph(molecule);
        let mut rings: Vec<_> =
            (0..molecule.ring_count()).map(|ring| molecule.ring_atoms(ring).len()).collect();
        rings.sort_unstable();
        Facts {
            atoms: sorted(molecule.atoms().iter().map(|atom| {
                let mut atom = *atom;
                // relative to the order of the bonds, and what the writer writes anew
                atom.chirality = Chirality::None;
                atom.permutation = 0;
                // however they are written
                atom.implicit_hydrogens = atom.total_hydrogens() as u8;
                atom.explicit_hydrogens = 0;
                atom.explicit_valence = 0;
                atom.no_implicit = false;
                atom
            })),
            bonds: sorted(molecule.bonds().iter().map(|bond| {
                let stereo = match bond.stereo {
                    BondStereo::Cis | BondStereo::Trans => "relative".to_owned(),
                    other => format!("{other:?}"),
                };
                (bond.order, bond.is_aromatic, bond.is_conjugated, bond.is_in_ring, stereo)
            })),
            rings,
            fingerprints: self.fingerprints(molecule),
            descriptors: match self.calculator.compute(molecule) {
                Ok(descriptors) => Ok(numbers(&descriptors)),
                Err(error) => {
                    assert!(!error.to_string().is_empty());
                    Err(())
                }
            },
            matches: self.matches(molecule),
        }
    }

    fn fingerprints(&mut self, molecule: &Molecule) -> Vec<(&'static str, Result<Vec<u32>, ErrorKind>)> {
        let mut all = Vec::new();
        let mut words = [0u64; SIZE as usize / 64];
        let morgan_names = ["ecfp4", "ecfp6", "ecfp4 with chirality", "ecfp4 without bond types"];
        for (name, generator) in morgan_names.into_iter().zip(&mut self.morgan) {
            let mut counts = vec![0; SIZE as usize];
            generator.counts(molecule, SIZE, &mut counts);
            generator.bits(molecule, SIZE, &mut words);
            check_bits(name, &words, &counts);
            all.push((name, Ok(counts)));
        }
        for (name, generator) in ["pairs", "pairs with chirality"].into_iter().zip(&mut self.pairs) {
            all.push((name, counts(name, generator, molecule)));
        }
        // torsions round a ring of three depend on the numbers of the atoms, as they do in RDKit
        let has_three = has_triangle(molecule);
        for (name, generator) in ["torsions", "torsions with chirality"].into_iter().zip(&mut self.torsions) {
            let counts = counts(name, generator, molecule);
            if !has_three {
                all.push((name, counts));
            }
        }
        for (name, generator) in ["branched paths", "paths"].into_iter().zip(&mut self.paths) {
            all.push((name, counts(name, generator, molecule)));
        }
        all
    }

    fn matches(&mut self, molecule: &Molecule) -> Vec<Option<usize>> {
        let Self { patterns, scratch, .. } = self;
        let mut count = |pattern: &Pattern| match pattern.count(molecule, scratch, true, 1000) {
            Ok(count) => {
                match pattern.matches(molecule, scratch) {
                    Ok(is_found) => assert_eq!(is_found, count > 0, "a match, and matches"),
                    Err(error) => panic!("counted, but not found: {error}"),
                }
                Some(count)
            }
            Err(MatchError::TooManySteps { limit }) => {
                assert_eq!(limit, STEPS);
                None
            }
        };
        patterns.iter().map(&mut count).collect()
    }
}

/// Three atoms are bonded to one another, in a ring or not.
fn has_triangle(molecule: &Molecule) -> bool {
    let neighbors = |atom: u32| molecule.neighbors(atom as usize).iter().map(|entry| entry.atom);
    molecule
        .bonds()
        .iter()
        .any(|bond| neighbors(bond.begin).any(|atom| neighbors(bond.end).any(|end| end == atom)))
}

/// Counts of a fingerprint, its bits checked against them.
fn counts(name: &str, generator: &mut impl Fingerprint, molecule: &Molecule) -> Result<Vec<u32>, ErrorKind> {
    let mut counts = vec![0; SIZE as usize];
    generator.counts(molecule, SIZE, &mut counts).map_err(|error| {
        assert_eq!(error.kind(), ErrorKind::TooLarge, "{name}: {error}");
        error.kind()
    })?;
    // as long as it is quick
    if counts.iter().sum::<u32>() < 100_000 {
        let mut words = [0u64; SIZE as usize / 64];
        generator.bits(molecule, SIZE, &mut words).expect("was counted before");
        check_bits(name, &words, &counts);
    }
    Ok(counts)
}

fn check_bits(name: &str, words: &[u64], counts: &[u32]) {
    for (bit, &count) in counts.iter().enumerate() {
        assert_eq!(words[bit / 64] >> (bit % 64) & 1, u64::from(count > 0), "{name}: bit {bit}");
    }
}

fn sorted<T: Debug>(items: impl Iterator<Item = T>) -> Vec<String> {
    let mut texts: Vec<String> = items.map(|item| format!("{item:?}")).collect();
    texts.sort_unstable();
    texts
}

/// All descriptors as numbers that can be compared: sums are rounded, for their order differs.
fn numbers(descriptors: &Descriptors) -> Vec<(&'static str, f64)> {
    let Descriptors { rings, .. } = descriptors;
    let all = [
        ("molecular weight", descriptors.molecular_weight),
        ("exact mass", descriptors.exact_mass),
        ("log P", descriptors.log_p),
        ("molar refractivity", descriptors.molar_refractivity),
        ("polar surface area", descriptors.polar_surface_area),
        ("QED", descriptors.qed),
        ("sp3", descriptors.fraction_sp3),
        ("heavy atoms", f64::from(descriptors.heavy_atoms)),
        ("heteroatoms", f64::from(descriptors.heteroatoms)),
        ("charge", f64::from(descriptors.formal_charge)),
        ("acceptors", f64::from(descriptors.hydrogen_bond_acceptors)),
        ("donors", f64::from(descriptors.hydrogen_bond_donors)),
        ("rotatable bonds", f64::from(descriptors.rotatable_bonds)),
        ("N and O", f64::from(descriptors.nitrogens_and_oxygens)),
        ("polar hydrogens", f64::from(descriptors.polar_hydrogens)),
        ("rings", f64::from(rings.rings)),
    ];
    for (name, value) in all {
        assert!(value.is_finite(), "{name} is {value}");
    }
    all.to_vec()
}

/// Neighbours, degrees and rings are those of the bonds.
fn check_graph(molecule: &Molecule) {
    let (atoms, bonds) = (molecule.atoms(), molecule.bonds());
    assert!(!atoms.is_empty(), "a molecule without atoms");
    let mut ends = 0;
    for (index, atom) in atoms.iter().enumerate() {
        assert!(atom.atomic_number <= 118);
        let neighbors = molecule.neighbors(index);
        ends += neighbors.len();
        assert_eq!(neighbors.len(), usize::from(atom.degree), "degree of atom {index}");
        for entry in neighbors {
            let bond = bonds[entry.bond as usize];
            assert_eq!(bond.other(index as u32), entry.atom);
            assert_eq!(bond.other(entry.atom), index as u32);
        }
    }
    assert_eq!(ends, 2 * bonds.len());
    for ring in 0..molecule.ring_count() {
        let (around, between) = (molecule.ring_atoms(ring), molecule.ring_bonds(ring));
        assert!(around.len() >= 3 && around.len() == between.len(), "ring {ring}");
        for (place, (&atom, &bond)) in around.iter().zip(between).enumerate() {
            let next = around[(place + 1) % around.len()];
            assert!(atoms[atom as usize].is_in_ring && bonds[bond as usize].is_in_ring);
            assert_eq!(bonds[bond as usize].other(atom), next, "ring {ring}");
            assert_eq!(bonds[bond as usize].other(next), atom, "ring {ring}");
        }
    }
}

/// The first thing in which two descriptions differ.
pub fn difference(first: &Facts, second: &Facts) -> Option<String> {
    let text =
        |what: &str, one: &dyn Debug, other: &dyn Debug| Some(format!("{what}: {one:?} and {other:?}"));
    for (one, other) in [(&first.atoms, &second.atoms), (&first.bonds, &second.bonds)] {
        if one != other {
            let place = one.iter().zip(other).position(|(one, other)| one != other).unwrap_or(0);
            return text("atoms or bonds", &one.get(place), &other.get(place));
        }
    }
    if first.rings != second.rings {
        return text("rings", &first.rings, &second.rings);
    }
    for ((name, one), (_, other)) in first.fingerprints.iter().zip(&second.fingerprints) {
        if one != other {
            return Some(format!("fingerprint: {name}"));
        }
    }
    match (&first.descriptors, &second.descriptors) {
        (Ok(one), Ok(other)) => {
            for ((name, one), (_, other)) in one.iter().zip(other) {
                if (one - other).abs() > 1e-9 * one.abs().max(1.0) {
                    return text(name, one, other);
                }
            }
        }
        (Err(()), Err(())) => {}
        _ => return Some("descriptors of one only".to_owned()),
    }
    for (pattern, (one, other)) in PATTERNS.iter().zip(first.matches.iter().zip(&second.matches)) {
        // the steps of a search depend on the order of the atoms
        if one.is_some() && other.is_some() && one != other {
            return text(pattern, one, other);
        }
    }
    None
}

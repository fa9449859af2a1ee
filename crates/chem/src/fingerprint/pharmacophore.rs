//! What role an atom can play in binding: the first invariants of FCFP.
//!
//! Gobbi and Poppinger, "Genetic Optimization of Combinatorial Libraries", Biotechnology and
//! Bioengineering 61 (1998) 47, as adapted in RDKit's `GetMorganFeatureAtomInvGen`. Its patterns
//! stand in the tests below, which compare.

use crate::{Atom, BondOrder, Molecule};

const DONOR: u32 = 1;
const ACCEPTOR: u32 = 1 << 1;
const AROMATIC: u32 = 1 << 2;
const HALOGEN: u32 = 1 << 3;
const BASIC: u32 = 1 << 4;
const ACIDIC: u32 = 1 << 5;

const C: u8 = 6;
const N: u8 = 7;
const O: u8 = 8;
const P: u8 = 15;
const S: u8 = 16;

/// Roles of an atom, one bit each.
#[inline]
pub(super) fn roles(molecule: &Molecule, index: usize) -> u32 {
    let atom = &molecule.atoms()[index];
    let aromatic = if atom.is_aromatic { AROMATIC } else { 0 };
    aromatic
        | match atom.atomic_number {
            C if !atom.is_aromatic => acid(molecule, index),
            N => nitrogen(molecule, index),
            O | S => chalcogen(molecule, index),
            9 | 17 | 35 | 53 => HALOGEN,
            _ => 0,
        }
}

fn nitrogen(molecule: &Molecule, index: usize) -> u32 {
    let atom = &molecule.atoms()[index];
    let mut roles = if atom.formal_charge == 1 { BASIC } else { 0 };
    if atom.is_aromatic {
        if atom.formal_charge == 0 {
            match hydrogens(atom) {
                0 => roles |= ACCEPTOR,
                1 => roles |= DONOR,
                _ => {}
            }
        }
        return roles;
    }
    let valence = valence(atom);
    if hydrogens(atom) > 0 && (valence == 3 || valence == 4 && atom.formal_charge == 1) {
        roles |= DONOR;
    }
    if valence == 3 && !is_beside_double_bond(molecule, index) {
        roles |= ACCEPTOR;
    }
    if atom.formal_charge == 0 && is_amine(molecule, index) {
        roles |= BASIC;
    }
    roles
}

fn chalcogen(molecule: &Molecule, index: usize) -> u32 {
    let atom = &molecule.atoms()[index];
    if atom.is_aromatic {
        return if atom.formal_charge == 0 && !is_near_aromatic_nitrogen(molecule, index) {
            ACCEPTOR
        } else {
            0
        };
    }
    let mut roles = if atom.atomic_number == S { acid(molecule, index) } else { 0 };
    if hydrogens(atom) == 1 && atom.formal_charge == 0 {
        roles |= DONOR;
    }
    let accepts = match hydrogens(atom) {
        _ if atom.formal_charge == -1 => true,
        0 => valence(atom) == 2,
        1 => valence(atom) == 2 && !is_beside_double_bond(molecule, index),
        _ => false,
    };
    if accepts {
        roles |= ACCEPTOR;
    }
    roles
}

/// The middle of an acid, carboxylic or one of sulfur, or of its anion.
fn acid(molecule: &Molecule, index: usize) -> u32 {
    let has_hydroxyl = bonded(molecule, index, BondOrder::Single, |atom| {
        is_aliphatic(atom, &[O]) && (hydrogens(atom) == 1 || atom.formal_charge == -1)
    });
    let is_acid =
        has_hydroxyl && bonded(molecule, index, BondOrder::Double, |atom| is_aliphatic(atom, &[O, S, P]));
    if is_acid { ACIDIC } else { 0 }
}

/// A nitrogen with carbons (also, if it has hydrogens, aromatic atoms) in all other places, none of
/// which is a carbonyl.
fn is_amine(molecule: &Molecule, index: usize) -> bool {
    let hydrogens = hydrogens(&molecule.atoms()[index]);
    if hydrogens > 2 {
        return false;
    }
    let is_alkyl = |other: usize| {
        let atom = &molecule.atoms()[other];
        (is_aliphatic(atom, &[C]) || atom.is_aromatic && hydrogens > 0)
            && !bonded(molecule, other, BondOrder::Double, |atom| is_aliphatic(atom, &[O]))
    };
    let neighbors = molecule.neighbors(index).iter();
    let alkyls = neighbors.filter(|entry| {
        matches!(molecule.bonds()[entry.bond as usize].order, BondOrder::Single | BondOrder::Aromatic)
            && is_alkyl(entry.atom as usize)
    });
    alkyls.count() as u32 >= 3 - hydrogens
}

/// Single-bonded to an atom with a double bond to O, N, P or S: the lone pair is not free.
fn is_beside_double_bond(molecule: &Molecule, index: usize) -> bool {
    around(molecule, index, BondOrder::Single).any(|middle| {
        around(molecule, middle, BondOrder::Double)
            .any(|other| other != index && is_aliphatic(&molecule.atoms()[other], &[O, N, P, S]))
    })
}

/// Aromatic with a nitrogen at the next place, or at the one behind a carbon.
fn is_near_aromatic_nitrogen(molecule: &Molecule, index: usize) -> bool {
    let is_nitrogen = |atom: &Atom| atom.is_aromatic && atom.atomic_number == N;
    around(molecule, index, BondOrder::Aromatic).any(|next| {
        let atom = &molecule.atoms()[next];
        is_nitrogen(atom)
            || atom.is_aromatic
                && atom.atomic_number == C
                && bonded(molecule, next, BondOrder::Aromatic, is_nitrogen)
    })
}

/// Neighbours across bonds of an order.
fn around(molecule: &Molecule, index: usize, order: BondOrder) -> impl Iterator<Item = usize> + '_ {
    let neighbors = molecule.neighbors(index).iter();
    neighbors
        .filter(move |entry| molecule.bonds()[entry.bond as usize].order == order)
        .map(|entry| entry.atom as usize)
}

/// Bonded by a bond of the order to an atom that fits.
fn bonded(molecule: &Molecule, index: usize, order: BondOrder, mut fits: impl FnMut(&Atom) -> bool) -> bool {
    around(molecule, index, order).any(|other| fits(&molecule.atoms()[other]))
}

fn is_aliphatic(atom: &Atom, numbers: &[u8]) -> bool {
    !atom.is_aromatic && numbers.contains(&atom.atomic_number)
}

/// All hydrogens, those that are atoms of the graph too.
fn hydrogens(atom: &Atom) -> u32 {
    atom.total_hydrogens() + u32::from(atom.hydrogen_neighbors)
}

fn valence(atom: &Atom) -> u32 {
    u32::from(atom.explicit_valence) + u32::from(atom.implicit_hydrogens)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Parser;
    use crate::smarts::{MatchScratch, Pattern};

    const PATTERNS: [&str; 6] = [
        "[$([N;!H0;v3,v4&+1]),$([O,S;H1;+0]),n&H1&+0]",
        "[$([O,S;H1;v2;!$(*-*=[O,N,P,S])]),$([O,S;H0;v2]),$([O,S;-]),$([N;v3;!$(N-*=[O,N,P,S])]),n&H0&+0,\
            $([o,s;+0;!$([o,s]:n);!$([o,s]:c:n)])]",
        "[a]",
        "[F,Cl,Br,I]",
        "[#7;+,$([N;H2&+0][$([C,a]);!$([C,a](=O))]),\
            $([N;H1&+0]([$([C,a]);!$([C,a](=O))])[$([C,a]);!$([C,a](=O))]),\
            $([N;H0&+0]([C;!$(C(=O))])([C;!$(C(=O))])[C;!$(C(=O))])]",
        "[$([C,S](=[O,S,P])-[O;H1,-1])]",
    ];

    #[test]
    fn roles_are_matches_of_the_patterns() {
        let odd = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/odd.smi");
        let odd = std::fs::read_to_string(odd).unwrap();
        let plain = "CN(C)CCc1c[nH]c2ccc(O)cc12 CC(=O)Nc1ccc(S(=O)(=O)O)cc1 C[NH3+] CC(=O)[O-] c1cnoc1 c1cscn1 \
            O=C1NCCS1 FC(F)(Cl)CBr CN(C)C(=O)N=C(N)N NO O=S(O)c1ccccc1 CP(=O)(O)O CSC CS c1ccc2occc2c1 N[N+](C)(C)C \
            C=[N+]=[N-] CC(=S)S Ic1cccc[n+]1[O-] [2H]N([2H])C CNc1ccccc1 CN(C)c1ccccc1 C[N-]C NC(=P)O";
        let patterns = PATTERNS.map(|text| Pattern::parse(text).unwrap());
        let (mut parser, mut scratch) = (Parser::new(), MatchScratch::new());
        let (mut atoms, mut seen) = (0, 0);
        for smiles in plain.split_whitespace().chain(odd.lines()) {
            let Ok(molecule) = parser.parse(smiles.as_bytes()) else { continue };
            let mut expected = vec![0; molecule.atoms().len()];
            for (bit, pattern) in patterns.iter().enumerate() {
                for found in pattern.find(molecule, &mut scratch, true, usize::MAX).unwrap() {
                    expected[found[0] as usize] |= 1 << bit;
                }
            }
            let ours: Vec<u32> = (0..expected.len()).map(|index| roles(molecule, index)).collect();
            assert_eq!(ours, expected, "{smiles}");
            atoms += ours.len();
            seen |= ours.iter().fold(0, |all, roles| all | roles);
        }
        assert!(atoms > 1000 && seen == 63, "{atoms} atoms, roles {seen:b}");
    }
}

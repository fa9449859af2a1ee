//! The molecular graph: flat arrays of atoms and bonds, and a compressed adjacency.
//!
//! A [`Molecule`] is owned by the parser that made it and reused for the next one, so that a
//! batch of a million compounds allocates no more than its largest member needs.

use crate::error::Reason;

/// Tetrahedral (or higher) arrangement tag of an atom, relative to the order of its bonds.
///
/// Numbered as RDKit's `ChiralType`: 0 none, 1 clockwise, 2 counter-clockwise, 3 other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Chirality {
    /// No tag.
    #[default]
    None = 0,
    /// `@@`: neighbours after the first appear clockwise, seen from the first (in bond order).
    Clockwise = 1,
    /// `@`: counter-clockwise.
    CounterClockwise = 2,
    /// Tagged, arrangement unspecified.
    Other = 3,
    /// Generic tetrahedral.
    Tetrahedral = 4,
    /// Allene-like (`@AL1`, `@AL2`).
    Allene = 5,
    /// Square planar (`@SP1` to `@SP3`).
    SquarePlanar = 6,
    /// Trigonal bipyramidal (`@TB1` to `@TB20`).
    TrigonalBipyramidal = 7,
    /// Octahedral (`@OH1` to `@OH30`).
    Octahedral = 8,
}

/// Hybridization of an atom, in RDKit's order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Hybridization {
    /// Not perceived.
    #[default]
    Unspecified = 0,
    /// s.
    S = 1,
    /// sp.
    Sp = 2,
    /// sp2.
    Sp2 = 3,
    /// sp3.
    Sp3 = 4,
    /// sp2d.
    Sp2d = 5,
    /// sp3d.
    Sp3d = 6,
    /// sp3d2.
    Sp3d2 = 7,
    /// Anything else.
    Other = 8,
}

/// Bond order, numbered as RDKit's `BondType` (Morgan invariants depend on these numbers).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum BondOrder {
    /// Not specified (any bond).
    Unspecified = 0,
    /// Single.
    #[default]
    Single = 1,
    /// Double.
    Double = 2,
    /// Triple.
    Triple = 3,
    /// Quadruple.
    Quadruple = 4,
    /// Aromatic.
    Aromatic = 12,
    /// Dative, electrons from begin atom to end atom.
    Dative = 17,
    /// Zero-order.
    Zero = 21,
}

/// Direction mark of a single bond beside a double bond, from `begin` to `end`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum BondDirection {
    /// Not marked.
    #[default]
    None = 0,
    /// `/`.
    Up = 3,
    /// `\`.
    Down = 4,
}

/// Configuration of a double bond, numbered as RDKit's `BondStereo`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum BondStereo {
    /// No configuration.
    #[default]
    None = 0,
    /// Could have one, not given.
    Any = 1,
    /// Z.
    Z = 2,
    /// E.
    E = 3,
    /// Cis, relative to the stored reference atoms.
    Cis = 4,
    /// Trans, relative to the stored reference atoms.
    Trans = 5,
}

/// One atom. Fields after `isotope` are final only after perception.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Atom {
    /// Atomic number; 0 for `*`.
    pub atomic_number: u8,
    /// Formal charge.
    pub formal_charge: i8,
    /// Mass number, 0 where none was given.
    pub isotope: u16,
    /// Hydrogens written in brackets, or set by perception (RDKit `GetNumExplicitHs`).
    pub explicit_hydrogens: u8,
    /// Hydrogens implied by the valence model (RDKit `GetNumImplicitHs`).
    pub implicit_hydrogens: u8,
    /// The atom may not receive implicit hydrogens (bracket atom).
    pub no_implicit: bool,
    /// Unpaired electrons.
    pub radical_electrons: u8,
    /// Neighbours in the graph (RDKit `GetDegree`).
    pub degree: u8,
    /// Neighbours in the graph that are hydrogen atoms.
    pub hydrogen_neighbors: u8,
    /// Sum of bond orders and explicit hydrogens (RDKit `GetExplicitValence`).
    pub explicit_valence: u8,
    /// Aromatic.
    pub is_aromatic: bool,
    /// Member of a ring.
    pub is_in_ring: bool,
    /// Tetrahedral tag.
    pub chirality: Chirality,
    /// Permutation number of a non-tetrahedral arrangement (`@SP1` gives 1), else 0.
    pub permutation: u8,
    /// Hybridization.
    pub hybridization: Hybridization,
    /// CIP label of a tetrahedral stereocentre as the legacy assignment gives it: `b'R'`, `b'S'`, or 0.
    pub cip_label: u8,
    /// Atom map number (`[CH3:7]`), 0 where none was given.
    pub atom_map: u32,
}

impl Atom {
    /// Hydrogens that are not atoms of the graph (RDKit `GetTotalNumHs()`).
    pub fn total_hydrogens(&self) -> u32 {
        u32::from(self.explicit_hydrogens) + u32::from(self.implicit_hydrogens)
    }

    /// Neighbours including hydrogens that are not atoms of the graph (RDKit `GetTotalDegree`).
    pub fn total_degree(&self) -> u32 {
        u32::from(self.degree) + self.total_hydrogens()
    }
}

/// One bond.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bond {
    /// Index of the first atom.
    pub begin: u32,
    /// Index of the second atom.
    pub end: u32,
    /// Order.
    pub order: BondOrder,
    /// Aromatic (the order may be kept as Kekulé form elsewhere).
    pub is_aromatic: bool,
    /// Conjugated.
    pub is_conjugated: bool,
    /// Member of a ring.
    pub is_in_ring: bool,
    /// Direction mark.
    pub direction: BondDirection,
    /// Double-bond configuration.
    pub stereo: BondStereo,
    /// Reference atoms of `stereo`: one neighbour of `begin`, one of `end`.
    pub stereo_atoms: [u32; 2],
}

impl Bond {
    /// The atom at the other side.
    pub fn other(&self, atom: u32) -> u32 {
        if self.begin == atom { self.end } else { self.begin }
    }
}

/// An entry of an atom's adjacency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Neighbor {
    /// Neighbouring atom.
    pub atom: u32,
    /// Bond to it.
    pub bond: u32,
}

/// A molecule after perception: what RDKit's `MolFromSmiles` returns.
#[derive(Clone, Debug, Default)]
pub struct Molecule {
    pub(crate) atoms: Vec<Atom>,
    pub(crate) bonds: Vec<Bond>,
    pub(crate) neighbor_offsets: Vec<u32>,
    pub(crate) neighbors: Vec<Neighbor>,
    pub(crate) ring_offsets: Vec<u32>,
    pub(crate) ring_atoms: Vec<u32>,
    pub(crate) ring_bonds: Vec<u32>,
    /// Some bond adds nothing to the valence of one of its atoms (dative, any, zero).
    pub(crate) has_idle_bonds: bool,
}

impl Molecule {
    /// Atoms, in the order of the SMILES (removed hydrogens left out).
    pub fn atoms(&self) -> &[Atom] {
        &self.atoms
    }

    /// Bonds, in RDKit's order: chain bonds as written, ring closures where they close.
    pub fn bonds(&self) -> &[Bond] {
        &self.bonds
    }

    /// Neighbours of an atom, in bond order.
    pub fn neighbors(&self, atom: usize) -> &[Neighbor] {
        &self.neighbors[self.neighbor_offsets[atom] as usize..self.neighbor_offsets[atom + 1] as usize]
    }

    /// Number of rings: the relevant cycles, which RDKit calls the symmetrized smallest set.
    pub fn ring_count(&self) -> usize {
        self.ring_offsets.len().saturating_sub(1)
    }

    /// Atoms of a ring, in order around it.
    pub fn ring_atoms(&self, ring: usize) -> &[u32] {
        &self.ring_atoms[self.ring_offsets[ring] as usize..self.ring_offsets[ring + 1] as usize]
    }

    /// Bonds of a ring; bond `i` joins ring atoms `i` and `i + 1`.
    pub fn ring_bonds(&self, ring: usize) -> &[u32] {
        &self.ring_bonds[self.ring_offsets[ring] as usize..self.ring_offsets[ring + 1] as usize]
    }
}

impl Molecule {
    /// Becomes a copy of another molecule, in the buffers it has.
    pub(crate) fn copy_from(&mut self, other: &Self) {
        self.atoms.clone_from(&other.atoms);
        self.bonds.clone_from(&other.bonds);
        self.neighbor_offsets.clone_from(&other.neighbor_offsets);
        self.neighbors.clone_from(&other.neighbors);
        self.ring_offsets.clone_from(&other.ring_offsets);
        self.ring_atoms.clone_from(&other.ring_atoms);
        self.ring_bonds.clone_from(&other.ring_bonds);
        self.has_idle_bonds = other.has_idle_bonds;
    }

    /// Forgets the rings.
    pub(crate) fn clear_rings(&mut self) {
        self.ring_offsets.clear();
        self.ring_atoms.clear();
        self.ring_bonds.clear();
    }

    /// Counts the bonds of every atom.
    pub(crate) fn count_degrees(&mut self) {
        for atom in &mut self.atoms {
            atom.degree = 0;
        }
        for bond in &self.bonds {
            for end in [bond.begin, bond.end] {
                let degree = &mut self.atoms[end as usize].degree;
                *degree = degree.saturating_add(1);
            }
        }
    }

    /// Refuses two bonds between the same atoms. The adjacency must be built.
    pub(crate) fn refuse_repeated_bonds(&self) -> Result<(), Reason> {
        for atom in 0..self.atoms.len() {
            let neighbors = self.neighbors(atom);
            for (place, entry) in neighbors.iter().enumerate() {
                if neighbors[..place].iter().any(|before| before.atom == entry.atom) {
                    return Err(Reason::BondedTwice { first: atom as u32, second: entry.atom });
                }
            }
        }
        Ok(())
    }

    /// Fills the adjacency from the bonds and the degrees.
    pub(crate) fn build_adjacency(&mut self) -> Result<(), Reason> {
        // list ends first: they move down to the starts as the lists fill from behind
        let mut end = 0;
        let mut highest = 0;
        self.neighbor_offsets.clear();
        self.neighbor_offsets.extend(self.atoms.iter().map(|atom| {
            end += u32::from(atom.degree);
            highest = highest.max(atom.degree);
            end
        }));
        self.neighbor_offsets.push(end);
        if highest == u8::MAX {
            return Err(Reason::TooLarge { what: "number of bonds on an atom", limit: 254 });
        }
        self.neighbors.resize(2 * self.bonds.len(), Neighbor::default());
        for (index, bond) in self.bonds.iter().enumerate().rev() {
            for (from, to) in [(bond.begin, bond.end), (bond.end, bond.begin)] {
                let slot = &mut self.neighbor_offsets[from as usize];
                *slot -= 1;
                self.neighbors[*slot as usize] = Neighbor { atom: to, bond: index as u32 };
            }
        }
        Ok(())
    }
}

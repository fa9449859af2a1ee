//! Explicit and implicit valence, implicit hydrogens, and the check that an atom's bonds are allowed.

use crate::elements::{Element, element};
use crate::error::Reason;
use crate::molecule::{Atom, Bond, BondOrder, Molecule};

/// What the bonds of one atom add up to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sum {
    /// Twice the sum of bond orders (aromatic 1.5).
    pub twice: u16,
    /// The atom or one of its bonds is aromatic.
    pub aromatic: bool,
}

/// The sums of all atoms.
#[derive(Debug, Default)]
pub(crate) struct Sums(Vec<Sum>);

/// Twice the order by `BondOrder`; dative bonds add to their end atom only.
static TWICE: [u8; 22] = [0, 2, 4, 6, 8, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];

/// Twice what a bond adds to the valence of its (begin, end) atom.
#[inline]
pub(crate) fn twice_order(order: BondOrder) -> (u16, u16) {
    let begin = u16::from(TWICE[order as usize]);
    (begin, begin + 2 * u16::from(order == BondOrder::Dative))
}

/// Twice what a bond adds to the valence of `atom`, one of its ends.
#[inline]
pub(crate) fn contribution(bond: &Bond, atom: u32) -> u16 {
    let (begin, end) = twice_order(bond.order);
    if bond.begin == atom { begin } else { end }
}

impl Sums {
    /// Starts anew.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Appends an atom without bonds.
    #[inline]
    pub fn add_atom(&mut self, atom: &Atom) {
        self.0.push(Sum { twice: 0, aromatic: atom.is_aromatic });
    }

    /// Adds a bond to the sums of its atoms.
    #[inline]
    pub fn add_bond(&mut self, bond: &Bond) {
        let (begin, end) = twice_order(bond.order);
        let sum = &mut self.0[bond.begin as usize];
        // an atom with so many bonds is refused once all are read
        sum.twice = sum.twice.saturating_add(begin);
        sum.aromatic |= bond.is_aromatic;
        let sum = &mut self.0[bond.end as usize];
        sum.twice = sum.twice.saturating_add(end);
        sum.aromatic |= bond.is_aromatic;
    }

    /// Adds up the bonds of every atom.
    pub fn compute(&mut self, molecule: &Molecule) {
        self.0.clear();
        for atom in &molecule.atoms {
            self.add_atom(atom);
        }
        for bond in &molecule.bonds {
            self.add_bond(bond);
        }
    }

    /// The sum of one atom.
    #[inline]
    pub fn of(&self, atom: usize) -> Sum {
        self.0[atom]
    }

    /// Changes the order of a bond, and the sums with it (not their aromatic flags).
    pub fn set_order(&mut self, molecule: &mut Molecule, bond: u32, order: BondOrder) {
        let bond = &mut molecule.bonds[bond as usize];
        let (old, new) = (twice_order(bond.order), twice_order(order));
        let begin = &mut self.0[bond.begin as usize].twice;
        *begin = *begin + new.0 - old.0;
        let end = &mut self.0[bond.end as usize].twice;
        *end = *end + new.1 - old.1;
        bond.order = order;
    }
}

/// The element whose valences an atom follows: the isoelectronic one, for elements with any rule.
#[inline]
pub(crate) fn effective_element(atom: &Atom) -> (u8, &'static Element) {
    let own = element(atom.atomic_number);
    if atom.formal_charge == 0 || (own.is_unrestricted() && own.valence_count == 1) {
        return (atom.atomic_number, own);
    }
    let number = (i32::from(atom.atomic_number) - i32::from(atom.formal_charge)).clamp(0, 118) as u8;
    (number, element(number))
}

/// Anions of P, S, As and Se keep their own, higher valences.
#[inline]
fn is_hypervalent_anion(atom: &Atom, effective: u8) -> bool {
    match atom.atomic_number {
        15 | 16 => effective > 16,
        33 | 34 => effective > 34,
        _ => false,
    }
}

/// Sum of bond orders and bracket hydrogens, rounded as the aromatic model wants it.
#[inline]
pub(crate) fn explicit_valence(atom: &Atom, sum: Sum) -> i32 {
    let mut twice = i32::from(sum.twice) + 2 * i32::from(atom.explicit_hydrogens);
    if sum.aromatic {
        let (_, effective) = effective_element(atom);
        let default = effective.default_valence();
        if default >= 0 && twice > 2 * default {
            // the largest allowed valence that is not above, if close enough
            let allowed = effective
                .valences()
                .iter()
                .map(|&valence| i32::from(valence))
                .take_while(|&valence| valence >= 0 && 2 * valence <= twice)
                .last()
                .unwrap_or(default);
            if twice - 2 * allowed <= 3 {
                twice = 2 * allowed;
            }
        }
    }
    (twice + 1) / 2
}

fn check_explicit(index: usize, atom: &Atom, valence: i32) -> Result<(), Reason> {
    let own = element(atom.atomic_number);
    let isoelectronic = i32::from(atom.atomic_number) - i32::from(atom.formal_charge);
    if isoelectronic > 118 && !own.is_metal {
        let (symbol, charge) = (own.symbol, atom.formal_charge);
        return Err(Reason::Charge { atom: index as u32, symbol, charge });
    }
    let (number, effective) = effective_element(atom);
    let mut highest = effective.highest_valence();
    let mut total = valence;
    if is_hypervalent_anion(atom, number) {
        highest = own.highest_valence();
        total -= i32::from(atom.formal_charge);
    }
    if atom.atomic_number == 1 && atom.formal_charge == -1 {
        highest = 2;
    }
    if highest >= 0 && own.highest_valence() >= 0 && total > highest {
        let allowed = highest - (total - valence);
        return Err(Reason::Valence { atom: index as u32, symbol: own.symbol, valence, allowed });
    }
    Ok(())
}

/// Hydrogens an atom takes on top of its explicit valence.
pub(crate) fn implicit_hydrogens(index: usize, atom: &Atom, sum: Sum, explicit: i32) -> Result<i32, Reason> {
    if atom.no_implicit || atom.atomic_number == 0 {
        return Ok(0);
    }
    let own = element(atom.atomic_number);
    if explicit == 0 && atom.radical_electrons == 0 && atom.atomic_number == 1 {
        return match atom.formal_charge {
            1 | -1 => Ok(0),
            0 => Ok(1),
            charge => Err(Reason::HydrogenCharge { atom: index as u32, charge }),
        };
    }
    let mut total = explicit + i32::from(atom.radical_electrons);
    let (number, mut effective) = effective_element(atom);
    let default = effective.default_valence();
    if number == 0 || default < 0 {
        return Ok(0);
    }
    if is_hypervalent_anion(atom, number) {
        effective = own;
        total -= i32::from(atom.formal_charge);
    }
    let mut allowed = effective.valences().iter().map(|&valence| i32::from(valence));
    if sum.aromatic {
        if total <= default {
            return Ok(default - total);
        }
        if !allowed.take_while(|&valence| valence > 0).any(|valence| valence == total) {
            return Err(Reason::AromaticValence { atom: index as u32, symbol: own.symbol, valence: total });
        }
        return Ok(0);
    }
    if let Some(valence) = allowed.find(|&valence| valence >= 0 && total <= valence) {
        return Ok(valence - total);
    }
    if effective.highest_valence() != -1 && own.highest_valence() > 0 {
        let allowed = effective.highest_valence();
        return Err(Reason::Valence { atom: index as u32, symbol: own.symbol, valence: total, allowed });
    }
    Ok(0)
}

/// Explicit valence and implicit hydrogens of carbon, nitrogen, oxygen and fluorine, and their ions
/// that count as such, where nothing is out of the ordinary: all of them allow just one valence.
#[inline]
pub(crate) fn ordinary(atom: &Atom, sum: Sum) -> Option<(u8, u8)> {
    let number = i32::from(atom.atomic_number) - i32::from(atom.formal_charge);
    if !matches!(atom.atomic_number, 6..=9) || !matches!(number, 6..=9) {
        return None;
    }
    let valence = 10 - number;
    let twice = i32::from(sum.twice) + 2 * i32::from(atom.explicit_hydrogens);
    let excess = twice - 2 * valence;
    let explicit = if excess <= 0 {
        (twice + 1) / 2
    } else if sum.aromatic && excess <= 3 {
        valence
    } else {
        return None;
    };
    let implicit = if atom.no_implicit { 0 } else { valence - explicit };
    (atom.radical_electrons == 0).then_some((explicit as u8, implicit as u8))
}

/// Sets explicit valence and implicit hydrogens of one atom, or refuses its valence.
#[inline]
pub(crate) fn assign(index: usize, atom: &mut Atom, sum: Sum) -> Result<(), Reason> {
    if let Some((explicit, implicit)) = ordinary(atom, sum) {
        atom.explicit_valence = explicit;
        atom.implicit_hydrogens = implicit;
        return Ok(());
    }
    assign_any(index, atom, sum)
}

fn assign_any(index: usize, atom: &mut Atom, sum: Sum) -> Result<(), Reason> {
    let explicit = explicit_valence(atom, sum);
    check_explicit(index, atom, explicit)?;
    let implicit = implicit_hydrogens(index, atom, sum, explicit)?;
    atom.explicit_valence = explicit.clamp(0, 255) as u8;
    atom.implicit_hydrogens = implicit.clamp(0, 255) as u8;
    Ok(())
}

/// Sets explicit valence and implicit hydrogens of every atom, or refuses the first bad one.
pub(crate) fn assign_all(molecule: &mut Molecule, sums: &Sums) -> Result<(), Reason> {
    for (index, atom) in molecule.atoms.iter_mut().enumerate() {
        assign(index, atom, sums.of(index))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::{ErrorKind, Parser};

    fn hydrogens(smiles: &str) -> Vec<u32> {
        let mut parser = Parser::new();
        parser.parse(smiles.as_bytes()).unwrap().atoms().iter().map(|atom| atom.total_hydrogens()).collect()
    }

    #[test]
    fn hydrogen_counts() {
        assert_eq!(hydrogens("CC(=O)O"), [3, 0, 0, 1]);
        assert_eq!(hydrogens("S(=O)C"), [1, 0, 3]);
        assert_eq!(hydrogens("P"), [3]);
        assert_eq!(hydrogens("[CH2-]C"), [2, 3]);
        assert_eq!(hydrogens("c1cc[nH]c1"), [1, 1, 1, 1, 1]);
        assert_eq!(hydrogens("C~C"), [4, 4]);
        assert_eq!(hydrogens("C->[Fe]"), [4, 0]);
        assert_eq!(hydrogens("*C"), [0, 3]);
    }

    #[test]
    fn refused_valences() {
        for smiles in
            ["C(C)(C)(C)(C)C", "[NH5]", "N(C)(C)(C)C", "[CH4-]", "FC(F)(F)(F)F", "[HH2]", "B[H]B", "[N-112]"]
        {
            let error = Parser::new().parse(smiles.as_bytes()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Valence, "{smiles}: {error}");
        }
    }

    #[test]
    fn hypervalent_anions_are_allowed() {
        assert_eq!(hydrogens("F[P-](F)(F)(F)(F)F"), [0; 7]);
        assert_eq!(hydrogens("[U](C)(C)(C)(C)(C)(C)C")[0], 0);
    }
}

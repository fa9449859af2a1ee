//! Drawing functional groups in one way: RDKit's `Normalizer` with its rules.

use super::list_table::NORMALIZATIONS;
use super::template::{self, ProductAtom};
use super::{Change, Failure, Work};
use crate::molecule::{BondOrder, Molecule};
use crate::smarts::Pattern;

/// How often the list is begun again, how often one rule is applied in a row, and how many places
/// for it are looked at.
const MAX_RESTARTS: usize = 200;
const MAX_REPEATS: usize = 20;
const MAX_MATCHES: usize = 1000;

/// A rule in terms of its pattern's atoms.
#[derive(Debug)]
struct Rule {
    name: &'static str,
    pattern: Pattern,
    /// (place in the match, change)
    atoms: Vec<(usize, ProductAtom)>,
    /// (places in the match, order)
    bonds: Vec<(usize, usize, BondOrder)>,
    /// The pattern has an atom with this charge.
    needs_positive: bool,
    needs_negative: bool,
}

#[derive(Debug)]
pub(super) struct Normalizer {
    rules: Vec<Rule>,
}

fn read_rule(name: &'static str, reaction: &str) -> Option<Rule> {
    let (before, after) = reaction.split_once(">>")?;
    let pattern = Pattern::parse(before).ok()?;
    let (atoms, bonds) = template::read(after)?;
    let place = |map: u32| pattern.atom_maps().iter().position(|&own| own == map);
    let atoms: Option<Vec<_>> = atoms.into_iter().map(|atom| Some((place(atom.map)?, atom))).collect();
    let bonds = bonds.into_iter().map(|bond| Some((place(bond.maps.0)?, place(bond.maps.1)?, bond.order)));
    let bonds: Option<Vec<_>> = bonds.collect();
    let is_charged = |sign: &[&str]| sign.iter().any(|text| before.contains(text));
    Some(Rule {
        name,
        atoms: atoms?,
        bonds: bonds?,
        needs_positive: is_charged(&["S+2", "P+;", "X3+1", "X4+1", "X2+", ";+1", "C+;"]),
        needs_negative: is_charged(&[";-1:", "O-:"]),
        pattern,
    })
}

impl Normalizer {
    pub fn new() -> Self {
        let rules = NORMALIZATIONS.iter().filter_map(|(name, reaction)| read_rule(name, reaction)).collect();
        Self { rules }
    }

    pub fn run(&self, work: &mut Work) -> Result<(), Failure> {
        for _ in 0..MAX_RESTARTS {
            let mut is_changed = false;
            for rule in &self.rules {
                if rule.run(work)? {
                    work.changes.push(Change::Normalized(rule.name));
                    is_changed = true;
                    break;
                }
            }
            if !is_changed {
                break;
            }
        }
        Ok(())
    }
}

impl Rule {
    /// Applies the rule as long as it finds a place. Returns whether there was one.
    fn run(&self, work: &mut Work) -> Result<bool, Failure> {
        let has = |sign: i8| work.molecule.atoms.iter().any(|atom| atom.formal_charge.signum() == sign);
        if (self.needs_positive && !has(1)) || (self.needs_negative && !has(-1)) {
            return Ok(false);
        }
        let mut count = 0;
        while count < MAX_REPEATS {
            match self.apply(work, MAX_REPEATS - count)? {
                0 => break,
                places => count += places,
            }
        }
        Ok(count > 0)
    }

    /// Applies the rule at the first place where a molecule comes out, and at the same time at up to
    /// `most` places in all that are far enough apart to have nothing to do with each other. Returns
    /// at how many.
    fn apply(&self, work: &mut Work, most: usize) -> Result<usize, Failure> {
        let mut found = self.pattern.find(&work.molecule, &mut work.search, false, MAX_MATCHES)?;
        found.sort_unstable();
        let apart = apart(&work.molecule, &found, most);
        if apart.len() > 1 {
            work.editor.load(&work.molecule);
            for &index in &apart {
                self.edit(work, &found[index]);
            }
            if work.commit().is_ok() {
                return Ok(apart.len());
            }
        }
        for place in found {
            work.editor.load(&work.molecule);
            self.edit(work, &place);
            if work.commit().is_ok() {
                return Ok(1);
            }
        }
        Ok(0)
    }

    /// Changes the loaded molecule at this place.
    fn edit(&self, work: &mut Work, place: &[u32]) {
        let Work { molecule, editor, .. } = work;
        for &(index, change) in &self.atoms {
            let atom = place[index];
            if let Some(charge) = change.charge {
                editor.set_charge(atom, charge);
            }
            if let Some(hydrogens) = change.hydrogens {
                editor.set_explicit_hydrogens(atom, hydrogens);
                editor.set_implicit(atom, false);
            }
        }
        for &(first, second, order) in &self.bonds {
            if let Some(bond) = bond_between(molecule, place[first], place[second]) {
                editor.set_order(bond, order);
            }
        }
    }
}

/// The first places of a sorted list that are at least three bonds apart.
fn apart(molecule: &Molecule, found: &[Vec<u32>], most: usize) -> Vec<usize> {
    let mut is_near = vec![false; molecule.atoms.len()];
    let mut chosen = Vec::new();
    for (index, place) in found.iter().enumerate() {
        if chosen.len() == most {
            break;
        }
        if place.iter().any(|&atom| is_near[atom as usize]) {
            continue;
        }
        chosen.push(index);
        for &atom in place {
            is_near[atom as usize] = true;
            for entry in molecule.neighbors(atom as usize) {
                is_near[entry.atom as usize] = true;
                for beyond in molecule.neighbors(entry.atom as usize) {
                    is_near[beyond.atom as usize] = true;
                }
            }
        }
    }
    chosen
}

fn bond_between(molecule: &Molecule, first: u32, second: u32) -> Option<u32> {
    molecule.neighbors(first as usize).iter().find(|entry| entry.atom == second).map(|entry| entry.bond)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_is_read() {
        assert_eq!(Normalizer::new().rules.len(), NORMALIZATIONS.len());
    }
}

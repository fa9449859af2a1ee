//! What a pattern asks of atoms and bonds.

use super::stereo::Stereo;
use crate::molecule::BondOrder;

/// How a term is tied to the one after it, the strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Joint {
    /// `&` or nothing.
    And,
    /// `,`.
    Or,
    /// `;`, or the end of the expression.
    End,
}

/// One primitive of an expression.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Term<T> {
    pub test: T,
    pub negate: bool,
    pub joint: Joint,
}

/// Terms tied by `&`, `,` and `;`: there are no parentheses, so a flat list says all.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Expression<T>(pub Vec<Term<T>>);

impl<T> Expression<T> {
    pub fn of(test: T) -> Self {
        Self(vec![Term { test, negate: false, joint: Joint::End }])
    }

    /// Whether the expression holds, given whether each primitive does.
    #[inline]
    pub fn holds(&self, mut primitive: impl FnMut(&T) -> bool) -> bool {
        // a clause is what stands between semicolons, an alternative what stands between commas
        let (mut clause, mut alternative) = (false, true);
        for term in &self.0 {
            if alternative && !clause {
                alternative = primitive(&term.test) != term.negate;
            }
            if term.joint == Joint::And {
                continue;
            }
            clause |= alternative;
            alternative = true;
            if term.joint == Joint::End {
                if !clause {
                    return false;
                }
                clause = false;
            }
        }
        true
    }

    /// The terms that every match fulfils.
    pub fn required(&self) -> impl Iterator<Item = &T> {
        let has_alternatives = self.0.iter().any(|term| term.joint == Joint::Or);
        self.0.iter().filter(move |term| !has_alternatives && !term.negate).map(|term| &term.test)
    }
}

/// A number that an atom has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Property {
    AtomicNumber,
    Isotope,
    Charge,
    NegatedCharge,
    Degree,
    HeavyDegree,
    TotalDegree,
    TotalValence,
    Hydrogens,
    ImplicitHydrogens,
    RingCount,
    SmallestRing,
    RingBonds,
    HeteroNeighbors,
    AliphaticHeteroNeighbors,
    Hybridization,
    /// Tetrahedral tag, as `Chirality` numbers it.
    Tag,
}

impl Property {
    /// How many there are.
    pub const COUNT: usize = Self::Tag as usize + 1;
}

/// A primitive of an atom.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum AtomTest {
    Any,
    Aromatic,
    Aliphatic,
    Element {
        number: u8,
        is_aromatic: bool,
    },
    /// The property lies between the two numbers, both included.
    Within(Property, i32, i32),
    InRing,
    /// Member of a ring with a size between the two numbers.
    RingOfSize(i32, i32),
    /// Both: as in `13C`, which is one primitive.
    Isotope(i32, Box<AtomTest>),
    /// Start of a match of another query of the pattern.
    Recursive(u32),
}

impl AtomTest {
    pub fn exactly(property: Property, value: i32) -> Self {
        Self::Within(property, value, value)
    }
}

/// A primitive of a bond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum BondTest {
    Any,
    Never,
    SingleOrAromatic,
    Order(BondOrder),
    InRing,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct QueryBond {
    pub begin: u32,
    pub end: u32,
    pub expression: Expression<BondTest>,
    /// A dative bond: begin and end matter.
    pub is_directed: bool,
}

/// An atom to be placed, in the order of the search.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Step {
    pub atom: u32,
    /// Bonds to atoms placed before, as (atom, bond); empty where a part of the pattern begins.
    pub bonds: Vec<(u32, u32)>,
}

/// A pattern, or what stands in `$(...)`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Query {
    pub atoms: Vec<Expression<AtomTest>>,
    pub maps: Vec<u32>,
    pub bonds: Vec<QueryBond>,
    pub steps: Vec<Step>,
    /// Looked at only where it is asked for.
    pub stereo: Stereo,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Evaluates terms written as digits with `!`, `&`, `,`, `;`, where only 1 is true.
    fn holds(text: &str) -> bool {
        let mut terms: Vec<Term<bool>> = Vec::new();
        let mut negate = false;
        for letter in text.chars() {
            let Some(last) = terms.last_mut().filter(|_| !matches!(letter, '0' | '1' | '!')) else {
                if letter == '!' {
                    negate = !negate;
                } else {
                    let test = letter == '1';
                    terms.push(Term { test, negate: std::mem::take(&mut negate), joint: Joint::And });
                }
                continue;
            };
            last.joint = match letter {
                ',' => Joint::Or,
                ';' => Joint::End,
                _ => Joint::And,
            };
        }
        terms.last_mut().unwrap().joint = Joint::End;
        Expression(terms).holds(|test| *test)
    }

    #[test]
    fn strong_and_before_or_before_weak_and() {
        for (text, expected) in [
            ("1", true),
            ("0", false),
            ("!0", true),
            ("!!0", false),
            ("1&0", false),
            ("1,0", true),
            ("0&1,1", true),
            ("1,1&0", true),
            ("1,1;0", false),
            ("0,1;1,0", true),
            ("0,0;1", false),
            ("1;!1,0", false),
            ("10,01,11", true),
        ] {
            assert_eq!(holds(text), expected, "{text}");
        }
    }
}

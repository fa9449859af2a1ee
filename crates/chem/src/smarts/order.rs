//! The order in which the atoms of a query are placed: rare atoms first, then their neighbours.

use super::query::{AtomTest, Expression, Property, Query, Step};

/// Above this number of atoms the order of the text is taken.
const MAX_SORTED: usize = 300;

/// How common the atoms are that fit, roughly: lower is rarer.
fn commonness(expression: &Expression<AtomTest>) -> u32 {
    expression.required().map(test_commonness).min().unwrap_or(9)
}

fn test_commonness(test: &AtomTest) -> u32 {
    let element = |number: i32| match number {
        6 => 7,
        7 | 8 => 4,
        9 | 16 | 17 => 2,
        _ => 1,
    };
    match test {
        AtomTest::Element { number, .. } => element(i32::from(*number)),
        AtomTest::Within(Property::AtomicNumber, number, _) => element(*number),
        AtomTest::Within(Property::Charge, low, high) if *low > 0 || *high < 0 => 2,
        AtomTest::Within(Property::Isotope, low, _) if *low > 0 => 1,
        AtomTest::Isotope(isotope, _) if *isotope > 0 => 1,
        AtomTest::Recursive(_) => 3,
        AtomTest::Any => 9,
        _ => 8,
    }
}

/// The steps of a search. If `is_anchored`, the first atom of the query comes first, as recursive
/// patterns begin there.
pub(super) fn steps(query: &Query, is_anchored: bool) -> Vec<Step> {
    let count = query.atoms.len();
    let mut bonds_of: Vec<Vec<(u32, u32)>> = vec![Vec::new(); count];
    for (index, bond) in query.bonds.iter().enumerate() {
        bonds_of[bond.begin as usize].push((bond.end, index as u32));
        bonds_of[bond.end as usize].push((bond.begin, index as u32));
    }
    let mut is_placed = vec![false; count];
    let mut bonds_to_placed = vec![0u32; count];
    let commonness: Vec<u32> = query.atoms.iter().map(commonness).collect();
    let mut steps = Vec::with_capacity(count);
    for position in 0..count {
        let next = if count > MAX_SORTED || (is_anchored && position == 0) {
            position
        } else {
            let candidates = (0..count).filter(|&atom| !is_placed[atom]);
            let key = |&atom: &usize| (std::cmp::Reverse(bonds_to_placed[atom]), commonness[atom], atom);
            candidates.min_by_key(key).unwrap_or(position)
        };
        is_placed[next] = true;
        let bonds: Vec<(u32, u32)> =
            bonds_of[next].iter().copied().filter(|&(atom, _)| is_placed[atom as usize]).collect();
        for &(atom, _) in &bonds_of[next] {
            bonds_to_placed[atom as usize] += 1;
        }
        steps.push(Step { atom: next as u32, bonds });
    }
    steps
}

/// How many atoms of an element every match needs, as (atomic number, count).
pub(super) fn needed_elements(query: &Query) -> Vec<(u8, u32)> {
    let mut needed: Vec<(u8, u32)> = Vec::new();
    for expression in &query.atoms {
        let number = expression.required().find_map(|test| match test {
            AtomTest::Element { number, .. } => Some(*number),
            AtomTest::Within(Property::AtomicNumber, low, high) if low == high => u8::try_from(*low).ok(),
            _ => None,
        });
        let Some(number) = number else { continue };
        match needed.iter_mut().find(|entry| entry.0 == number) {
            Some(entry) => entry.1 += 1,
            None => needed.push((number, 1)),
        }
    }
    needed
}

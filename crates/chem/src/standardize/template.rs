//! The right side of a reaction SMARTS, as far as the normalizations need it: what becomes of the
//! charges, hydrogens and bonds of the atoms that are mapped.

use crate::molecule::BondOrder;

/// A mapped atom of the product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ProductAtom {
    pub map: u32,
    /// `None`: as it was.
    pub charge: Option<i8>,
    pub hydrogens: Option<u8>,
}

/// A bond between two mapped atoms of the product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ProductBond {
    pub maps: (u32, u32),
    pub order: BondOrder,
}

/// Atoms and bonds of a product; `None` where the text is not of this kind.
pub(super) fn read(text: &str) -> Option<(Vec<ProductAtom>, Vec<ProductBond>)> {
    let (mut atoms, mut bonds) = (Vec::new(), Vec::new());
    let mut branches = Vec::new();
    let mut last = None;
    let mut order = BondOrder::Single;
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let mut length = 1;
        match first {
            '(' => branches.push(last),
            ')' => last = branches.pop()?,
            '-' => order = BondOrder::Single,
            '=' => order = BondOrder::Double,
            '#' => order = BondOrder::Triple,
            ':' => order = BondOrder::Aromatic,
            '[' => {
                let end = rest.find(']')?;
                let atom = read_atom(&rest[1..end])?;
                if let Some(before) = last {
                    bonds.push(ProductBond { maps: (before, atom.map), order });
                }
                last = Some(atom.map);
                order = BondOrder::Single;
                atoms.push(atom);
                length = end + 1;
            }
            _ => return None,
        }
        rest = &rest[length..];
    }
    Some((atoms, bonds))
}

/// What stands between brackets: a symbol, hydrogens, a charge, other conditions, the map number.
fn read_atom(text: &str) -> Option<ProductAtom> {
    let (conditions, map) = text.split_once(':')?;
    let mut atom = ProductAtom { map: map.parse().ok()?, charge: None, hydrogens: None };
    let number = |from: usize| {
        let digits = conditions[from..].bytes().take_while(u8::is_ascii_digit).count();
        conditions[from..from + digits].parse::<i8>().ok()
    };
    for (place, byte) in conditions.bytes().enumerate().skip(1) {
        match byte {
            b'H' => atom.hydrogens = Some(number(place + 1).unwrap_or(1).unsigned_abs()),
            b'+' => atom.charge = Some(number(place + 1).unwrap_or(1)),
            b'-' => atom.charge = Some(-number(place + 1).unwrap_or(1)),
            _ => {}
        }
    }
    Some(atom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn atoms_and_bonds() {
        let (atoms, bonds) = read("[*+1:1]([*-1:2])=[NH0:3]").unwrap();
        assert_eq!(atoms[0], ProductAtom { map: 1, charge: Some(1), hydrogens: None });
        assert_eq!(atoms[1], ProductAtom { map: 2, charge: Some(-1), hydrogens: None });
        assert_eq!(atoms[2], ProductAtom { map: 3, charge: None, hydrogens: Some(0) });
        assert_eq!(bonds[0], ProductBond { maps: (1, 2), order: BondOrder::Single });
        assert_eq!(bonds[1], ProductBond { maps: (1, 3), order: BondOrder::Double });
    }

    #[test]
    fn charges_and_hydrogens() {
        let atom = |text: &str| read(text).map(|(atoms, _)| (atoms[0].charge, atoms[0].hydrogens));
        assert_eq!(atom("[NH+:3]"), Some((Some(1), Some(1))));
        assert_eq!(atom("[*-0:1]"), Some((Some(0), None)));
        assert_eq!(atom("[P+0;D5:2]"), Some((Some(0), None)));
        assert_eq!(atom("[n+:1]"), Some((Some(1), None)));
        assert_eq!(atom("[N]"), None);
        assert_eq!(atom("N"), None);
    }
}

//! What the periodic table says: weights, outer electrons, allowed valences, isotope masses.

use crate::element_table::ELEMENTS;
use crate::isotope_table::{ISOTOPES, OFFSETS};
use crate::molecule::Atom;

/// Data of one element. Valences are ascending; a last `-1` means that any higher one is allowed.
#[derive(Debug)]
pub(crate) struct Element {
    pub symbol: &'static str,
    pub weight: f64,
    pub outer_electrons: u8,
    pub valences: [i8; 4],
    pub valence_count: u8,
    pub is_metal: bool,
}

impl Element {
    /// Allowed valences, `-1` (anything) possibly last.
    #[inline]
    pub fn valences(&self) -> &[i8] {
        &self.valences[..self.valence_count as usize]
    }

    /// The smallest allowed valence, `-1` where there is no preference.
    #[inline]
    pub fn default_valence(&self) -> i32 {
        i32::from(self.valences[0])
    }

    /// The largest allowed valence, `-1` where anything goes.
    #[inline]
    pub fn highest_valence(&self) -> i32 {
        i32::from(self.valences[self.valence_count as usize - 1])
    }

    /// Nothing is known about the valence of this element.
    #[inline]
    pub fn is_unrestricted(&self) -> bool {
        self.valences[0] < 0
    }
}

/// The row of an atomic number (numbers above 118 do not occur in a parsed molecule).
#[inline]
pub(crate) fn element(atomic_number: u8) -> &'static Element {
    &ELEMENTS[usize::from(atomic_number).min(ELEMENTS.len() - 1)]
}

/// Elements left of carbon in their row, whose charge shifts the valence the other way.
pub(crate) fn is_early(atomic_number: u8) -> bool {
    matches!(atomic_number,
        3..=5 | 11..=13 | 19..=22 | 30..=32 | 37..=41 | 48..=51 | 55..=61 | 72 | 73 | 80..=83 | 87..=93 | 104..=118)
}

/// The atom `a` draws electrons more strongly than `b`, counted as the periodic table is drawn.
pub(crate) fn is_more_electronegative(a: u8, b: u8) -> bool {
    let (outer_a, outer_b) = (element(a).outer_electrons, element(b).outer_electrons);
    outer_a > outer_b || (outer_a == outer_b && a < b)
}

fn isotope_mass(atomic_number: u8, mass_number: u16) -> Option<f64> {
    let z = usize::from(atomic_number);
    let rows = &ISOTOPES[usize::from(*OFFSETS.get(z)?)..usize::from(*OFFSETS.get(z + 1)?)];
    rows.binary_search_by_key(&mass_number, |row| row.0).ok().map(|found| rows[found].1)
}

impl Atom {
    /// Mass in unified atomic mass units: the standard weight, or that of the isotope where one is
    /// given (its mass number where no mass is tabulated), as RDKit's `Atom.GetMass`.
    ///
    /// ```
    /// let mut parser = soyaku_chem::Parser::new();
    /// let molecule = parser.parse(b"C[13CH3]")?;
    /// assert_eq!(molecule.atoms()[0].mass(), 12.011);
    /// assert_eq!(molecule.atoms()[1].mass(), 13.00335484);
    /// # Ok::<(), soyaku_chem::Error>(())
    /// ```
    pub fn mass(&self) -> f64 {
        if self.isotope == 0 {
            return element(self.atomic_number).weight;
        }
        let unknown = if self.atomic_number == 0 { 0.0 } else { f64::from(self.isotope) };
        isotope_mass(self.atomic_number, self.isotope).unwrap_or(unknown)
    }

    /// Element symbol, `*` for a dummy atom.
    pub fn symbol(&self) -> &'static str {
        element(self.atomic_number).symbol
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn atom(atomic_number: u8, isotope: u16) -> Atom {
        Atom { atomic_number, isotope, ..Atom::default() }
    }

    #[test]
    fn masses_follow_the_isotope() {
        assert_eq!(atom(6, 0).mass(), 12.011);
        assert_eq!(atom(1, 2).mass(), 2.014101778);
        assert_eq!(atom(6, 300).mass(), 300.0);
        assert_eq!(atom(0, 7).mass(), 0.0);
        assert_eq!(atom(118, 0).symbol(), "Og");
    }

    #[test]
    fn electronegativity_goes_by_outer_electrons_then_by_row() {
        assert!(is_more_electronegative(8, 6));
        assert!(is_more_electronegative(8, 16));
        assert!(!is_more_electronegative(16, 8));
        assert!(!is_more_electronegative(6, 6));
    }

    #[test]
    fn valence_rows() {
        assert_eq!(element(16).valences(), [2, 4, 6]);
        assert_eq!(element(11).highest_valence(), -1);
        assert!(element(26).is_unrestricted());
        assert!(element(26).is_metal && !element(6).is_metal);
    }
}

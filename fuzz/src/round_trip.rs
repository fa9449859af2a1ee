//! Writing a molecule and reading it again.

use soyaku_chem::smarts::{MatchError, MatchScratch, Pattern};
use soyaku_chem::{
    Atom, Bond, BondOrder, BondStereo, Chirality, Hybridization, Molecule, Parser, SmilesOptions,
    SmilesWriter,
};

use super::molecule::{Examiner, STEPS, difference};

/// Writes molecules in every way and reads the texts; keeps the buffers.
#[derive(Debug)]
pub struct RoundTrip {
    parser: Parser,
    examiner: Examiner,
    canonical: SmilesWriter,
    as_numbered: SmilesWriter,
    others: Vec<SmilesWriter>,
    kekule: SmilesWriter,
    scratch: MatchScratch,
}

impl Default for RoundTrip {
    fn default() -> Self {
        let all = SmilesOptions::default();
        let others = [
            SmilesOptions { isomeric: false, ..all },
            SmilesOptions { atom_maps: false, ..all },
            SmilesOptions { isomeric: false, atom_maps: false, ..all },
        ];
        Self {
            parser: Parser::new(),
            examiner: Examiner::default(),
            canonical: SmilesWriter::new(all),
            as_numbered: SmilesWriter::new(SmilesOptions { canonical: false, ..all }),
            others: others.map(SmilesWriter::new).into(),
            kekule: SmilesWriter::new(SmilesOptions { kekule: true, ..all }),
            scratch: MatchScratch::with_limit(STEPS),
        }
    }
}

impl RoundTrip {
    /// Writes a molecule in every way and reads the texts.
    ///
    /// # Panics
    /// If a text is not the same molecule.
    pub fn check(&mut self, molecule: &Molecule) {
        let facts = self.examiner.facts(molecule);
        let text = self.canonical.write(molecule).to_owned();
        if !has_one_text(molecule) {
            let _ = self.parser.parse(text.as_bytes());
            return;
        }
        // a hydrogen that is kept for a mark which turns out to mean nothing
        let is_plain_hydrogen = |atom: &Atom| atom.atomic_number == 1 && atom.isotope == 0;
        if molecule.atoms().iter().any(is_plain_hydrogen)
            && read(&mut self.parser, &text).atoms().len() < molecule.atoms().len()
        {
            return;
        }
        let again = read(&mut self.parser, &text).clone();
        let again_text = self.canonical.write(&again).to_owned();
        let again_facts = self.examiner.facts(&again);
        if is_ordinary(molecule) {
            assert_eq!(again_text, text, "when read again");
            if let Some(difference) = difference(&facts, &again_facts) {
                panic!("{text} is not what was read: {difference}");
            }
            let kekule = self.kekule.write(molecule).to_owned();
            let third = read(&mut self.parser, &kekule);
            assert_eq!(self.canonical.write(third), text, "of what was written as {kekule}");
        }
        if !has_one_text(&again) {
            return;
        }
        let (molecule, text) = (&again, again_text);
        // the same order for the same molecule, so that a finding stays one
        let mut random =
            text.bytes().fold(0u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
        let ranks = shuffled(molecule.atoms().len(), &mut random);
        let as_numbered = self.as_numbered.write(molecule).to_owned();
        for other in [as_numbered, self.as_numbered.write_in_order(molecule, &ranks).to_owned()] {
            let third = read(&mut self.parser, &other);
            assert_eq!(self.canonical.write(third), text, "of what was written as {other}");
            if let Some(difference) = difference(&again_facts, &self.examiner.facts(third)) {
                panic!("{other} is not {text}: {difference}");
            }
        }
        // a hydrogen with nothing special left is no atom when read again, and counts otherwise in a pattern
        if molecule.atoms().iter().any(|atom| atom.atomic_number == 1) {
            return;
        }
        self.check_own_pattern(molecule, &text);
        let has_maps = molecule.atoms().iter().any(|atom| atom.atom_map != 0);
        for writer in &mut self.others {
            let text = writer.write(molecule).to_owned();
            let again = read(&mut self.parser, &text);
            // a centre may be one because of the map numbers only
            if !(has_maps && text.contains(['@', '/', '\\'])) {
                assert_eq!(writer.write(again), text, "when read again");
            }
        }
    }

    /// Its SMILES, read as a SMARTS pattern, is found in the molecule.
    fn check_own_pattern(&mut self, molecule: &Molecule, text: &str) {
        // as in RDKit, the latest elements are unknown in patterns, and arrows at ring closures fit nothing
        let is_late = |atom: &Atom| matches!(atom.atomic_number, 113 | 115 | 117 | 118);
        let is_dative = |bond: &Bond| bond.order == BondOrder::Dative;
        let has_dative = molecule.bonds().iter().any(is_dative);
        if molecule.atoms().iter().any(is_late) || has_dative {
            return;
        }
        let pattern = match Pattern::parse(text) {
            Ok(pattern) => pattern,
            Err(error) => panic!("{text} is refused as a pattern: {error}"),
        };
        match pattern.matches(molecule, &mut self.scratch) {
            Ok(is_found) => assert!(is_found, "{text} is not found in itself"),
            Err(MatchError::TooManySteps { .. }) => {}
        }
    }
}

/// All of the molecule can be written, and read in one way only.
pub fn has_one_text(molecule: &Molecule) -> bool {
    // arrangements other than tetrahedral are not written
    let is_other = |atom: &Atom| atom.chirality as u8 >= Chirality::Allene as u8;
    // where the double bonds of an aromatic ring of dummies are depends on their order, in RDKit too
    let is_dummy = |atom: u32| molecule.atoms()[atom as usize].atomic_number == 0;
    let is_vague = |bond: &Bond| bond.is_aromatic && (is_dummy(bond.begin) || is_dummy(bond.end));
    // a bond of any order cannot close a ring, which the second of two in one ring may have to
    let any = molecule.bonds().iter().filter(|bond| bond.order == BondOrder::Unspecified).count();
    !molecule.atoms().iter().any(is_other)
        && !molecule.bonds().iter().any(is_vague)
        && (any < 2 || molecule.bonds().len() < molecule.atoms().len())
}

/// Nothing is different for having been written otherwise. What RDKit perceives depends on that: a tag
/// that turns out to mean nothing has made its atom sp3, aromatic letters and bonds where nothing is
/// aromatic count in the hybridization, and radicals are found in brackets only.
fn is_ordinary(molecule: &Molecule) -> bool {
    let is_plain = |atom: &Atom| {
        matches!(atom.atomic_number, 1 | 6..=9 | 17 | 35 | 53)
            && atom.formal_charge.abs() <= i8::from(atom.atomic_number > 1)
            && atom.radical_electrons == 0
            && (atom.total_degree() < 4 || atom.hybridization == Hybridization::Sp3)
    };
    // a single bond written as an aromatic one stays conjugated
    let is_single = |atom: u32| {
        let mut around = molecule.neighbors(atom as usize).iter();
        around.all(|entry| molecule.bonds()[entry.bond as usize].order == BondOrder::Single)
    };
    let is_odd = |bond: &Bond| {
        matches!(bond.order, BondOrder::Unspecified | BondOrder::Quadruple)
            || bond.stereo == BondStereo::Any
            || (matches!(bond.order, BondOrder::Double | BondOrder::Triple)
                && [bond.begin, bond.end].iter().all(|&end| molecule.atoms()[end as usize].is_aromatic))
            || (bond.is_conjugated && is_single(bond.begin) && is_single(bond.end))
    };
    molecule.atoms().iter().all(is_plain) && !molecule.bonds().iter().any(is_odd)
}

fn read<'a>(parser: &'a mut Parser, text: &str) -> &'a Molecule {
    match parser.parse(text.as_bytes()) {
        Ok(molecule) => molecule,
        Err(error) => panic!("written as {text}, which is refused: {error}"),
    }
}

/// The numbers below `count` in an order that looks random.
pub fn shuffled(count: usize, random: &mut u64) -> Vec<u32> {
    let mut ranks: Vec<u32> = (0..count as u32).collect();
    for place in (1..count).rev() {
        *random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ranks.swap(place, (*random >> 33) as usize % (place + 1));
    }
    ranks
}

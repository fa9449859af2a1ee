//! Bond expressions.

use super::error::SmartsError;
use super::query::{BondTest, Expression, Joint, Term};
use super::text::Text;
use crate::molecule::{Bond, BondOrder};

/// A bond as written.
#[derive(Clone, Debug)]
pub(super) struct BondText {
    pub expression: Expression<BondTest>,
    /// Dative.
    pub is_directed: bool,
    /// `<-`: begins at the atom that follows.
    pub is_reversed: bool,
    /// What it is written with first: that decides on stereo.
    pub first: BondTest,
    /// Whether it begins with `/` (or else with `\`), seen from the atom before.
    pub direction: Option<bool>,
}

impl BondText {
    /// The bond where nothing is written: single or aromatic.
    pub fn unwritten() -> Self {
        let expression = Expression::of(BondTest::SingleOrAromatic);
        let first = BondTest::SingleOrAromatic;
        Self { expression, is_directed: false, is_reversed: false, first, direction: None }
    }

    /// The same bond at a ring closure, where dative bonds match nothing, as in RDKit.
    pub fn at_closure(mut self) -> Self {
        if self.is_directed {
            self.expression = Expression::of(BondTest::Never);
            self.is_directed = false;
        }
        self
    }
}

/// A primitive, if one is next, and whether it is `->` or `<-`.
fn primitive(text: &mut Text) -> Option<(BondTest, bool)> {
    for arrow in [b"->", b"<-"] {
        if text.starts_with(arrow) {
            text.at += 2;
            return Some((BondTest::Never, true));
        }
    }
    let test = match text.peek()? {
        b'-' => BondTest::Order(BondOrder::Single),
        b'=' => BondTest::Order(BondOrder::Double),
        b'#' => BondTest::Order(BondOrder::Triple),
        b'$' => BondTest::Order(BondOrder::Quadruple),
        b':' => BondTest::Order(BondOrder::Aromatic),
        b'~' => BondTest::Any,
        b'@' => BondTest::InRing,
        // directions say nothing in a search that does not look at double-bond configurations
        b'/' | b'\\' => BondTest::SingleOrAromatic,
        _ => return None,
    };
    if text.starts_with(b"\\\\") {
        text.at += 1;
    }
    text.at += 1;
    Some((test, false))
}

/// A bond expression, if one is next.
///
/// An expression that begins with a dative bond is that dative bond, whatever follows; dative bonds
/// elsewhere in an expression match nothing. Both are what RDKit does.
pub(super) fn read(text: &mut Text) -> Result<Option<BondText>, SmartsError> {
    let mut terms: Vec<Term<BondTest>> = Vec::new();
    let mut first_arrow = None;
    let mut direction = None;
    loop {
        let start = text.at;
        let mut negate = false;
        while text.take(b'!') {
            negate = !negate;
        }
        let is_reversed = text.peek() == Some(b'<');
        if terms.is_empty() {
            direction = text.peek().filter(|byte| matches!(byte, b'/' | b'\\')).map(|byte| byte == b'/');
        }
        match primitive(text) {
            Some((test, is_arrow)) => {
                if is_arrow && terms.is_empty() {
                    first_arrow = Some(is_reversed);
                }
                terms.push(Term { test, negate, joint: Joint::And });
            }
            None if start == text.at && terms.is_empty() => return Ok(None),
            None => return Err(text.unexpected("a bond")),
        }
        let Some(last) = terms.last_mut() else { continue };
        match text.peek() {
            Some(b'&') => {}
            Some(b',') => last.joint = Joint::Or,
            Some(b';') => last.joint = Joint::End,
            // the next primitive follows without a sign
            Some(b'!' | b'-' | b'=' | b'#' | b'$' | b':' | b'~' | b'@' | b'/' | b'\\' | b'<') => continue,
            _ => {
                last.joint = Joint::End;
                break;
            }
        }
        text.at += 1;
    }
    let first = terms.first().map_or(BondTest::SingleOrAromatic, |term| term.test);
    Ok(Some(match first_arrow {
        Some(is_reversed) => BondText {
            expression: Expression::of(BondTest::Order(BondOrder::Dative)),
            is_directed: true,
            is_reversed,
            first,
            direction: None,
        },
        None => {
            let expression = Expression(terms);
            BondText { expression, is_directed: false, is_reversed: false, first, direction }
        }
    }))
}

/// The bond fits the expression.
pub(super) fn bond_fits(expression: &Expression<BondTest>, bond: &Bond) -> bool {
    expression.holds(|test| match test {
        BondTest::Any => true,
        BondTest::Never => false,
        BondTest::SingleOrAromatic => matches!(bond.order, BondOrder::Single | BondOrder::Aromatic),
        BondTest::Order(order) => bond.order == *order,
        BondTest::InRing => bond.is_in_ring,
    })
}

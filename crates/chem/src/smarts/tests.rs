use super::*;
use crate::Parser;

fn find(pattern: &str, smiles: &str) -> Vec<Vec<u32>> {
    let mut parser = Parser::new();
    let molecule = parser.parse(smiles.as_bytes()).unwrap();
    Pattern::parse(pattern).unwrap().find(molecule, &mut MatchScratch::new(), true, usize::MAX).unwrap()
}

#[test]
fn any_depth_of_nesting_is_read_or_refused() {
    let depth = 100_000;
    let nested = format!("{}C{}", "[$(".repeat(depth), ")]".repeat(depth));
    let pattern = Pattern::parse(&nested).unwrap();
    let mut parser = Parser::new();
    let molecule = parser.parse(b"CO").unwrap();
    assert_eq!(pattern.count(molecule, &mut MatchScratch::new(), true, 9), Ok(1));
    drop(pattern);
    for (open, close) in
        [("[", "]"), ("(", ")"), ("C(", ")"), ("[$(", ""), ("[!", "]"), ("[C;", ""), ("C[$(", "")]
    {
        let text = format!("{}C{}", open.repeat(depth), close.repeat(depth));
        let _ = Pattern::parse(&text);
    }
    assert!(Pattern::parse(&format!("C{}C{}", "(C".repeat(depth), ")".repeat(depth))).is_ok());
    assert!(Pattern::parse(&format!("[{}C]", "!".repeat(depth))).is_ok());
}

#[test]
fn hopeless_searches_are_given_up() {
    let mut parser = Parser::new();
    let cage = "C12C3C4C1C5C2C3C45";
    let molecule = parser.parse(format!("{cage}.{cage}.{cage}.{cage}").as_bytes()).unwrap();
    let pattern =
        Pattern::parse("C~C~C~C~C~C~C~C.C~C~C~C~C~C~C~C.C~C~C~C~C~C~C~C.C~C~C~C~C~C~C~[C;D1]").unwrap();
    let mut scratch = MatchScratch::with_limit(10_000);
    assert_eq!(pattern.matches(molecule, &mut scratch), Err(MatchError::TooManySteps { limit: 10_000 }));
    let simple = Pattern::parse("C~C").unwrap();
    assert_eq!(simple.matches(molecule, &mut scratch), Ok(true), "the next search starts with a full budget");
}

#[test]
fn equal_recursive_patterns_are_searched_once() {
    let pattern = Pattern::parse("[$(CO)][$(CO);$(CN)][!$(CO)]").unwrap();
    assert_eq!(pattern.queries.len(), 3);
}

#[test]
fn matches_are_unique_by_their_atoms() {
    assert_eq!(find("CC", "CCC"), [[0, 1], [1, 2]]);
    let mut parser = Parser::new();
    let propane = parser.parse(b"CCC").unwrap();
    let mut scratch = MatchScratch::new();
    let pattern = Pattern::parse("CC").unwrap();
    assert_eq!(pattern.count(propane, &mut scratch, false, usize::MAX), Ok(4));
    assert_eq!(pattern.count(propane, &mut scratch, true, 1), Ok(1));
    assert_eq!(pattern.count(propane, &mut scratch, true, 0), Ok(0));
}

#[test]
fn maps_and_sizes() {
    let pattern = Pattern::parse("[C:7]~[$([N:3])]").unwrap();
    assert_eq!((pattern.atom_count(), pattern.atom_maps()), (2, &[7, 0][..]));
}

#[test]
fn messages_say_what_is_expected() {
    for (text, message) in [
        ("", "SMARTS byte 0: unexpected end, expected an atom"),
        ("C1CC", "SMARTS byte 1: ring 1 is not closed"),
        ("C(C", "SMARTS byte 1: branch is not closed, expected ')'"),
        ("C11", "SMARTS byte 2: ring closure bonds an atom to itself"),
        ("C1C1", "SMARTS byte 3: ring closure repeats a bond"),
        ("(C).(C)", "SMARTS byte 0: unexpected '(', expected an atom"),
        ("[$(C", "SMARTS byte 4: unexpected end, expected ')' of a recursive pattern"),
        ("[D{1}]", "SMARTS byte 4: unexpected '}', expected '-' of a range"),
        ("[C@SP4]", "SMARTS byte 5: stereo permutation 4, expected 1 to 3"),
        ("C |$a$|", "SMARTS byte 2: CXSMARTS extensions are not supported, expected a plain SMARTS"),
        ("[C\u{e9}]", "SMARTS byte 2: unexpected byte 0xc3, expected an atom property"),
    ] {
        assert_eq!(Pattern::parse(text).unwrap_err().to_string(), message);
    }
}

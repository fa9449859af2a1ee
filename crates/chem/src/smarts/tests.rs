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

/// A ring of seven where all rings are even, which shows only after everything else was placed.
const HOPELESS: &str = "C~C~C~C~C~C~C~C.C~C~C~C~C~C~C~C.C~C~C~C~C~C~C~C.C1~C~C~C~C~C~C1";

#[test]
fn hopeless_searches_are_given_up() {
    let mut parser = Parser::new();
    let cage = "C12C3C4C1C5C2C3C45";
    let molecule = parser.parse(format!("{cage}.{cage}.{cage}.{cage}").as_bytes()).unwrap();
    let pattern = Pattern::parse(HOPELESS).unwrap();
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

/// Patterns with recursion, parts, rings, negation and dative bonds, and molecules for them.
const PATTERNS: [&str; 14] = [
    "[#6]",
    "C.C.C",
    "[!#6;!#1]~[!#6;!#1]",
    "[$(C(=O)O),$([N;!$(N-C=O)])]-[!$([CX4])]",
    "c1ccccc1-[$(C=O),$(S(=O)=O)]",
    "[R2]~[R2]",
    "[r5]1~*~*~*~*~1",
    "N->[Fe]",
    "[13C,2H,O-]",
    "C(=O)O.C(=O)O",
    "[$([$([$(C)]O)]),$(N)]",
    "*~*~*~*~*~*",
    "[!$(*~*)]",
    "[D3]([D1])([D1])~[k6]",
];
const MOLECULES: [&str; 8] = [
    "CC(=O)Oc1ccccc1C(=O)O",
    "C",
    "O.O",
    "N->[Fe]",
    "[13CH3]C([2H])([2H])[O-]",
    "c1ccc2[nH]ccc2c1S(=O)(=O)C1CC1(C)C",
    "CC(C)C1CCCCC1N(C)C",
    "OC(=O)CCC(=O)NCCNC(=O)CCC(=O)NCCNC(=O)CCC(=O)NCCNC(=O)CCC(=O)NCCNC(=O)CCC(=O)NCCNC(=O)CCC(=O)NCCNC(=O)CCC(=O)O",
];

#[test]
fn sets_find_what_their_patterns_find() {
    let patterns: Vec<Pattern> = PATTERNS.iter().map(|text| Pattern::parse(text).unwrap()).collect();
    let set = PatternSet::new(patterns.clone());
    assert_eq!(set.len(), PATTERNS.len());
    let mut parser = Parser::new();
    // one scratch for all: nothing of one molecule or pattern may be left for the next
    let (mut scratch, mut found) = (MatchScratch::new(), Vec::new());
    for smiles in MOLECULES {
        let molecule = parser.parse(smiles.as_bytes()).unwrap();
        let alone: Vec<_> = patterns
            .iter()
            .map(|pattern| pattern.find(molecule, &mut scratch, false, 5000).unwrap())
            .collect();
        let expected: Vec<u32> =
            (0..alone.len() as u32).filter(|&index| !alone[index as usize].is_empty()).collect();
        set.matching(molecule, &mut scratch, &mut found).unwrap();
        assert_eq!(found, expected, "{smiles}");
        assert_eq!(set.count_matching(molecule, &mut scratch), Ok(expected.len()));
        let mut search = set.search(molecule, &mut scratch);
        // in another order than that of the list
        for index in (0..patterns.len()).rev() {
            assert_eq!(
                search.matches(index),
                Ok(!alone[index].is_empty()),
                "{} in {smiles}",
                PATTERNS[index]
            );
            let together = search.find(index, false, 5000).unwrap();
            assert_eq!(together.len(), alone[index].len(), "{} in {smiles}", PATTERNS[index]);
            assert!(
                alone[index].iter().all(|atoms| together.contains(atoms)),
                "{} in {smiles}",
                PATTERNS[index]
            );
            assert_eq!(search.count(index, false, 5000), Ok(together.len()));
        }
    }
}

#[test]
fn a_hopeless_pattern_of_a_set_is_an_error() {
    let mut parser = Parser::new();
    let cage = "C12C3C4C1C5C2C3C45";
    let molecule = parser.parse(format!("{cage}.{cage}.{cage}.{cage}").as_bytes()).unwrap();
    let (mut scratch, mut found) = (MatchScratch::with_limit(10_000), Vec::new());
    for (text, expected) in [
        (HOPELESS, Err(MatchError::TooManySteps { limit: 10_000 })),
        // ruled out without a search
        ("C~C~C~C~C~C~C~C.C~C~C~C~C~C~C~C.C~C~C~C~C~C~C~C.C~C~C~C~C~C~C~[C;h5]", Ok(())),
    ] {
        let set = PatternSet::new(["C", text, "CC"].map(|text| Pattern::parse(text).unwrap()).into());
        assert_eq!(set.matching(molecule, &mut scratch, &mut found), expected);
        assert_eq!(found, [0, 2], "the other patterns are searched all the same");
    }
}

#[test]
fn equal_parts_are_not_exchanged_where_atoms_count_once() {
    // seven hydroxyl groups of twelve: 12! / 5! ways, 792 of them with different atoms
    let smiles = "OC".repeat(6) + "(O)" + &"C(O)".repeat(5);
    let smiles = smiles.replacen("OCOCOCOCOCOC(O)", "OCC(O)C(O)C(O)C(O)C(O)C(O)", 1);
    let mut parser = Parser::new();
    let molecule = parser.parse(smiles.as_bytes()).unwrap();
    let pattern = Pattern::parse("C[OD1].C[OD1].C[OD1].C[OD1].C[OD1].C[OD1].C[OD1]").unwrap();
    let mut scratch = MatchScratch::with_limit(100_000);
    assert_eq!(pattern.count(molecule, &mut scratch, true, usize::MAX), Ok(792));
    let two = Pattern::parse("C[OD1].C[OD1]").unwrap();
    assert_eq!(two.count(molecule, &mut scratch, false, usize::MAX), Ok(12 * 11));
    // the middle part is another one
    assert_eq!(find("O.C.O", "OCO"), [[0, 1, 2]]);
}

#[test]
fn patterns_of_many_marks_and_parts_are_read_in_little_time() {
    let count = 40_000;
    let mut parser = Parser::new();
    let molecule = parser.parse(b"CC(C)C").unwrap();
    for text in [
        "[C@]1(C)CC1".repeat(count),
        "C/C=C/".repeat(count) + "C",
        "C.".repeat(count) + "C",
        format!("C{}", "(C)".repeat(count)),
        format!("C{}", "-,=".repeat(count) + "C"),
        "[$(CC)]".repeat(count),
    ] {
        let pattern = Pattern::parse(&text).unwrap().with_stereo(true);
        assert_eq!(pattern.matches(molecule, &mut MatchScratch::new()), Ok(text.contains("-,=")));
        let set = PatternSet::new(vec![pattern]);
        assert!(set.count_matching(molecule, &mut MatchScratch::new()).is_ok());
    }
}

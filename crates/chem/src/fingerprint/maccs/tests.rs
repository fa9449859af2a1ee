use super::*;
use crate::smarts::{MatchScratch, Pattern};
use crate::{ErrorKind, Parser};

/// Rings in all relations, bonds that make no rings, and chains that close on themselves.
const SHAPES: &str = "C1CC1 C1CN1 C1CCC1 C1COC1 C1CC2CCC1C2 C1CC2CCC1CC2 C12C3C4C1C5C2C3C45 C1C2CC3CC1CC(C2)C3 \
    c1ccc2ccccc2c1 c1ccc2[nH]ccc2c1 C1CC2CC12 C1CC2CCC12 C1CCC2CC12 C1NC2CC12 N1C2CC1C2 C1CC12CC2 C1CCCCCC1 C1CCCCCCC1 \
    C1CCCCCCCCCCCCC1 C1CCCCCCCCCCCCCC1 C1CCC2CCCCC2C1 C1CCC2(CC1)CCCC2 c1cc2ccc3cccc4ccc(c1)c2c34 \
    C1=CC2=CC=CC3=C2C1=CC=C3 C12CC1C2 C1C2CC12 C[Pt]1(Cl)<-NCCN->1 [NH3]->[Cu]<-[NH3] N1CCCN->[Cu]<-1 \
    CC1CC1 CC1CCC1 CC1CCCC1 CCC1CC1 NC1CC1 OC1CCC1 NCC1CC1 OCC1CCC1 NC1CCCC1 OC1CCCCC1 C1CNCCN1 C1CNC1 \
    NCCCCN OCCCCCO CCCCCCC NCCN OCCO OCCCO NCCCO NCCCCO CC(C)CC CCCC=C CC(C)(C)C C.C [Na+].[Cl-] \
    CC1=C(C)CCC1 c1cc2CC2cc1 Cc1ccc(C)cc1 CSc1ccccc1 COc1ccccc1 CNc1ccccc1 S1SCCC1 S(=O)(=O)(O)c1ccccc1 \
    C1CC1CCC1CC1 FC(F)(Cl)C(Br)I N(C)(C)C=O O=C(O)C(N)=O C=CC#N CC#CC N=C(N)N OC(O)(O)O C[Si](C)(C)C B(O)O O=O N=O \
    C1CC2CCC3CCC1C23 C1CC1C1CC1 [Rf] NC(=O)O NC(N)=O *C* [2H]C([2H])O [H][H] [H+] ClCCl O1CC1 C1CO1 C12CO1O2 CC1OC1C";

fn by_search(
    molecule: &Molecule,
    patterns: &[(u32, Pattern, usize)],
    scratch: &mut MatchScratch,
) -> [u64; WORDS] {
    let mut keys = Keys::default();
    for (key, pattern, too_few) in patterns {
        let count = pattern.count(molecule, scratch, true, too_few + 1).unwrap();
        keys.set(*key as usize, count > *too_few);
    }
    keys.0
}

fn set(keys: &[u64]) -> Vec<usize> {
    (0..192).filter(|key| keys[key / 64] >> (key % 64) & 1 == 1).collect()
}

fn patterns() -> Vec<(u32, Pattern, usize)> {
    let definitions = key_table::DEFINITIONS.iter();
    definitions.map(|&(key, smarts, too_few)| (key, Pattern::parse(smarts).unwrap(), too_few)).collect()
}

/// Compares with a search, and gives the keys.
fn compare(
    smiles: &str,
    molecule: &Molecule,
    patterns: &[(u32, Pattern, usize)],
    scratch: &mut MatchScratch,
    maccs: &mut MaccsKeys,
) -> [u64; WORDS] {
    let mut keys = [0; WORDS];
    maccs.bits(molecule, &mut keys).unwrap();
    // but for keys that are no patterns
    let mut ours = keys;
    ours[1] &= !(1 << (125 - 64));
    ours[2] &= !(1 << (166 - 128));
    assert_eq!(set(&ours), set(&by_search(molecule, patterns, scratch)), "{smiles}");
    keys
}

#[test]
fn keys_are_matches_of_their_definitions() {
    let patterns = patterns();
    let odd = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/odd.smi");
    let odd = std::fs::read_to_string(odd).unwrap();
    let (mut parser, mut scratch, mut maccs) = (Parser::new(), MatchScratch::new(), MaccsKeys::new());
    let mut seen = Keys::default();
    // of the odd ones, many are of a kind
    for smiles in SHAPES.split_whitespace().chain(odd.lines().step_by(3)) {
        let Ok(molecule) = parser.parse(smiles.as_bytes()) else { continue };
        let keys = compare(smiles, molecule, &patterns, &mut scratch, &mut maccs);
        (0..WORDS).for_each(|word| seen.0[word] |= keys[word]);
    }
    let never: Vec<usize> = (2..167).filter(|&key| !seen.has(key)).collect();
    assert!(never.is_empty(), "keys {never:?} are in no molecule of the test");
}

/// Chains of up to fourteen atoms with up to five more bonds anywhere: cages, with dative bonds too.
fn cages(count: usize) -> Vec<String> {
    let mut state = 1u32;
    let mut below = |limit: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize % limit
    };
    let mut cages = Vec::new();
    for _ in 0..count {
        let atoms = 4 + below(11);
        let mut texts: Vec<String> =
            (0..atoms).map(|_| ["C", "C", "C", "N", "O", "S"][below(6)].to_owned()).collect();
        for ring in 1..=1 + below(5) {
            let (first, second) = (below(atoms), below(atoms));
            let bond = if below(12) == 0 { "->" } else { "" };
            texts[first] += &ring.to_string();
            texts[second] += &format!("{bond}{ring}");
        }
        cages.push(texts.concat());
    }
    cages
}

#[test]
fn keys_of_cages_are_matches_of_their_definitions() {
    let patterns = patterns();
    let (mut parser, mut scratch, mut maccs) = (Parser::new(), MatchScratch::new(), MaccsKeys::new());
    let mut compared = 0;
    for smiles in cages(3000) {
        let Ok(molecule) = parser.parse(smiles.as_bytes()) else { continue };
        compared += 1;
        compare(&smiles, molecule, &patterns, &mut scratch, &mut maccs);
    }
    assert!(compared > 500, "{compared} cages");
}

#[test]
fn definitions_are_there_but_for_three() {
    let missing: Vec<u32> = (0..=167).filter(|&key| MaccsKeys::definition(key).is_none()).collect();
    assert_eq!(missing, [0, 1, 125, 166, 167]);
    assert_eq!(MaccsKeys::definition(140), Some(("[#8]", 3)));
}

#[test]
fn aromatic_rings_and_components_are_counted() {
    let mut parser = Parser::new();
    let mut has = |smiles: &str, key: usize| {
        let mut out = [0; WORDS];
        MaccsKeys::new().bits(parser.parse(smiles.as_bytes()).unwrap(), &mut out).unwrap();
        Keys(out).has(key)
    };
    assert!(!has("c1ccccc1C1CCCC1", 125));
    assert!(has("c1ccccc1c1cccs1", 125));
    assert!(has("c1ccc2ccccc2c1", 125));
    assert!(!has("C1CCC1", 166));
    assert!(has("C.C", 166));
    assert!(has("C1CC1.C1CC1", 166));
}

#[test]
fn molecules_made_to_have_too_many_chains_are_refused() {
    let star = "(N)".repeat(200);
    let smiles = format!("[*]{star}").repeat(120);
    let mut parser = Parser::new();
    let molecule = parser.parse(smiles.as_bytes()).unwrap();
    let error = MaccsKeys::new().bits(molecule, &mut [0; WORDS]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
}

use super::search::Search;
use super::{CanonicalRanking, Features};
use crate::Parser;

const ALL: Features = Features { isomeric: true, atom_maps: true };

fn steps_per_atom(smiles: &str) -> u64 {
    let mut parser = Parser::new();
    let molecule = parser.parse(smiles.as_bytes()).unwrap();
    let mut search = Search::default();
    let count = search.run(molecule, ALL).len() as u64;
    search.steps() / count
}

#[test]
fn ranks_are_all_different_and_follow_the_neighbours() {
    let mut parser = Parser::new();
    let mut ranking = CanonicalRanking::new();
    for smiles in ["C", "CCO", "c1ccccc1", "C1CC1.C1CC1", "OC[C@H](O)[C@H](O)CO"] {
        let molecule = parser.parse(smiles.as_bytes()).unwrap();
        let mut ranks = ranking.ranks(molecule).to_vec();
        let first = (0..ranks.len()).min_by_key(|&atom| ranks[atom]).unwrap();
        let fewest = molecule.atoms().iter().map(|atom| atom.degree).min();
        assert_eq!(Some(molecule.atoms()[first].degree), fewest, "{smiles}");
        ranks.sort_unstable();
        assert!(ranks.into_iter().eq(0..molecule.atoms().len() as u32), "{smiles}");
    }
}

#[test]
fn symmetric_molecules_take_few_steps() {
    let fullerene = "c12c3c4c5c1c1c6c7c2c2c8c3c3c9c4c4c%10c5c5c1c1c6c6c%11c7c2c2c7c8c3c3c8c9c4c4c9c%10c5c5c1c1c6c6c%11c2c2c7c3c3c8c4c4c9c5c1c1c6c2c3c41";
    let cases = [
        (fullerene.to_owned(), 300),
        ("C12C3C4C1C5C2C3C45".to_owned(), 200),
        ("C12C3C4C5C1C1C6C2C2C3C3C4C4C5C1C1C6C2C3C41".to_owned(), 300),
        ("O[C@H]1[C@H](O)[C@@H](O)[C@H](O)[C@H](O)[C@@H]1O".to_owned(), 600),
        (format!("C{}", "CC(c1ccccc1)".repeat(2000)), 60),
        (format!("C{}C", "[C@H]1CC[C@@H](CC1)".repeat(100)), 200),
        (format!("*{}", "(C(C)(C)C)".repeat(60)), 1000),
        ("c1ccccc1.".repeat(200) + "C", 400),
    ];
    for (smiles, limit) in cases {
        let steps = steps_per_atom(&smiles);
        assert!(steps < limit, "{steps} steps for each atom of {smiles:.60}");
    }
}

#[test]
fn what_refinement_cannot_tell_apart_the_search_can() {
    // decalin and bicyclopentyl, in both orders, as one molecule
    let mut parser = Parser::new();
    let mut ranking = CanonicalRanking::new();
    let first = "C1CCC2CCCCC2C1.C1CCC(C1)C1CCCC1";
    let second = "C1CCC(C1)C1CCCC1.C1CCC2CCCCC2C1";
    let mut is_decalin_first = |smiles: &str, decalin: std::ops::Range<usize>| {
        let ranks = ranking.ranks(parser.parse(smiles.as_bytes()).unwrap());
        let lowest = (0..ranks.len()).min_by_key(|&atom| ranks[atom]).unwrap();
        decalin.contains(&lowest)
    };
    assert_eq!(is_decalin_first(first, 0..10), is_decalin_first(second, 10..20));
}

//! Which of many patterns can be in a molecule at all: their checks in a tree, those that several
//! patterns have in common only once, so that one look rules out many patterns.
//!
//! The tree is made for drug-like molecules: 64 of them show which checks fail often. What is chosen
//! only changes how long a search takes, never what it finds.

use std::collections::HashMap;

use super::domains::Domains;
use super::error::MatchError;
use super::nodes::NodeId;
use super::program::{Check, Program};
use super::sample::SAMPLE;
use super::search::{Budget, Placement, Search};
use crate::parser::Parser;

/// Checks on the way to a pattern, at most.
const DEEPEST: usize = 10;

/// A check is worth its time where it fails for this share of what comes to it.
const WORTH: f32 = 0.1;

/// The tree, written down from the root, every part after what it hangs on.
#[derive(Clone, Debug)]
enum Item {
    /// What follows up to `end` needs so many atoms in the set.
    Check { set: NodeId, count: u32, end: u32 },
    /// This pattern passed all its checks.
    Pattern(u32),
}

/// The checks of many patterns.
#[derive(Clone, Debug, Default)]
pub(super) struct Screen {
    items: Vec<Item>,
}

/// What the tree is made from.
struct Builder {
    /// Of every check: the sample molecules that pass it, and what it costs to look.
    known: Vec<(Check, u64, f32)>,
    items: Vec<Item>,
}

impl Builder {
    /// Share of the sample molecules at hand for which the check fails, if it is not known better.
    fn failing(&self, check: usize, at_hand: u64) -> f32 {
        let pass = self.known[check].1;
        let overall = (pass.count_ones() as f32 + 0.2) / 64.5;
        let passing = (at_hand & pass).count_ones() as f32 + 2.0 * overall;
        1.0 - passing / (at_hand.count_ones() as f32 + 2.0)
    }

    /// Adds patterns, each with the checks that are left, under what is already decided.
    fn add(&mut self, patterns: Vec<(u32, Vec<u32>)>, at_hand: u64, depth: usize) {
        let mut users: HashMap<u32, u32> = HashMap::new();
        patterns
            .iter()
            .flat_map(|(_, checks)| checks)
            .for_each(|check| *users.entry(*check).or_default() += 1);
        let worth = |check: &u32| {
            let (failing, users) = (self.failing(*check as usize, at_hand), users[check] as f32);
            if failing < WORTH { 0.0 } else { failing * users / (self.known[*check as usize].2 + users) }
        };
        let worths: HashMap<u32, f32> = users.keys().map(|check| (*check, worth(check))).collect();
        let mut groups: HashMap<Option<u32>, Vec<(u32, Vec<u32>)>> = HashMap::new();
        for (pattern, checks) in patterns {
            let better = |first: &&u32, second: &&u32| {
                worths[*first].total_cmp(&worths[*second]).then(second.cmp(first))
            };
            let best = checks.iter().max_by(better).copied();
            let best = best.filter(|best| worths[best] > 0.0 && depth < DEEPEST);
            groups.entry(best).or_default().push((pattern, checks));
        }
        let mut groups: Vec<_> = groups.into_iter().collect();
        groups.sort_unstable_by_key(|(check, _)| *check);
        for (check, mut group) in groups {
            let Some(check) = check else {
                self.items.extend(group.iter().map(|(pattern, _)| Item::Pattern(*pattern)));
                continue;
            };
            group.iter_mut().for_each(|(_, checks)| checks.retain(|other| *other != check));
            let ((set, count), pass, _) = self.known[check as usize];
            let place = self.items.len();
            self.items.push(Item::Check { set, count, end: 0 });
            self.add(group, at_hand & pass, depth + 1);
            let after = self.items.len() as u32;
            if let Item::Check { end, .. } = &mut self.items[place] {
                *end = after;
            }
        }
    }
}

/// The sample molecules that pass each of the checks.
fn passing(program: &Program, checks: &[Check]) -> Vec<u64> {
    let mut passing = vec![0; checks.len()];
    let mut parser = Parser::new();
    let (mut domains, mut placement) = (Domains::default(), Placement::default());
    for (bit, smiles) in SAMPLE.iter().enumerate() {
        let Ok(molecule) = parser.parse(smiles.as_bytes()) else { continue };
        domains.start(program, molecule);
        let (domains, placement) = (&mut domains, &mut placement);
        let mut search = Search { program, molecule, domains, placement, budget: Budget::new(u64::MAX) };
        for (check, passing) in checks.iter().zip(&mut passing) {
            *passing |= u64::from(search.check(*check) == Ok(true)) << bit;
        }
    }
    passing
}

impl Screen {
    pub fn new(program: &Program) -> Self {
        let mut numbers: HashMap<Check, u32> = HashMap::new();
        let mut checks: Vec<Check> = Vec::new();
        let mut costs: Vec<f32> = Vec::new();
        let mut patterns: Vec<(u32, Vec<u32>)> = Vec::with_capacity(program.mains.len());
        for (pattern, main) in program.mains.iter().enumerate() {
            let mut add = |check: &Check, cost: f32| {
                *numbers.entry(*check).or_insert_with(|| {
                    checks.push(*check);
                    costs.push(cost);
                    checks.len() as u32 - 1
                })
            };
            let mut own: Vec<u32> = main.counts.iter().map(|check| add(check, 4.0)).collect();
            own.extend(main.beside.iter().map(|check| add(check, 20.0)));
            patterns.push((pattern as u32, own));
        }
        let known = passing(program, &checks).into_iter().zip(costs);
        let known = checks.into_iter().zip(known).map(|(check, (pass, cost))| (check, pass, cost)).collect();
        let mut builder = Builder { known, items: Vec::new() };
        builder.add(patterns, !0, 0);
        Self { items: builder.items }
    }

    /// Writes the patterns that pass their checks to `passed`.
    pub fn passing(&self, search: &mut Search, passed: &mut Vec<u32>) -> Result<(), MatchError> {
        passed.clear();
        let mut place = 0;
        while let Some(item) = self.items.get(place) {
            place += 1;
            match *item {
                Item::Check { set, count, end } => {
                    if !search.check((set, count))? {
                        place = end as usize;
                    }
                }
                Item::Pattern(pattern) => passed.push(pattern),
            }
        }
        Ok(())
    }
}

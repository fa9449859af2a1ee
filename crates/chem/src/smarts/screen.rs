//! Which of many patterns can be in a molecule at all: their checks in a tree, those that several
//! patterns have in common only once, so that one look rules out many patterns.

use super::error::MatchError;
use super::nodes::NodeId;
use super::program::Main;
use super::search::Search;

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

impl Screen {
    pub fn new(mains: &[Main]) -> Self {
        let mut order: Vec<usize> = (0..mains.len()).collect();
        order.sort_by(|&first, &second| {
            mains[first].checks.cmp(&mains[second].checks).then(first.cmp(&second))
        });
        let mut items: Vec<Item> = Vec::new();
        // checks that what is added hangs on, as places in the list
        let mut open: Vec<usize> = Vec::new();
        for pattern in order {
            let checks = &mains[pattern].checks;
            let is_open = |(place, check): &(&usize, &(NodeId, u32))| match items[**place] {
                Item::Check { set, count, .. } => (set, count) == **check,
                Item::Pattern(_) => false,
            };
            let shared = open.iter().zip(checks.iter()).take_while(is_open).count();
            close(&mut items, &mut open, shared);
            for &(set, count) in &checks[shared..] {
                open.push(items.len());
                items.push(Item::Check { set, count, end: 0 });
            }
            items.push(Item::Pattern(pattern as u32));
        }
        close(&mut items, &mut open, 0);
        Self { items }
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

/// Closes all open checks but the first ones.
fn close(items: &mut [Item], open: &mut Vec<usize>, left: usize) {
    let after = items.len() as u32;
    for place in open.drain(left..) {
        if let Item::Check { end, .. } = &mut items[place] {
            *end = after;
        }
    }
}

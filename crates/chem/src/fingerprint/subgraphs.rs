//! Every connected set of bonds up to some number, each once.
//!
//! Sets are grown bond by bond from the smallest one of them, which no later set may contain, and
//! so on at every size: a bond that was tried is forbidden in what follows beside it. In principle
//! as Wernicke, "Efficient Detection of Network Motifs", IEEE/ACM TCBB 3 (2006) 347, on bonds.

use super::bond_path::{BondPath, MAX_LENGTH};
use crate::{Error, Molecule};

/// Bonds that can be added to a set, in `candidates`.
#[derive(Clone, Copy, Debug, Default)]
struct Frame {
    start: usize,
    next: usize,
    /// Candidates from here on are marked on behalf of this frame.
    first_new: usize,
    end: usize,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Subgraphs {
    /// Bonds that are in the set, candidates, or forbidden.
    marked: Vec<bool>,
    candidates: Vec<u32>,
    frames: [Frame; MAX_LENGTH],
}

impl Subgraphs {
    /// Calls `each` with the identifier of every set of `min` to `max` bonds of which `allowed` is
    /// true, starting and ending with an empty `path`.
    pub fn each(
        &mut self,
        molecule: &Molecule,
        (min, max): (usize, usize),
        allowed: impl Fn(usize) -> bool,
        path: &mut BondPath,
        mut each: impl FnMut(u32),
    ) -> Result<(), Error> {
        let bonds = molecule.bonds().len();
        self.marked.clear();
        self.marked.extend((0..bonds).map(|bond| !allowed(bond)));
        self.candidates.clear();
        for root in 0..bonds {
            if self.marked[root] {
                continue;
            }
            self.marked[root] = true;
            path.push(root as u32);
            if min <= 1 {
                each(path.identifier());
            }
            path.spend()?;
            if max > 1 {
                self.open(molecule, 0, root as u32, 0..0);
            }
            // the set has one bond more than there are frames below the current one
            while max > 1 && path.length() > 0 {
                let depth = path.length() - 1;
                let frame = &mut self.frames[depth];
                if frame.next == frame.end {
                    let frame = *frame;
                    for &bond in &self.candidates[frame.first_new..frame.end] {
                        self.marked[bond as usize] = false;
                    }
                    self.candidates.truncate(frame.start);
                    path.pop();
                    continue;
                }
                let bond = self.candidates[frame.next];
                frame.next += 1;
                let rest = frame.next..frame.end;
                path.push(bond);
                path.spend()?;
                if path.length() >= min {
                    each(path.identifier());
                }
                if path.length() == max {
                    path.pop();
                } else {
                    self.open(molecule, depth + 1, bond, rest);
                }
            }
            if max == 1 {
                path.pop();
            }
        }
        Ok(())
    }

    /// Opens the frame of a set that now has `bond`: what is left of the frame below, and the
    /// neighbours of the bond that are not marked yet.
    #[inline]
    fn open(&mut self, molecule: &Molecule, depth: usize, bond: u32, rest: std::ops::Range<usize>) {
        let start = self.candidates.len();
        self.candidates.extend_from_within(rest);
        let first_new = self.candidates.len();
        let bond = &molecule.bonds()[bond as usize];
        for atom in [bond.begin, bond.end] {
            for entry in molecule.neighbors(atom as usize) {
                let marked = &mut self.marked[entry.bond as usize];
                if !*marked {
                    *marked = true;
                    self.candidates.push(entry.bond);
                }
            }
        }
        self.frames[depth] = Frame { start, next: start, first_new, end: self.candidates.len() };
    }
}

//! Every unbranched path of bonds up to some number, each once. Of the longest paths, the last bond
//! may come back to an atom of the path: the rings of that size, and rings with a tail.

use super::bond_path::{BondPath, MAX_LENGTH};
use crate::{Error, Molecule};

/// Calls `each` with the identifier of every path of `min` to `max` bonds of which `allowed` is
/// true, starting and ending with an empty `path`.
pub(super) fn each(
    molecule: &Molecule,
    (min, max): (usize, usize),
    allowed: impl Fn(usize) -> bool,
    path: &mut BondPath,
    mut each: impl FnMut(u32),
) -> Result<(), Error> {
    let mut atoms = [0u32; MAX_LENGTH + 1];
    let mut next = [0; MAX_LENGTH + 1];
    for start in 0..molecule.atoms().len() as u32 {
        atoms[0] = start;
        next[0] = 0;
        loop {
            let length = path.length();
            let here = atoms[length];
            let Some(entry) = molecule.neighbors(here as usize).get(next[length]) else {
                if length == 0 {
                    break;
                }
                path.pop();
                continue;
            };
            next[length] += 1;
            let is_way_back = length > 0 && entry.atom == atoms[length - 1];
            if is_way_back || !allowed(entry.bond as usize) {
                continue;
            }
            let closes = path.has_atom(entry.atom);
            if closes && length + 1 < max {
                continue;
            }
            atoms[length + 1] = entry.atom;
            // every path is found from both ends, every ring from all atoms in both directions
            let counts = if closes { is_first_way_round(&atoms[..length + 2]) } else { start < entry.atom };
            path.push(entry.bond);
            if counts {
                path.spend()?;
                if length + 1 >= min {
                    each(path.identifier());
                }
            }
            if length + 1 == max {
                path.pop();
            } else {
                next[length + 1] = 0;
            }
        }
    }
    Ok(())
}

/// Of the ways along a path that ends in a ring, whether this is the one that counts: towards the
/// smaller neighbour, and without a tail from the smallest atom.
fn is_first_way_round(atoms: &[u32]) -> bool {
    let (&meeting, way) = atoms.split_last().unwrap_or((&0, &[]));
    let ring = way.iter().position(|&atom| atom == meeting).unwrap_or(0);
    let towards_smaller = way.get(ring + 1) < way.last();
    towards_smaller && (ring > 0 || way.iter().all(|&atom| atom >= meeting))
}

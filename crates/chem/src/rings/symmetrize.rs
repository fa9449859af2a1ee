//! Choice of a smallest set of rings from the relevant cycles, and of the rings equal to its members.

use super::RingList;

/// Buffers of the choice.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    covered: Vec<bool>,
    counts: Vec<u32>,
    kept: Vec<u32>,
    extra: Vec<u32>,
    group: Vec<u32>,
    in_extra: Vec<bool>,
}

/// Replaces `order`, all relevant cycles by size, by the symmetrized smallest set.
///
/// Rings are taken by size, those with most bonds in common with what was taken first; one whose
/// bonds are all covered is an extra. An extra comes back if it could replace a ring of its size
/// that it touches, that is, if it has all bonds that only this ring provides.
pub(super) fn choose(bond_count: usize, list: &RingList, order: &mut Vec<u32>, scratch: &mut Scratch) {
    let Scratch { covered, counts, kept, extra, group, in_extra } = scratch;
    covered.clear();
    covered.resize(bond_count, false);
    kept.clear();
    extra.clear();
    let size = |ring: u32| list.bonds_of(ring as usize).len();
    let overlap = |ring: u32, covered: &[bool]| {
        list.bonds_of(ring as usize).iter().filter(|&&bond| covered[bond as usize]).count()
    };
    let mut at = 0;
    while at < order.len() {
        let length = size(order[at]);
        let end = at + order[at..].iter().take_while(|&&ring| size(ring) == length).count();
        group.clear();
        group.extend_from_slice(&order[at..end]);
        let mut first = true;
        while !group.is_empty() {
            // the first ring of a size starts; then the one with the largest overlap, ties by order
            let best = if first {
                group.iter().position(|&ring| overlap(ring, covered) < length)
            } else {
                let mut best = 0;
                for position in 1..group.len() {
                    if overlap(group[position], covered) > overlap(group[best], covered) {
                        best = position;
                    }
                }
                Some(best)
            };
            let Some(best) = best else {
                extra.extend_from_slice(group);
                break;
            };
            if first {
                extra.extend_from_slice(&group[..best]);
                group.drain(..best);
            }
            let ring = group.remove(if first { 0 } else { best });
            first = false;
            if overlap(ring, covered) == length {
                extra.push(ring);
            } else {
                kept.push(ring);
                for &bond in list.bonds_of(ring as usize) {
                    covered[bond as usize] = true;
                }
            }
        }
        at = end;
    }
    let place = |ring: &u32| order.iter().position(|other| other == ring);
    kept.sort_by_key(place);
    extra.sort_by_key(place);
    counts.clear();
    counts.resize(bond_count, 0);
    for &ring in kept.iter() {
        for &bond in list.bonds_of(ring as usize) {
            counts[bond as usize] += 1;
        }
    }
    in_extra.clear();
    in_extra.resize(bond_count, false);
    order.clear();
    order.extend_from_slice(kept);
    for &ring in extra.iter() {
        for &bond in list.bonds_of(ring as usize) {
            in_extra[bond as usize] = true;
        }
        let replaces = |other: &u32| {
            let bonds = list.bonds_of(*other as usize);
            bonds.len() == size(ring)
                && bonds.iter().any(|&bond| in_extra[bond as usize])
                && bonds.iter().all(|&bond| counts[bond as usize] != 1 || in_extra[bond as usize])
        };
        if kept.iter().any(replaces) {
            order.push(ring);
        }
        for &bond in list.bonds_of(ring as usize) {
            in_extra[bond as usize] = false;
        }
    }
}

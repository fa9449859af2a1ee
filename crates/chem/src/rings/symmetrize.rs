//! Choice of a smallest set of rings from the relevant cycles, and of the rings equal to its members.

use super::RingList;

/// Buffers of the choice.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    covered: Vec<bool>,
    counts: Vec<u32>,
    kept: Vec<u32>,
    extra: Vec<u32>,
    /// Covered bonds of every ring of one size; `None` once it was taken.
    overlaps: Vec<Option<u32>>,
    users: Users,
    places: Vec<u32>,
    in_extra: Vec<bool>,
}

/// By bond: the rings of a group that have it.
#[derive(Debug, Default)]
struct Users {
    offsets: Vec<u32>,
    rings: Vec<u32>,
}

impl Users {
    fn fill(&mut self, group: &[u32], list: &RingList, bond_count: usize) {
        self.offsets.clear();
        self.offsets.resize(bond_count + 1, 0);
        let bonds = |ring: &u32| list.bonds_of(*ring as usize).iter().copied();
        for bond in group.iter().flat_map(bonds) {
            self.offsets[bond as usize] += 1;
        }
        let mut end = 0;
        for offset in &mut self.offsets {
            end += *offset;
            *offset = end;
        }
        self.rings.clear();
        self.rings.resize(end as usize, 0);
        for (position, ring) in group.iter().enumerate() {
            for bond in bonds(ring) {
                let slot = &mut self.offsets[bond as usize];
                *slot -= 1;
                self.rings[*slot as usize] = position as u32;
            }
        }
    }

    fn of(&self, bond: u32) -> &[u32] {
        &self.rings[self.offsets[bond as usize] as usize..self.offsets[bond as usize + 1] as usize]
    }
}

/// Replaces `order`, all relevant cycles by size, by the symmetrized smallest set.
///
/// Rings are taken by size, those with most bonds in common with what was taken first; one whose
/// bonds are all covered is an extra. An extra comes back if it could replace a ring of its size
/// that it touches, that is, if it has all bonds that only this ring provides.
pub(super) fn choose(bond_count: usize, list: &RingList, order: &mut Vec<u32>, scratch: &mut Scratch) {
    let Scratch { covered, counts, kept, extra, overlaps, users, places, in_extra } = scratch;
    covered.clear();
    covered.resize(bond_count, false);
    kept.clear();
    extra.clear();
    let size = |ring: u32| list.bonds_of(ring as usize).len();
    let mut at = 0;
    while at < order.len() {
        let length = size(order[at]);
        let end = at + order[at..].iter().take_while(|&&ring| size(ring) == length).count();
        let group = &order[at..end];
        users.fill(group, list, bond_count);
        overlaps.clear();
        overlaps.extend(group.iter().map(|&ring| {
            Some(list.bonds_of(ring as usize).iter().filter(|&&bond| covered[bond as usize]).count() as u32)
        }));
        // the first ring not yet covered starts; then the one with the largest overlap, ties by order
        let first = overlaps.iter().position(|&overlap| overlap < Some(length as u32));
        let mut next = first;
        for position in 0..first.unwrap_or(group.len()) {
            extra.push(group[position]);
            overlaps[position] = None;
        }
        while let Some(best) = next {
            let ring = group[best];
            if overlaps[best] == Some(length as u32) {
                extra.push(ring);
            } else {
                kept.push(ring);
                for &bond in list.bonds_of(ring as usize) {
                    if !std::mem::replace(&mut covered[bond as usize], true) {
                        for &user in users.of(bond) {
                            overlaps[user as usize] = overlaps[user as usize].map(|overlap| overlap + 1);
                        }
                    }
                }
            }
            overlaps[best] = None;
            let open = (0..group.len()).rev().filter(|&position| overlaps[position].is_some());
            next = open.max_by_key(|&position| overlaps[position]);
        }
        at = end;
    }
    places.clear();
    places.resize(list.len(), 0);
    for (place, &ring) in order.iter().enumerate() {
        places[ring as usize] = place as u32;
    }
    kept.sort_unstable_by_key(|&ring| places[ring as usize]);
    extra.sort_unstable_by_key(|&ring| places[ring as usize]);
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

//! Reading rows that lie anywhere.

use rayon::prelude::*;
use soyaku_device::Device;
use soyaku_store::{Error as StoreError, LibraryReader};

use super::plan::{CHUNK, Plan};
use crate::Error;

/// Fills `bits` and `popcounts` with rows, in the order in which they are listed.
pub(super) fn read(
    library: &LibraryReader,
    kind: usize,
    device: &Device,
    (plan, rows): (Plan, &[u64]),
    bits: &mut [u64],
    popcounts: &mut [u16],
) -> Result<(), Error> {
    let words = plan.words;
    let mut places: Vec<usize> = (0..rows.len()).collect();
    places.sort_unstable_by_key(|&place| rows[place]);
    let chunks: Vec<&[usize]> =
        places.chunk_by(|&one, &next| rows[one] / CHUNK == rows[next] / CHUNK).collect();
    let read = |places: &&[usize]| -> Result<_, StoreError> {
        let (mut all, mut counts) = (Vec::new(), Vec::new());
        let (first, last) = (rows[places[0]], rows[places[places.len() - 1]]);
        library.read_fingerprints(kind, first..last.saturating_add(1), &mut all, &mut counts)?;
        Ok((first, all, counts))
    };
    // So many together as the plan has memory for.
    for chunks in chunks.chunks(plan.together) {
        let read: Result<Vec<_>, StoreError> = device.install(|| chunks.par_iter().map(read).collect());
        for (places, (first, all, counts)) in chunks.iter().zip(read?) {
            for &place in *places {
                let row = (rows[place] - first) as usize;
                bits[place * words..][..words].copy_from_slice(&all[row * words..][..words]);
                popcounts[place] = counts[row];
            }
        }
    }
    Ok(())
}

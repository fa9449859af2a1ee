//! Directed message passing network (D-MPNN, Yang et al. 2019) as Chemprop 2 computes it, over
//! distinct environments.
//!
//! With `H0 = W_i [x_v; e_vw] + b_i` on each directed edge, the network iterates
//! `H_t = act(H0 + W_h (sum of H_{t-1} over edges into v, but not the reverse) + b_h)`, then
//! `h_v = act(W_o [x_v; sum of H over edges into v] + b_o)` on atoms, and sums `h_v` over the
//! molecule. Two exact rearrangements make it cheap:
//!
//! - each distinct environment is computed once ([`Environments`]);
//! - a product with a matrix goes through a sum, `W (a + b) = W a + W b`, so `W_h` is applied to the
//!   (few) distinct environments of radius `t - 1`, not to the (more) sums at radius `t`, and `W_o`
//!   likewise. What is left per edge and atom is additions.

mod cache;
mod cpu;
mod digest;
mod environments;
mod feed_forward;
mod level;
mod network;
#[cfg(test)]
mod parity;

pub use cache::{EnvironmentCache, KeptRows, Resolution};
pub use environments::{Environments, KeyedBond, LevelCount};
pub use feed_forward::FeedForward;
pub use network::{Aggregation, Network, NetworkWeights};

use soyaku_device::Device;

use crate::matrix::BLOCK;
use crate::rows::stride;

/// Features of the distinct atoms and bonds of an [`Environments`] table, row-major, in the order
/// of its `atom_keys` and `bond_keys`.
#[derive(Clone, Debug, Default)]
pub struct Features {
    /// `atom_keys().len() x atom features`.
    pub atoms: Vec<f32>,
    /// `bond_keys().len() x bond features`.
    pub bonds: Vec<f32>,
}

/// Work tables of [`encode`], kept between calls.
#[derive(Default)]
pub struct EncodeScratch {
    tables: cpu::Tables,
}

/// Molecule vectors of every molecule of the table.
///
/// `resolution` is what [`EnvironmentCache::resolve`] said of this table, and `kept` this network's
/// rows of that cache.
///
/// `output` becomes `molecules (padded to whole blocks of 128) x stride(hidden)` values, row-major;
/// padding is zero. Molecules without atoms get a zero vector.
///
/// # Panics
/// When the table's depth or the feature widths are not those of the network.
#[allow(clippy::too_many_arguments)] // one table, one network, and their memory
pub fn encode(
    device: &Device,
    environments: &Environments,
    resolution: &Resolution,
    features: &Features,
    network: &Network,
    kept: &mut KeptRows,
    scratch: &mut EncodeScratch,
    output: &mut Vec<f32>,
) {
    assert_eq!(environments.depth(), network.depth(), "depth of the environment table");
    assert_eq!(
        features.atoms.len(),
        environments.atom_keys().len() * network.atom_features(),
        "atom features"
    );
    assert_eq!(
        features.bonds.len(),
        environments.bond_keys().len() * network.bond_features(),
        "bond features"
    );
    output.clear();
    output.resize(environments.molecules().next_multiple_of(BLOCK) * stride(network.hidden()), 0.0);
    device.install(|| {
        cpu::encode(environments, resolution, features, network, kept, &mut scratch.tables, output);
    });
}

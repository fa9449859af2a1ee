//! A message passing network's weights, prepared for the kernels.

use crate::matrix::Weight;
use crate::rows::{Activation, stride};

/// How atom vectors become a molecule vector.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Aggregation {
    /// Mean over atoms.
    Mean,
    /// Sum over atoms.
    Sum,
    /// Sum over atoms, divided by a constant.
    Norm(f32),
}

/// Weights as PyTorch stores them: `outputs x inputs`, row-major.
#[derive(Clone, Copy, Debug)]
pub struct NetworkWeights<'a> {
    /// Width of hidden vectors, `h`.
    pub hidden: usize,
    /// Atom features, `a`.
    pub atom_features: usize,
    /// Bond features, `b`.
    pub bond_features: usize,
    /// Message steps.
    pub depth: usize,
    /// `h x (a + b)`.
    pub w_i: &'a [f32],
    /// `h`, or none.
    pub b_i: Option<&'a [f32]>,
    /// `h x h`.
    pub w_h: &'a [f32],
    /// `h`, or none.
    pub b_h: Option<&'a [f32]>,
    /// `h x (a + h)`.
    pub w_o: &'a [f32],
    /// `h`.
    pub b_o: &'a [f32],
    /// Non-linearity after each step.
    pub activation: Activation,
    /// Aggregation over atoms.
    pub aggregation: Aggregation,
}

/// A message passing network ready to run.
#[derive(Clone, Debug)]
pub struct Network {
    hidden: usize,
    depth: usize,
    pub(super) input_atom: Weight,
    pub(super) input_bond: Weight,
    pub(super) input_bias: Vec<f32>,
    pub(super) message: Weight,
    pub(super) message_bias: Vec<f32>,
    pub(super) output_atom: Weight,
    pub(super) output_message: Weight,
    pub(super) output_bias: Vec<f32>,
    pub(super) activation: Activation,
    pub(super) aggregation: Aggregation,
}

impl Network {
    /// Lays the weights out.
    ///
    /// # Panics
    /// When a slice does not have the length its shape says.
    pub fn new(w: &NetworkWeights<'_>) -> Self {
        let (h, a, b) = (w.hidden, w.atom_features, w.bond_features);
        Self {
            hidden: h,
            depth: w.depth,
            input_atom: Weight::from_columns(w.w_i, h, a + b, 0, a),
            input_bond: Weight::from_columns(w.w_i, h, a + b, a, b),
            input_bias: padded(w.b_i, h),
            message: Weight::new(w.w_h, h, h),
            message_bias: padded(w.b_h, h),
            output_atom: Weight::from_columns(w.w_o, h, a + h, 0, a),
            output_message: Weight::from_columns(w.w_o, h, a + h, a, h),
            output_bias: padded(Some(w.b_o), h),
            activation: w.activation,
            aggregation: w.aggregation,
        }
    }

    /// Width of hidden vectors.
    pub fn hidden(&self) -> usize {
        self.hidden
    }

    /// Message steps.
    pub fn depth(&self) -> usize {
        self.depth
    }

    /// Atom features.
    pub fn atom_features(&self) -> usize {
        self.input_atom.inputs()
    }

    /// Bond features.
    pub fn bond_features(&self) -> usize {
        self.input_bond.inputs()
    }
}

/// A bias as a row of `stride(width)` values; absent means zero.
pub(super) fn padded(bias: Option<&[f32]>, width: usize) -> Vec<f32> {
    let mut row = vec![0.0; stride(width)];
    if let Some(bias) = bias {
        assert_eq!(bias.len(), width, "bias length");
        row[..width].copy_from_slice(bias);
    }
    row
}

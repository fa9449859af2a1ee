//! A property model in memory: an ensemble of directed message passing networks.

use crate::spec::{Architecture, Provenance, Task};

/// Widest layer, and most outputs, of a network.
pub(crate) const MAX_WIDTH: usize = 8192;
/// Most message passing steps.
pub(crate) const MAX_DEPTH: usize = 64;
/// Most linear layers of a feed-forward network.
pub(crate) const MAX_LAYERS: usize = 64;
/// Most networks of an ensemble.
pub(crate) const MAX_MEMBERS: usize = 256;

/// A dense matrix, row-major. For a linear layer, rows are outputs and columns are inputs (as in torch).
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    /// Number of rows.
    pub rows: usize,
    /// Number of columns.
    pub columns: usize,
    /// `rows * columns` values; element (r, c) is at `r * columns + c`.
    pub data: Vec<f32>,
}

impl Matrix {
    /// Row `index`, `columns` values. Panics if there is no such row.
    pub fn row(&self, index: usize) -> &[f32] {
        &self.data[index * self.columns..(index + 1) * self.columns]
    }
}

/// A linear layer, `y = weight x + bias`.
#[derive(Clone, Debug, PartialEq)]
pub struct Linear {
    /// outputs x inputs.
    pub weight: Matrix,
    /// One value per output.
    pub bias: Vec<f32>,
}

/// Batch normalization with fixed statistics:
/// `y = (x - mean) / sqrt(variance + epsilon) * weight + bias`, each vector of the hidden length.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchNorm {
    /// Learned scale.
    pub weight: Vec<f32>,
    /// Learned offset.
    pub bias: Vec<f32>,
    /// Running mean.
    pub mean: Vec<f32>,
    /// Running variance.
    pub variance: Vec<f32>,
    /// Added to the variance; torch's default is 1e-5.
    pub epsilon: f32,
}

/// The weights of one network of the ensemble.
///
/// Sizes: `a` atom features, `b` bond features, `h` hidden, `t` tasks.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// h x (a + b): acts on the features of a directed bond's first atom, then of the bond.
    pub w_i: Matrix,
    /// h values, if the architecture has message passing bias.
    pub b_i: Option<Vec<f32>>,
    /// h x h: acts on messages.
    pub w_h: Matrix,
    /// h values, if the architecture has message passing bias.
    pub b_h: Option<Vec<f32>>,
    /// h x (a + h): acts on an atom's features, then on the sum of its incoming bond vectors.
    pub w_o: Matrix,
    /// h values.
    pub b_o: Vec<f32>,
    /// Slope of [`crate::Activation::Prelu`] in message passing; `None` for any other activation.
    pub message_slope: Option<f32>,
    /// Present exactly if the architecture has batch normalization.
    pub batch_norm: Option<BatchNorm>,
    /// One layer more than the architecture has hidden widths.
    pub feed_forward: Vec<Linear>,
    /// Slope of [`crate::Activation::Prelu`] in the feed-forward network; `None` for any other.
    pub feed_forward_slope: Option<f32>,
    /// t values: mean of the training targets. Zeros where the head is not a regression.
    pub output_mean: Vec<f32>,
    /// t values: scale of the training targets. Ones where the head is not a regression.
    pub output_scale: Vec<f32>,
}

/// An ensemble of networks of one architecture that predict the same tasks.
///
/// A prediction is the mean over members of each member's prediction.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// Shape of every member.
    pub architecture: Architecture,
    /// Predicted properties, in output order.
    pub tasks: Vec<Task>,
    /// At least one network.
    pub members: Vec<Member>,
    /// Where the weights came from.
    pub provenance: Provenance,
    /// Model card: free-form JSON for readers (training data, metrics, licence); null if there is none.
    pub card: serde_json::Value,
}

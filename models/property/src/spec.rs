//! What a property model is, apart from its weights: architecture, tasks and where it came from.
//!
//! Every type here is written as JSON into the header of a model file, so a
//! field may be added with a default but never renamed or given another meaning within `model/1`.

use serde::{Deserialize, Serialize};

/// The set of atom and bond features a model was trained on, as Chemprop 2 names them.
///
/// The value fixes both feature lengths; Chemprop files do not store it, so it is inferred from them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FeaturizerKind {
    /// Chemprop 2 default: elements of rows 1 to 4 and iodine, 72 atom and 14 bond features.
    V2,
    /// Chemprop 1: elements 1 to 100, 133 atom and 14 bond features.
    V1,
    /// Elements common in organic chemistry, 44 atom and 14 bond features.
    Organic,
    /// Resonance-invariant features, 52 atom and 2 bond features.
    Rigr,
}

impl FeaturizerKind {
    /// Number of features of an atom (Chemprop's `d_v`).
    pub const fn atom_features(self) -> usize {
        match self {
            Self::V2 => 72,
            Self::V1 => 133,
            Self::Organic => 44,
            Self::Rigr => 52,
        }
    }

    /// Number of features of a bond (Chemprop's `d_e`).
    pub const fn bond_features(self) -> usize {
        match self {
            Self::V2 | Self::V1 | Self::Organic => 14,
            Self::Rigr => 2,
        }
    }

    /// The featurizer with these feature lengths, or `None` if no known one has them.
    pub fn from_features(atom_features: usize, bond_features: usize) -> Option<Self> {
        [Self::V2, Self::V1, Self::Organic, Self::Rigr]
            .into_iter()
            .find(|kind| kind.atom_features() == atom_features && kind.bond_features() == bond_features)
    }
}

/// An elementwise non-linearity.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Activation {
    /// `max(x, 0)`.
    Relu,
    /// `x` where positive, `slope * x` elsewhere. Chemprop's own choice is a slope of 0.1.
    LeakyRelu {
        /// Factor for negative values.
        slope: f32,
    },
    /// Leaky ReLU with one learned slope, which is a weight: see [`crate::Member::message_slope`] and
    /// [`crate::Member::feed_forward_slope`].
    Prelu,
    /// Hyperbolic tangent.
    Tanh,
    /// `x` where positive, `alpha * (exp(x) - 1)` elsewhere.
    Elu {
        /// Limit for very negative values, with its sign turned.
        alpha: f32,
    },
    /// Scaled exponential unit with the constants of Klambauer et al. 2017.
    Selu,
}

/// How the atom vectors of a molecule become one vector.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Aggregation {
    /// Mean over atoms.
    Mean,
    /// Sum over atoms.
    Sum,
    /// Sum over atoms, divided by a constant.
    Norm {
        /// The divisor; Chemprop's default is 100.
        constant: f32,
    },
}

/// The directed message passing part (D-MPNN, Yang et al. 2019) as Chemprop 2 computes it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct MessagePassing {
    /// Length of the vector on each directed bond and each atom (Chemprop's `d_h`).
    pub hidden: usize,
    /// Number of steps, counting the initial one: the recurrence runs `depth - 1` times.
    pub depth: usize,
    /// Whether `W_i` and `W_h` carry a bias (`W_o` always does).
    pub bias: bool,
    /// Applied after every step and after `W_o`.
    pub activation: Activation,
}

/// The feed-forward network between the molecule vector and the outputs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FeedForward {
    /// Widths of the hidden layers, in order. The network has one linear layer more than this.
    pub hidden: Vec<usize>,
    /// Applied before every linear layer but the first.
    pub activation: Activation,
}

/// What the raw outputs of the network mean, and how they become predictions.
///
/// With `t` tasks, `y` the raw outputs, and `mean`, `scale` the training scaler of each task. "Blocks"
/// means that all tasks' first parameter come first, then all tasks' second one, and so on;
/// "interleaved" means that the parameters of one task are neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Head {
    /// `t` outputs; prediction `y * scale + mean`.
    Regression,
    /// `2t` outputs in blocks: mean (unscaled as in regression) and `softplus(y) * scale²`, a variance.
    MeanVariance,
    /// `4t` outputs in blocks: mean (unscaled), `v = softplus(y)`, `alpha = softplus(y) + 1`,
    /// `beta = softplus(y) * scale²` (Amini et al. 2020).
    Evidential,
    /// `2t` outputs in blocks: lower and upper bound, both unscaled. Prediction: their middle; the
    /// uncertainty is their distance.
    Quantile,
    /// `t` outputs; prediction `sigmoid(y)`, a probability.
    Classification,
    /// `2t` outputs, interleaved: `alpha = softplus(y) + 1`; prediction `alpha[1] / sum(alpha)`,
    /// uncertainty `2 / sum(alpha)`.
    DirichletClassification,
    /// `classes * t` outputs, interleaved; prediction: their softmax.
    Multiclass {
        /// Number of classes, the same for each task.
        classes: usize,
    },
    /// `classes * t` outputs, interleaved: `alpha = softplus(y) + 1`; prediction `alpha / sum(alpha)`.
    DirichletMulticlass {
        /// Number of classes, the same for each task.
        classes: usize,
    },
}

impl Head {
    /// Number of network outputs that belong to one task.
    pub const fn outputs_per_task(self) -> usize {
        match self {
            Self::Regression | Self::Classification => 1,
            Self::MeanVariance | Self::Quantile | Self::DirichletClassification => 2,
            Self::Evidential => 4,
            Self::Multiclass { classes } | Self::DirichletMulticlass { classes } => classes,
        }
    }

    /// Whether predictions are in the units of the training data, so that a scaler applies.
    pub const fn is_regression(self) -> bool {
        matches!(self, Self::Regression | Self::MeanVariance | Self::Evidential | Self::Quantile)
    }
}

/// Shape of the network. Together with the number of tasks it fixes the shape of every weight.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Architecture {
    /// Atom and bond features at the input.
    pub featurizer: FeaturizerKind,
    /// Message passing over directed bonds.
    pub message_passing: MessagePassing,
    /// From atom vectors to the molecule vector.
    pub aggregation: Aggregation,
    /// Whether the molecule vector goes through batch normalization (with the stored statistics).
    pub batch_norm: bool,
    /// From the molecule vector to the outputs.
    pub feed_forward: FeedForward,
    /// Meaning of the outputs; all tasks of a model share it.
    pub head: Head,
}

impl Architecture {
    /// `(inputs, outputs)` of each linear layer of the feed-forward network, in order, for `tasks` tasks.
    pub fn feed_forward_shapes(&self, tasks: usize) -> Vec<(usize, usize)> {
        let outputs = tasks * self.head.outputs_per_task();
        let inputs =
            std::iter::once(self.message_passing.hidden).chain(self.feed_forward.hidden.iter().copied());
        let widths = self.feed_forward.hidden.iter().copied().chain(std::iter::once(outputs));
        inputs.zip(widths).collect()
    }
}

/// One predicted property.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Column name in the output, as in the training data.
    pub name: String,
    /// Units of the prediction, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub units: Option<String>,
    /// What is predicted, for a reader.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

impl Task {
    /// A task of which only the name is known.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), units: None, description: None }
    }
}

/// A file that a model was made from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// File name without folders; inside an archive, the path of the entry.
    pub name: String,
    /// SHA-256 of its bytes, lower-case hexadecimal.
    pub sha256: String,
}

/// Where a model came from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// What was read, member by member (an archive holding them comes first).
    pub sources: Vec<Source>,
    /// Version of Soyaku that made the model file.
    pub soyaku_version: String,
    /// Format of the sources, for example `chemprop 2 (.pt)`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_format: Option<String>,
}

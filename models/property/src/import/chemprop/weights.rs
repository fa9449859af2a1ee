//! From the named tensors of a file to the weights of a network.

use std::collections::{BTreeMap, BTreeSet};

use super::super::pickle::Id;
use super::super::torch::{TensorRef, TorchFile};
use super::parameters::Parameters;
use crate::error::Error;
use crate::model::{BatchNorm, Linear, MAX_LAYERS, MAX_WIDTH, Matrix, Member};
use crate::spec::{Activation, Architecture, FeedForward};

/// Batch normalization in Chemprop has torch's default, which is not stored.
const EPSILON: f32 = 1e-5;

/// Reads all weights. The widths of the feed-forward network and the number of tasks follow from them.
pub(super) fn read(
    torch: &mut TorchFile,
    state: Id,
    parameters: &Parameters,
) -> Result<(Architecture, Member), Error> {
    let mut state = State::new(torch, state)?;
    let message = parameters.message_passing;
    let hidden = message.hidden;
    let (atoms, bonds) = (parameters.featurizer.atom_features(), parameters.featurizer.bond_features());
    let bias = |state: &mut State, name: &str| match message.bias {
        true => state.vector(name, hidden).map(Some),
        false => Ok(None),
    };
    let w_i = state.matrix("message_passing.W_i.weight", hidden, atoms + bonds)?;
    let b_i = bias(&mut state, "message_passing.W_i.bias")?;
    let w_h = state.matrix("message_passing.W_h.weight", hidden, hidden)?;
    let b_h = bias(&mut state, "message_passing.W_h.bias")?;
    let w_o = state.matrix("message_passing.W_o.weight", hidden, atoms + hidden)?;
    let b_o = state.vector("message_passing.W_o.bias", hidden)?;
    let message_slope = match message.activation {
        Activation::Prelu => Some(state.slope("message_passing.tau.weight")?),
        _ => None,
    };
    let batch_norm = match parameters.batch_norm {
        true => Some(BatchNorm {
            weight: state.vector("bn.weight", hidden)?,
            bias: state.vector("bn.bias", hidden)?,
            mean: state.vector("bn.running_mean", hidden)?,
            variance: state.vector("bn.running_var", hidden)?,
            epsilon: EPSILON,
        }),
        false => None,
    };
    let (feed_forward, feed_forward_slope) = feed_forward(&mut state, hidden, parameters.activation)?;
    let outputs = feed_forward.last().map_or(0, |layer| layer.bias.len());
    let per_task = parameters.head.outputs_per_task();
    if outputs % per_task != 0 {
        let reason = format!("the network has {outputs} outputs, expected a multiple of {per_task}");
        return Err(Error::malformed(state.file, reason));
    }
    let tasks = outputs / per_task;
    let (output_mean, output_scale) = scaler(&mut state, tasks, parameters.head.is_regression())?;
    state.finish()?;

    let widths = feed_forward.iter().rev().skip(1).rev().map(|layer| layer.bias.len()).collect();
    let architecture = Architecture {
        featurizer: parameters.featurizer,
        message_passing: message,
        aggregation: parameters.aggregation,
        batch_norm: parameters.batch_norm,
        feed_forward: FeedForward { hidden: widths, activation: parameters.activation },
        head: parameters.head,
    };
    let member = Member {
        w_i,
        b_i,
        w_h,
        b_h,
        w_o,
        b_o,
        message_slope,
        batch_norm,
        feed_forward,
        feed_forward_slope,
        output_mean,
        output_scale,
    };
    Ok((architecture, member))
}

/// Linear layers `ffn.0.0`, `ffn.1.2`, `ffn.2.2`, ...: from the second on, an activation and dropout come
/// first in each block, and all blocks share one activation.
fn feed_forward(
    state: &mut State,
    mut inputs: usize,
    activation: Activation,
) -> Result<(Vec<Linear>, Option<f32>), Error> {
    let mut layers = Vec::new();
    let mut slope = None;
    for block in 0..=MAX_LAYERS {
        let place = if block == 0 { 0 } else { 2 };
        let name = format!("predictor.ffn.{block}.{place}");
        if block > 0 && !state.has(&format!("{name}.weight")) {
            break;
        }
        if block > 0 && activation == Activation::Prelu {
            let name = format!("predictor.ffn.{block}.0.weight");
            let found = state.slope(&name)?;
            if *slope.get_or_insert(found) != found {
                let what = format!("a slope of its own for each layer (`{name}`)");
                return Err(Error::unsupported(state.file, what, "one PReLU shared by all layers"));
            }
        }
        let outputs = state.length(&format!("{name}.bias"))?;
        let weight = state.matrix(&format!("{name}.weight"), outputs, inputs)?;
        layers.push(Linear { weight, bias: state.vector(&format!("{name}.bias"), outputs)? });
        inputs = outputs;
    }
    // Without a hidden layer there is no activation, and so no slope in the file.
    if activation == Activation::Prelu && slope.is_none() {
        slope = Some(0.25);
    }
    Ok((layers, slope))
}

/// Mean and scale of the training targets; without a scaler in the file, zeros and ones.
fn scaler(state: &mut State, tasks: usize, regression: bool) -> Result<(Vec<f32>, Vec<f32>), Error> {
    let names = ["predictor.output_transform.mean", "predictor.output_transform.scale"];
    let identity = (vec![0.0; tasks], vec![1.0; tasks]);
    if !names.iter().any(|name| state.has(name)) {
        return Ok(identity);
    }
    let (mean, scale) = (state.vector(names[0], tasks)?, state.vector(names[1], tasks)?);
    // Chemprop's classification heads never apply it.
    Ok(if regression { (mean, scale) } else { identity })
}

/// The tensors of a file, each to be used once.
struct State<'a, 'b> {
    torch: &'a mut TorchFile<'b>,
    file: &'b str,
    tensors: BTreeMap<String, Id>,
    used: BTreeSet<String>,
}

impl<'a, 'b> State<'a, 'b> {
    fn new(torch: &'a mut TorchFile<'b>, id: Id) -> Result<Self, Error> {
        let file = torch.file();
        let Some(entries) = torch.values.entries(id) else {
            return Err(Error::malformed(file, "not a Chemprop 2 file: `state_dict` is not a dictionary"));
        };
        let named = entries.iter().filter_map(|(key, id)| Some((torch.values.text(*key)?.to_owned(), *id)));
        let tensors = named.filter(|(name, _)| !training_only(name)).collect();
        Ok(Self { torch, file, tensors, used: BTreeSet::new() })
    }

    fn has(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    fn find(&mut self, name: &str) -> Result<TensorRef, Error> {
        let Some(id) = self.tensors.get(name).copied() else {
            return Err(Error::tensor(self.file, name, "missing"));
        };
        self.used.insert(name.to_owned());
        self.torch.tensor(id).ok_or_else(|| {
            let reason = format!("expected floating-point numbers, found {}", self.torch.values.describe(id));
            Error::tensor(self.file, name, reason)
        })
    }

    /// Length of a vector that is not longer than a layer may be wide.
    fn length(&mut self, name: &str) -> Result<usize, Error> {
        match *self.find(name)?.shape {
            [length] if (1..=MAX_WIDTH).contains(&length) => Ok(length),
            ref shape => {
                let reason = format!("shape {shape:?}, expected a vector of 1 to {MAX_WIDTH} numbers");
                Err(Error::tensor(self.file, name, reason))
            }
        }
    }

    fn read(&mut self, name: &str, accepted: &[&[usize]]) -> Result<Vec<f32>, Error> {
        let tensor = self.find(name)?;
        if !accepted.contains(&tensor.shape.as_slice()) {
            let expected = accepted.iter().map(|shape| format!("{shape:?}")).collect::<Vec<_>>().join(" or ");
            let reason = format!("shape {:?}, expected {expected}", tensor.shape);
            return Err(Error::tensor(self.file, name, reason));
        }
        let data = self.torch.read(name, &tensor)?;
        match data.iter().position(|value| !value.is_finite()) {
            Some(index) => Err(Error::tensor(self.file, name, format!("value {index} is {}", data[index]))),
            None => Ok(data),
        }
    }

    fn matrix(&mut self, name: &str, rows: usize, columns: usize) -> Result<Matrix, Error> {
        Ok(Matrix { rows, columns, data: self.read(name, &[&[rows, columns]])? })
    }

    fn vector(&mut self, name: &str, length: usize) -> Result<Vec<f32>, Error> {
        self.read(name, &[&[length], &[1, length]])
    }

    fn slope(&mut self, name: &str) -> Result<f32, Error> {
        self.read(name, &[&[1]]).map(|data| data[0])
    }

    /// Checks that no tensor was left out: it would belong to a part that is not understood.
    fn finish(self) -> Result<(), Error> {
        match self.tensors.keys().find(|name| !self.used.contains(*name)) {
            None => Ok(()),
            Some(name) => {
                let what = format!("a network part with the weight `{name}`");
                let accepted =
                    "message passing on directed bonds, batch normalization and a feed-forward network";
                Err(Error::unsupported(self.file, what, accepted))
            }
        }
    }
}

/// Whether a tensor has no part in predictions.
fn training_only(name: &str) -> bool {
    name.starts_with("metrics.")
        || name.starts_with("predictor.criterion.")
        || name.starts_with("criterion.")
        || name == "bn.num_batches_tracked"
}

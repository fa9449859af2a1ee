//! Predictions of several ensembles for a batch of molecules.

use rayon::prelude::*;
use soyaku_device::Device;
use soyaku_kernels::mpnn::{
    self, EncodeScratch, EnvironmentCache, Environments, Features, KeptRows, Network, NetworkWeights,
    Resolution,
};
use soyaku_kernels::rows::Activation as RowActivation;
use soyaku_kernels::rows::stride;

use crate::batch::{Batch, TableKind};
use crate::features::{atom_features, bond_features};
use crate::head::{Column, columns, transform};
use crate::{Activation, Aggregation, FeaturizerKind, Linear, Member, Model};

/// Rows below which a thread of its own is not worth its start.
const MIN_ROWS: usize = 64;

/// Models prepared to run, any number of ensembles together.
pub struct Predictor {
    kinds: Vec<TableKind>,
    ensembles: Vec<Ensemble>,
    columns: usize,
}

struct Ensemble {
    model: Model,
    table: usize,
    columns: Vec<Column>,
    members: Vec<(Network, mpnn::FeedForward)>,
}

/// Mean and spread over the members of each ensemble.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Predictions {
    /// Number of molecules.
    pub rows: usize,
    /// `rows x columns`, row-major: mean over members.
    pub mean: Vec<f32>,
    /// `rows x columns`, row-major: standard deviation over members (population; 0 for one member).
    pub std: Vec<f32>,
}

/// Bytes of environment rows that are kept between batches, all networks together, by default.
pub const CACHE_BYTES: usize = 256 << 20;

/// Work space of a [`Predictor`], kept between calls: tables, and rows of environments that repeat.
pub struct PredictScratch {
    caches: Vec<EnvironmentCache>,
    kept: Vec<Vec<KeptRows>>,
    features: Vec<Features>,
    resolutions: Vec<Resolution>,
    encode: EncodeScratch,
    hidden: Vec<f32>,
    raw: Vec<f32>,
    members: Vec<Vec<f32>>,
}

impl Predictor {
    /// Prepares models; their columns follow each other in the given order.
    pub fn new(models: Vec<Model>) -> Self {
        let mut kinds = Vec::new();
        let ensembles: Vec<Ensemble> = models
            .into_iter()
            .map(|model| {
                let kind = TableKind {
                    featurizer: model.architecture.featurizer,
                    depth: model.architecture.message_passing.depth,
                };
                let table = kinds.iter().position(|&k| k == kind).unwrap_or_else(|| {
                    kinds.push(kind);
                    kinds.len() - 1
                });
                let members = model.members.iter().map(|member| prepare(&model, member)).collect();
                Ensemble { table, columns: columns(&model), members, model }
            })
            .collect();
        let columns = ensembles.iter().map(|ensemble| ensemble.columns.len()).sum();
        Self { kinds, ensembles, columns }
    }

    /// An empty batch for [`Predictor::predict`].
    pub fn batch(&self) -> Batch {
        Batch::new(&self.kinds)
    }

    /// Work space for [`Predictor::predict`] that keeps at most `cache_bytes` of environment rows.
    pub fn scratch(&self, cache_bytes: usize) -> PredictScratch {
        let row_bytes: usize = self
            .ensembles
            .iter()
            .flat_map(|ensemble| &ensemble.members)
            .map(|(network, _)| stride(network.hidden()) * size_of::<f32>())
            .sum();
        let limit = cache_bytes / row_bytes.max(1);
        PredictScratch {
            caches: self.kinds.iter().map(|kind| EnvironmentCache::new(kind.depth, limit)).collect(),
            kept: self
                .ensembles
                .iter()
                .map(|ensemble| vec![KeptRows::default(); ensemble.members.len()])
                .collect(),
            features: Vec::new(),
            resolutions: Vec::new(),
            encode: EncodeScratch::default(),
            hidden: Vec::new(),
            raw: Vec::new(),
            members: Vec::new(),
        }
    }

    /// All columns, each with the index of the model it belongs to.
    pub fn columns(&self) -> Vec<(usize, Column)> {
        let ensembles = self.ensembles.iter().enumerate();
        ensembles
            .flat_map(|(index, ensemble)| ensemble.columns.iter().map(move |column| (index, column.clone())))
            .collect()
    }

    /// Predicts every column for every molecule of the batch. `scratch` is of this predictor.
    pub fn predict(
        &self,
        device: &Device,
        batch: &Batch,
        scratch: &mut PredictScratch,
        predictions: &mut Predictions,
    ) {
        let rows = batch.len();
        predictions.rows = rows;
        predictions.mean.clear();
        predictions.mean.resize(rows * self.columns, 0.0);
        predictions.std.clear();
        predictions.std.resize(rows * self.columns, 0.0);
        scratch.features.clear();
        scratch.features.extend(batch.tables.iter().map(|(kind, table)| features(kind.featurizer, table)));
        scratch.resolutions.clear();
        for (cache, (_, table)) in scratch.caches.iter_mut().zip(&batch.tables) {
            scratch.resolutions.push(cache.resolve(table));
        }
        let mut first_column = 0;
        for (index, ensemble) in self.ensembles.iter().enumerate() {
            let (_, table) = &batch.tables[ensemble.table];
            ensemble.run(device, table, index, rows, scratch);
            ensemble.combine(device, &scratch.members, self.columns, first_column, predictions);
            first_column += ensemble.columns.len();
        }
    }
}

impl PredictScratch {
    /// Environments that the last batch had to compute, by radius, for the first kind of model.
    pub fn computed(&self) -> Vec<u64> {
        self.resolutions.first().map(Resolution::computed).unwrap_or_default()
    }
}

impl Ensemble {
    /// Fills `scratch.members` with each member's columns, `rows x columns`.
    fn run(
        &self,
        device: &Device,
        table: &Environments,
        ensemble: usize,
        rows: usize,
        scratch: &mut PredictScratch,
    ) {
        let width = self.columns.len();
        let tasks = self.model.tasks.len();
        scratch.members.resize_with(self.members.len(), Vec::new);
        for (index, (network, feed_forward)) in self.members.iter().enumerate() {
            let features = &scratch.features[self.table];
            let resolution = &scratch.resolutions[self.table];
            let kept = &mut scratch.kept[ensemble][index];
            let (encode, hidden) = (&mut scratch.encode, &mut scratch.hidden);
            mpnn::encode(device, table, resolution, features, network, kept, encode, hidden);
            feed_forward.run(device, &scratch.hidden, rows, &mut scratch.raw);
            let values = &mut scratch.members[index];
            values.clear();
            values.resize(rows * width, 0.0);
            let (head, member, raw) =
                (self.model.architecture.head, &self.model.members[index], &scratch.raw);
            device.install(|| {
                let raw_rows = raw.par_chunks_exact(feed_forward.outputs()).with_min_len(MIN_ROWS);
                raw_rows
                    .zip(values.par_chunks_exact_mut(width))
                    .for_each(|(raw, out)| transform(head, tasks, member, raw, out));
            });
        }
    }

    /// Mean and spread over members, into this ensemble's columns of `predictions`.
    fn combine(
        &self,
        device: &Device,
        members: &[Vec<f32>],
        all_columns: usize,
        first: usize,
        predictions: &mut Predictions,
    ) {
        let width = self.columns.len();
        let count = self.members.len() as f64;
        let members = &members[..self.members.len()];
        device.install(|| {
            let means = predictions.mean.par_chunks_exact_mut(all_columns).with_min_len(MIN_ROWS);
            let stds = predictions.std.par_chunks_exact_mut(all_columns);
            means.zip(stds).enumerate().for_each(|(row, (means, stds))| {
                for column in 0..width {
                    let values = members.iter().map(|member| f64::from(member[row * width + column]));
                    let mean = values.clone().sum::<f64>() / count;
                    let variance = values.map(|value| (value - mean) * (value - mean)).sum::<f64>() / count;
                    means[first + column] = mean as f32;
                    stds[first + column] = variance.sqrt() as f32;
                }
            });
        });
    }
}

fn features(kind: FeaturizerKind, table: &Environments) -> Features {
    let mut features = Features {
        atoms: vec![0.0; table.atom_keys().len() * kind.atom_features()],
        bonds: vec![0.0; table.bond_keys().len() * kind.bond_features()],
    };
    for (&key, out) in table.atom_keys().iter().zip(features.atoms.chunks_exact_mut(kind.atom_features())) {
        atom_features(kind, key, out);
    }
    for (&key, out) in table.bond_keys().iter().zip(features.bonds.chunks_exact_mut(kind.bond_features())) {
        bond_features(kind, key, out);
    }
    features
}

fn prepare(model: &Model, member: &Member) -> (Network, mpnn::FeedForward) {
    let architecture = &model.architecture;
    let passing = &architecture.message_passing;
    let network = Network::new(&NetworkWeights {
        hidden: passing.hidden,
        atom_features: architecture.featurizer.atom_features(),
        bond_features: architecture.featurizer.bond_features(),
        depth: passing.depth,
        w_i: &member.w_i.data,
        b_i: member.b_i.as_deref(),
        w_h: &member.w_h.data,
        b_h: member.b_h.as_deref(),
        w_o: &member.w_o.data,
        b_o: &member.b_o,
        activation: activation(passing.activation, member.message_slope),
        aggregation: match architecture.aggregation {
            Aggregation::Mean => mpnn::Aggregation::Mean,
            Aggregation::Sum => mpnn::Aggregation::Sum,
            Aggregation::Norm { constant } => mpnn::Aggregation::Norm(constant),
        },
    });
    let first = normalized_first_layer(member);
    let layers = first.iter().chain(&member.feed_forward[usize::from(first.is_some())..]);
    let feed_forward = mpnn::FeedForward::new(
        passing.hidden,
        layers.map(|layer| (&layer.weight.data[..], &layer.bias[..])),
        activation(architecture.feed_forward.activation, member.feed_forward_slope),
    );
    (network, feed_forward)
}

/// Batch normalization is linear at inference: it goes into the first layer, in double precision.
fn normalized_first_layer(member: &Member) -> Option<Linear> {
    let norm = member.batch_norm.as_ref()?;
    let mut layer = member.feed_forward.first()?.clone();
    let columns = layer.weight.columns;
    for (row, bias) in layer.weight.data.chunks_exact_mut(columns).zip(&mut layer.bias) {
        let mut shifted = f64::from(*bias);
        for (input, weight) in row.iter_mut().enumerate() {
            let deviation = (f64::from(norm.variance[input]) + f64::from(norm.epsilon)).sqrt();
            let factor = f64::from(norm.weight[input]) / deviation;
            shifted +=
                f64::from(*weight) * (f64::from(norm.bias[input]) - f64::from(norm.mean[input]) * factor);
            *weight = (f64::from(*weight) * factor) as f32;
        }
        *bias = shifted as f32;
    }
    Some(layer)
}

fn activation(kind: Activation, slope: Option<f32>) -> RowActivation {
    match kind {
        Activation::Relu => RowActivation::Relu,
        Activation::LeakyRelu { slope } => RowActivation::LeakyRelu(slope),
        // The learned slope is always there when the model was checked; PyTorch starts from 0.25.
        Activation::Prelu => RowActivation::LeakyRelu(slope.unwrap_or(0.25)),
        Activation::Tanh => RowActivation::Tanh,
        Activation::Elu { alpha } => RowActivation::Elu(alpha),
        Activation::Selu => RowActivation::Selu,
    }
}

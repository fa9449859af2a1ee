//! Names and shapes of the tensors of one network, as they follow from the architecture.
//!
//! The checks, the writer and the reader all walk this one list.

use crate::model::{BatchNorm, Linear, Matrix, Member};
use crate::spec::{Activation, Architecture};

/// Name (without the member's number) and shape of each tensor of a network with `tasks` tasks.
pub(crate) fn layout(architecture: &Architecture, tasks: usize) -> Vec<(String, Vec<usize>)> {
    let message = &architecture.message_passing;
    let hidden = message.hidden;
    let (atoms, bonds) = (architecture.featurizer.atom_features(), architecture.featurizer.bond_features());
    let mut list = vec![("message_passing.w_i".to_owned(), vec![hidden, atoms + bonds])];
    let mut add = |name: &str, shape: Vec<usize>| list.push((name.to_owned(), shape));
    if message.bias {
        add("message_passing.b_i", vec![hidden]);
    }
    add("message_passing.w_h", vec![hidden, hidden]);
    if message.bias {
        add("message_passing.b_h", vec![hidden]);
    }
    add("message_passing.w_o", vec![hidden, atoms + hidden]);
    add("message_passing.b_o", vec![hidden]);
    if message.activation == Activation::Prelu {
        add("message_passing.slope", vec![1]);
    }
    if architecture.batch_norm {
        for name in ["weight", "bias", "mean", "variance"] {
            add(&format!("batch_norm.{name}"), vec![hidden]);
        }
        add("batch_norm.epsilon", vec![1]);
    }
    for (index, (inputs, outputs)) in architecture.feed_forward_shapes(tasks).into_iter().enumerate() {
        add(&format!("feed_forward.{index}.weight"), vec![outputs, inputs]);
        add(&format!("feed_forward.{index}.bias"), vec![outputs]);
    }
    if architecture.feed_forward.activation == Activation::Prelu {
        add("feed_forward.slope", vec![1]);
    }
    add("output.mean", vec![tasks]);
    add("output.scale", vec![tasks]);
    list
}

/// Name, shape and numbers of each tensor that a network has, in the order of [`layout`].
pub(crate) fn tensors(member: &Member) -> Vec<(String, Vec<usize>, &[f32])> {
    let mut list = Vec::new();
    matrix(&mut list, "message_passing.w_i", &member.w_i);
    optional(&mut list, "message_passing.b_i", member.b_i.as_deref());
    matrix(&mut list, "message_passing.w_h", &member.w_h);
    optional(&mut list, "message_passing.b_h", member.b_h.as_deref());
    matrix(&mut list, "message_passing.w_o", &member.w_o);
    optional(&mut list, "message_passing.b_o", Some(&member.b_o));
    optional(&mut list, "message_passing.slope", member.message_slope.as_ref().map(std::slice::from_ref));
    if let Some(norm) = &member.batch_norm {
        optional(&mut list, "batch_norm.weight", Some(&norm.weight));
        optional(&mut list, "batch_norm.bias", Some(&norm.bias));
        optional(&mut list, "batch_norm.mean", Some(&norm.mean));
        optional(&mut list, "batch_norm.variance", Some(&norm.variance));
        optional(&mut list, "batch_norm.epsilon", Some(std::slice::from_ref(&norm.epsilon)));
    }
    for (index, layer) in member.feed_forward.iter().enumerate() {
        matrix(&mut list, &format!("feed_forward.{index}.weight"), &layer.weight);
        optional(&mut list, &format!("feed_forward.{index}.bias"), Some(&layer.bias));
    }
    optional(&mut list, "feed_forward.slope", member.feed_forward_slope.as_ref().map(std::slice::from_ref));
    optional(&mut list, "output.mean", Some(&member.output_mean));
    optional(&mut list, "output.scale", Some(&member.output_scale));
    list
}

type Tensors<'a> = Vec<(String, Vec<usize>, &'a [f32])>;

fn matrix<'a>(list: &mut Tensors<'a>, name: &str, matrix: &'a Matrix) {
    list.push((name.to_owned(), vec![matrix.rows, matrix.columns], &matrix.data));
}

fn optional<'a>(list: &mut Tensors<'a>, name: &str, data: Option<&'a [f32]>) {
    list.extend(data.map(|data| (name.to_owned(), vec![data.len()], data)));
}

/// Builds a network; `take` gives the numbers of each tensor of [`layout`], already checked.
pub(crate) fn build<E>(
    architecture: &Architecture,
    tasks: usize,
    mut take: impl FnMut(&str) -> Result<Vec<f32>, E>,
) -> Result<Member, E> {
    let message = &architecture.message_passing;
    let hidden = message.hidden;
    let (atoms, bonds) = (architecture.featurizer.atom_features(), architecture.featurizer.bond_features());
    let mut when = |present: bool, name: &str| if present { take(name).map(Some) } else { Ok(None) };
    let b_i = when(message.bias, "message_passing.b_i")?;
    let b_h = when(message.bias, "message_passing.b_h")?;
    let message_slope = when(message.activation == Activation::Prelu, "message_passing.slope")?;
    let prelu = architecture.feed_forward.activation == Activation::Prelu;
    let feed_forward_slope = when(prelu, "feed_forward.slope")?;
    let mut linear = Vec::new();
    for (index, (inputs, outputs)) in architecture.feed_forward_shapes(tasks).into_iter().enumerate() {
        let data = take(&format!("feed_forward.{index}.weight"))?;
        let bias = take(&format!("feed_forward.{index}.bias"))?;
        linear.push(Linear { weight: Matrix { rows: outputs, columns: inputs, data }, bias });
    }
    let mut square = |name: &str, columns: usize| Ok(Matrix { rows: hidden, columns, data: take(name)? });
    Ok(Member {
        w_i: square("message_passing.w_i", atoms + bonds)?,
        b_i,
        w_h: square("message_passing.w_h", hidden)?,
        b_h,
        w_o: square("message_passing.w_o", atoms + hidden)?,
        b_o: take("message_passing.b_o")?,
        message_slope: message_slope.and_then(|slope| slope.first().copied()),
        batch_norm: match architecture.batch_norm {
            true => Some(BatchNorm {
                weight: take("batch_norm.weight")?,
                bias: take("batch_norm.bias")?,
                mean: take("batch_norm.mean")?,
                variance: take("batch_norm.variance")?,
                epsilon: take("batch_norm.epsilon")?.first().copied().unwrap_or_default(),
            }),
            false => None,
        },
        feed_forward: linear,
        feed_forward_slope: feed_forward_slope.and_then(|slope| slope.first().copied()),
        output_mean: take("output.mean")?,
        output_scale: take("output.scale")?,
    })
}

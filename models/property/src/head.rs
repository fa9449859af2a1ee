//! From the network's raw outputs to prediction columns.

use crate::{Head, Member, Model};

/// One column of predictions.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Column {
    /// The task's name, with a suffix where a task has several columns.
    pub name: String,
    /// Units, where known.
    pub units: Option<String>,
    /// What the number is: `regression`, `probability`, `variance`, ...
    pub kind: &'static str,
}

/// Columns that a model predicts, task by task.
pub fn columns(model: &Model) -> Vec<Column> {
    let mut columns = Vec::new();
    for task in &model.tasks {
        let mut push = |suffix: &str, units: Option<String>, kind| {
            columns.push(Column { name: format!("{}{suffix}", task.name), units, kind });
        };
        let units = || task.units.clone();
        let squared = || task.units.as_ref().map(|units| format!("({units})^2"));
        match model.architecture.head {
            Head::Regression => push("", units(), "regression"),
            Head::MeanVariance | Head::Evidential => {
                push("", units(), "regression");
                push("_variance", squared(), "variance");
            }
            Head::Quantile => {
                push("", units(), "regression");
                push("_lower", units(), "quantile");
                push("_upper", units(), "quantile");
            }
            Head::Classification => push("", None, "probability"),
            Head::DirichletClassification => {
                push("", None, "probability");
                push("_uncertainty", None, "uncertainty");
            }
            Head::Multiclass { classes } => {
                (0..classes).for_each(|class| push(&format!("_class_{class}"), None, "probability"));
            }
            Head::DirichletMulticlass { classes } => {
                (0..classes).for_each(|class| push(&format!("_class_{class}"), None, "probability"));
                push("_uncertainty", None, "uncertainty");
            }
        }
    }
    columns
}

/// Writes the columns of one molecule from one member's raw outputs.
pub(crate) fn transform(head: Head, tasks: usize, member: &Member, raw: &[f32], out: &mut [f32]) {
    let unscale = |task: usize, value: f32| value * member.output_scale[task] + member.output_mean[task];
    let block = |parameter: usize, task: usize| raw[parameter * tasks + task];
    let width = out.len() / tasks.max(1);
    for (task, out) in out.chunks_exact_mut(width.max(1)).enumerate() {
        let variance_scale = member.output_scale[task] * member.output_scale[task];
        match head {
            Head::Regression => out[0] = unscale(task, raw[task]),
            Head::MeanVariance => {
                out[0] = unscale(task, block(0, task));
                out[1] = softplus(block(1, task)) * variance_scale;
            }
            Head::Evidential => {
                out[0] = unscale(task, block(0, task));
                let (v, alpha) = (softplus(block(1, task)), softplus(block(2, task)) + 1.0);
                let beta = softplus(block(3, task)) * variance_scale;
                // Aleatoric beta / (alpha - 1) and epistemic, that over v (Amini et al. 2020).
                out[1] = beta / (alpha - 1.0) * (1.0 + 1.0 / v);
            }
            Head::Quantile => {
                let (lower, upper) = (unscale(task, block(0, task)), unscale(task, block(1, task)));
                out.copy_from_slice(&[(lower + upper) / 2.0, lower, upper]);
            }
            Head::Classification => out[0] = sigmoid(raw[task]),
            Head::DirichletClassification => {
                let (negative, positive) = (softplus(raw[2 * task]) + 1.0, softplus(raw[2 * task + 1]) + 1.0);
                out[0] = positive / (negative + positive);
                out[1] = 2.0 / (negative + positive);
            }
            Head::Multiclass { classes } => {
                softmax(&raw[task * classes..(task + 1) * classes], out);
            }
            Head::DirichletMulticlass { classes } => {
                let raw = &raw[task * classes..(task + 1) * classes];
                let total: f32 = raw.iter().map(|&value| softplus(value) + 1.0).sum();
                for (out, &value) in out.iter_mut().zip(raw) {
                    *out = (softplus(value) + 1.0) / total;
                }
                out[classes] = classes as f32 / total;
            }
        }
    }
}

fn sigmoid(x: f32) -> f32 {
    // In double: the result has all of single precision's bits at both ends.
    (1.0 / (1.0 + (-f64::from(x)).exp())) as f32
}

/// ln(1 + e^x); the identity above 20, as PyTorch has it.
fn softplus(x: f32) -> f32 {
    if x > 20.0 { x } else { f64::from(x).exp().ln_1p() as f32 }
}

fn softmax(raw: &[f32], out: &mut [f32]) {
    let largest = raw.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let total: f64 = raw.iter().map(|&value| f64::from(value - largest).exp()).sum();
    for (out, &value) in out.iter_mut().zip(raw) {
        *out = (f64::from(value - largest).exp() / total) as f32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stable_at_the_ends() {
        assert_eq!(sigmoid(0.0), 0.5);
        assert_eq!(sigmoid(200.0), 1.0);
        assert!(sigmoid(-80.0) > 0.0 && sigmoid(-80.0) < 1e-30);
        assert_eq!(softplus(30.0), 30.0);
        assert!((softplus(-30.0) - 9.357_623e-14).abs() < 1e-18);
        let mut out = [0.0; 3];
        softmax(&[1000.0, 1000.0, -1000.0], &mut out);
        assert_eq!(out, [0.5, 0.5, 0.0]);
    }
}

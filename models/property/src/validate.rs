//! Checks that hold for every model, wherever it comes from.

use std::collections::BTreeSet;

use crate::error::Error;
use crate::format::layout::{layout, tensors};
use crate::model::{MAX_DEPTH, MAX_LAYERS, MAX_MEMBERS, MAX_WIDTH, Model};
use crate::spec::{Activation, Aggregation, Architecture, Head, Task};

/// What is wrong with a model, independent of the file it is in.
#[derive(Debug, PartialEq)]
pub(crate) enum Problem {
    Description(String),
    Tensor { name: String, reason: String },
}

impl Problem {
    pub(crate) fn in_file(self, file: &str) -> Error {
        match self {
            Self::Description(reason) => Error::malformed(file, reason),
            Self::Tensor { name, reason } => Error::tensor(file, &name, reason),
        }
    }
}

impl Model {
    /// Checks that sizes are in range, that task names are usable, and that all weights are there, have
    /// the right shape and are finite.
    pub(crate) fn validate(&self) -> Result<(), Problem> {
        description(&self.architecture, &self.tasks, self.members.len())?;
        let expected = layout(&self.architecture, self.tasks.len());
        for (index, member) in self.members.iter().enumerate() {
            let found = tensors(member);
            for (expected, found) in expected.iter().zip(&found) {
                if (&expected.0, &expected.1) != (&found.0, &found.1) {
                    let name = format!("{index}/{}", expected.0);
                    let reason =
                        format!("found `{}` {:?}, expected shape {:?}", found.0, found.1, expected.1);
                    return Err(Problem::Tensor { name, reason });
                }
                numbers(&format!("{index}/{}", found.0), &found.1, found.2)?;
            }
            if expected.len() != found.len() {
                let reason =
                    format!("member {index} has {} tensors, expected {}", found.len(), expected.len());
                return Err(Problem::Description(reason));
            }
        }
        Ok(())
    }
}

/// Checks the numbers of one tensor.
pub(crate) fn numbers(name: &str, shape: &[usize], data: &[f32]) -> Result<(), Problem> {
    let problem = |reason: String| Err(Problem::Tensor { name: name.to_owned(), reason });
    if shape.iter().product::<usize>() != data.len() {
        return problem(format!("{} numbers for shape {shape:?}", data.len()));
    }
    if let Some(index) = data.iter().position(|value| !value.is_finite()) {
        return problem(format!("value {index} is {}", data[index]));
    }
    let negative = |value: &f32| *value < 0.0;
    if name.ends_with("batch_norm.variance") && data.iter().any(negative) {
        return problem("a negative variance".into());
    }
    if name.ends_with("batch_norm.epsilon") && data.iter().any(|value| *value <= 0.0) {
        return problem("expected a positive number".into());
    }
    Ok(())
}

/// Checks what is known before any weight is read.
pub(crate) fn description(
    architecture: &Architecture,
    tasks: &[Task],
    members: usize,
) -> Result<(), Problem> {
    let problem = |reason: String| Err(Problem::Description(reason));
    let message = &architecture.message_passing;
    let widths = &architecture.feed_forward.hidden;
    let in_range = |value: usize, most: usize| (1..=most).contains(&value);
    if !in_range(message.hidden, MAX_WIDTH) || widths.iter().any(|width| !in_range(*width, MAX_WIDTH)) {
        return problem(format!("a layer width is not from 1 to {MAX_WIDTH}"));
    }
    if !in_range(message.depth, MAX_DEPTH) {
        return problem(format!("depth {} is not from 1 to {MAX_DEPTH}", message.depth));
    }
    if widths.len() >= MAX_LAYERS {
        return problem(format!("{} hidden layers, at most {} accepted", widths.len(), MAX_LAYERS - 1));
    }
    if let Head::Multiclass { classes } | Head::DirichletMulticlass { classes } = architecture.head
        && !in_range(classes, MAX_WIDTH)
    {
        return problem(format!("{classes} classes, expected 1 to {MAX_WIDTH}"));
    }
    if let Aggregation::Norm { constant } = architecture.aggregation
        && (!constant.is_finite() || constant == 0.0)
    {
        return problem(format!("aggregation divides by {constant}"));
    }
    for activation in [message.activation, architecture.feed_forward.activation] {
        if let Activation::LeakyRelu { slope: number } | Activation::Elu { alpha: number } = activation
            && !number.is_finite()
        {
            return problem(format!("an activation has the parameter {number}"));
        }
    }
    if !in_range(members, MAX_MEMBERS) {
        return problem(format!("{members} networks, expected 1 to {MAX_MEMBERS}"));
    }
    if tasks.is_empty() || tasks.len() > MAX_WIDTH / architecture.head.outputs_per_task().max(1) {
        return problem(format!("{} tasks are too few or too many", tasks.len()));
    }
    let mut seen = BTreeSet::new();
    for task in tasks {
        if task.name.is_empty() || task.name.contains(['\0', '\n', '\r']) {
            return problem(format!("task name {:?} is empty or has line breaks", task.name));
        }
        if !seen.insert(task.name.as_str()) {
            return problem(format!("task `{}` occurs twice", task.name));
        }
    }
    Ok(())
}

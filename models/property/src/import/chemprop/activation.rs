//! Activation functions as Chemprop stores them: a name, or a pickled torch module.

use super::super::pickle::{Id, Value, Values};
use crate::error::Error;
use crate::spec::Activation;

const ACCEPTED: &str = "RELU, LEAKYRELU, PRELU, TANH, ELU, SELU, by name or as torch modules";

/// The activation stored in `field`.
pub(super) fn read(file: &str, values: &Values, id: Id, field: &str) -> Result<Activation, Error> {
    // A member of Chemprop's enumeration is the enumeration called with the name.
    let named = match values.object(id) {
        Some(((_, "Activation"), [name])) => *name,
        _ => id,
    };
    let found = match (values.text(named), values.object(id)) {
        (Some(name), _) => by_name(name),
        (None, Some(((module, class), _))) if module.starts_with("torch.nn") => by_module(values, id, class),
        _ => None,
    };
    found.ok_or_else(|| Error::unsupported(file, format!("`{field}` {}", values.describe(id)), ACCEPTED))
}

fn by_name(name: &str) -> Option<Activation> {
    match name.to_ascii_lowercase().as_str() {
        "relu" => Some(Activation::Relu),
        "leakyrelu" => Some(Activation::LeakyRelu { slope: 0.1 }),
        "prelu" => Some(Activation::Prelu),
        "tanh" => Some(Activation::Tanh),
        "elu" => Some(Activation::Elu { alpha: 1.0 }),
        "selu" => Some(Activation::Selu),
        _ => None,
    }
}

fn by_module(values: &Values, id: Id, class: &str) -> Option<Activation> {
    let number = |key: &str| match values.attribute(id, key).map(|id| values.get(id)) {
        Some(Value::Float(value)) => Some(*value as f32),
        Some(Value::Int(value)) => Some(*value as f32),
        _ => None,
    };
    match class {
        "ReLU" => Some(Activation::Relu),
        "LeakyReLU" => Some(Activation::LeakyRelu { slope: number("negative_slope")? }),
        "PReLU" if number("num_parameters") == Some(1.0) => Some(Activation::Prelu),
        "Tanh" => Some(Activation::Tanh),
        "ELU" => Some(Activation::Elu { alpha: number("alpha")? }),
        "SELU" => Some(Activation::Selu),
        _ => None,
    }
}

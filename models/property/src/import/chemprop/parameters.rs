//! The hyper-parameters that decide what the weights mean.

use super::super::pickle::{Id, Value, Values};
use super::activation;
use crate::error::Error;
use crate::spec::{Activation, Aggregation, FeaturizerKind, Head, MessagePassing};

/// Hyper-parameters of a molecule-level network, checked to be supported.
#[derive(Debug)]
pub(super) struct Parameters {
    pub(super) featurizer: FeaturizerKind,
    pub(super) message_passing: MessagePassing,
    pub(super) aggregation: Aggregation,
    pub(super) batch_norm: bool,
    pub(super) activation: Activation,
    pub(super) head: Head,
}

impl Parameters {
    pub(super) fn read(file: &str, values: &Values, id: Id) -> Result<Self, Error> {
        let top = Part { file, values, id, name: "hyper_parameters".into() };
        for key in ["mol_predictor", "atom_predictor", "bond_predictor"] {
            if values.entry(id, key).is_some() {
                let what = "a model with atom- or bond-level predictions";
                return Err(Error::unsupported(file, what, "models of whole molecules"));
            }
        }
        if top.is_set("X_d_transform") {
            return Err(extra(file, "extra molecule features (`X_d_transform`)"));
        }
        let (featurizer, message_passing) = message_passing(&top.part("message_passing")?)?;
        let aggregation = aggregation(&top.part("agg")?)?;
        let predictor = top.part("predictor")?;
        let head = head(&predictor)?;
        if let Some(inputs) =
            predictor.values.entry(predictor.id, "input_dim").and_then(|id| values.integer(id))
            && usize::try_from(inputs).ok() != Some(message_passing.hidden)
        {
            let hidden = message_passing.hidden;
            return Err(extra(file, format!("a predictor of {inputs} inputs after {hidden} learned ones")));
        }
        let activation =
            activation::read(file, values, predictor.get("activation")?, "predictor.activation")?;
        let batch_norm = top.flag("batch_norm")?;
        Ok(Self { featurizer, message_passing, aggregation, batch_norm, activation, head })
    }
}

fn message_passing(part: &Part) -> Result<(FeaturizerKind, MessagePassing), Error> {
    part.class(&["BondMessagePassing"])?;
    if part.flag("undirected")? {
        return Err(Error::unsupported(part.file, "undirected message passing", "directed message passing"));
    }
    let described = part.values.entry(part.id, "d_vd").and_then(|id| part.values.integer(id));
    if described.is_some_and(|count| count != 0) || part.is_set("V_d_transform") {
        return Err(extra(part.file, "extra atom descriptors (`d_vd`)"));
    }
    let (atoms, bonds) = (part.size("d_v", 1 << 20)?, part.size("d_e", 1 << 20)?);
    let featurizer = FeaturizerKind::from_features(atoms, bonds).ok_or_else(|| {
        let what =
            format!("a featurizer of {atoms} atom and {bonds} bond features (extra features or reactions?)");
        Error::unsupported(part.file, what, "72 + 14 (V2), 133 + 14 (V1), 44 + 14 (ORGANIC), 52 + 2 (RIGR)")
    })?;
    let message_passing = MessagePassing {
        hidden: part.size("d_h", crate::model::MAX_WIDTH)?,
        depth: part.size("depth", crate::model::MAX_DEPTH)?,
        bias: part.flag("bias")?,
        activation: activation::read(
            part.file,
            part.values,
            part.get("activation")?,
            "message_passing.activation",
        )?,
    };
    Ok((featurizer, message_passing))
}

fn aggregation(part: &Part) -> Result<Aggregation, Error> {
    match part.class(&["MeanAggregation", "SumAggregation", "NormAggregation"])? {
        "MeanAggregation" => Ok(Aggregation::Mean),
        "SumAggregation" => Ok(Aggregation::Sum),
        _ => {
            let id = part.get("norm")?;
            let constant = match part.values.get(id) {
                Value::Int(value) => *value as f32,
                Value::Float(value) => *value as f32,
                _ => f32::NAN,
            };
            if !constant.is_finite() || constant == 0.0 {
                return Err(part.wrong("norm", id, "a number other than zero"));
            }
            Ok(Aggregation::Norm { constant })
        }
    }
}

fn head(part: &Part) -> Result<Head, Error> {
    let class = part.class(&[
        "RegressionFFN",
        "MveFFN",
        "EvidentialFFN",
        "QuantileFFN",
        "BinaryClassificationFFN",
        "BinaryDirichletFFN",
        "MulticlassClassificationFFN",
        "MulticlassDirichletFFN",
    ])?;
    let classes = || part.size("n_classes", crate::model::MAX_WIDTH);
    Ok(match class {
        "RegressionFFN" => Head::Regression,
        "MveFFN" => Head::MeanVariance,
        "EvidentialFFN" => Head::Evidential,
        "QuantileFFN" => Head::Quantile,
        "BinaryClassificationFFN" => Head::Classification,
        "BinaryDirichletFFN" => Head::DirichletClassification,
        "MulticlassClassificationFFN" => Head::Multiclass { classes: classes()? },
        _ => Head::DirichletMulticlass { classes: classes()? },
    })
}

fn extra(file: &str, what: impl Into<String>) -> Error {
    Error::unsupported(file, what, "models that see only the molecular graph")
}

/// One dictionary of hyper-parameters.
struct Part<'a> {
    file: &'a str,
    values: &'a Values,
    id: Id,
    name: String,
}

impl<'a> Part<'a> {
    fn get(&self, key: &str) -> Result<Id, Error> {
        self.values.entry(self.id, key).ok_or_else(|| {
            Error::malformed(self.file, format!("not a Chemprop 2 file: `{}` has no `{key}`", self.name))
        })
    }

    fn part(&self, key: &str) -> Result<Part<'a>, Error> {
        let id = self.get(key)?;
        if self.values.entries(id).is_none() {
            return Err(self.wrong(key, id, "a dictionary"));
        }
        Ok(Part { file: self.file, values: self.values, id, name: key.to_owned() })
    }

    /// Name of the class that this part is built with: one of `accepted`.
    fn class(&self, accepted: &[&'static str]) -> Result<&'static str, Error> {
        let id = self.get("cls")?;
        if let Some((module, name)) = self.values.global(id)
            && (module == "chemprop" || module.starts_with("chemprop."))
            && let Some(class) = accepted.iter().find(|class| **class == name)
        {
            return Ok(class);
        }
        let what = format!("`{}` of {}", self.name, self.values.describe(id));
        Err(Error::unsupported(self.file, what, accepted.join(", ")))
    }

    /// Whether an optional part is present: neither absent nor None nor torch's identity.
    fn is_set(&self, key: &str) -> bool {
        self.values.entry(self.id, key).is_some_and(|id| {
            let identity = matches!(self.values.object(id), Some(((_, "Identity"), _)));
            !identity && !matches!(self.values.get(id), Value::None)
        })
    }

    fn flag(&self, key: &str) -> Result<bool, Error> {
        let id = self.get(key)?;
        match self.values.get(id) {
            Value::Bool(value) => Ok(*value),
            _ => Err(self.wrong(key, id, "True or False")),
        }
    }

    /// An integer from 1 to `most`.
    fn size(&self, key: &str, most: usize) -> Result<usize, Error> {
        let id = self.get(key)?;
        let size = self.values.integer(id).and_then(|value| usize::try_from(value).ok());
        match size {
            Some(size) if (1..=most).contains(&size) => Ok(size),
            _ => Err(self.wrong(key, id, &format!("an integer from 1 to {most}"))),
        }
    }

    fn wrong(&self, key: &str, id: Id, expected: &str) -> Error {
        let found = self.values.describe(id);
        Error::malformed(self.file, format!("`{}.{key}` is {found}, expected {expected}", self.name))
    }
}

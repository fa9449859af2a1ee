//! Conditions on compounds: `hERG < 0.5`.

use std::fmt;

use soyaku_chem::descriptors::Descriptor;

use crate::columns::{Columns, Quantity, Values};

/// How a number is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
    NotEqual,
}

/// Two-character operators first, so that `<=` is not read as `<`.
const OPERATORS: [(&str, Comparison); 7] = [
    ("<=", Comparison::LessOrEqual),
    (">=", Comparison::GreaterOrEqual),
    ("==", Comparison::Equal),
    ("!=", Comparison::NotEqual),
    ("<", Comparison::Less),
    (">", Comparison::Greater),
    ("=", Comparison::Equal),
];

/// A condition that a hit must meet. Compounds without the number (NaN) never meet it.
///
/// Bounds are rounded to single precision, in which results are computed, stored and printed: a hit whose
/// number reads 0.7 in `hits.csv` does not meet `< 0.7`, although the nearest single-precision number does.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    quantity: Quantity,
    comparison: Comparison,
    bound: f32,
}

/// Why a condition cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConditionError {
    /// Not of the form `COLUMN OPERATOR NUMBER`.
    #[error(
        "cannot read the condition '{0}': expected COLUMN OPERATOR NUMBER, such as \"hERG < 0.5\", with one of < <= > >= == !="
    )]
    Form(String),
    /// No column of that name.
    #[error("unknown column '{name}' in the condition '{condition}': this run has {known}")]
    Column {
        /// The name.
        name: String,
        /// The condition.
        condition: String,
        /// The names there are.
        known: String,
    },
}

impl Condition {
    /// Reads `COLUMN OPERATOR NUMBER`.
    ///
    /// # Errors
    /// When the text has another form or names a column that the run does not have.
    pub fn parse(text: &str, columns: &Columns) -> Result<Self, ConditionError> {
        let form = || ConditionError::Form(text.to_owned());
        let (name, comparison, bound) = split(text).ok_or_else(form)?;
        let bound: f32 = bound.parse().map_err(|_| form())?;
        if name.is_empty() || bound.is_nan() {
            return Err(form());
        }
        let quantity = columns.find(name).ok_or_else(|| ConditionError::Column {
            name: name.to_owned(),
            condition: text.to_owned(),
            known: known(columns),
        })?;
        Ok(Self { quantity, comparison, bound })
    }

    /// Whether a compound meets it.
    pub fn holds(&self, values: &Values<'_>) -> bool {
        let value = values.get(self.quantity);
        match self.comparison {
            Comparison::Less => value < self.bound,
            Comparison::LessOrEqual => value <= self.bound,
            Comparison::Greater => value > self.bound,
            Comparison::GreaterOrEqual => value >= self.bound,
            Comparison::Equal => value == self.bound,
            Comparison::NotEqual => value != self.bound && !value.is_nan(),
        }
    }
}

/// Column, operator and number of a condition.
fn split(text: &str) -> Option<(&str, Comparison, &str)> {
    let (at, operator, comparison) = OPERATORS
        .iter()
        .filter_map(|&(operator, comparison)| Some((text.rfind(operator)?, operator, comparison)))
        // The leftmost occurrence of the longest operator that ends last.
        .max_by_key(|&(at, operator, _)| (at + operator.len(), operator.len()))?;
    Some((text[..at].trim(), comparison, text[at + operator.len()..].trim()))
}

/// The name of the column that a condition is about, where it has the form of one.
pub(crate) fn column_name(condition: &str) -> Option<&str> {
    split(condition).map(|(name, _, _)| name)
}

/// The names of a run's columns, for a message.
pub(crate) fn known(columns: &Columns) -> String {
    let names = columns.names();
    let has = if names.is_empty() { "no columns".into() } else { names.join(", ") };
    let descriptors: Vec<&str> = Descriptor::ALL.iter().map(|descriptor| descriptor.name()).collect();
    format!("{has}; descriptors are {}, PAINS_alert, BRENK_alert, NIH_alert", descriptors.join(", "))
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = OPERATORS.iter().find(|(_, comparison)| comparison == self).map_or("", |(text, _)| text);
        f.write_str(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns() -> Columns {
        Columns {
            predictions: vec!["hERG".into(), "a <b".into()],
            descriptors: vec!["MolWt".into()],
            similarity: true,
        }
    }

    #[test]
    fn conditions_hold_as_written() {
        let values =
            Values { mean: &[0.5, f32::NAN], std: &[0.1, 0.2], descriptors: &[500.0], similarity: 0.3 };
        for (text, expected) in [
            ("hERG < 0.5", false),
            ("hERG<=0.5", true),
            ("hERG >= 0.5", true),
            ("hERG>.5", false),
            ("hERG == 0.5", true),
            ("hERG = 5e-1", true),
            ("hERG != 0.5", false),
            ("hERG_std < 0.2", true),
            ("max_similarity < 1", true),
            ("MolWt <= 500", true),
            ("MolWt < 500", false),
            ("a <b < 1", false),
            ("a <b != 1", false),
        ] {
            let condition = Condition::parse(text, &columns()).unwrap();
            assert_eq!(condition.holds(&values), expected, "{text}");
        }
    }

    #[test]
    fn a_number_is_equal_to_what_it_prints_as() {
        let values =
            Values { mean: &[0.7, 0.3], std: &[0.0; 2], descriptors: &[0.0], similarity: 0.15384616 };
        for (text, expected) in [
            ("hERG < 0.7", false),
            ("hERG >= 0.7", true),
            ("a <b > 0.3", false),
            ("a <b <= 0.3", true),
            ("max_similarity < 0.15384616", false),
            ("max_similarity == 0.15384616", true),
        ] {
            let condition = Condition::parse(text, &columns()).unwrap();
            assert_eq!(condition.holds(&values), expected, "{text}");
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "<", "hERG", "hERG <", "< 3", "hERG < low", "hERG ~ 1", "hERG < NaN"] {
            assert!(matches!(Condition::parse(text, &columns()), Err(ConditionError::Form(_))), "{text}");
        }
        let error = Condition::parse("logP < 3", &columns()).unwrap_err().to_string();
        assert!(error.contains("logP") && error.contains("hERG, a <b, MolWt, max_similarity"), "{error}");
    }
}

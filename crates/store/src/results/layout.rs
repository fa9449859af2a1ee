//! Which columns results have.

use serde::{Deserialize, Serialize};

use crate::Error;

/// A predicted property.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskColumn {
    /// Name, as the model calls it; any characters but the zero character.
    pub name: String,
    /// Units of the values, such as `log mol/L`; empty when there are none.
    pub units: String,
    /// `regression`, `classification`, ...
    pub kind: String,
    /// Which model predicts it: name or digest.
    pub model: String,
}

/// The columns beside status, reason and line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResultsLayout {
    /// Predicted properties, in order.
    pub tasks: Vec<TaskColumn>,
    /// Whether there are similarities to a reference set.
    pub similarity: bool,
    /// Names of descriptors, in order.
    pub descriptors: Vec<String>,
}

impl ResultsLayout {
    /// Position of a task.
    pub fn task(&self, name: &str) -> Option<usize> {
        self.tasks.iter().position(|task| task.name == name)
    }

    pub(super) fn check(&self) -> Result<(), Error> {
        unique("task", self.tasks.iter().map(|task| task.name.as_str()))?;
        unique("descriptor", self.descriptors.iter().map(String::as_str))?;
        let texts = self.tasks.iter().flat_map(|task| [&task.units, &task.kind, &task.model]);
        if texts.into_iter().any(|text| text.contains('\0')) {
            return Err(Error::Misuse("units, kind or model of a task hold a zero character".into()));
        }
        Ok(())
    }
}

fn unique<'a>(what: &str, names: impl Iterator<Item = &'a str>) -> Result<(), Error> {
    let mut seen = std::collections::HashSet::new();
    for name in names {
        if name.is_empty() || name.contains('\0') {
            return Err(Error::Misuse(format!(
                "{what} name `{}` is empty or holds a zero character",
                name.escape_debug()
            )));
        }
        if !seen.insert(name) {
            return Err(Error::Misuse(format!("{what} `{name}` twice")));
        }
    }
    Ok(())
}

/// The name of a group or dataset for `name`: `/` would open a group and a leading `.` means the group itself, so
/// both are written as in addresses of web pages (`%2F`, `%2E`), and `%` as `%25`.
pub(super) fn link_name(name: &str) -> String {
    let escaped = name.replace('%', "%25").replace('/', "%2F");
    match escaped.strip_prefix('.') {
        Some(rest) => format!("%2E{rest}"),
        None => escaped,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn link_names_are_distinct_and_plain() {
        assert_eq!(link_name("logS"), "logS");
        assert_eq!(link_name("a/b%2F"), "a%2Fb%252F");
        assert_eq!(link_name("."), "%2E");
        assert_eq!(link_name("水溶解度 (log)"), "水溶解度 (log)");
    }

    #[test]
    fn names_must_be_distinct_and_not_empty() {
        let layout = |names: &[&str]| ResultsLayout {
            descriptors: names.iter().map(|name| name.to_string()).collect(),
            ..Default::default()
        };
        assert!(layout(&["a", "b"]).check().is_ok());
        assert!(layout(&["a", "a"]).check().is_err());
        assert!(layout(&[""]).check().is_err());
        assert!(layout(&["a\0"]).check().is_err());
    }
}

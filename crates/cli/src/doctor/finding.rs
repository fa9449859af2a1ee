//! What was found about one part of the machine, and what can be done about it.

use serde::Serialize;

/// How well a part is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// As it should be.
    Ok,
    /// Usable, with something to know.
    Warn,
    /// Not there.
    Missing,
}

/// One line of the report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Key of the part in the JSON report.
    pub part: &'static str,
    /// How well it is.
    pub level: Level,
    /// What it is, in one line.
    pub message: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}

impl Finding {
    /// As it should be.
    pub fn ok(part: &'static str, message: impl Into<String>) -> Self {
        Self { part, level: Level::Ok, message: message.into(), advice: None }
    }

    /// Usable, with something to know.
    pub fn warn(part: &'static str, message: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { part, level: Level::Warn, message: message.into(), advice: Some(advice.into()) }
    }

    /// Not there.
    pub fn missing(part: &'static str, message: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { part, level: Level::Missing, message: message.into(), advice: Some(advice.into()) }
    }
}

//! Messages to people and schedulers, on standard error; standard output carries data only.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value};

/// How messages look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// One line of text.
    #[default]
    Human,
    /// One JSON object a line.
    Json,
}

/// Where messages go.
#[derive(Clone, Copy, Debug)]
pub struct Log {
    quiet: bool,
    format: LogFormat,
    /// When this process began, or nearly.
    started: Instant,
}

impl Log {
    pub fn new(quiet: bool, format: LogFormat) -> Self {
        Self { quiet, format, started: Instant::now() }
    }

    /// Seconds from the beginning of the process to then.
    pub fn seconds_until(&self, then: Instant) -> f64 {
        then.saturating_duration_since(self.started).as_secs_f64()
    }

    pub fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Whether lines are for people, so that bars and tables may be drawn.
    pub fn is_human(&self) -> bool {
        self.format == LogFormat::Human
    }

    /// Something that happened, with numbers that a machine may want.
    pub fn event(&self, message: &str, fields: Value) {
        if !self.quiet {
            self.line("info", message, fields);
        }
    }

    /// Something the user should know.
    pub fn warn(&self, message: &str) {
        if !self.quiet {
            self.line("warning", message, Value::Null);
        }
    }

    /// Why the command failed; never silenced.
    pub fn error(&self, error: &anyhow::Error) {
        // Causes that the message above them already tells are not repeated.
        let mut text = error.to_string();
        for cause in error.chain().skip(1).map(ToString::to_string) {
            if !text.contains(&cause) {
                text = format!("{text}: {cause}");
            }
        }
        self.line("error", &text, Value::Null);
    }

    fn line(&self, level: &str, message: &str, fields: Value) {
        match self.format {
            LogFormat::Human if level == "info" => eprintln!("{message}"),
            LogFormat::Human => eprintln!("soyaku: {level}: {message}"),
            LogFormat::Json => {
                let mut object = Map::new();
                let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |d| d.as_secs_f64());
                object.insert("ts".into(), seconds.into());
                object.insert("level".into(), level.into());
                object.insert("message".into(), message.into());
                if let Value::Object(fields) = fields {
                    object.extend(fields);
                }
                eprintln!("{}", Value::Object(object));
            }
        }
    }
}

/// The fields of an event: what happened, and a summary of it.
pub fn event(name: &str, summary: &impl serde::Serialize) -> serde_json::Value {
    let mut fields = serde_json::json!({ "event": name });
    extend(&mut fields, summary);
    fields
}

/// Adds the fields of an object.
pub fn extend(fields: &mut serde_json::Value, by: &impl serde::Serialize) {
    if let (Some(fields), Ok(serde_json::Value::Object(more))) =
        (fields.as_object_mut(), serde_json::to_value(by))
    {
        fields.extend(more);
    }
}

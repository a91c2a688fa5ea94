//! `log:`, what is logged and how.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is logged, and how.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LogConfig {
    /// Lines for people or for machines. Default `human`.
    pub format: LogFormat,
    /// A level (`error`, `warn`, `info`, `debug`, `trace`), or directives such as `info,jackfield_gateway::routing=debug`
    /// (the syntax of tracing-subscriber's `EnvFilter`). Default `info`.
    pub level: String,
    /// Whether the bodies of requests are logged, prompts and all, as `jackfield::prompt`. Default false.
    pub prompts: bool,
}

/// The shape of a log line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One readable line.
    #[default]
    Human,
    /// One JSON object a line.
    Json,
}

// === impl LogConfig ===

impl Default for LogConfig {
    fn default() -> Self {
        Self {
            format: LogFormat::default(),
            level: "info".to_owned(),
            prompts: false,
        }
    }
}

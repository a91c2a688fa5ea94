//! `log:`: the format and the level of the log.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::duration;

/// The format and the level of the log.
///
/// Since 0.1.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LogConfig {
    /// The format of a log line. A change takes effect at the next start. Default `human`.
    pub format: LogFormat,
    /// A level (`error`, `warn`, `info`, `debug`, `trace`), or directives such as
    /// `info,jackfield_gateway::routing=debug` (the syntax of tracing-subscriber's `EnvFilter`). A change takes effect at the next
    /// start. Default `info`.
    pub level: String,
    /// Whether to log the body of every inference request as the client sent it, prompts and images included: at level
    /// `info`, under the target `jackfield::prompt`. Default false.
    pub prompts: bool,
    /// A request whose whole answer, or the first content of its stream, took longer than this gets a second line, at
    /// level `warn`, that says where its time went. Default none: no such lines.
    #[serde(deserialize_with = "duration::optional")]
    #[schemars(schema_with = "duration::optional_schema")]
    pub slow: Option<Duration>,
}

/// The format of a log line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One readable line per event.
    #[default]
    Human,
    /// One JSON object per line.
    Json,
}

// === impl LogConfig ===

impl Default for LogConfig {
    fn default() -> Self {
        Self {
            format: LogFormat::default(),
            level: "info".to_owned(),
            prompts: false,
            slow: None,
        }
    }
}

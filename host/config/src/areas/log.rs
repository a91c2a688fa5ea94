//! `log:`: the format and the level of the log.

use std::path::{Path, PathBuf};
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
    /// A file that gets a line of JSON for each request, with the fields of the log's line. It holds no prompts, but the
    /// message of an upstream's error, which may quote one (up to 1 KB). Default none. A change takes effect at the next
    /// start.
    pub requests: Option<RequestLogConfig>,
}

/// A file with a line of JSON for each request.
///
/// Since 0.1.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestLogConfig {
    /// Where it is, such as `requests.jsonl`; relative to `state_dir`. Its folder must exist, and it cannot be the
    /// database's file.
    #[schemars(length(min = 1))]
    pub file: PathBuf,
    /// The size at which it becomes `FILE.1` and a new one takes its place. Default 104857600 (100 MiB).
    #[serde(default = "default_log_bytes")]
    #[schemars(range(min = 4096, max = 1_099_511_627_776_u64))]
    pub max_bytes: u64,
    /// How many full files are kept beside it. Default 5.
    #[serde(default = "default_log_files")]
    #[schemars(range(min = 0, max = 1000))]
    pub keep: u32,
}

const fn default_log_bytes() -> u64 {
    100 << 20
}

const fn default_log_files() -> u32 {
    5
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

impl LogConfig {
    /// Resolves the place of the file of requests.
    pub(crate) fn place(&mut self, dir: &Path) {
        if let Some(requests) = &mut self.requests {
            requests.file = dir.join(&requests.file);
        }
    }
}

impl Default for LogConfig {
    fn default() -> Self {
        Self {
            format: LogFormat::default(),
            level: "info".to_owned(),
            prompts: false,
            slow: None,
            requests: None,
        }
    }
}

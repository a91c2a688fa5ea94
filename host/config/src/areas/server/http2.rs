//! `server.http2:`: what a client of HTTP/2 may do at a time, and how it is found to be gone.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::duration;

/// What a client of HTTP/2 may do at a time, and how it is found to be gone.
///
/// Since 0.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Http2Config {
    /// The most requests at a time on one connection. Default 100, the least that is recommended (RFC 9113, section 6.5.2).
    #[schemars(range(min = 1, max = 10_000))]
    pub max_streams: u32,
    /// After how much silence a client that is owed an answer is asked whether it is there. Default `30s`.
    #[serde(with = "duration")]
    #[schemars(schema_with = "duration::schema")]
    pub ping_after: Duration,
    /// How long it may take to say so, before its connection is closed (RFC 9113, section 6.7). Default `20s`.
    #[serde(with = "duration")]
    #[schemars(schema_with = "duration::schema")]
    pub pong_within: Duration,
}

impl Default for Http2Config {
    fn default() -> Self {
        Self {
            max_streams: 100,
            ping_after: Duration::from_secs(30),
            pong_within: Duration::from_secs(20),
        }
    }
}

//! `connections:`: how connections to upstreams are kept, and how those that are gone are found.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::duration;

/// How connections to upstreams and guards are kept, and how those that are gone are found. A change counts for new
/// connections.
///
/// Since 0.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ConnectionsConfig {
    /// How long an idle connection is kept, up to `9h`. Keep it shorter than the upstream's own limit, which is usually 60
    /// to 75 s, so that the gateway closes first. Default `50s`.
    #[serde(with = "duration")]
    #[schemars(schema_with = "duration::schema")]
    pub idle_timeout: Duration,
    /// The most idle connections that each worker keeps per upstream. With 0, each request opens a connection of its own.
    /// Default 512.
    #[schemars(range(min = 0, max = 100_000))]
    pub max_idle: usize,
    /// The version of HTTP. Default `auto`.
    pub http_version: HttpVersion,
    /// After how much silence an HTTP/2 connection is asked whether it is still there, up to `9h`, also while it is idle
    /// (RFC 9113, section 6.7). Default `10s`.
    #[serde(with = "duration")]
    #[schemars(schema_with = "duration::schema")]
    pub http2_ping_after: Duration,
    /// How long it may take to say so, up to `9h`, before it is given up. Default `5s`.
    #[serde(with = "duration")]
    #[schemars(schema_with = "duration::schema")]
    pub http2_pong_within: Duration,
    /// After how much silence TCP asks whether the peer is still there, in whole seconds, up to `9h`. Default `15s`.
    #[serde(with = "duration")]
    #[schemars(schema_with = "duration::seconds_schema")]
    pub tcp_probe_after: Duration,
    /// How often it asks again while there is no answer, in whole seconds, up to `9h`. Default `5s`.
    #[serde(with = "duration")]
    #[schemars(schema_with = "duration::seconds_schema")]
    pub tcp_probe_every: Duration,
    /// How long what was sent may stay without acknowledgement before the connection is given up, up to `9h`
    /// (`TCP_USER_TIMEOUT`, RFC 5482). Systems other than Linux give up after three probes instead. Default `20s`.
    #[serde(with = "duration")]
    #[schemars(schema_with = "duration::schema")]
    pub tcp_give_up_after: Duration,
}

/// A provider's own connections: each key overrides the one of the same name in `connections`.
///
/// Since 0.1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ProviderConnectionsConfig {
    /// How long an idle connection is kept. Default: as in `connections`.
    #[serde(deserialize_with = "duration::optional")]
    #[schemars(schema_with = "duration::optional_schema")]
    pub idle_timeout: Option<Duration>,
    /// The most idle connections that each worker keeps per upstream. Default: as in `connections`.
    #[schemars(range(min = 0, max = 100_000))]
    pub max_idle: Option<usize>,
    /// The version of HTTP. Default: as in `connections`.
    pub http_version: Option<HttpVersion>,
    /// After how much silence an HTTP/2 connection is asked whether it is still there. Default: as in `connections`.
    #[serde(deserialize_with = "duration::optional")]
    #[schemars(schema_with = "duration::optional_schema")]
    pub http2_ping_after: Option<Duration>,
    /// How long it may take to say so. Default: as in `connections`.
    #[serde(deserialize_with = "duration::optional")]
    #[schemars(schema_with = "duration::optional_schema")]
    pub http2_pong_within: Option<Duration>,
    /// After how much silence TCP asks whether the peer is still there. Default: as in `connections`.
    #[serde(deserialize_with = "duration::optional")]
    #[schemars(schema_with = "duration::optional_seconds_schema")]
    pub tcp_probe_after: Option<Duration>,
    /// How often it asks again while there is no answer. Default: as in `connections`.
    #[serde(deserialize_with = "duration::optional")]
    #[schemars(schema_with = "duration::optional_seconds_schema")]
    pub tcp_probe_every: Option<Duration>,
    /// How long what was sent may stay without acknowledgement. Default: as in `connections`.
    #[serde(deserialize_with = "duration::optional")]
    #[schemars(schema_with = "duration::optional_schema")]
    pub tcp_give_up_after: Option<Duration>,
}

/// A version of HTTP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum HttpVersion {
    /// HTTP/2 if the upstream offers it within TLS, else HTTP/1.1.
    #[default]
    Auto,
    /// HTTP/1.1, whatever the upstream offers.
    Http1,
    /// HTTP/2, also without TLS: the upstream is known to speak it (RFC 9113, section 3.3).
    Http2,
}

// === impl ConnectionsConfig ===

impl ConnectionsConfig {
    /// The same for other hosts than that of `base_url`, which may speak another version.
    #[must_use]
    pub fn elsewhere(self) -> Self {
        let http_version = match self.http_version {
            HttpVersion::Http2 => HttpVersion::Auto,
            known => known,
        };
        Self { http_version, ..self }
    }

    /// Each duration by the name of its key.
    pub(crate) fn durations(&self) -> [(&'static str, Duration); 6] {
        [
            ("idle_timeout", self.idle_timeout),
            ("http2_ping_after", self.http2_ping_after),
            ("http2_pong_within", self.http2_pong_within),
            ("tcp_probe_after", self.tcp_probe_after),
            ("tcp_probe_every", self.tcp_probe_every),
            ("tcp_give_up_after", self.tcp_give_up_after),
        ]
    }
}

impl Default for ConnectionsConfig {
    fn default() -> Self {
        Self {
            idle_timeout: Duration::from_secs(50),
            max_idle: 512,
            http_version: HttpVersion::default(),
            http2_ping_after: Duration::from_secs(10),
            http2_pong_within: Duration::from_secs(5),
            tcp_probe_after: Duration::from_secs(15),
            tcp_probe_every: Duration::from_secs(5),
            tcp_give_up_after: Duration::from_secs(20),
        }
    }
}

// === impl ProviderConnectionsConfig ===

impl ProviderConnectionsConfig {
    /// What counts for the provider: its own keys, and those of `general` besides.
    #[must_use]
    pub fn over(&self, general: &ConnectionsConfig) -> ConnectionsConfig {
        ConnectionsConfig {
            idle_timeout: self.idle_timeout.unwrap_or(general.idle_timeout),
            max_idle: self.max_idle.unwrap_or(general.max_idle),
            http_version: self.http_version.unwrap_or(general.http_version),
            http2_ping_after: self.http2_ping_after.unwrap_or(general.http2_ping_after),
            http2_pong_within: self.http2_pong_within.unwrap_or(general.http2_pong_within),
            tcp_probe_after: self.tcp_probe_after.unwrap_or(general.tcp_probe_after),
            tcp_probe_every: self.tcp_probe_every.unwrap_or(general.tcp_probe_every),
            tcp_give_up_after: self.tcp_give_up_after.unwrap_or(general.tcp_give_up_after),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_key_of_a_provider_overrides_the_general_one() {
        let every = json!({
            "idle_timeout": "1s", "max_idle": 2, "http_version": "http2", "http2_ping_after": "3s",
            "http2_pong_within": "4s", "tcp_probe_after": "5s", "tcp_probe_every": "6s", "tcp_give_up_after": "7s",
        });
        let general: ConnectionsConfig = serde_json::from_value(every.clone()).unwrap();
        assert_eq!(ProviderConnectionsConfig::default().over(&general), general);
        let own: ProviderConnectionsConfig = serde_json::from_value(every).unwrap();
        assert_eq!(own.over(&ConnectionsConfig::default()), general);
        let one: ProviderConnectionsConfig = serde_json::from_value(json!({ "max_idle": 0 })).unwrap();
        assert_eq!(one.over(&general), ConnectionsConfig { max_idle: 0, ..general });
    }

    #[test]
    fn http2_is_known_of_the_base_url_alone() {
        let of = |http_version| ConnectionsConfig {
            http_version,
            ..ConnectionsConfig::default()
        };
        assert_eq!(of(HttpVersion::Http2).elsewhere(), of(HttpVersion::Auto));
        assert_eq!(of(HttpVersion::Http1).elsewhere(), of(HttpVersion::Http1));
    }
}

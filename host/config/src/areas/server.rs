//! `server:`, the listeners and their limits.

use std::{net::SocketAddr, time::Duration};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::{CorsConfig, Secret, duration};

/// The public listener, its limits, and the listener for operators.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ServerConfig {
    /// The address and port that clients reach. Default `127.0.0.1:8080`.
    #[schemars(schema_with = "address")]
    pub listen: SocketAddr,
    /// Whether clients must show a key. `off` is refused unless `listen` is a loopback address. Default `required`.
    pub auth: Auth,
    /// How errors are written to clients that do not speak Anthropic's protocol. Default `text`.
    pub error_format: ErrorFormat,
    /// The largest request body, in bytes. Default 33554432 (32 MiB).
    #[schemars(range(min = 1, max = 1_099_511_627_776_u64))]
    pub max_body_bytes: usize,
    /// How long a client may take to send the head of a request. Default `10s`.
    #[serde(with = "duration")]
    #[schemars(schema_with = "duration::schema")]
    pub header_timeout: Duration,
    /// How long a client may take to send the body of a request. Default `60s`.
    #[serde(with = "duration")]
    #[schemars(schema_with = "duration::schema")]
    pub body_timeout: Duration,
    /// How many requests are served at a time; more are answered 503. Default 10000.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max_concurrent_requests: usize,
    /// How long running requests may go on after SIGTERM. Default `30s`.
    #[serde(with = "duration")]
    #[schemars(schema_with = "duration::schema")]
    pub drain_timeout: Duration,
    /// After how much silence a stream gets a comment line, so that nothing between us and the client closes it.
    /// Default `15s`.
    #[serde(with = "duration")]
    #[schemars(schema_with = "duration::schema")]
    pub keep_alive: Duration,
    /// Whether responses carry `x-jackfield-generation`. Default false.
    pub expose_generation: bool,
    /// Whether responses carry a header that tells which targets were tried. Default false.
    pub expose_attempts: bool,
    /// Which web pages may call from a browser.
    pub cors: CorsConfig,
    /// The listener for operators.
    pub admin: AdminConfig,
}

/// Whether clients must show a key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Auth {
    /// Everyone may call every model.
    Off,
    /// A request without a valid key is answered 401.
    #[default]
    Required,
}

/// How errors are written to clients.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ErrorFormat {
    /// One sentence as plain text, the machine's word in `X-Error-Code`.
    #[default]
    Text,
    /// `OpenAI`'s error object, with the same header.
    Json,
}

/// The listener for operators (`/admin/…`).
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AdminConfig {
    /// An address and port of its own. Default none: no such listener.
    #[schemars(schema_with = "optional_address")]
    pub listen: Option<SocketAddr>,
    /// The bearer token that operators show. Needed unless `listen` is a loopback address. Default none.
    pub token: Option<Secret>,
}

/// Why a server may not listen where it was told to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Exposure {
    /// `auth: off` and others than this machine can connect.
    #[error("off is allowed only while server.listen is a loopback address, and {0} is none")]
    Unauthenticated(SocketAddr),
    /// The operators' listener has no token and others than this machine can connect.
    #[error("{0} is not a loopback address, so server.admin.token is needed")]
    Unguarded(SocketAddr),
}

// === impl ServerConfig ===

impl ServerConfig {
    /// Tells whether clients may be served on `listen`; ask again when the command line names another address.
    ///
    /// # Errors
    /// If `auth` is off and the address is no loopback address.
    pub fn may_listen(&self, listen: SocketAddr) -> Result<(), Exposure> {
        if self.auth == Auth::Off && !listen.ip().is_loopback() {
            return Err(Exposure::Unauthenticated(listen));
        }
        Ok(())
    }
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            auth: Auth::default(),
            error_format: ErrorFormat::default(),
            max_body_bytes: 32 << 20,
            header_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_mins(1),
            max_concurrent_requests: 10_000,
            drain_timeout: Duration::from_secs(30),
            keep_alive: Duration::from_secs(15),
            expose_generation: false,
            expose_attempts: false,
            cors: CorsConfig::default(),
            admin: AdminConfig::default(),
        }
    }
}

// === impl AdminConfig ===

impl AdminConfig {
    /// Tells whether the operators' listener, if there is one, may be opened.
    ///
    /// # Errors
    /// If its address is no loopback address and there is no token.
    pub fn may_listen(&self) -> Result<(), Exposure> {
        match self.listen {
            Some(listen) if self.token.is_none() && !listen.ip().is_loopback() => Err(Exposure::Unguarded(listen)),
            _ => Ok(()),
        }
    }
}

/// The schema of an address; the format is our own and checked in `validate`.
fn address(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "string",
        "format": "socket-address",
        "errorMessage": "must be an IP address and a port; write it like 127.0.0.1:8080 or [::1]:8080",
    })
}

/// The schema of an address that may be absent.
fn optional_address(generator: &mut SchemaGenerator) -> Schema {
    let mut schema = address(generator);
    schema.insert("type".into(), serde_json::json!(["string", "null"]));
    schema
}

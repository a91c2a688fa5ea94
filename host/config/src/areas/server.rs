//! `server:`: the listeners and their limits.

mod admin;
mod exposure;
mod http2;
mod tls;

use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

pub use self::admin::{AdminConfig, AdminRole, AdminTokenConfig};
pub use self::exposure::Exposure;
pub use self::http2::Http2Config;
pub use self::tls::{ClientCertificates, ListenerTlsConfig};
use super::CorsConfig;
use crate::duration;

/// The listeners and their limits.
///
/// Since 0.1.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct ServerConfig {
    /// The address and port for clients. Default `127.0.0.1:8080`.
    #[schemars(schema_with = "address")]
    pub listen: SocketAddr,
    /// TLS for clients. Default none: they speak plain HTTP.
    pub tls: Option<ListenerTlsConfig>,
    /// Whether other processes may listen on the same addresses (`SO_REUSEPORT`), so that the next one serves before this
    /// one stops: then this one accepts no more connections as soon as it is told to stop, and serves those that it has.
    /// Sockets that a service manager hands over are used so in any case. Default false.
    pub reuse_port: bool,
    /// What a client of HTTP/2 may do at a time, and how it is found to be gone.
    pub http2: Http2Config,
    /// Whether clients must present a key. `off` is refused unless `listen` is a loopback address. Default `required`.
    pub auth: Auth,
    /// The names by which clients may call while `auth` is `off`, besides loopback addresses and names without a dot,
    /// such as `localhost`: those under which a reverse proxy on this machine is called. Any other name is refused,
    /// because any web page can have a name point here. Default none.
    #[schemars(schema_with = "hosts")]
    pub hosts: Vec<String>,
    /// The format of errors, except for clients that speak Anthropic's protocol. Default `auto`.
    pub error_format: ErrorFormat,
    /// The largest request body, in bytes. A larger one gets a 413. Default 33554432 (32 MiB).
    #[schemars(range(min = 1, max = 1_099_511_627_776_u64))]
    pub max_body_bytes: usize,
    /// The most bytes of request bodies that are held at a time, for all requests together. A request whose body does not
    /// fit gets a 503 with `Retry-After`. The first 16 KiB of a body do not count. Default 1073741824 (1 GiB).
    #[schemars(range(min = 1, max = 1_099_511_627_776_u64))]
    pub max_body_bytes_in_flight: usize,
    /// The same for the requests of one user. Default: a quarter of that.
    #[schemars(range(min = 1, max = 1_099_511_627_776_u64))]
    pub max_body_bytes_in_flight_per_user: Option<usize>,
    /// The maximum number of clients' connections. Any beyond that get a 503 and are closed. Never more than the process's
    /// limit of open files has room for. Default: half of that limit, but no more than 20000.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max_connections: Option<usize>,
    /// The maximum number of connections from one address, or from one /64 network with IPv6. Default: half of
    /// `max_connections`, and no limit for loopback addresses, where a proxy may stand for everybody; what is set here
    /// counts for these as well.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max_connections_per_address: Option<usize>,
    /// How long a client may take to send a request's headers; for the first request of a connection, counted from the
    /// connection's start. Default `10s`.
    #[serde(with = "duration")]
    #[schemars(schema_with = "duration::schema")]
    pub header_timeout: Duration,
    /// How long a client may take to send a request's body. Default `60s`.
    #[serde(with = "duration")]
    #[schemars(schema_with = "duration::schema")]
    pub body_timeout: Duration,
    /// How long a connection may be idle between two requests before it is closed. A load balancer that reuses
    /// connections must close idle ones sooner than this, or it sends requests into a connection that is being closed.
    /// Default `75s`.
    #[serde(with = "duration")]
    #[schemars(schema_with = "duration::schema")]
    pub idle_timeout: Duration,
    /// How long a client may leave what is sent to it unread before its connection is closed. Default `60s`.
    #[serde(with = "duration")]
    #[schemars(schema_with = "duration::schema")]
    pub write_timeout: Duration,
    /// The maximum number of in-flight requests. Any beyond that get a 503 with `Retry-After`. Default 10000.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max_concurrent_requests: usize,
    /// How long in-flight requests may keep running after SIGTERM. A stream still open then ends with an error event.
    /// Default `30s`.
    #[serde(with = "duration")]
    #[schemars(schema_with = "duration::schema")]
    pub drain_timeout: Duration,
    /// How long a stream may be silent before it gets a comment line, which keeps proxies from closing it. Default
    /// `15s`.
    #[serde(with = "duration")]
    #[schemars(schema_with = "duration::schema")]
    pub keep_alive: Duration,
    /// How long the last live target of a stream may be silent before the response's head and a first comment are sent
    /// without it. Until then a failure gets its own status; from then on it is an error event. Default `10s`.
    #[serde(with = "duration")]
    #[schemars(schema_with = "duration::schema")]
    pub stream_head_after: Duration,
    /// Whether responses report the snapshot's generation, as `x-jackfield-generation`. Default false.
    pub expose_generation: bool,
    /// Whether responses list the targets that were tried, in a header. Default false.
    pub expose_attempts: bool,
    /// Whether answers name the upstream's model, as `x-jackfield-model`. Default false.
    pub expose_model: bool,
    /// The web pages that may call from a browser.
    pub cors: CorsConfig,
    /// The listener for operators.
    pub admin: AdminConfig,
}

/// Whether clients must present a key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Auth {
    /// Anyone may call every model.
    Off,
    /// A request without a valid key gets a 401.
    #[default]
    Required,
}

/// The format of errors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ErrorFormat {
    /// `json` for clients that show themselves as a vendor's library, as one that is built on them or as an agent, or that
    /// ask for JSON (`Accept: application/json`); `text` for all others, such as curl.
    #[default]
    Auto,
    /// One sentence of plain text, with the code in `X-Error-Code`.
    Text,
    /// The error object of the client's dialect, such as `OpenAI`'s, with the same header.
    Json,
}

// === impl ServerConfig ===

impl ServerConfig {
    /// Checks that clients may be served on `listen`, which the command line may override.
    ///
    /// # Errors
    /// If `auth` is off and `listen` is not a loopback address.
    pub fn may_listen(&self, listen: SocketAddr) -> Result<(), Exposure> {
        if self.auth == Auth::Off && !listen.ip().is_loopback() {
            return Err(Exposure::Unauthenticated(listen));
        }
        Ok(())
    }

    /// What deserves a warning about `cors.origins`: with `auth: off`, `*` lets any web page call every model.
    pub fn open_to_pages(&self) -> Option<&'static str> {
        let open = self.auth == Auth::Off && self.cors.origins.iter().any(|origin| origin == "*");
        open.then_some(
            "is *, and auth is off: any web page that a browser on this machine opens can call every model, at your \
             expense, and read the answers",
        )
    }
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            tls: None,
            reuse_port: false,
            http2: Http2Config::default(),
            auth: Auth::default(),
            hosts: Vec::new(),
            error_format: ErrorFormat::default(),
            max_body_bytes: 32 << 20,
            max_body_bytes_in_flight: 1 << 30,
            max_body_bytes_in_flight_per_user: None,
            max_connections: None,
            max_connections_per_address: None,
            header_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_mins(1),
            idle_timeout: Duration::from_secs(75),
            write_timeout: Duration::from_mins(1),
            max_concurrent_requests: 10_000,
            drain_timeout: Duration::from_secs(30),
            keep_alive: Duration::from_secs(15),
            stream_head_after: Duration::from_secs(10),
            expose_generation: false,
            expose_attempts: false,
            expose_model: false,
            cors: CorsConfig::default(),
            admin: AdminConfig::default(),
        }
    }
}

/// The schema of an address. JSON Schema has no such format; `load::validate` defines it.
fn address(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "string",
        "format": "socket-address",
        "errorMessage": "must be an IP address and a port",
        "remedy": "write one such as 127.0.0.1:8080 or [::1]:8080",
    })
}

/// The schema of the host names. JSON Schema's own format excludes addresses; `load::validate` defines this one.
fn hosts(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "array",
        "items": {
            "type": "string",
            "format": "host",
            "errorMessage": "must be a host name or an IP address",
            "remedy": "write one such as llm.example, without a scheme, a port or a path",
        },
    })
}

/// True for a host name in ASCII (RFC 1123, section 2.1) and for an IP address, both without a port.
pub(crate) fn is_host(text: &str) -> bool {
    let label = |label: &str| {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        (1..=63).contains(&label.len()) && label.chars().all(plain)
    };
    text.parse::<IpAddr>().is_ok() || text.len() <= 253 && text.split('.').all(label)
}

/// The schema of an optional address.
pub(super) fn optional_address(generator: &mut SchemaGenerator) -> Schema {
    let mut schema = address(generator);
    schema.insert("type".into(), serde_json::json!(["string", "null"]));
    schema
}

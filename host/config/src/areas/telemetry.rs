//! `telemetry:`: what other programs are told of each request.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::Secret;

/// What other programs are told of each request.
///
/// Since 0.1.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TelemetryConfig {
    /// Traces for a collector of OpenTelemetry.
    pub traces: TracesConfig,
}

/// Traces for a collector of OpenTelemetry (OTLP): a span for each request, each attempt and each call of a plugin.
///
/// Since 0.1.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TracesConfig {
    /// The collector's URL. With `protocol: http`, the whole of it, such as `http://127.0.0.1:4318/v1/traces`; with
    /// `protocol: grpc`, without a path, such as `http://127.0.0.1:4317`. Default none: there are no traces.
    #[schemars(schema_with = "endpoint")]
    pub endpoint: Option<String>,
    /// How the collector is spoken to. Default `http`.
    pub protocol: TraceProtocol,
    /// Headers for each request to the collector, such as its credential. They may be secret, so they are never shown.
    /// Default none.
    pub headers: BTreeMap<String, Secret>,
    /// The share of requests that get spans, from 0 to 1. If a client names a trace (`traceparent`), its decision counts
    /// instead. Default 1.
    #[schemars(range(min = 0, max = 1))]
    pub sample: f64,
    /// Whether spans hold what was asked and answered. Default `off`.
    pub content: TraceContent,
    /// The most bytes of a request, and of its answer, that a span holds. Default 16384.
    #[schemars(range(min = 1, max = 1_048_576))]
    pub max_content_bytes: usize,
    /// Whether upstreams are told of the trace (`traceparent`, `tracestate`). Default true.
    pub propagate: bool,
    /// The most requests whose spans wait for the collector. Those of further ones are dropped, and counted. Default
    /// 2048.
    #[schemars(range(min = 1, max = 100_000))]
    pub max_queued_requests: usize,
    /// The name of this service in traces. Default `jackfield`.
    #[schemars(length(min = 1, max = 64))]
    pub service_name: String,
}

/// How a collector is spoken to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TraceProtocol {
    /// Protobuf over HTTP.
    #[default]
    Http,
    /// gRPC.
    Grpc,
}

/// Whether spans hold what was asked and answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TraceContent {
    /// They do not.
    #[default]
    Off,
    /// They do, up to `max_content_bytes`.
    On,
}

fn endpoint(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": ["string", "null"],
        "pattern": "^https?://[^\\s@?#]+$",
        "errorMessage": "must be an http or https URL without user, query or fragment",
        "writeOnly": true,
        "remedy": "write one such as http://127.0.0.1:4318/v1/traces, and a credential below headers",
    })
}

// === impl TracesConfig ===

impl Default for TracesConfig {
    fn default() -> Self {
        Self {
            endpoint: None,
            protocol: TraceProtocol::Http,
            headers: BTreeMap::new(),
            sample: 1.0,
            content: TraceContent::Off,
            max_content_bytes: 16 << 10,
            propagate: true,
            max_queued_requests: 2048,
            service_name: "jackfield".to_owned(),
        }
    }
}

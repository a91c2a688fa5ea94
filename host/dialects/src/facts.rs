//! What the host knows of a request and tells its dialect.

use serde_json::Value;

use crate::detail::ErrorDetail;
use crate::json::Members;
use crate::operation::Operation;

/// What goes into a buffered reply besides what the upstream said.
#[derive(Debug, Clone, Copy)]
pub struct ReplyFacts<'a> {
    /// What the client asked for.
    pub operation: Operation,
    /// The model as the client named it; it replaces the upstream's name.
    pub model: &'a str,
    /// The provider's name.
    pub provider: &'a str,
    /// The request's id, for replies whose upstream gave none.
    pub request_id: &'a str,
    /// The time for replies whose upstream gave none, in seconds since 1970.
    pub created: u64,
    /// How long the request has taken, in milliseconds.
    pub latency_ms: u64,
    /// Whether traces are to tell what the reply says of itself.
    pub traced: bool,
    /// The top level of the request as the client wrote it.
    pub request: &'a Members<'a>,
}

/// What goes into a stream besides what the upstream said.
#[derive(Debug, Clone, Copy)]
pub struct StreamFacts<'a> {
    /// What the client asked for, or what serves in its place.
    pub operation: Operation,
    /// The model as the client named it; it replaces the upstream's name.
    pub model: &'a str,
    /// The provider's name.
    pub provider: &'a str,
    /// The request's id, for streams whose upstream gave none.
    pub request_id: &'a str,
    /// The time for chunks whose upstream gave none, in seconds since 1970.
    pub created: u64,
    /// The client asked for the usage.
    pub include_usage: bool,
    /// The top level of the request as the client wrote it.
    pub request: &'a Members<'a>,
}

/// What a buffered reply cost.
#[derive(Debug, Clone, Copy)]
pub struct Charge<'a> {
    /// The model as the client named it.
    pub model: &'a str,
    /// The time of the reply, in milliseconds since 1970.
    pub now_ms: u64,
    /// The price, in credits; `None` if it is unknown.
    pub credits_charged: Option<f64>,
}

/// An error that a client gets in place of a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErrorFacts<'a> {
    /// The HTTP status.
    pub status: u16,
    /// The value of `X-Error-Code`.
    pub code: &'a str,
    /// One sentence for the client.
    pub message: &'a str,
    /// What programs decide by, in the words of the client's dialect.
    pub details: Option<&'a Value>,
    /// What says to programs how the request is at fault: the upstream's error, or the name of the field.
    pub upstream: Option<&'a ErrorDetail>,
    /// After how many seconds the client should try again; `None` if that would not help.
    pub retry_after: Option<u64>,
}

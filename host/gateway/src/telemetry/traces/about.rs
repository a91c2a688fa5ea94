//! What a span says besides its attributes.

use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;

use super::attributes::Attributes;
use super::fields::{span as span_fields, status as status_fields};
use super::protobuf::Message;
use crate::trace::Trace;

/// The bits of a span's flags that say whether its parent is in another program
/// (`opentelemetry/proto/trace/v1/trace.proto`).
const KNOWS_PARENT: u32 = 0x100;
pub(super) const REMOTE_PARENT: u32 = 0x200;

/// The flag of a trace that is recorded.
const SAMPLED: u32 = 1;

/// What a span says besides its attributes.
pub(super) struct About<'a> {
    pub(super) id: [u8; 8],
    pub(super) parent: Option<[u8; 8]>,
    /// The flags besides those that all spans have.
    pub(super) flags: u32,
    pub(super) name: (&'a str, &'a str),
    pub(super) kind: SpanKind,
    pub(super) start: u64,
    pub(super) end: u64,
    /// What failed; `None` if nothing did.
    pub(super) failed: Option<&'a str>,
}

// === impl About ===

impl About<'_> {
    /// Writes it into a span of this trace. The attributes come behind.
    pub(super) fn write<'m>(&self, span: &'m mut Message, trace: &Trace) -> Attributes<'m> {
        span.bytes(span_fields::TRACE_ID, &trace.id);
        span.bytes(span_fields::SPAN_ID, &self.id);
        if !trace.state.is_empty() {
            span.bytes(span_fields::TRACE_STATE, trace.state.as_bytes());
        }
        if let Some(parent) = &self.parent {
            span.bytes(span_fields::PARENT_SPAN_ID, parent);
        }
        let (what, of) = self.name;
        let between = if of.is_empty() { "" } else { " " };
        span.joined(span_fields::NAME, &[what, between, of]);
        span.number(span_fields::KIND, self.kind as u64);
        span.fixed64(span_fields::START_TIME, self.start);
        span.fixed64(span_fields::END_TIME, self.end);
        span.fixed32(span_fields::FLAGS, SAMPLED | KNOWS_PARENT | self.flags);
        if let Some(what) = self.failed {
            span.message(span_fields::STATUS, |status| {
                status.bytes(status_fields::MESSAGE, what.as_bytes());
                status.number(status_fields::CODE, StatusCode::Error as u64);
            });
        }
        Attributes {
            of: span,
            field: span_fields::ATTRIBUTES,
        }
    }
}

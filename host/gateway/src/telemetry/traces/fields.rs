//! The numbers of the fields that are written, by message of OTLP (`opentelemetry/proto/` of
//! <https://github.com/open-telemetry/opentelemetry-proto>).

/// `collector/trace/v1/trace_service.proto`.
pub(super) mod request {
    pub(in crate::telemetry::traces) const RESOURCE_SPANS: u32 = 1;
}

/// `trace/v1/trace.proto`.
pub(super) mod resource_spans {
    pub(in crate::telemetry::traces) const RESOURCE: u32 = 1;
    pub(in crate::telemetry::traces) const SCOPE_SPANS: u32 = 2;
}

/// `trace/v1/trace.proto`.
pub(super) mod scope_spans {
    pub(in crate::telemetry::traces) const SCOPE: u32 = 1;
    pub(in crate::telemetry::traces) const SPANS: u32 = 2;
}

/// `trace/v1/trace.proto`.
pub(super) mod span {
    pub(in crate::telemetry::traces) const TRACE_ID: u32 = 1;
    pub(in crate::telemetry::traces) const SPAN_ID: u32 = 2;
    pub(in crate::telemetry::traces) const TRACE_STATE: u32 = 3;
    pub(in crate::telemetry::traces) const PARENT_SPAN_ID: u32 = 4;
    pub(in crate::telemetry::traces) const NAME: u32 = 5;
    pub(in crate::telemetry::traces) const KIND: u32 = 6;
    pub(in crate::telemetry::traces) const START_TIME: u32 = 7;
    pub(in crate::telemetry::traces) const END_TIME: u32 = 8;
    pub(in crate::telemetry::traces) const ATTRIBUTES: u32 = 9;
    pub(in crate::telemetry::traces) const EVENTS: u32 = 11;
    pub(in crate::telemetry::traces) const STATUS: u32 = 15;
    pub(in crate::telemetry::traces) const FLAGS: u32 = 16;
}

/// `trace/v1/trace.proto`.
pub(super) mod event {
    pub(in crate::telemetry::traces) const TIME: u32 = 1;
    pub(in crate::telemetry::traces) const NAME: u32 = 2;
}

/// `trace/v1/trace.proto`.
pub(super) mod status {
    pub(in crate::telemetry::traces) const MESSAGE: u32 = 2;
    pub(in crate::telemetry::traces) const CODE: u32 = 3;
}

/// `resource/v1/resource.proto`.
pub(super) mod resource {
    pub(in crate::telemetry::traces) const ATTRIBUTES: u32 = 1;
}

/// `common/v1/common.proto`.
pub(super) mod scope {
    pub(in crate::telemetry::traces) const NAME: u32 = 1;
    pub(in crate::telemetry::traces) const VERSION: u32 = 2;
}

/// `common/v1/common.proto`.
pub(super) mod key_value {
    pub(in crate::telemetry::traces) const KEY: u32 = 1;
    pub(in crate::telemetry::traces) const VALUE: u32 = 2;
}

/// `common/v1/common.proto`.
pub(super) mod any_value {
    pub(in crate::telemetry::traces) const STRING: u32 = 1;
    pub(in crate::telemetry::traces) const BOOL: u32 = 2;
    pub(in crate::telemetry::traces) const INT: u32 = 3;
    pub(in crate::telemetry::traces) const DOUBLE: u32 = 4;
    pub(in crate::telemetry::traces) const ARRAY: u32 = 5;
}

/// `common/v1/common.proto`.
pub(super) mod array_value {
    pub(in crate::telemetry::traces) const VALUES: u32 = 1;
}

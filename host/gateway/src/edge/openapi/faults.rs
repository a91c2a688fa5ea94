//! What may go wrong in an operation: with what code, when, and in what words. The lists say what the code of the endpoints
//! does. Here is what many of them have in common; [`callers`] is about who calls, [`routed`] about models and their providers,
//! [`administration`] about what only operators do, and [`orders`] about files and batches.

pub(super) mod administration;
pub(super) mod callers;
pub(super) mod orders;
pub(super) mod routed;

use std::borrow::Cow;

use jackfield_dialects::{Dialect, RequestFault};

use crate::error::{ErrorKind, GatewayError};
use ErrorKind::{
    HostNotAllowed, Internal, InvalidRequest, OriginNotAllowed, Overloaded, RequestTimeout, RequestTooLarge,
    UnsupportedEncoding, UnsupportedMediaType,
};

/// An error that an operation may answer with.
#[derive(Debug, Clone)]
pub(super) struct Fault {
    kind: ErrorKind,
    status: Status,
    /// When it does, in a few words.
    pub(super) when: &'static str,
    /// What it then says: an example.
    message: Cow<'static, str>,
}

/// What decides the status of an error, and its code.
#[derive(Debug, Clone, Copy)]
enum Status {
    /// Its kind.
    Kind,
    /// This status, with the code of its kind.
    Of(u16),
    /// This status and this code.
    Coded(u16, &'static str),
    /// The dialect: no such model.
    UnknownModel,
    /// Its kind. The message begins with the name of this field.
    Field(&'static str),
    /// Its kind. The message is all that there is, in an object of its own, but for dialects that have their own form.
    Bare,
}

// === impl Fault ===

impl Fault {
    pub(super) const fn of(kind: ErrorKind, when: &'static str, message: &'static str) -> Self {
        Self::with(kind, Status::Kind, when, message)
    }

    /// The same of a kind that has another status here.
    pub(super) const fn at(status: u16, kind: ErrorKind, when: &'static str, message: &'static str) -> Self {
        Self::with(kind, Status::Of(status), when, message)
    }

    const fn with(kind: ErrorKind, status: Status, when: &'static str, message: &'static str) -> Self {
        Self {
            kind,
            status,
            when,
            message: Cow::Borrowed(message),
        }
    }

    /// A body that is not as its operation wants it, of which this is an example.
    pub(super) fn of_settings(example: &str) -> Self {
        let message = format!("body: EOF while parsing an object at line 1 column 1; send an object such as {example}");
        Self {
            message: message.into(),
            ..Self::of(InvalidRequest, BODY_IS_WRONG, "")
        }
    }

    /// Whether its object is of no dialect.
    pub(super) fn is_bare(&self) -> bool {
        matches!(self.status, Status::Bare)
    }

    /// The error itself, in this dialect.
    pub(super) fn error(&self, dialect: Dialect) -> GatewayError {
        let message = || self.message.clone().into_owned();
        let error = || GatewayError::new(self.kind, message());
        match self.status {
            Status::Kind | Status::Bare => error(),
            Status::Of(status) => error().with_status(status),
            Status::Coded(status, code) => error().refused_with(status, code.to_owned()),
            Status::UnknownModel => error().with_status(dialect.unknown_model_status()),
            Status::Field(field) => GatewayError::from(RequestFault {
                field: field.into(),
                message: message(),
                details: None,
            }),
        }
    }
}

/// Without those that say the same twice.
pub(super) fn distinct(all: Vec<Fault>) -> Vec<Fault> {
    let mut kept: Vec<Fault> = Vec::new();
    for fault in all {
        // What is said first of a large body is closer to the operation.
        let is_said = |other: &Fault| {
            other.message == fault.message || other.kind == RequestTooLarge && fault.kind == RequestTooLarge
        };
        if !kept.iter().any(is_said) {
            kept.push(fault);
        }
    }
    kept
}

const BODY_IS_WRONG: &str = "the body is not as it should be";

/// What may go wrong with every request.
pub(super) const ALWAYS: &[Fault] = &[
    Fault::of(
        InvalidRequest,
        "the path or the query cannot be decoded, or `Host` is missing",
        "The path or the query cannot be decoded: percent-encode UTF-8 (RFC 3986, 2.1).",
    ),
    Fault::of(
        HostNotAllowed,
        "no credential is required, and `Host` names neither this machine nor a name in `server.hosts`",
        "While no key is required, calls to the host `llm.example` are refused, because any web page can have a name point \
         here. Call localhost or 127.0.0.1. The operator can list the name of a proxy in server.hosts, or set \
         server.auth: required.",
    ),
    Fault::of(
        OriginNotAllowed,
        "no credential is required, and a web page calls that is neither this machine's nor listed in `server.cors.origins`",
        "While no key is required, calls from the web page `https://app.example` are refused. The operator can list its \
         origin in server.cors.origins, or set server.auth: required.",
    ),
    Fault::of(
        Internal,
        "a bug in the gateway",
        "The gateway failed. This is a bug; please report it with the request's id.",
    ),
    Fault::of(
        Overloaded,
        "the gateway has too many connections or is shutting down, or what it needs cannot be reached",
        "The gateway is shutting down; try again.",
    ),
];

/// A body is read.
pub(super) const BODY: &[Fault] = &[
    Fault::of(
        RequestTimeout,
        "the body arrived too slowly",
        "The body did not arrive within 60s.",
    ),
    Fault::of(
        RequestTooLarge,
        "the body is too large",
        "The body is larger than 33554432 bytes.",
    ),
    Fault::of(
        UnsupportedEncoding,
        "the body is compressed with something other than gzip, deflate, br or zstd, or is not what its `Content-Encoding` says",
        "The body is not valid gzip, which its Content-Encoding names.",
    ),
    Fault::of(
        Overloaded,
        "the gateway holds as many bytes of bodies as it may",
        "The gateway holds as many bytes of request bodies as it may; try again.",
    ),
];

/// A page of a list is asked for.
pub(super) const PAGE: Fault = Fault::with(
    InvalidRequest,
    Status::Field("limit"),
    "a parameter is wrong",
    "must be a number from 1 to 1000",
);

/// That body is JSON.
pub(super) const JSON: Fault = Fault::of(
    UnsupportedMediaType,
    "the body is not JSON by its content type",
    "Send the body as `Content-Type: application/json`.",
);

/// That body is a form.
pub(super) const FORM: Fault = Fault::of(
    UnsupportedMediaType,
    "the body is no form by its content type",
    "Send the body as a form: `Content-Type: multipart/form-data; boundary=…`.",
);

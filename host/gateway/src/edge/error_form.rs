//! The form of errors: plain text for people, and the object of their dialect for programs.

use std::sync::Arc;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use jackfield_config::{ErrorFormat, ServerConfig};
use jackfield_dialects::{ClientDialect, Dialect, canonical, reads_objects};

use crate::error::{ErrorKind, GatewayError, milliseconds, whole_seconds};

/// The machine-readable code of an error.
pub(super) const ERROR_CODE: HeaderName = HeaderName::from_static("x-error-code");

/// The same as `Retry-After` in milliseconds, which the vendors' SDKs read first.
const RETRY_AFTER_MS: HeaderName = HeaderName::from_static("retry-after-ms");

/// How the body of an error is written.
#[derive(Debug, Clone, Copy)]
pub(super) enum ErrorForm {
    /// One sentence of plain text.
    Text,
    /// The JSON error object of a dialect.
    Object(Dialect),
}

/// The error that a response stands for: one of ours, or a bare rejection by axum, which becomes one of ours.
pub(super) fn error_of(response: &mut Response) -> Option<Arc<GatewayError>> {
    if let Some(error) = response.extensions_mut().remove() {
        forget_body(response.headers_mut());
        return Some(error);
    }
    let kind = match response.status().as_u16() {
        ..400 => return None,
        404 => ErrorKind::NotFound,
        405 => ErrorKind::MethodNotAllowed,
        413 => ErrorKind::RequestTooLarge,
        415 => ErrorKind::UnsupportedMediaType,
        400..500 => ErrorKind::InvalidRequest,
        _ => ErrorKind::Overloaded,
    };
    let headers = response.headers_mut();
    if headers.contains_key(ERROR_CODE) {
        return None;
    }
    forget_body(headers);
    let message = match kind {
        ErrorKind::InvalidRequest => "The path or the query cannot be decoded: percent-encode UTF-8 (RFC 3986, 2.1).",
        _ => "The request cannot be served.",
    };
    Some(Arc::new(GatewayError::new(kind, message)))
}

/// Removes the headers that describe a body, which is replaced.
fn forget_body(headers: &mut HeaderMap) {
    headers.remove(header::CONTENT_TYPE);
    headers.remove(header::CONTENT_LENGTH);
}

// === impl ErrorForm ===

impl ErrorForm {
    /// The form for a client that speaks this dialect and sent these headers: the dialect's own error object if its clients
    /// rely on it, otherwise as configured.
    pub(super) fn of(dialect: Option<Dialect>, headers: &HeaderMap, server: &ServerConfig) -> Self {
        let header = |name: HeaderName| headers.get(name)?.to_str().ok();
        let names = headers.keys().map(HeaderName::as_str);
        let as_object = match server.error_format {
            _ if dialect.is_some_and(ClientDialect::has_own_error_form) => true,
            ErrorFormat::Auto => reads_objects(header(header::ACCEPT), header(header::USER_AGENT), names),
            ErrorFormat::Json => true,
            ErrorFormat::Text => false,
        };
        if as_object {
            Self::Object(dialect.unwrap_or_else(canonical))
        } else {
            Self::Text
        }
    }
}

// === impl GatewayError ===

impl IntoResponse for GatewayError {
    /// Leaves the rendering to [`Edge`](super::exchange::Edge), which knows the error's form.
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

/// The response with an error in this form.
pub(super) fn render(error: &GatewayError, form: ErrorForm) -> Response {
    let (body, content_type) = match form {
        ErrorForm::Text => (error.message.clone().into_bytes(), "text/plain; charset=utf-8"),
        ErrorForm::Object(dialect) => (dialect.error(&error.facts()), "application/json"),
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = error.status();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    if let Ok(code) = HeaderValue::from_str(error.code()) {
        headers.insert(ERROR_CODE, code);
    }
    if let Some(after) = error.retry_after {
        headers.insert(header::RETRY_AFTER, whole_seconds(after).into());
        headers.insert(RETRY_AFTER_MS, milliseconds(after).into());
    }
    headers.extend(remedy(error.kind));
    response
}

/// The header that tells the client how to do better.
fn remedy(kind: ErrorKind) -> Option<(HeaderName, HeaderValue)> {
    let (name, value) = match kind {
        // Required with every 401 (RFC 9110, section 15.5.2; the scheme: RFC 6750, section 3).
        ErrorKind::Authentication => (header::WWW_AUTHENTICATE, "Bearer realm=\"jackfield\""),
        // RFC 9110, section 15.5.16, for both.
        ErrorKind::UnsupportedEncoding => (header::ACCEPT_ENCODING, "gzip, deflate, br, zstd"),
        ErrorKind::UnsupportedMediaType => (header::ACCEPT, "application/json"),
        _ => return None,
    };
    Some((name, HeaderValue::from_static(value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rejected(status: u16) -> Option<(u16, &'static str)> {
        let mut response = Response::new(Body::from("by axum"));
        *response.status_mut() = http::StatusCode::from_u16(status).unwrap();
        let error = error_of(&mut response)?;
        Some((error.kind.status().as_u16(), error.kind.code()))
    }

    #[test]
    fn a_bare_rejection_becomes_an_error_of_ours() {
        assert_eq!((rejected(200), rejected(302)), (None, None));
        assert_eq!(rejected(400), Some((400, "INVALID_REQUEST")));
        assert_eq!(rejected(404), Some((404, "NOT_FOUND")));
        assert_eq!(rejected(405), Some((405, "METHOD_NOT_ALLOWED")));
        assert_eq!(rejected(422), Some((400, "INVALID_REQUEST")));
    }
}

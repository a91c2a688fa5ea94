//! Wraps every request: assigns its id and snapshot on the way in, adds headers and renders errors on the way out.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, Version, header};
use tokio::time::Instant;

use super::{cors, panic, site};
use crate::error::{ErrorKind, GatewayError};
use crate::request::Gateway;
use crate::snapshot::Snapshot;
use jackfield_config::ErrorFormat;
use jackfield_config::escaped::cut;
use jackfield_dialects::{ClientDialect, Dialect, canonical};

/// The id that names a request in the client's log and in ours.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The machine-readable code of an error.
pub(super) const ERROR_CODE: HeaderName = HeaderName::from_static("x-error-code");

/// The most bytes of a path, or of a method, that an error repeats.
const MAX_PATH: usize = 256;

const GENERATION: HeaderName = HeaderName::from_static("x-jackfield-generation");

/// What each request carries from the start, as an extension.
#[derive(Debug, Clone)]
pub(super) struct Entered {
    /// Its id: the client's `x-request-id` if that is valid, otherwise a new one.
    pub(super) id: Arc<str>,
    /// The snapshot that serves it until it ends.
    pub(super) snapshot: Arc<Snapshot>,
    /// When it arrived.
    pub(super) started: Instant,
}

/// How the body of an error is written.
#[derive(Debug, Clone, Copy)]
enum ErrorForm {
    /// One sentence of plain text.
    Text,
    /// The JSON error object of a dialect.
    Object(Dialect),
}

/// The middleware around every endpoint.
/// Step 2 of a request's life (ARCHITECTURE.md).
pub(super) async fn enter(State(gateway): State<Arc<Gateway>>, mut request: Request, next: Next) -> Response {
    let entered = Entered {
        id: request_id(request.headers()),
        snapshot: gateway.current.load(),
        started: Instant::now(),
    };
    let dialect = dialect_of(request.uri().path(), request.headers());
    let cors = &entered.snapshot.config.server.cors;
    // Web pages have no access to the operators' endpoints.
    let public = !request.uri().path().starts_with("/admin");
    let origin = cors::origin(cors, request.headers()).filter(|_| public);
    let preflight = origin.as_ref().and_then(|_| cors::preflight(cors, &request));
    let refusal = site::refusal(&entered.snapshot.config.server, &request);
    request.extensions_mut().insert(entered.clone());
    let mut response = match (refusal, preflight) {
        _ if !names_its_host(&request) => {
            let message = "Send the header Host, once and with a host in it (RFC 9112, section 3.2).";
            GatewayError::new(ErrorKind::InvalidRequest, message).into_response()
        }
        (Some(error), _) => error.into_response(),
        (None, Some(response)) => response,
        (None, None) => panic::caught(&entered.id, next.run(request)).await,
    };
    if let Some(error) = error_of(&mut response) {
        let more = std::mem::take(response.headers_mut());
        response = render(&error, ErrorForm::of(dialect, &entered.snapshot));
        response.headers_mut().extend(more);
    }
    let headers = response.headers_mut();
    if public {
        cors::mark(cors, headers, origin);
    }
    if let Ok(id) = HeaderValue::from_str(&entered.id) {
        if let Some(own) = dialect.and_then(ClientDialect::request_id_header) {
            headers.insert(HeaderName::from_static(own), id.clone());
        }
        headers.insert(REQUEST_ID, id);
    }
    if entered.snapshot.config.server.expose_generation {
        headers.insert(GENERATION, entered.snapshot.generation.into());
    }
    response
}

/// The error that a response stands for: one of ours, or a bare rejection by axum, which becomes one of ours.
fn error_of(response: &mut Response) -> Option<Arc<GatewayError>> {
    if let Some(error) = response.extensions_mut().remove() {
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
    // They describe the body that is replaced.
    headers.remove(header::CONTENT_TYPE);
    headers.remove(header::CONTENT_LENGTH);
    let message = match kind {
        ErrorKind::InvalidRequest => "The path or the query cannot be decoded: percent-encode UTF-8 (RFC 3986, 2.1).",
        _ => "The request cannot be served.",
    };
    Some(Arc::new(GatewayError::new(kind, message)))
}

/// The response for an unknown path.
pub(super) async fn not_found(request: Request) -> GatewayError {
    let message = format!("There is nothing at {}.", cut(request.uri().path(), MAX_PATH));
    GatewayError::new(ErrorKind::NotFound, message)
}

/// The response for a known path with the wrong method.
pub(super) async fn method_not_allowed(request: Request) -> GatewayError {
    let (path, method) = (request.uri().path(), request.method().as_str());
    let message = format!("{} does not support {}.", cut(path, MAX_PATH), cut(method, MAX_PATH));
    GatewayError::new(ErrorKind::MethodNotAllowed, message)
}

/// The dialect of a request to this path, in the variant that its headers select; `None` at other endpoints.
fn dialect_of(path: &str, headers: &HeaderMap) -> Option<Dialect> {
    let has_header = |name: &str| headers.contains_key(name);
    let serves = |dialect: &Dialect| {
        dialect.endpoints().iter().any(|endpoint| endpoint.path == path)
            || dialect.prefix().is_some_and(|prefix| path.starts_with(prefix))
    };
    let dialect = jackfield_dialects::all().into_iter().find(serves)?;
    Some(dialect.variant(&has_header))
}

// === impl ErrorForm ===

impl ErrorForm {
    /// The dialect's own error object if its clients rely on it, otherwise the configured form.
    fn of(dialect: Option<Dialect>, snapshot: &Snapshot) -> Self {
        match dialect {
            Some(dialect) if dialect.has_own_error_form() => Self::Object(dialect),
            _ => match snapshot.config.server.error_format {
                ErrorFormat::Text => Self::Text,
                ErrorFormat::Json => Self::Object(dialect.unwrap_or_else(canonical)),
            },
        }
    }
}

// === impl GatewayError ===

impl IntoResponse for GatewayError {
    /// Leaves the rendering to [`enter`], which knows the error's form.
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

fn render(error: &GatewayError, form: ErrorForm) -> Response {
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

/// Whether a request has a valid `Host`, exactly one. It may lack it, but for HTTP/1.1.
fn names_its_host(request: &Request) -> bool {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    match (hosts.next(), hosts.next()) {
        (None, _) => request.version() != Version::HTTP_11,
        (Some(host), None) => may_be_host(host.as_bytes()),
        (Some(_), Some(_)) => false,
    }
}

/// Whether these are characters of a host and its port (RFC 3986, section 3.2.2).
fn may_be_host(host: &[u8]) -> bool {
    let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=:[]".contains(byte);
    !host.is_empty() && host.iter().all(allowed)
}

/// `Retry-After` takes whole seconds (RFC 9110, section 10.2.3): rounds up, never to 0, and never beyond a day.
fn whole_seconds(after: Duration) -> u64 {
    let seconds = after.as_millis().div_ceil(1000).clamp(1, 86_400);
    u64::try_from(seconds).unwrap_or(1)
}

fn request_id(headers: &HeaderMap) -> Arc<str> {
    let sane = |id: &&str| (1..=128).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic());
    let given = headers.get(REQUEST_ID).and_then(|id| id.to_str().ok()).filter(sane);
    given.map_or_else(new_id, Arc::from)
}

fn new_id() -> Arc<str> {
    let mut id = String::with_capacity(36);
    let _ = write!(id, "req_{:032x}", fastrand::u128(..));
    id.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(version: Version, hosts: &[&str]) -> bool {
        let mut request = Request::new(Body::empty());
        *request.version_mut() = version;
        for host in hosts {
            let host = HeaderValue::from_str(host).unwrap();
            request.headers_mut().append(header::HOST, host);
        }
        names_its_host(&request)
    }

    #[test]
    fn http_1_1_needs_one_host_and_nobody_may_send_two() {
        assert!(named(Version::HTTP_11, &["llm.example:8080"]));
        assert!(named(Version::HTTP_11, &["[::1]:8080"]));
        assert!(!named(Version::HTTP_11, &[]));
        for version in [Version::HTTP_10, Version::HTTP_2] {
            assert!(named(version, &[]) && named(version, &["a"]));
        }
        for version in [Version::HTTP_10, Version::HTTP_11, Version::HTTP_2] {
            for hosts in [
                &["a", "a"][..],
                &["a", "b"],
                &["a b"],
                &["a/b"],
                &["u@a"],
                &[""],
                &["a", ""],
            ] {
                assert!(!named(version, hosts), "{hosts:?}");
            }
        }
    }

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

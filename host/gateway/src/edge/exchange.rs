//! Wraps every request: assigns its id and snapshot on the way in, adds headers on the way out.

use std::fmt::Write;
use std::sync::Arc;
use std::time::SystemTime;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, Version, header};
use tokio::time::Instant;

use super::error_form::{ErrorForm, error_of, render};
use super::{auth, cors, operators, panic, path, site};
use crate::error::{ErrorKind, GatewayError};
use crate::request::Gateway;
use crate::snapshot::Snapshot;
use jackfield_accounting::clock::unix_millis;
use jackfield_config::escaped::cut;
use jackfield_dialects::{ClientDialect, Dialect};

/// The id that names a request in the client's log and in ours.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

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
    /// The dialect that its client speaks, by its path or else by its headers; `None` if neither tells.
    pub(super) dialect: Option<Dialect>,
}

/// The middleware around every endpoint.
/// Step 2 of a request's life (ARCHITECTURE.md).
pub(super) async fn enter(State(gateway): State<Arc<Gateway>>, mut request: Request, next: Next) -> Response {
    path::mend(request.uri_mut());
    let dialect = dialect_of(request.uri().path(), request.headers());
    if let Some(parameter) = dialect.and_then(ClientDialect::key_parameter) {
        auth::take_from_query(parameter, &mut request);
    }
    let entered = Entered {
        id: request_id(request.headers()),
        snapshot: gateway.current.load(),
        started: Instant::now(),
        dialect,
    };
    let form = ErrorForm::of(dialect, request.headers(), &entered.snapshot.config.server);
    let cors = &entered.snapshot.config.server.cors;
    // Web pages have no access to the operators' endpoints.
    let public = !operators::has(request.uri().path());
    let origin = cors::origin(cors, request.headers()).filter(|_| public);
    let preflight = origin.as_ref().and_then(|_| cors::preflight(cors, &request));
    let refusal = site::refusal(&entered.snapshot.config, &request);
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
        response = render(&error, form);
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

/// The dialect of a request to this path, in the variant that its headers select; at paths of no dialect the one that its
/// headers show, if they show any.
fn dialect_of(path: &str, headers: &HeaderMap) -> Option<Dialect> {
    let has_header = |name: &str| headers.contains_key(name);
    let serves = |dialect: &Dialect| {
        dialect.endpoints().iter().any(|endpoint| endpoint.path == path)
            || dialect.prefix().is_some_and(|prefix| path.starts_with(prefix))
            || dialect.address(path, "").is_some()
    };
    match jackfield_dialects::all().into_iter().find(serves) {
        Some(dialect) => Some(dialect.variant(&has_header)),
        None => jackfield_dialects::spoken(&has_header),
    }
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

fn request_id(headers: &HeaderMap) -> Arc<str> {
    let sane = |id: &&str| (1..=128).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic());
    let given = headers.get(REQUEST_ID).and_then(|id| id.to_str().ok()).filter(sane);
    given.map_or_else(new_id, Arc::from)
}

/// An id that nobody guesses. It begins with the milliseconds since 1970, so that the ledger's index of ids grows at its end.
fn new_id() -> Arc<str> {
    let mut id = String::with_capacity(36);
    let (time, random) = (unix_millis(SystemTime::now()), fastrand::u128(..) >> 48);
    let _ = write!(id, "req_{time:012x}{random:020x}");
    id.into()
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

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
}

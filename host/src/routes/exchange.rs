//! In and out of every request: its id and its snapshot on the way in, headers and the form of errors on the way out.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use serde_json::json;
use tokio::time::Instant;

use crate::config::ErrorFormat;
use crate::error::{ErrorKind, GatewayError};
use crate::server::Gateway;
use crate::snapshot::Snapshot;

/// Names a request in our log, in the client's, and in ours to each other.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

const ERROR_CODE: HeaderName = HeaderName::from_static("x-error-code");

const GENERATION: HeaderName = HeaderName::from_static("x-jackfield-generation");

/// What each request carries from its first moment.
#[derive(Debug, Clone)]
pub(super) struct Entered {
    /// Its id: the client's own `x-request-id` where that is sane, else a new one.
    pub(super) id: Arc<str>,
    /// The snapshot that serves it to its end.
    pub(super) snapshot: Arc<Snapshot>,
    /// When it came.
    pub(super) started: Instant,
}

/// Wraps every endpoint.
/// Step 2 of a request's life (ARCHITECTURE.md).
pub(super) async fn enter(
    State(gateway): State<Arc<Gateway>>,
    mut request: Request,
    next: Next,
) -> Response {
    let entered = Entered {
        id: request_id(request.headers()),
        snapshot: gateway.current.load(),
        started: Instant::now(),
    };
    request.extensions_mut().insert(entered.clone());
    let mut response = next.run(request).await;
    if let Some(error) = response.extensions_mut().remove::<Arc<GatewayError>>() {
        let more = std::mem::take(response.headers_mut());
        response = render(&error, entered.snapshot.config.server.error_format);
        response.headers_mut().extend(more);
    }
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(&entered.id) {
        headers.insert(REQUEST_ID, id);
    }
    if entered.snapshot.config.server.expose_generation {
        headers.insert(GENERATION, entered.snapshot.generation.into());
    }
    response
}

/// The answer to an unknown path.
pub(super) async fn not_found(request: Request) -> GatewayError {
    let message = format!("There is nothing at {}.", request.uri().path());
    GatewayError::new(ErrorKind::NotFound, message)
}

/// The answer to a known path with another method.
pub(super) async fn method_not_allowed(request: Request) -> GatewayError {
    let message = format!(
        "{} does not take {}.",
        request.uri().path(),
        request.method()
    );
    GatewayError::new(ErrorKind::MethodNotAllowed, message)
}

impl IntoResponse for GatewayError {
    /// Leaves the error to [`enter`], which knows the form that the configuration asks for.
    fn into_response(self) -> Response {
        let mut response = self.kind.status().into_response();
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

fn render(error: &GatewayError, format: ErrorFormat) -> Response {
    let (status, code, _) = error.kind.row();
    let (body, content_type) = match format {
        ErrorFormat::Text => (error.message.clone(), "text/plain; charset=utf-8"),
        ErrorFormat::Json => {
            let error = json!({
                "message": error.message, "type": error.kind.openai_type(), "param": null, "code": code,
            });
            (json!({ "error": error }).to_string(), "application/json")
        }
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(ERROR_CODE, HeaderValue::from_static(code));
    if let Some(after) = error.retry_after {
        headers.insert(header::RETRY_AFTER, whole_seconds(after).into());
    }
    response
}

/// `Retry-After` knows whole seconds only (RFC 9110, section 10.2.3); rounded up, and never 0.
fn whole_seconds(after: Duration) -> u64 {
    after
        .as_millis()
        .div_ceil(1000)
        .max(1)
        .try_into()
        .unwrap_or(u64::MAX)
}

fn request_id(headers: &HeaderMap) -> Arc<str> {
    let sane =
        |id: &&str| (1..=128).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic());
    let given = headers
        .get(REQUEST_ID)
        .and_then(|id| id.to_str().ok())
        .filter(sane);
    given.map_or_else(new_id, Arc::from)
}

fn new_id() -> Arc<str> {
    let mut id = String::with_capacity(36);
    let _ = write!(id, "req_{:032x}", fastrand::u128(..));
    id.into()
}

//! The inference endpoints: each client dialect lists its paths and the operation of each, or reads them from the path.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, post};
use axum::{Extension, Router};

use super::exchange::{Entered, not_found};
use super::inference::{Asked, serve};
use crate::error::{ErrorKind, GatewayError};
use crate::percent::decoded;
use crate::request::Gateway;
use jackfield_dialects::{Dialect, Endpoint};

/// The routes of all dialects.
pub(super) fn routes() -> Router<Arc<Gateway>> {
    let mut router = Router::new();
    for dialect in jackfield_dialects::all() {
        for endpoint in dialect.endpoints() {
            let answer = move |State(gateway): State<Arc<Gateway>>,
                               Extension(entered): Extension<Entered>,
                               request: Request| async move {
                let asked = Asked {
                    endpoint: *endpoint,
                    address: None,
                };
                serve(gateway, entered, request, dialect, asked).await
            };
            router = router.route(endpoint.path, post(answer));
        }
        for pattern in dialect.patterns() {
            let answer = move |State(gateway): State<Arc<Gateway>>,
                               Extension(entered): Extension<Entered>,
                               request: Request| addressed(gateway, entered, request, dialect);
            router = router.route(pattern, post(answer));
        }
        // Unknown paths below a dialect's prefix get an error in that dialect.
        if let Some(prefix) = dialect.prefix() {
            let absent = move |request: Request| nothing_there(dialect, request);
            router = router.route(&format!("{prefix}/{{*rest}}"), any(absent));
        }
    }
    router
}

/// Serves a request whose path names the model and the operation.
async fn addressed(gateway: Arc<Gateway>, entered: Entered, request: Request, dialect: Dialect) -> Response {
    let uri = request.uri();
    let address = decoded(uri.path()).and_then(|path| dialect.address(&path, uri.query().unwrap_or_default()));
    let Some(address) = address else {
        return nothing_there(dialect, request).await.into_response();
    };
    let endpoint = Endpoint {
        path: address.endpoint,
        operation: address.operation,
    };
    let asked = Asked {
        endpoint,
        address: Some(address),
    };
    serve(gateway, entered, request, dialect, asked).await
}

/// The error for a path below a dialect's prefix: in its own words, if it has some.
async fn nothing_there(dialect: Dialect, request: Request) -> GatewayError {
    match dialect.absence(request.uri().path()) {
        Some(message) => GatewayError::new(ErrorKind::NotFound, message),
        None => not_found(request).await,
    }
}

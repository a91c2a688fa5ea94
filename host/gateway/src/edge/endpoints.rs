//! The inference endpoints: each client dialect lists its paths and the operation of each.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::routing::{any, post};
use axum::{Extension, Router};

use super::exchange::{Entered, not_found};
use super::inference::serve;
use crate::error::{ErrorKind, GatewayError};
use crate::request::Gateway;
use jackfield_dialects::Dialect;

/// The routes of all dialects.
pub(super) fn routes() -> Router<Arc<Gateway>> {
    let mut router = Router::new();
    for dialect in jackfield_dialects::all() {
        for endpoint in dialect.endpoints() {
            let answer = move |State(gateway): State<Arc<Gateway>>,
                               Extension(entered): Extension<Entered>,
                               request: Request| async move {
                serve(gateway, entered, request, dialect, *endpoint).await
            };
            router = router.route(endpoint.path, post(answer));
        }
        // Unknown paths below a dialect's prefix get an error in that dialect.
        if let Some(prefix) = dialect.prefix() {
            let absent = move |request: Request| nothing_there(dialect, request);
            router = router.route(&format!("{prefix}/{{*rest}}"), any(absent));
        }
    }
    router
}

/// The error for a path below a dialect's prefix: in its own words, if it has some.
async fn nothing_there(dialect: Dialect, request: Request) -> GatewayError {
    match dialect.absence(request.uri().path()) {
        Some(message) => GatewayError::new(ErrorKind::NotFound, message),
        None => not_found(request).await,
    }
}

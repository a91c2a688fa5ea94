//! The inference endpoints: each client dialect lists its paths and the operation of each, or reads them from the path.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, post};
use http::{HeaderValue, Method, Uri, header};

use super::absent::{method_not_allowed, not_found};
use super::inference::Asked;
use crate::error::{ErrorKind, GatewayError};
use crate::percent::decoded;
use crate::request::Gateway;
use jackfield_dialects::{Dialect, Endpoint};

/// What a request with this method asks for at this address, and in which dialect; `None` if there is no inference endpoint.
pub(super) fn find(method: &Method, uri: &Uri) -> Option<(Dialect, Asked)> {
    if *method != Method::POST {
        return None;
    }
    let path = uri.path();
    let listed = |dialect: Dialect| {
        let endpoint = dialect.endpoints().iter().find(|endpoint| endpoint.path == path)?;
        let asked = Asked {
            endpoint: *endpoint,
            address: None,
        };
        Some((dialect, asked))
    };
    let listed = jackfield_dialects::all().into_iter().find_map(listed);
    listed.or_else(|| addressed(uri))
}

/// What a path asks for that names the model and the operation.
fn addressed(uri: &Uri) -> Option<(Dialect, Asked)> {
    let (path, query) = (decoded(uri.path())?, uri.query().unwrap_or_default());
    jackfield_dialects::all().into_iter().find_map(|dialect| {
        let address = dialect.address(&path, query)?;
        let endpoint = Endpoint {
            path: address.endpoint,
            operation: address.operation,
        };
        let asked = Asked {
            endpoint,
            address: Some(address),
        };
        Some((dialect, asked))
    })
}

/// The errors for what [`find`] does not find at the places of all dialects.
pub(super) fn routes() -> Router<Arc<Gateway>> {
    let mut router = Router::new();
    for dialect in jackfield_dialects::all() {
        let absent = move |request: Request| nothing_there(dialect, request);
        for endpoint in dialect.endpoints() {
            router = router.route(endpoint.path, any(only_post));
        }
        for pattern in dialect.patterns() {
            router = router.route(pattern, post(absent));
        }
        // Unknown paths below a dialect's prefix get an error in that dialect.
        if let Some(prefix) = dialect.prefix() {
            router = router.route(&format!("{prefix}/{{*rest}}"), any(absent));
        }
    }
    router
}

async fn only_post(request: Request) -> Response {
    let mut response = method_not_allowed(request).await.into_response();
    let post = HeaderValue::from_static("POST");
    response.headers_mut().insert(header::ALLOW, post);
    response
}

/// The error for a path below a dialect's prefix: in its own words, if it has some.
async fn nothing_there(dialect: Dialect, request: Request) -> GatewayError {
    match dialect.absence(request.uri().path()) {
        Some(message) => GatewayError::new(ErrorKind::NotFound, message),
        None => not_found(request).await,
    }
}

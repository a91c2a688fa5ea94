//! `GET /healthz` (the process is alive), `GET /readyz` (it accepts requests), and the paths by which clients find out
//! whether there is anybody.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::{Method, StatusCode, Uri, header};

use super::absent::not_found;
use super::entered::Entered;
use super::readiness;
use super::reply::json;
use crate::error::{ErrorKind, GatewayError};
use crate::request::Gateway;

/// `GET /healthz`. Answers 200 as long as the process runs.
pub(super) async fn live() -> (StatusCode, &'static str) {
    (StatusCode::OK, "ok")
}

/// `HEAD /`, which agents send to the base URL before anything else; and `GET /` of a browser, which is led to the
/// description of the API. For programs there is nothing to get.
pub(super) async fn root(request: Request) -> Result<Response, GatewayError> {
    let accepted = request.headers().get(header::ACCEPT);
    let shows_pages = accepted.is_some_and(|accepted| accepted.as_bytes().starts_with(b"text/html"));
    match *request.method() {
        Method::HEAD => Ok(StatusCode::OK.into_response()),
        Method::GET if shows_pages => Ok(Redirect::temporary("/docs").into_response()),
        _ => Err(not_found(request).await),
    }
}

/// `GET /api/hello`: the same question, as the vendor of an agent answers it.
pub(super) async fn hello() -> Response {
    json(r#"{"message":"hello"}"#)
}

/// `GET /readyz`. Answers 503 while the gateway is draining or refuses requests because it cannot record them. With
/// `?deep=1`, the answer names each part that it depends on.
pub(super) async fn ready(
    State(gateway): State<Arc<Gateway>>,
    Extension(entered): Extension<Entered>,
    uri: Uri,
) -> Result<Response, GatewayError> {
    if readiness::is_deep(uri.query().unwrap_or_default())? {
        return Ok(readiness::report(&gateway, &entered.snapshot));
    }
    if gateway.drain.is_draining() {
        return Err(GatewayError::new(ErrorKind::Overloaded, "The gateway is draining."));
    }
    gateway.check_durable(&entered.snapshot.config.storage)?;
    Ok((StatusCode::OK, "ready").into_response())
}

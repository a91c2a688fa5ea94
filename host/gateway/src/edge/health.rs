//! `GET /healthz` (the process is alive), `GET /readyz` (it accepts requests), and the paths by which clients find out
//! whether there is anybody.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::response::Response;
use http::{Method, StatusCode};

use super::exchange::{Entered, not_found};
use super::reply::json;
use crate::error::{ErrorKind, GatewayError};
use crate::request::Gateway;

/// `GET /healthz`. Answers 200 as long as the process runs.
pub(super) async fn live() -> (StatusCode, &'static str) {
    (StatusCode::OK, "ok")
}

/// `HEAD /`, which agents send to the base URL before anything else. There is nothing to get.
pub(super) async fn root(request: Request) -> Result<StatusCode, GatewayError> {
    if request.method() == Method::HEAD {
        return Ok(StatusCode::OK);
    }
    Err(not_found(request).await)
}

/// `GET /api/hello`: the same question, as the vendor of an agent answers it.
pub(super) async fn hello() -> Response {
    json(r#"{"message":"hello"}"#)
}

/// `GET /readyz`. Answers 503 while the gateway is draining or refuses requests because it cannot record them.
pub(super) async fn ready(
    State(gateway): State<Arc<Gateway>>,
    Extension(entered): Extension<Entered>,
) -> Result<(StatusCode, &'static str), GatewayError> {
    if gateway.drain.is_draining() {
        return Err(GatewayError::new(ErrorKind::Overloaded, "The gateway is draining."));
    }
    gateway.check_durable(&entered.snapshot.config.storage)?;
    Ok((StatusCode::OK, "ready"))
}

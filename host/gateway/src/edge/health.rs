//! `GET /healthz` (the process is alive) and `GET /readyz` (it accepts requests).

use std::sync::Arc;

use axum::extract::State;
use http::StatusCode;

use crate::error::{ErrorKind, GatewayError};
use crate::request::Gateway;

/// `GET /healthz`. Answers 200 as long as the process runs.
pub(super) async fn live() -> (StatusCode, &'static str) {
    (StatusCode::OK, "ok")
}

/// `GET /readyz`. Answers 503 while the gateway is draining.
pub(super) async fn ready(State(gateway): State<Arc<Gateway>>) -> Result<(StatusCode, &'static str), GatewayError> {
    if gateway.drain.is_draining() {
        return Err(GatewayError::new(ErrorKind::Overloaded, "The gateway is draining."));
    }
    Ok((StatusCode::OK, "ready"))
}

//! `GET /healthz` (the process lives) and `GET /readyz` (it wants requests).

use std::sync::Arc;

use axum::extract::State;
use http::StatusCode;

use crate::error::{ErrorKind, GatewayError};
use crate::request::Gateway;

/// Alive.
pub(super) async fn live() -> (StatusCode, &'static str) {
    (StatusCode::OK, "ok")
}

/// Ready, unless it is draining.
pub(super) async fn ready(State(gateway): State<Arc<Gateway>>) -> Result<(StatusCode, &'static str), GatewayError> {
    if gateway.drain.is_draining() {
        return Err(GatewayError::new(ErrorKind::Overloaded, "The gateway is draining."));
    }
    Ok((StatusCode::OK, "ready"))
}

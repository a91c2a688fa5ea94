//! `GET /healthz` (the process is alive) and `GET /readyz` (it accepts requests).

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use http::StatusCode;

use super::exchange::Entered;
use crate::error::{ErrorKind, GatewayError};
use crate::request::Gateway;

/// `GET /healthz`. Answers 200 as long as the process runs.
pub(super) async fn live() -> (StatusCode, &'static str) {
    (StatusCode::OK, "ok")
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

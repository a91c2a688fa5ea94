//! `GET /metrics`: what was counted, and what is read at the moment of the scrape, in Prometheus' text format.

#![expect(
    clippy::cast_precision_loss,
    reason = "samples are floating-point numbers, by the format"
)]

mod process;
mod state;

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use http::{HeaderMap, HeaderValue, header};
use tokio::task::spawn_blocking;

use super::entered::Entered;
use super::operators::{self, AdminAccess, METRICS, OwnListener};
use crate::error::{ErrorKind, GatewayError};
use crate::request::Gateway;
use crate::snapshot::Snapshot;
use crate::telemetry::metrics::{Exposition, Metrics};

/// The endpoint where operators are: for whoever may read `/admin`, and for whoever has the token of scrapes.
pub(super) async fn for_operators(
    State(gateway): State<Arc<Gateway>>,
    Extension(entered): Extension<Entered>,
    Extension(access): Extension<AdminAccess>,
    headers: HeaderMap,
) -> Result<Response, GatewayError> {
    let config = &entered.snapshot.config;
    let scraper = config.metrics.token.as_ref();
    if scraper.is_none_or(|token| operators::check(token, &headers).is_err()) {
        operators::authorize(config, access, &headers)?;
    }
    scrape(gateway, entered, &headers).await
}

/// The endpoint on a listener of its own: with the token of scrapes, if there is one.
pub(super) async fn on_its_own(
    State(gateway): State<Arc<Gateway>>,
    Extension(entered): Extension<Entered>,
    Extension(own): Extension<OwnListener>,
    headers: HeaderMap,
) -> Result<Response, GatewayError> {
    match &entered.snapshot.config.metrics.token {
        Some(token) => operators::check(token, &headers)?,
        None if own.loopback => {}
        None => {
            let message = "The operator can set metrics.token to use this endpoint from other machines.";
            return Err(GatewayError::new(ErrorKind::NotFound, message));
        }
    }
    scrape(gateway, entered, &headers).await
}

/// The routes of a listener of its own.
pub(super) fn routes() -> Router<Arc<Gateway>> {
    Router::new().route(METRICS, get(on_its_own))
}

async fn scrape(gateway: Arc<Gateway>, entered: Entered, headers: &HeaderMap) -> Result<Response, GatewayError> {
    let Some(metrics) = gateway.sinks.metrics().cloned() else {
        let message = "Metrics are off. The operator can set metrics.enabled to use this endpoint.";
        return Err(GatewayError::new(ErrorKind::NotFound, message));
    };
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    let accept = accept.unwrap_or_default().to_owned();
    // Thousands of series, and the files of /proc, are no work for a thread that serves requests.
    let written = spawn_blocking(move || page(&gateway, &entered.snapshot, &metrics).written(&accept));
    let internal = || GatewayError::new(ErrorKind::Internal, "The metrics could not be written.");
    let written = written.await.map_err(|error| internal().because(error))?;
    let (text, media_type) = written.map_err(|error| internal().because(error))?;
    let media_type = HeaderValue::from_static(media_type);
    Ok(([(header::CONTENT_TYPE, media_type)], text).into_response())
}

fn page(gateway: &Gateway, snapshot: &Snapshot, metrics: &Metrics) -> Exposition {
    let mut page = Exposition::default();
    metrics.show(&state::names(snapshot), &mut page);
    state::show(gateway, snapshot, &mut page);
    process::show(&mut page);
    page
}

//! `GET /admin/api/export/requests` and `/days`: the ledger as comma-separated values, however large it is.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use futures_util::stream::try_unfold;
use http::header;

use super::super::requests::{exported, ledger};
use super::usage::days;
use crate::error::GatewayError;
use crate::request::Gateway;
use jackfield_accounting::ledger::table::{Export, Exported, RequestsError};

/// `GET /admin/api/export/requests`: takes what selects requests at `/admin/requests`.
pub(super) async fn requests(
    State(gateway): State<Arc<Gateway>>,
    RawQuery(asked): RawQuery,
) -> Result<Response, GatewayError> {
    let filter = exported(&asked.unwrap_or_default())?;
    answer(&gateway, Exported::Requests(Box::new(filter)), "requests.csv")
}

/// `GET /admin/api/export/days`: the sums of each day.
pub(super) async fn sums(
    State(gateway): State<Arc<Gateway>>,
    RawQuery(asked): RawQuery,
) -> Result<Response, GatewayError> {
    let (from, to) = days(&asked.unwrap_or_default())?;
    answer(&gateway, Exported::Days { from, to }, "days.csv")
}

/// An answer that is read from the database as it is sent. If that fails, it breaks off: its client sees that it is not the
/// whole.
fn answer(gateway: &Gateway, exported: Exported, file: &str) -> Result<Response, GatewayError> {
    let export = Export::new(Arc::clone(ledger(gateway)?), exported);
    let lines = try_unfold(export, async |mut export| {
        let lines = export.next().await.inspect_err(|error| {
            tracing::warn!("an export breaks off: {error}");
        })?;
        Ok::<_, RequestsError>(lines.map(|lines| (lines, export)))
    });
    let headers = [
        (
            header::CONTENT_TYPE,
            "text/csv; charset=utf-8; header=present".to_owned(),
        ),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{file}\"")),
    ];
    Ok((headers, Body::from_stream(lines)).into_response())
}

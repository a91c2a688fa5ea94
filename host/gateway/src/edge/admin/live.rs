//! `/admin/api/live`: the requests in flight on this node, and ending one.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::{Extension, Json};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::super::operators::Operator;
use super::audit::note;
use crate::error::{ErrorKind, GatewayError};
use crate::request::Gateway;
use crate::request::live::LiveRequest;
use jackfield_accounting::clock::{millis, unix_millis};
use jackfield_accounting::deed::Deed;
use jackfield_accounting::ledger::utc;

/// A request in flight.
#[derive(Debug, JsonSchema, Serialize)]
pub(in crate::edge) struct InFlightShown {
    /// Its number on this node, by which it is ended.
    number: u64,
    /// Its `x-request-id`.
    id: String,
    endpoint: &'static str,
    /// `null` if authentication is off.
    user: Option<String>,
    /// `null` until it is known.
    model: Option<String>,
    stream: bool,
    started_at: String,
    running_ms: u64,
}

/// The requests in flight, the oldest first.
#[derive(Debug, JsonSchema, Serialize)]
pub(in crate::edge) struct InFlightList {
    data: Vec<InFlightShown>,
}

/// `GET /admin/api/live`.
pub(super) async fn list(State(gateway): State<Arc<Gateway>>) -> Json<InFlightList> {
    let data = gateway.live.all().iter().map(|request| shown(request)).collect();
    Json(InFlightList { data })
}

/// `POST /admin/api/live/{number}/end`: a stream ends with its last words, another request with an error.
pub(super) async fn end(
    State(gateway): State<Arc<Gateway>>,
    Extension(operator): Extension<Operator>,
    Path(number): Path<String>,
) -> Result<Json<InFlightShown>, GatewayError> {
    let ended = number.parse().ok().and_then(|number| gateway.live.end(number));
    let request = ended.ok_or_else(|| {
        let message = "There is no such request in flight here any more.";
        GatewayError::new(ErrorKind::NotFound, message)
    })?;
    let deed = Deed {
        action: "request.end",
        subject: &request.id,
        before: Some(json!({ "user": request.user(), "model": request.model() })),
        after: None,
    };
    note(&gateway, &operator, deed).await;
    Ok(Json(shown(&request)))
}

fn shown(request: &LiveRequest) -> InFlightShown {
    InFlightShown {
        number: request.number,
        id: request.id.to_string(),
        endpoint: request.endpoint,
        user: request.user().map(str::to_owned),
        model: request.model().map(str::to_owned),
        stream: request.is_stream(),
        started_at: utc(unix_millis(request.received_at)),
        running_ms: millis(request.received.elapsed()),
    }
}

//! `POST /admin/api/playground`: a request through the pipeline of clients, what was tried for it, and, for those who may
//! operate the gateway, what was exchanged with upstreams. None of that is kept.

use std::sync::{Arc, PoisonError};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::{Extension, Json};
use http::{HeaderName, header};
use http_body_util::BodyExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::task::spawn_blocking;
use tokio::time::Instant;

use super::super::entered::Entered;
use super::super::operators::Operator;
use super::super::reply::Watch;
use super::accounts::body;
use super::operate::Controls;
use crate::error::{ErrorKind, GatewayError};
use crate::record::AttemptRecord;
use crate::request::Gateway;
use crate::tape::{Shown, Tape};
use crate::upstream::egress::carries_credential;
use jackfield_accounting::clock::millis;
use jackfield_config::AdminRole;

/// The most bytes of an answer that are shown.
const MOST: usize = 1 << 20;

/// The request to send.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::edge) struct Trial {
    /// A path of the API for clients, such as `/v1/chat/completions`.
    path: String,
    /// The key to send it with; none where none is needed.
    key: Option<String>,
    /// The body, which is sent as it is.
    #[schemars(with = "serde_json::Value")]
    body: Box<RawValue>,
}

/// An attempt at a target.
#[derive(Debug, JsonSchema, Serialize)]
struct Tried {
    provider: String,
    model: String,
    /// The class of its failure; `null` if it answered.
    failed: Option<String>,
    /// The status with which the upstream told of that.
    status: Option<u16>,
    took_ms: u64,
}

/// A request to an upstream, and its reply.
#[derive(Debug, JsonSchema, Serialize)]
struct ExchangeShown {
    provider: String,
    /// The upstream's name for it.
    model: String,
    method: String,
    url: String,
    /// The headers, each with its value, before the credential is attached.
    headers: Vec<(String, String)>,
    /// The body as text.
    body: String,
    /// Whether the body is longer than what is shown.
    cut: bool,
    /// What came back, as far as it was read; `null` if nothing did.
    reply: Option<ReplyShown>,
}

/// What an upstream sent.
#[derive(Debug, JsonSchema, Serialize)]
struct ReplyShown {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
    cut: bool,
}

/// What came of it.
#[derive(Debug, JsonSchema, Serialize)]
pub(in crate::edge) struct TrialResult {
    status: u16,
    /// Until the last byte.
    took_ms: u64,
    attempts: Vec<Tried>,
    /// What adapters sent and what came back, in order, without credentials; `null` without the role `operate`. The first 32
    /// exchanges, with the first 64 KiB of each body.
    exchanges: Option<Vec<ExchangeShown>>,
    /// The headers, each with its value.
    headers: Vec<(String, String)>,
    /// The body as text.
    body: String,
    /// Whether the body is longer than what is shown.
    cut: bool,
}

/// The endpoint.
pub(super) async fn send(
    State(gateway): State<Arc<Gateway>>,
    Extension(entered): Extension<Entered>,
    Extension(controls): Extension<Controls>,
    Extension(operator): Extension<Operator>,
    request: Request,
) -> Result<Json<TrialResult>, GatewayError> {
    let example = r#"{"path": "/v1/chat/completions", "body": {}}"#;
    let trial: Trial = body(&gateway, &entered, request, example).await?;
    let tape = operator.check(AdminRole::Operate).is_ok().then(Tape::default);
    let watch = Watch {
        tape: tape.clone(),
        ..Watch::default()
    };
    let request = written(trial, &watch)?;
    let began = Instant::now();
    let (response, _in_flight) = controls.clients().answer(request, None).await;
    let (status, headers) = (response.status().as_u16(), shown_headers(&response));
    let (body, cut) = shown_body(response).await;
    let took_ms = millis(began.elapsed());
    let exchanges = match tape {
        Some(tape) => Some(exchanges(tape).await?),
        None => None,
    };
    let attempts = watch.attempts.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(Json(TrialResult {
        status,
        took_ms,
        attempts: attempts.iter().map(Tried::from).collect(),
        exchanges,
        headers,
        body,
        cut,
    }))
}

/// What was exchanged. Secrets are looked for in megabytes, so that is done away from the worker.
async fn exchanges(tape: Tape) -> Result<Vec<ExchangeShown>, GatewayError> {
    let shown = spawn_blocking(move || {
        let is_secret = |name: &HeaderName| carries_credential(name) || *name == header::SET_COOKIE;
        tape.shown(is_secret).into_iter().map(ExchangeShown::from).collect()
    });
    shown.await.map_err(|error| {
        let message = "What was exchanged cannot be shown.";
        GatewayError::new(ErrorKind::Internal, message).because(error)
    })
}

fn written(trial: Trial, watch: &Watch) -> Result<Request, GatewayError> {
    let mut request = Request::post(trial.path.as_str())
        .header(header::HOST, "localhost")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ACCEPT, "application/json");
    if let Some(key) = &trial.key {
        request = request.header(header::AUTHORIZATION, format!("Bearer {key}"));
    }
    let body: Box<str> = trial.body.into();
    let request = request.body(Body::from(String::from(body))).map_err(|error| {
        let message = "path and key: must be such as can be sent";
        GatewayError::new(ErrorKind::InvalidRequest, message).because(error)
    });
    let mut request = request?;
    request.extensions_mut().insert(watch.clone());
    Ok(request)
}

fn shown_headers(response: &Response) -> Vec<(String, String)> {
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = response.headers().iter();
    headers.map(|(name, value)| (name.to_string(), text(value))).collect()
}

/// The body as far as it is shown, and whether there is more.
async fn shown_body(response: Response) -> (String, bool) {
    let (mut body, mut bytes) = (response.into_body(), Vec::new());
    while let Some(Ok(frame)) = body.frame().await {
        let Ok(piece) = frame.into_data() else { continue };
        let room = MOST - bytes.len();
        bytes.extend_from_slice(&piece[..piece.len().min(room)]);
        if piece.len() > room {
            return (String::from_utf8_lossy(&bytes).into_owned(), true);
        }
    }
    (String::from_utf8_lossy(&bytes).into_owned(), false)
}

// === impl ExchangeShown ===

impl From<Shown> for ExchangeShown {
    fn from(shown: Shown) -> Self {
        Self {
            provider: shown.provider,
            model: shown.model,
            method: shown.method,
            url: shown.url,
            headers: shown.headers,
            body: shown.body.text,
            cut: shown.body.cut,
            reply: shown.reply.map(|reply| ReplyShown {
                status: reply.status,
                headers: reply.headers,
                body: reply.body.text,
                cut: reply.body.cut,
            }),
        }
    }
}

// === impl Tried ===

impl From<&AttemptRecord> for Tried {
    fn from(record: &AttemptRecord) -> Self {
        Self {
            provider: record.provider.to_string(),
            model: record.model.to_string(),
            failed: record.failed.map(|class| class.to_string()),
            status: record.status,
            took_ms: millis(record.elapsed),
        }
    }
}

//! `POST /admin/api/playground`: a request through the pipeline of clients, what was tried for it, and, for those who may
//! operate the gateway, what was exchanged with upstreams. None of that is kept.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use http::header;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::time::Instant;

use super::super::entered::Entered;
use super::super::operators::Operator;
use super::super::reply::Watch;
use super::accounts::body;
use super::operate::Controls;
use super::trial_answer::TrialAnswer;
use super::trial_stream::{self, TrialEnd, TrialHead};
use crate::error::{ErrorKind, GatewayError};
use crate::listen::Reader;
use crate::request::Gateway;
use crate::tape::Tape;
use jackfield_config::AdminRole;

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
    /// Whether to answer with server-sent events while the answer comes, instead of one object at its end: `answer` (`status`,
    /// `headers`), `attempts` (`attempts`, `exchanges`) once they are known, each `piece` of the body (`text`), and `end`, with the
    /// object's other members.
    #[serde(default)]
    stream: bool,
}

/// What came of it.
#[derive(Debug, JsonSchema, Serialize)]
pub(in crate::edge) struct TrialResult {
    #[serde(flatten)]
    head: TrialHead,
    #[serde(flatten)]
    end: TrialEnd,
    /// The body as text.
    body: String,
}

/// The endpoint.
pub(super) async fn send(
    State(gateway): State<Arc<Gateway>>,
    Extension(entered): Extension<Entered>,
    Extension(controls): Extension<Controls>,
    Extension(operator): Extension<Operator>,
    request: Request,
) -> Result<Response, GatewayError> {
    let example = r#"{"path": "/v1/chat/completions", "body": {}}"#;
    let reader: Option<Reader> = request.extensions().get().cloned();
    let trial: Trial = body(&gateway, &entered, request, example).await?;
    // What is not sent on as it comes has no client of its own.
    let reader = reader.filter(|_| trial.stream);
    let watch = Watch::new(operator.check(AdminRole::Operate).is_ok().then(Tape::default));
    let request = written(&trial, &watch)?;
    let began = Instant::now();
    let (response, in_flight) = controls.clients().answer(request, reader).await;
    let head = TrialHead {
        status: response.status().as_u16(),
        headers: shown_headers(&response),
    };
    let mut answer = TrialAnswer::new(response.into_body());
    if trial.stream {
        return Ok(trial_stream::response(&head, answer, (watch, began), in_flight));
    }
    let body = answer.whole().await;
    let end = TrialEnd::of(answer.ending, &watch, began).await?;
    Ok(Json(TrialResult { head, end, body }).into_response())
}

fn written(trial: &Trial, watch: &Watch) -> Result<Request, GatewayError> {
    let mut request = Request::post(trial.path.as_str())
        .header(header::HOST, "localhost")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ACCEPT, "application/json");
    if let Some(key) = &trial.key {
        request = request.header(header::AUTHORIZATION, format!("Bearer {key}"));
    }
    let request = request.body(Body::from(trial.body.get().to_owned())).map_err(|error| {
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

//! `POST /v1/chat/completions`.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, header};

use super::exchange::Entered;
use super::{auth, body, stream};
use crate::adapter;
use crate::dialect::Dialect;
use crate::dialect::openai::request::Request as ChatRequest;
use crate::error::{ErrorKind, GatewayError};
use crate::routing::{Answer, Attempts, Order};
use crate::server::{Flight, Gateway};
use crate::snapshot::{Model, Snapshot};
use crate::telemetry::RequestLog;

const OPERATION: &str = "chat";

const ATTEMPTS: HeaderName = HeaderName::from_static("x-jackfield-attempts");

/// The endpoint.
pub(super) async fn completions(
    State(gateway): State<Arc<Gateway>>,
    Extension(entered): Extension<Entered>,
    request: Request,
) -> Response {
    let generation = entered.snapshot.generation;
    let mut log = RequestLog::start(&entered.id, OPERATION, generation, entered.started);
    let answered = answer(&gateway, &entered, request, &mut log).await;
    let attempts = attempts(&entered.snapshot, &log.attempts);
    let mut response = match answered {
        Ok((answer, flight)) => respond(&entered, answer, log, flight),
        Err(error) => {
            log.failed(&error);
            error.into_response()
        }
    };
    response.headers_mut().extend(attempts);
    response
}

/// Step 3 of a request's life (ARCHITECTURE.md).
async fn answer(
    gateway: &Gateway,
    entered: &Entered,
    request: Request,
    log: &mut RequestLog,
) -> Result<(Answer, Flight), GatewayError> {
    let snapshot = &entered.snapshot;
    let client = auth::required(snapshot, request.headers())?;
    log.user = client.as_ref().map(|client| client.user.clone());
    let flight = gateway
        .drain
        .take_off(snapshot.config.server.max_concurrent_requests)?;
    let body = body::json(request, &snapshot.config.server).await?;
    if snapshot.config.log.prompts {
        let prompt = String::from_utf8_lossy(&body);
        tracing::info!(target: "jackfield::prompt", request_id = &*entered.id, "{prompt}");
    }
    let chat = ChatRequest::parse(&body)
        .map_err(|fault| GatewayError::new(ErrorKind::InvalidRequest, fault.to_string()))?;
    let model = model(snapshot, &chat.model)?;
    log.model = Some(Arc::clone(&model.id));
    log.stream = chat.stream;
    if !snapshot.allows(
        client.as_ref().map(|client| client.plan.as_str()),
        &model.config.tier,
    ) {
        let message = format!("Your plan does not include the model `{}`.", model.id);
        return Err(GatewayError::new(ErrorKind::ModelNotAllowed, message));
    }
    let parameters = chat.parameters();
    let order = Order {
        model: Arc::clone(&model.id),
        pinned: chat.has_tool_message(),
        include_usage: chat.include_usage,
        started: entered.started,
        request: adapter::Request {
            task: adapter::Task {
                operation: OPERATION,
                dialect: Dialect::OpenaiChat,
                stream: chat.stream,
            },
            body: &body,
            members: &chat.members,
            parameters: &parameters,
        },
    };
    let routed = crate::routing::route(&model.chain, &order, &mut log.attempts);
    let answer = tokio::select! {
        answer = routed => answer?,
        () = flight.cut() => {
            let message = "The gateway is shutting down; try again.";
            return Err(GatewayError::new(ErrorKind::Overloaded, message));
        }
    };
    Ok((answer, flight))
}

/// The model that the client asks for, if it chats.
fn model<'a>(snapshot: &'a Snapshot, id: &str) -> Result<&'a Arc<Model>, GatewayError> {
    let unknown = |message| GatewayError::new(ErrorKind::InvalidModel, message);
    let model = snapshot.model(id).ok_or_else(|| {
        unknown(format!(
            "There is no model `{id}`; GET /v1/models lists them."
        ))
    })?;
    if model.config.capability.operation() == OPERATION {
        Ok(model)
    } else {
        Err(unknown(format!("The model `{id}` does not chat.")))
    }
}

/// Step 10 of a request's life (ARCHITECTURE.md).
fn respond(entered: &Entered, answer: Answer, mut log: RequestLog, flight: Flight) -> Response {
    log.answered(200);
    match answer {
        Answer::Whole(whole) => {
            log.usage = whole.usage;
            log.finished();
            json(whole.body)
        }
        Answer::Stream(events) => {
            let keep_alive = entered.snapshot.config.server.keep_alive;
            stream::response(
                events,
                log,
                flight,
                keep_alive,
                Arc::clone(&entered.snapshot),
            )
        }
    }
}

fn json(body: Bytes) -> Response {
    let mut response = Response::new(Body::from(body));
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}

/// The header that tells what was tried, if the configuration wants it and anything was.
fn attempts(snapshot: &Snapshot, attempts: &Attempts) -> Option<(HeaderName, HeaderValue)> {
    let wanted = snapshot.config.server.expose_attempts && !attempts.records().is_empty();
    let value = wanted.then(|| HeaderValue::try_from(attempts.to_string()));
    Some((ATTEMPTS, value?.ok()?))
}

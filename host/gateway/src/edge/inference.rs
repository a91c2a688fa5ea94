//! What every inference endpoint does with a request, from its credential to its answer.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, header};

use super::asked::{Asked, Endpoint};
use super::exchange::Entered;
use super::passage::{self, Passage, Running};
use super::payloads::{Payloads, Rewritten};
use super::{auth, body, count_tokens, stream};
use crate::attempt;
use crate::error::{ErrorKind, GatewayError};
use crate::listen::Gateway;
use crate::metering;
use crate::routing::{self, Answer, Attempts, Chain, Whole};
use crate::snapshot::{Model, Snapshot};
use crate::telemetry::RequestLog;
use jackfield_accounting::callers::Caller;
use jackfield_accounting::credits::as_credits;
use jackfield_dialects::anthropic::simplified::{Charge, simplify};

const ATTEMPTS: HeaderName = HeaderName::from_static("x-jackfield-attempts");

/// One request at an inference endpoint.
struct Inference<'a> {
    gateway: &'a Gateway,
    entered: &'a Entered,
    endpoint: Endpoint,
    headers: HeaderMap,
}

/// What a request came to.
enum Answered {
    /// The chain has answered.
    Routed(Answer),
    /// The user ended the stream before it had begun.
    Killed,
}

/// Answers one request.
pub(super) async fn serve(gateway: &Gateway, entered: &Entered, request: Request, endpoint: Endpoint) -> Response {
    let (head, body) = request.into_parts();
    let inference = Inference {
        gateway,
        entered,
        endpoint,
        headers: head.headers,
    };
    let generation = entered.snapshot.generation;
    let operation = endpoint.operation();
    let log = RequestLog::start(&entered.id, operation, generation, entered.started);
    let mut passage = Passage::new(log);
    let answered = inference.answer(body, &mut passage).await;
    let attempts = attempts(&entered.snapshot, &passage.log.attempts);
    let mut response = inference.respond(answered, passage);
    response.headers_mut().extend(attempts);
    response
}

// === impl Inference ===

impl Inference<'_> {
    /// Step 3 of a request's life (ARCHITECTURE.md).
    async fn answer(&self, body: Body, passage: &mut Passage) -> Result<Answered, GatewayError> {
        let snapshot = &self.entered.snapshot;
        let caller = auth::required(self.gateway, snapshot, &self.headers).await?;
        passage.log.user = caller.as_ref().map(|caller| Arc::clone(&caller.user));
        let most = snapshot.config.server.max_concurrent_requests;
        passage.flight = Some(self.gateway.drain.take_off(most)?);
        let body = body::json(&self.headers, body, &snapshot.config.server).await?;
        if snapshot.config.log.prompts {
            let prompt = String::from_utf8_lossy(&body);
            tracing::info!(target: "jackfield::prompt", request_id = &*self.entered.id, "{prompt}");
        }
        let asked = self.endpoint.read(&body)?;
        let model = self.model(&asked.model)?;
        passage.log.model = Some(Arc::clone(&model.id));
        passage.log.stream = asked.stream;
        check_plan(snapshot, caller.as_deref(), model)?;
        let rewritten = Rewritten::new(self.endpoint, &asked, &body, model)?;
        let payloads = rewritten.payloads(self.endpoint, &asked, &body, &self.headers)?;
        if self.endpoint == Endpoint::CountTokens {
            return self.count(model, &asked, &payloads, passage).await;
        }
        let order = self.order(caller.as_ref(), model, &asked, body.len());
        passage.meter = Some(self.gateway.metering.admit(order).await?);
        if let Some(caller) = caller.filter(|_| asked.stream) {
            passage.running = Some(Running::new(&self.gateway.metering.streams, &caller.user));
        }
        self.route(&model.chain, model, &asked, &payloads, passage).await
    }

    /// Has a target count that can; where none can, or does, the count is estimated.
    async fn count(
        &self,
        model: &Model,
        asked: &Asked<'_>,
        payloads: &Payloads<'_>,
        passage: &mut Passage,
    ) -> Result<Answered, GatewayError> {
        let chain = model.chain.able(self.endpoint.operation());
        let counted = self.route(&chain, model, asked, payloads, passage).await;
        match counted {
            Err(error) if error.kind.status().is_server_error() => {
                let body = count_tokens::estimate(asked).into();
                Ok(Answered::Routed(Answer::Whole(Whole {
                    body,
                    ..Whole::default()
                })))
            }
            counted => counted,
        }
    }

    /// The model that the client asks for, if it does what this endpoint is for.
    fn model(&self, id: &str) -> Result<&Arc<Model>, GatewayError> {
        let unknown = |message| GatewayError::new(ErrorKind::InvalidModel, message);
        let model = self
            .entered
            .snapshot
            .model(id)
            .ok_or_else(|| unknown(format!("There is no model `{id}`; GET /v1/models lists them.")))?;
        let capability = model.config.capability.operation();
        if capability == self.endpoint.capability() {
            Ok(model)
        } else {
            let here = self.endpoint.capability();
            Err(unknown(format!(
                "The model `{id}` is for {capability}, not for {here}."
            )))
        }
    }

    /// What the request will take out of its caller's quota and credits.
    fn order(
        &self,
        caller: Option<&Arc<Caller>>,
        model: &Model,
        asked: &Asked<'_>,
        prompt_bytes: usize,
    ) -> metering::Order {
        let config = &self.entered.snapshot.config;
        let plan = caller.and_then(|caller| config.plans.get(&*caller.plan));
        let price = metering::price(&model.config, config.credits.cost_multiplier);
        let prompt_bytes = prompt_bytes as u64;
        metering::Order {
            caller: caller.cloned(),
            time: SystemTime::now(),
            quota: metering::quota(plan),
            overdraft: plan.is_none_or(|plan| plan.overdraft),
            request_cost: model.config.request_cost,
            estimate: price.estimate(metering::estimate_tokens(prompt_bytes), asked.max_tokens()),
            price,
            prompt_bytes,
            stream: asked.stream,
        }
    }

    async fn route(
        &self,
        chain: &Chain,
        model: &Model,
        asked: &Asked<'_>,
        payloads: &Payloads<'_>,
        passage: &mut Passage,
    ) -> Result<Answered, GatewayError> {
        let native = payloads.native.as_ref();
        let order = routing::Order {
            model: Arc::clone(&model.id),
            id: &self.entered.id,
            dialect: self.endpoint.dialect(),
            pinned: asked.pinned(),
            include_usage: asked.include_usage,
            started: self.entered.started,
            request: attempt::Request {
                operation: self.endpoint.operation(),
                stream: asked.stream,
                canonical: payloads.canonical.as_ref(),
                native: native.map(|(dialect, payload)| (*dialect, payload)),
            },
        };
        let Passage {
            log, flight, running, ..
        } = passage;
        tokio::select! {
            answer = routing::route(chain, &order, &mut log.attempts) => {
                answer.map(Answered::Routed)
            }
            () = passage::cut(flight.as_ref()) => {
                let message = "The gateway is shutting down; try again.";
                Err(GatewayError::new(ErrorKind::Overloaded, message))
            }
            () = passage::killed(running.as_ref()) => Ok(Answered::Killed),
        }
    }

    /// Step 12 of a request's life (ARCHITECTURE.md).
    fn respond(&self, answered: Result<Answered, GatewayError>, mut passage: Passage) -> Response {
        let dialect = self.endpoint.dialect();
        let whole = match answered {
            Ok(Answered::Routed(Answer::Stream(events))) => {
                let snapshot = Arc::clone(&self.entered.snapshot);
                return stream::response(events, passage, dialect, snapshot);
            }
            Ok(Answered::Killed) => {
                passage.killed_early();
                return stream::killed(dialect);
            }
            Ok(Answered::Routed(Answer::Whole(whole))) => self.shortened(whole, &mut passage),
            Err(error) => Err(error),
        };
        match whole {
            Ok(body) => json(body),
            Err(error) => {
                passage.failed(&error);
                error.into_response()
            }
        }
    }

    /// Settles a whole answer, and gives it the short form if the client wants that.
    fn shortened(&self, whole: Whole, passage: &mut Passage) -> Result<Bytes, GatewayError> {
        if self.endpoint != (Endpoint::Messages { short: true }) {
            passage.answered(&whole);
            return Ok(whole.body);
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let charge = Charge {
            now_ms: now.map_or(0, |now| now.as_millis() as u64),
            credits_charged: as_credits(passage.charge(&whole)),
        };
        let model = passage.log.model.as_deref().unwrap_or_default();
        let short = simplify(&whole.body, model, &charge).map_err(|fault| {
            let message = "The provider's reply could not be read.";
            GatewayError::new(ErrorKind::ProviderError, message).because(fault)
        })?;
        passage.answered(&whole);
        Ok(short.into())
    }
}

fn check_plan(snapshot: &Snapshot, caller: Option<&Caller>, model: &Model) -> Result<(), GatewayError> {
    if snapshot.allows(caller.map(|caller| &*caller.plan), model) {
        return Ok(());
    }
    let message = format!("Your plan does not include the model `{}`.", model.id);
    Err(GatewayError::new(ErrorKind::ModelNotAllowed, message))
}

/// A JSON response.
pub(super) fn json(body: Bytes) -> Response {
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

//! One line of a batch, answered as a live request of its caller would be: by the same pipeline, in the endpoint's dialect.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use http::HeaderMap;
use jackfield_accounting::callers::Caller;
use jackfield_dialects::json::Members;
use jackfield_dialects::{Dialect, Endpoint};
use tokio::time::Instant;

use crate::error::{ErrorKind, GatewayError};
use crate::record::{RequestRecord, Spent};
use crate::request::answered::answered;
use crate::request::course::Course;
use crate::request::pipeline::{Outcome, Pipeline};
use crate::request::{Gateway, RequestGuard};
use crate::routing::Answer;
use crate::snapshot::Snapshot;

/// How the lines of a batch are asked.
#[derive(Debug, Clone)]
pub(super) struct Manner {
    /// The dialect of the endpoint.
    pub(super) dialect: Dialect,
    /// Where a live request would have come, and what is asked there.
    pub(super) endpoint: Endpoint,
    /// The headers of the order.
    pub(super) headers: HeaderMap,
}

/// What a line was answered.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) body: Bytes,
    pub(super) request_id: Arc<str>,
    /// What its upstream was not sent.
    pub(super) dropped: String,
}

/// How a line's call ended.
#[derive(Debug)]
pub(super) enum Called {
    /// It has its answer, which may be an error.
    Replied(Reply),
    /// There is no room for it at the moment.
    Later(Duration),
    /// Its providers failed. The answer is what it has if it is not tried again.
    Failed(Reply),
    /// The gateway is shutting down.
    Draining,
}

/// Asks with this body on behalf of `caller`.
pub(super) async fn call(
    gateway: &Gateway,
    snapshot: &Snapshot,
    caller: Option<Arc<Caller>>,
    manner: &Manner,
    body: Bytes,
) -> Called {
    let id: Arc<str> = format!("req_{:032x}", fastrand::u128(..)).into();
    let Endpoint { path, operation } = manner.endpoint;
    let mut record = RequestRecord::new(&id, operation, snapshot.generation, Instant::now());
    record.endpoint = path;
    if let Some(trace) = gateway.traces.begin(snapshot, &manner.headers) {
        record.spent = Arc::new(Spent::noted(Some(trace), None));
    }
    record.slow = snapshot.config.log.slow;
    let mut guard = RequestGuard::new(record, &gateway.sinks);
    guard.record.caller = caller;
    // Nothing is used again but the snapshot's state, whose locks survive a panic.
    let asked = AssertUnwindSafe(asked(gateway, snapshot, manner, &body, &mut guard));
    let answer = asked.catch_unwind().await.unwrap_or_else(|_| {
        tracing::error!(id = &*id, "a line of a batch met a bug in the gateway and was ended");
        let message = "The gateway failed. This is a bug; please report it with the request's id.";
        Err(GatewayError::new(ErrorKind::Internal, message))
    });
    let reply = |status, body| Reply {
        status,
        body,
        request_id: Arc::clone(&id),
        dropped: String::new(),
    };
    match answer {
        Ok(body) => {
            let dropped = guard.record.attempts.dropped().to_owned();
            guard.complete();
            Called::Replied(Reply {
                dropped,
                ..reply(200, body)
            })
        }
        Err(error) => {
            guard.failed(&error);
            let told = || reply(error.status().as_u16(), manner.dialect.error(&error.facts()).into());
            match urgency(error.kind) {
                _ if gateway.drain.is_draining() => Called::Draining,
                Urgency::None => Called::Later(error.retry_after.unwrap_or_default()),
                Urgency::Some => Called::Failed(told()),
                Urgency::Final => Called::Replied(told()),
            }
        }
    }
}

/// What an error says about trying again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Urgency {
    /// Whenever there is room.
    None,
    /// A few times.
    Some,
    /// Never.
    Final,
}

fn urgency(kind: ErrorKind) -> Urgency {
    match kind {
        ErrorKind::DailyLimit
        | ErrorKind::HourlyLimit
        | ErrorKind::MinuteLimit
        | ErrorKind::ConcurrentStreamLimit
        | ErrorKind::ProviderRateLimited
        | ErrorKind::ShaperUnavailable
        | ErrorKind::Overloaded => Urgency::None,
        ErrorKind::ProviderError | ErrorKind::ProviderTimeout | ErrorKind::ShaperFailed => Urgency::Some,
        _ => Urgency::Final,
    }
}

/// The whole answer, ready to be settled.
async fn asked(
    gateway: &Gateway,
    snapshot: &Snapshot,
    manner: &Manner,
    body: &Bytes,
    guard: &mut RequestGuard,
) -> Result<Bytes, GatewayError> {
    let server = &snapshot.config.server;
    // Half of the room is left to live requests.
    let most = (server.max_concurrent_requests / 2).max(1);
    guard.in_flight = Some(Arc::new(gateway.drain.begin(most)?));
    guard.live = Some(gateway.live.begin(&guard.record));
    if body.len() > server.max_body_bytes {
        let message = format!("The body is larger than {} bytes.", server.max_body_bytes);
        return Err(GatewayError::new(ErrorKind::RequestTooLarge, message));
    }
    refuse_stream(body)?;
    let user = guard.record.caller.as_ref().map(|caller| &caller.user);
    let mut room = gateway.bodies.room(user, server);
    room.grow(body.len())?;
    let headers = &manner.headers;
    let dialect = manner.dialect.variant(&|name| headers.contains_key(name));
    let course = Course::new(&gateway.turns);
    let pipeline = Pipeline {
        gateway,
        snapshot,
        dialect,
        operation: manner.endpoint.operation,
        headers,
        course: &course,
    };
    pipeline.glance(guard.record.caller.as_deref())?;
    match pipeline.run((body, None), guard).await? {
        Outcome::Answered(Answer::Whole(whole)) => answered(whole, guard, dialect, &gateway.recent),
        Outcome::Answered(Answer::Stream(_)) | Outcome::Killed => Err(no_stream()),
    }
}

/// Refuses to stream, before anything is asked and paid for.
fn refuse_stream(body: &[u8]) -> Result<(), GatewayError> {
    // What is no object is for the dialect to refuse.
    let members = Members::parse(body).ok();
    let asked = members.as_ref().and_then(|members| members.get("stream"));
    if asked.is_some_and(|stream| stream.get() == "true") {
        return Err(no_stream());
    }
    Ok(())
}

fn no_stream() -> GatewayError {
    let message = "stream: must be false or left out; batches are not streamed";
    GatewayError::new(ErrorKind::InvalidRequest, message)
}

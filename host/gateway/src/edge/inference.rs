//! The inference endpoint: passes a request to the pipeline and turns its outcome into a response.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use jackfield_dialects::{Address, Dialect, Endpoint};
use tokio::time::Instant;

use super::body::Reading;
use super::entered::Entered;
use super::reply::{Finished, Reply, Watch, Work};
use super::{ahead, auth, stream, whole};
use crate::error::GatewayError;
use crate::listen::Reader;
use crate::record::{RequestRecord, Spent};
use crate::request::answered::answered;
use crate::request::course::Course;
use crate::request::drain::InFlight;
use crate::request::heavy::Movable;
use crate::request::pipeline::{Outcome, Pipeline};
use crate::request::{Gateway, RequestGuard};
use crate::routing::Answer;
use crate::snapshot::Snapshot;

const ATTEMPTS: HeaderName = HeaderName::from_static("x-jackfield-attempts");
const CACHE: HeaderName = HeaderName::from_static("x-jackfield-cache");
const DROPPED: HeaderName = HeaderName::from_static("x-jackfield-dropped");
const MODEL: HeaderName = HeaderName::from_static("x-jackfield-model");
const SUBSTITUTE: HeaderName = HeaderName::from_static("x-jackfield-substitute");

/// What a request asks for, as far as its path says.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    /// The path as it is listed, and the operation.
    pub(super) endpoint: Endpoint,
    /// What the path says besides, in dialects whose paths name the model.
    pub(super) address: Option<Address>,
}

/// Serves one request. The response is that of its outcome, unless a stream's last target is silent for so long that
/// the head is sent ahead. A response whose connection keeps the request in flight until the last byte is written comes
/// with what counts it.
pub(super) async fn serve(
    gateway: Arc<Gateway>,
    entered: Entered,
    (request, reader): (Request, Option<Reader>),
    dialect: Dialect,
    asked: Asked,
) -> (Response, Option<Arc<InFlight>>) {
    let reply = Reply {
        dialect: dialect.variant(&|name| request.headers().contains_key(name)),
        framing: asked
            .address
            .as_ref()
            .map(|address| address.framing)
            .unwrap_or_default(),
        snapshot: Arc::clone(&entered.snapshot),
        reader,
        recent: Arc::clone(&gateway.recent),
        watch: request.extensions().get().cloned(),
    };
    let head_after = reply.snapshot.config.server.stream_head_after;
    let course = Arc::new(Course::new(&gateway.turns));
    let (dialect, telling) = (reply.dialect, Arc::clone(&course));
    // The future is large: it is made where it stays, instead of being copied there.
    let place = Box::new_uninit();
    let work = Box::write(place, work(gateway, entered, request, dialect, asked, telling));
    let mut work: Work = Movable::new(Box::into_pin(work), Arc::clone(&course));
    tokio::select! {
        biased;
        finished = &mut work => respond(finished, reply),
        () = course.progress.last_target_for(head_after) => (ahead::response(work, reply), None),
    }
}

/// Runs a request through the pipeline.
async fn work(
    gateway: Arc<Gateway>,
    entered: Entered,
    request: Request,
    dialect: Dialect,
    asked: Asked,
    course: Arc<Course>,
) -> Finished {
    let (head, body) = request.into_parts();
    let generation = entered.snapshot.generation;
    let Asked { endpoint, address } = asked;
    let Endpoint { path, operation } = endpoint;
    let mut record = RequestRecord::new(&entered.id, operation, generation, entered.started);
    record.endpoint = path;
    let tape = head.extensions.get().and_then(|watch: &Watch| watch.tape.clone());
    let trace = gateway.traces.begin(&entered.snapshot, &head.headers);
    if trace.is_some() || tape.is_some() {
        record.spent = Arc::new(Spent::noted(trace, tape));
    }
    record.slow = entered.snapshot.config.log.slow;
    let mut guard = RequestGuard::new(record, &gateway.sinks);
    let pipeline = Pipeline {
        gateway: &gateway,
        snapshot: &entered.snapshot,
        dialect,
        operation,
        headers: &head.headers,
        course: &course,
    };
    let outcome = outcome(&pipeline, address.as_ref(), body, &mut guard).await;
    (guard, outcome)
}

/// Authenticates the caller, counts the request as in-flight, glances at their quota, reads the body, and runs it through the pipeline.
async fn outcome(
    pipeline: &Pipeline<'_>,
    address: Option<&Address>,
    body: Body,
    guard: &mut RequestGuard,
) -> Result<Outcome, GatewayError> {
    let Pipeline {
        gateway,
        snapshot,
        headers,
        ..
    } = *pipeline;
    guard.record.caller = auth::required(gateway, snapshot, headers).await?;
    let server = &snapshot.config.server;
    guard.in_flight = Some(Arc::new(gateway.drain.begin(server.max_concurrent_requests)?));
    guard.live = Some(gateway.live.begin(&guard.record));
    let glanced = pipeline.glance(guard.record.caller.as_deref());
    // Where the path does not name the model, the body would, which is not read.
    glanced.inspect_err(|_| address.iter().for_each(|address| guard.refused_for(&address.model)))?;
    let user = guard.record.caller.as_ref().map(|caller| &caller.user);
    let reading = Reading {
        max_bytes: server.max_body_bytes,
        patience: server.body_timeout,
        passage: &pipeline.course.passage,
        room: gateway.bodies.room(user, server),
    };
    // The room is given back with the body, before a stream begins.
    let began = Instant::now();
    if pipeline.operation.takes_form() {
        let (fields, form, _room) = reading.form(headers, body).await?;
        guard.record.spent.waited(began.elapsed());
        return pipeline.run((&fields, Some(&form)), guard).await;
    }
    let (mut body, _room) = reading.json(headers, body).await?;
    guard.record.spent.waited(began.elapsed());
    if let Some(address) = address {
        let written = || address.written_in(&body);
        body = pipeline.course.passage.heavy(body.len(), written).await?.into();
    }
    pipeline.run((&body, None), guard).await
}

/// Step 12 of a request's life (ARCHITECTURE.md).
fn respond((guard, outcome): Finished, reply: Reply) -> (Response, Option<Arc<InFlight>>) {
    let answered = matches!(outcome, Ok(Outcome::Answered(_)));
    let names = names(&reply.snapshot, &guard.record, answered);
    reply.tell(&guard.record.attempts, matches!(outcome, Ok(Outcome::Killed)));
    let in_flight = guard.in_flight.clone();
    let mut response = written(outcome, guard, reply);
    response.headers_mut().extend(names);
    (response, in_flight)
}

fn written(outcome: Result<Outcome, GatewayError>, mut guard: RequestGuard, reply: Reply) -> Response {
    let whole = match outcome {
        Ok(Outcome::Answered(Answer::Stream(events))) => return stream::response(events, guard, reply),
        Ok(Outcome::Killed) => {
            guard.killed_early();
            return stream::killed(reply.dialect, reply.framing);
        }
        Ok(Outcome::Answered(Answer::Whole(whole))) => answered(whole, &mut guard, reply.dialect, &reply.recent),
        Err(error) => Err(error),
    };
    match whole {
        Ok(body) => whole::response(body, guard, reply.reader),
        Err(error) => {
            guard.failed(&error);
            error.into_response()
        }
    }
}

/// The headers that list the attempts and name the upstream's model that answered, as far as the configuration exposes
/// them and there were any attempts; the one that names the model that serves in place of the one that was asked for; the
/// one that lists what that upstream was not sent; and those that its adapter adds. Of an answer that the cache gave, its age.
fn names(snapshot: &Snapshot, record: &RequestRecord, answered: bool) -> HeaderMap {
    let attempts = &record.attempts;
    let server = &snapshot.config.server;
    let mut names = HeaderMap::new();
    let mut add = |name, value: Option<String>| {
        if let Some(value) = value.and_then(|value| HeaderValue::try_from(value).ok()) {
            names.insert(name, value);
        }
    };
    let listed = server.expose_attempts && !attempts.records().is_empty();
    add(ATTEMPTS, listed.then(|| attempts.header(answered)));
    let model = attempts.model().filter(|_| server.expose_model && answered);
    add(MODEL, model.map(str::to_owned));
    let cached = record.cached.as_ref().filter(|_| answered);
    add(CACHE, cached.map(|cached| cached.by.as_str().to_owned()));
    let kept = cached.filter(|_| record.is_from_cache());
    add(header::AGE, kept.map(|kept| kept.age.as_secs().to_string()));
    let dropped = kept.map_or(attempts.dropped(), |kept| &*kept.dropped);
    let dropped = Some(dropped).filter(|dropped| answered && !dropped.is_empty());
    add(DROPPED, dropped.map(str::to_owned));
    add(
        SUBSTITUTE,
        record.asked_model.as_ref().map(|_| record.model().to_owned()),
    );
    if answered {
        names.extend(attempts.headers().iter().cloned());
    }
    names
}

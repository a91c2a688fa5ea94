//! An answer in the playground as server-sent events: its head, what was tried as soon as that is known, the body as it
//! comes, and how it ended.
//!
//! The body is read when the connection wants more of it, and dropped with it: whoever leaves ends their request.

use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use futures_util::stream::try_unfold;
use jackfield_dialects::Framing;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;
use tokio::time::Instant;

use super::super::reply::Watch;
use super::super::stream::of_events;
use super::trial_answer::{Ending, TrialAnswer};
use super::tried::AllTried;
use crate::error::GatewayError;
use crate::request::drain::InFlight;
use jackfield_accounting::clock::millis;

/// The head of an answer.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct TrialHead {
    pub(super) status: u16,
    /// The headers, each with its value.
    pub(super) headers: Vec<(String, String)>,
}

/// How an answer ended.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct TrialEnd {
    /// Until the last byte.
    pub(super) took_ms: u64,
    #[serde(flatten)]
    pub(super) tried: AllTried,
    /// Whether the body is longer than what is shown.
    pub(super) cut: bool,
    /// Whether it is a stream that did not come to its own end: it failed, or somebody ended it.
    pub(super) interrupted: bool,
}

/// An answer on its way.
struct TrialStream {
    answer: TrialAnswer,
    watch: Watch,
    began: Instant,
    /// It was said what was tried.
    told: bool,
    ended: bool,
    /// The request counts as in flight until its end is told.
    _in_flight: Option<Arc<InFlight>>,
}

/// The response that passes this one on as events.
pub(super) fn response(
    head: &TrialHead,
    answer: TrialAnswer,
    (watch, began): (Watch, Instant),
    in_flight: Option<Arc<InFlight>>,
) -> Response {
    let stream = TrialStream {
        answer,
        watch,
        began,
        told: false,
        ended: false,
        _in_flight: in_flight,
    };
    let first = event("answer", head);
    let events = try_unfold((Some(first), stream), async |(first, mut stream)| {
        let next = match first {
            Some(first) => Some(first + &stream.tried().await?),
            None => stream.next().await?,
        };
        Ok::<_, GatewayError>(next.map(|events| (events, (None, stream))))
    });
    of_events(Body::from_stream(events), Framing::Events)
}

// === impl TrialStream ===

impl TrialStream {
    /// The next events; `None` after the end.
    async fn next(&mut self) -> Result<Option<String>, GatewayError> {
        if self.ended {
            return Ok(None);
        }
        let Some(text) = self.answer.next().await else {
            self.ended = true;
            let end = TrialEnd::of(self.answer.ending, &self.watch, self.began).await?;
            return Ok(Some(event("end", &end)));
        };
        Ok(Some(self.tried().await? + &event("piece", &json!({ "text": text }))))
    }

    /// The event that says what was tried, once that is known and was not said.
    async fn tried(&mut self) -> Result<String, GatewayError> {
        if self.told || !self.watch.told().known {
            return Ok(String::new());
        }
        self.told = true;
        Ok(event("attempts", &AllTried::seen(&self.watch).await?))
    }
}

// === impl TrialEnd ===

impl TrialEnd {
    /// Of an answer that has been read to this end.
    pub(super) async fn of(ending: Ending, watch: &Watch, began: Instant) -> Result<Self, GatewayError> {
        let took_ms = millis(began.elapsed());
        Ok(Self {
            took_ms,
            tried: AllTried::seen(watch).await?,
            cut: ending.cut,
            interrupted: ending.broken || watch.told().interrupted,
        })
    }
}

fn event(name: &str, data: &impl Serialize) -> String {
    let data = serde_json::to_string(data).unwrap_or_default();
    format!("event: {name}\ndata: {data}\n\n")
}

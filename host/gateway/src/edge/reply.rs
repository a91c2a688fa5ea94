//! What a response is made of, whenever it is written.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Body;
use axum::response::Response;
use http::{HeaderValue, header};
use jackfield_dialects::{Dialect, Framing};

use crate::error::GatewayError;
use crate::listen::Reader;
use crate::record::{AttemptRecord, Attempts};
use crate::request::RequestGuard;
use crate::request::course::Course;
use crate::request::heavy::Movable;
use crate::request::pipeline::Outcome;
use crate::request::recent_items::RecentItems;
use crate::snapshot::Snapshot;
use crate::tape::Tape;

/// A request that has come to an answer or an error, and has yet to be settled.
pub(super) type Finished = (RequestGuard, Result<Outcome, GatewayError>);

/// A request on its way there.
pub(super) type Work = Movable<Finished, Course>;

/// For whom and how a response is written.
#[derive(Clone)]
pub(super) struct Reply {
    /// The dialect that the client speaks.
    pub(super) dialect: Dialect,
    /// How the client wants the events of a stream.
    pub(super) framing: Framing,
    /// The snapshot that serves the request.
    pub(super) snapshot: Arc<Snapshot>,
    /// The client; `None` without a connection.
    pub(super) reader: Option<Reader>,
    /// Remembers the items of answers.
    pub(super) recent: Arc<RecentItems>,
    /// Where the attempts are told, for whoever tries something out.
    pub(super) watch: Option<Watch>,
}

/// What was tried for a request so far, and what was exchanged for that; an extension of the request.
#[derive(Clone, Debug)]
pub(super) struct Watch {
    told: Arc<Mutex<Told>>,
    /// Records the exchanges, for those who may see them.
    pub(super) tape: Option<Tape>,
}

/// What whoever watches a request is told of it: when its answer begins, and once more when a stream ends.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// Something was told.
    pub(super) known: bool,
    /// The attempts.
    pub(super) attempts: Vec<AttemptRecord>,
    /// Its stream did not come to its own end.
    pub(super) interrupted: bool,
}

// === impl Reply ===

impl Reply {
    /// Tells whoever watches the request what was tried, and whether its stream is interrupted.
    pub(super) fn tell(&self, attempts: &Attempts, interrupted: bool) {
        if let Some(watch) = &self.watch {
            *watch.told() = Told {
                known: true,
                attempts: attempts.records().to_vec(),
                interrupted,
            };
        }
    }
}

// === impl Watch ===

impl Watch {
    /// Nothing is told yet. What is exchanged goes to this tape.
    pub(super) fn new(tape: Option<Tape>) -> Self {
        Self {
            told: Arc::default(),
            tape,
        }
    }

    /// What was told so far.
    pub(super) fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A response with this JSON text.
pub(super) fn json(body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}

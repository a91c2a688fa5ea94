//! What each request has from the start: its id and its snapshot.

use std::fmt::Write;
use std::sync::Arc;
use std::time::SystemTime;

use http::{HeaderMap, HeaderName, HeaderValue};
use tokio::time::Instant;

use crate::request::Gateway;
use crate::snapshot::Snapshot;
use jackfield_accounting::clock::unix_millis;
use jackfield_dialects::{ClientDialect, Dialect};

/// The id that names a request in the client's log and in ours.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

const GENERATION: HeaderName = HeaderName::from_static("x-jackfield-generation");

/// What each request carries from the start; an extension of those that the router serves.
#[derive(Debug, Clone)]
pub(super) struct Entered {
    /// Its id: the client's `x-request-id` if that is valid, otherwise a new one.
    pub(super) id: Arc<str>,
    /// The snapshot that serves it until it ends.
    pub(super) snapshot: Arc<Snapshot>,
    /// When it arrived.
    pub(super) started: Instant,
    /// The dialect that its client speaks, by its path or else by its headers; `None` if neither tells.
    pub(super) dialect: Option<Dialect>,
}

// === impl Entered ===

impl Entered {
    /// A request with these headers, which the present snapshot serves.
    pub(super) fn now(gateway: &Gateway, headers: &HeaderMap, dialect: Option<Dialect>) -> Self {
        Self {
            id: request_id(headers),
            snapshot: gateway.current.load(),
            started: Instant::now(),
            dialect,
        }
    }

    /// Adds what names the request, and what served it, to its response.
    pub(super) fn mark(&self, headers: &mut HeaderMap) {
        if let Ok(id) = HeaderValue::from_str(&self.id) {
            if let Some(own) = self.dialect.and_then(ClientDialect::request_id_header) {
                headers.insert(HeaderName::from_static(own), id.clone());
            }
            headers.insert(REQUEST_ID, id);
        }
        if self.snapshot.config.server.expose_generation {
            headers.insert(GENERATION, self.snapshot.generation.into());
        }
    }
}

fn request_id(headers: &HeaderMap) -> Arc<str> {
    let sane = |id: &&str| (1..=128).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic());
    let given = headers.get(REQUEST_ID).and_then(|id| id.to_str().ok()).filter(sane);
    given.map_or_else(new_id, Arc::from)
}

/// An id that nobody guesses. It begins with the milliseconds since 1970, so that the ledger's index of ids grows at its end.
fn new_id() -> Arc<str> {
    let mut id = String::with_capacity(36);
    let (time, random) = (unix_millis(SystemTime::now()), fastrand::u128(..) >> 48);
    let _ = write!(id, "req_{time:012x}{random:020x}");
    id.into()
}

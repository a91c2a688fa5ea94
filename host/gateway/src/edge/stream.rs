//! A stream as a response body: pieces as they come, a comment in silence, an error event where it breaks off.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream::unfold;
use http::{HeaderName, HeaderValue, header};
use tokio::time::sleep;

use super::passage::{KILLED, Passage, cut, killed as killed_by_user};
use crate::error::Class;
use crate::routing::{ClientStream, Piece};
use crate::snapshot::Snapshot;
use jackfield_dialects::{Dialect, error_event};

/// A comment, which clients pass over and which keeps proxies from closing (WHATWG HTML, "Server-sent events", 9.2.7).
const KEEP_ALIVE: &[u8] = b": keep-alive\n\n";

/// Everything that lives as long as the stream. Dropped by the server when the client hangs up, it takes the
/// exchange with the upstream along.
struct Streaming {
    events: Box<ClientStream>,
    passage: Passage,
    dialect: Dialect,
    keep_alive: Duration,
    ended: bool,
    /// Holds the generation that the stream began with until it ends.
    _snapshot: Arc<Snapshot>,
}

/// The response.
pub(super) fn response(
    events: Box<ClientStream>,
    mut passage: Passage,
    dialect: Dialect,
    snapshot: Arc<Snapshot>,
) -> Response {
    passage.log.answered(200);
    let streaming = Streaming {
        events,
        passage,
        dialect,
        keep_alive: snapshot.config.server.keep_alive,
        ended: false,
        _snapshot: snapshot,
    };
    let pieces = unfold(streaming, async |mut streaming| {
        let bytes = streaming.next().await?;
        Some((Ok::<_, Infallible>(bytes), streaming))
    });
    of_events(Body::from_stream(pieces))
}

/// The response of a stream that its user ended before it had begun.
pub(super) fn killed(dialect: Dialect) -> Response {
    of_events(Body::from(last_words(dialect)))
}

/// A response of server-sent events.
fn of_events(body: Body) -> Response {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    // Otherwise nginx in front of us would collect the events.
    headers.insert(
        HeaderName::from_static("x-accel-buffering"),
        HeaderValue::from_static("no"),
    );
    response
}

/// How a stream ends that its user has ended. Anthropic's protocol has no such end, and one that looks finished would
/// be a lie there.
fn last_words(dialect: Dialect) -> Bytes {
    match dialect {
        Dialect::OpenaiChat => KILLED,
        Dialect::AnthropicMessages => error_event(dialect, "The stream was ended by its user.").into(),
    }
}

// === impl Streaming ===

impl Streaming {
    /// The next bytes; `None` after the end.
    /// Step 12 of a request's life (ARCHITECTURE.md).
    async fn next(&mut self) -> Option<Bytes> {
        if self.ended {
            return None;
        }
        let piece = tokio::select! {
            biased;
            () = killed_by_user(self.passage.running.as_ref()) => {
                self.passage.log.killed();
                return Some(self.end(last_words(self.dialect)));
            }
            piece = self.events.next() => piece,
            () = sleep(self.keep_alive) => return Some(Bytes::from_static(KEEP_ALIVE)),
            () = cut(self.passage.flight.as_ref()) => {
                return Some(self.break_off("the gateway is shutting down", "The gateway is shutting down."));
            }
        };
        match piece {
            Ok(Some(Piece::Events(bytes))) => Some(bytes),
            Ok(Some(Piece::Last(bytes))) => {
                self.passage.log.finished();
                Some(self.end(bytes))
            }
            Ok(None) => None,
            Err(failure) => {
                let message = for_client(self.events.provider(), failure.class);
                Some(self.break_off(&failure.to_string(), &message))
            }
        }
    }

    fn break_off(&mut self, reason: &str, message: &str) -> Bytes {
        self.passage.log.broke_off(reason);
        self.end(error_event(self.dialect, message).into())
    }

    /// Settles the request before its last bytes go out.
    fn end(&mut self, last: Bytes) -> Bytes {
        self.ended = true;
        self.passage.streamed(&self.events);
        last
    }
}

impl Drop for Streaming {
    fn drop(&mut self) {
        if !self.ended {
            self.passage.streamed(&self.events);
        }
    }
}

/// What a client may know: who failed and how, never the upstream's own words.
fn for_client(provider: &str, class: Class) -> String {
    format!("The stream broke off: {provider} {}.", class.phrase())
}

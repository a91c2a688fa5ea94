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

use crate::dialect::openai::error_event;
use crate::error::Class;
use crate::routing::{ClientStream, Piece};
use crate::server::Flight;
use crate::snapshot::Snapshot;
use crate::telemetry::RequestLog;

/// A comment, which clients pass over and which keeps proxies from closing (WHATWG HTML, "Server-sent events", 9.2.7).
const KEEP_ALIVE: &[u8] = b": keep-alive\n\n";

/// Everything that lives as long as the stream. Dropped by the server when the client hangs up, it takes the
/// exchange with the upstream along.
struct Streaming {
    events: Box<ClientStream>,
    log: RequestLog,
    flight: Flight,
    keep_alive: Duration,
    ended: bool,
    /// Holds the generation that the stream began with until it ends.
    _snapshot: Arc<Snapshot>,
}

/// The response.
pub(super) fn response(
    events: Box<ClientStream>,
    log: RequestLog,
    flight: Flight,
    keep_alive: Duration,
    snapshot: Arc<Snapshot>,
) -> Response {
    let streaming = Streaming {
        events,
        log,
        flight,
        keep_alive,
        ended: false,
        _snapshot: snapshot,
    };
    let pieces = unfold(streaming, async |mut streaming| {
        let bytes = streaming.next().await?;
        Some((Ok::<_, Infallible>(bytes), streaming))
    });
    let mut response = Response::new(Body::from_stream(pieces));
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/event-stream"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    // Otherwise nginx in front of us would collect the events.
    headers.insert(
        HeaderName::from_static("x-accel-buffering"),
        HeaderValue::from_static("no"),
    );
    response
}

// === impl Streaming ===

impl Streaming {
    /// The next bytes; `None` after the end.
    /// Step 10 of a request's life (ARCHITECTURE.md).
    async fn next(&mut self) -> Option<Bytes> {
        if self.ended {
            return None;
        }
        let piece = tokio::select! {
            biased;
            piece = self.events.next() => piece,
            () = sleep(self.keep_alive) => return Some(Bytes::from_static(KEEP_ALIVE)),
            () = self.flight.cut() => {
                return Some(self.break_off("the gateway is shutting down", "The gateway is shutting down."));
            }
        };
        match piece {
            Ok(Some(Piece::Events(bytes))) => Some(bytes),
            Ok(Some(Piece::Last(bytes))) => {
                self.ended = true;
                self.log.finished();
                self.note_usage();
                Some(bytes)
            }
            Ok(None) => None,
            Err(failure) => {
                let message = for_client(self.events.provider(), failure.class);
                Some(self.break_off(&failure.to_string(), &message))
            }
        }
    }

    fn break_off(&mut self, reason: &str, message: &str) -> Bytes {
        self.ended = true;
        self.log.broke_off(reason);
        self.note_usage();
        error_event(message).into()
    }

    fn note_usage(&mut self) {
        self.log.usage = self.events.usage();
        self.log.first_content = self.events.first_content();
    }
}

impl Drop for Streaming {
    fn drop(&mut self) {
        if !self.ended {
            self.note_usage();
        }
    }
}

/// What a client may know: who failed and how, never the upstream's own words.
fn for_client(provider: &str, class: Class) -> String {
    format!("The stream broke off: {provider} {}.", class.phrase())
}

//! A stream as a response body: pieces as they come, a comment in silence, an error event where it breaks off.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream::unfold;
use http::{HeaderName, HeaderValue, header};
use jackfield_dialects::{Dialect, Interruption};
use tokio::time::sleep;

use crate::attempt::{Adapter, Provider, Then};
use crate::error::Class;
use crate::record::End;
use crate::request::RequestGuard;
use crate::request::drain::InFlight;
use crate::request::kill_switch::KillSwitch;
use crate::routing::ClientStream;
use crate::snapshot::Snapshot;

/// A comment, which clients pass over and which keeps proxies from closing (WHATWG HTML, "Server-sent events", 9.2.7).
const KEEP_ALIVE: &[u8] = b": keep-alive\n\n";

/// Everything that lives as long as the stream. Dropped by the server when the client hangs up, it takes the
/// exchange with the upstream along.
struct Streaming {
    events: Box<UpstreamEvents>,
    guard: RequestGuard,
    dialect: Dialect,
    keep_alive: Duration,
    ended: bool,
    /// Holds the generation that the stream began with until it ends.
    _snapshot: Arc<Snapshot>,
}

type UpstreamEvents = ClientStream<<Adapter as Provider>::Stream>;

/// The response.
pub(super) fn response(
    events: Box<UpstreamEvents>,
    mut guard: RequestGuard,
    dialect: Dialect,
    snapshot: &Arc<Snapshot>,
) -> Response {
    guard.streaming();
    let streaming = Streaming {
        events,
        guard,
        dialect,
        keep_alive: snapshot.config.server.keep_alive,
        ended: false,
        _snapshot: Arc::clone(snapshot),
    };
    let pieces = unfold(streaming, async |mut streaming| {
        let bytes = streaming.next().await?;
        Some((Ok::<_, Infallible>(bytes), streaming))
    });
    of_events(Body::from_stream(pieces))
}

/// The response of a stream that its user ended before it had begun.
pub(super) fn killed(dialect: Dialect) -> Response {
    of_events(Body::from(dialect.interrupted(Interruption::Killed)))
}

/// A response of server-sent events.
fn of_events(body: Body) -> Response {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    // Otherwise nginx in front of us would collect the events.
    let buffering = HeaderName::from_static("x-accel-buffering");
    headers.insert(buffering, HeaderValue::from_static("no"));
    response
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
            () = KillSwitch::killed(self.guard.kill_switch.as_ref()) => {
                return Some(self.end(End::Killed, Bytes::new(), Some(Interruption::Killed)));
            }
            piece = self.events.next() => piece,
            () = sleep(self.keep_alive) => return Some(Bytes::from_static(KEEP_ALIVE)),
            () = InFlight::cut(self.guard.in_flight.as_ref()) => {
                let end = End::BrokeOff("the gateway is shutting down".to_owned());
                let last = Interruption::Failed("The gateway is shutting down.");
                return Some(self.end(end, Bytes::new(), Some(last)));
            }
        };
        Some(match piece.then {
            Then::More => piece.events,
            Then::End => self.end(End::Complete, piece.events, None),
            Then::Broke(failure) => {
                let message = for_client(self.events.provider(), failure.class);
                let end = End::BrokeOff(failure.to_string());
                self.end(end, piece.events, Some(Interruption::Failed(&message)))
            }
        })
    }

    /// Settles the request before its last bytes go out.
    fn end(&mut self, end: End, events: Bytes, interruption: Option<Interruption<'_>>) -> Bytes {
        self.ended = true;
        self.guard.record.end = end;
        self.guard.streamed(&self.events);
        match interruption {
            None => events,
            Some(interruption) => [&events[..], &self.dialect.interrupted(interruption)].concat().into(),
        }
    }
}

impl Drop for Streaming {
    /// The client has hung up.
    fn drop(&mut self) {
        if !self.ended {
            self.guard.streamed(&self.events);
        }
    }
}

/// What a client may know: who failed and how, never the upstream's own words.
fn for_client(provider: &str, class: Class) -> String {
    format!("The stream broke off: {provider} {}.", class.phrase())
}

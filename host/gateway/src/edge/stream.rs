//! A stream as a response body: pieces as they arrive, a comment while it is silent, an error event if it breaks off.

use std::future::pending;
use std::pin::Pin;
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, header};
use jackfield_dialects::{Dialect, Framing, Interruption};
use tokio::time::{Sleep, sleep, sleep_until, timeout};

use super::framing::Framer;
use super::outlet::{self, Outlet};
use super::reply::Reply;
use super::shaped::{ShapedPiece, ShapedPieces};
use super::whole::unfinished;
use crate::attempt::{Adapter, Provider, Then};
use crate::error::{Class, Failure, GatewayError};
use crate::listen::Reader;
use crate::record::End;
use crate::request::RequestGuard;
use crate::request::drain::InFlight;
use crate::request::kill_switch::{EndedBy, KillSwitch, ended_by_operator};
use crate::routing::ClientStream;

/// A comment, which clients ignore, keeps proxies from closing the connection (WHATWG HTML, section 9.2.7).
pub(super) const KEEP_ALIVE: &[u8] = b": keep-alive\n\n";

/// How long the last words of a stream that was ended wait for a client that does not read.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Everything that lives as long as the stream. If the client hangs up, its task drops it, which also ends the exchange
/// with the upstream.
pub(super) struct Streaming {
    events: Box<UpstreamEvents>,
    /// What follows the events that the shapers are at.
    shaped: ShapedPieces,
    guard: RequestGuard,
    /// Keeps the stream's generation alive until the stream ends.
    reply: Reply,
    /// The client has stopped sending, and was sent a comment since, whose fate will show whether it still reads.
    probed: bool,
    /// Rings when the stream must have ended.
    over: Pin<Box<Sleep>>,
    ended: bool,
    /// It was ended because somebody would not wait for it any longer, its client's reading included.
    hurry: bool,
}

type UpstreamEvents = ClientStream<<Adapter as Provider>::Stream>;

/// The response that streams `events` and settles the request at its end.
pub(super) fn response(events: Box<UpstreamEvents>, guard: RequestGuard, reply: Reply) -> Response {
    let media_type = events.media_type().cloned();
    let framing = if media_type.is_some() {
        Framing::Events
    } else {
        reply.framing
    };
    let streaming = Streaming::new(events, guard, reply);
    let mut response = of_events(outlet::body(framing, |outlet| streaming.run(outlet)), framing);
    if let Some(media_type) = media_type {
        response.headers_mut().insert(header::CONTENT_TYPE, media_type);
    }
    response
}

/// The response for a stream that its user killed before its first content.
pub(super) fn killed(dialect: Dialect, framing: Framing) -> Response {
    let mut framer = Framer::new(framing);
    let last = framer.framed(dialect.interrupted(Interruption::Killed).into());
    of_events(Body::from([last, framer.end()].concat()), framing)
}

/// A response with the events of a stream in this framing.
pub(super) fn of_events(body: Body, framing: Framing) -> Response {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    let media_type = match framing {
        Framing::Events => "text/event-stream",
        Framing::List => "application/json",
    };
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    // Otherwise an nginx in front of us would buffer the events.
    let buffering = HeaderName::from_static("x-accel-buffering");
    headers.insert(buffering, HeaderValue::from_static("no"));
    response
}

// === impl Streaming ===

impl Streaming {
    pub(super) fn new(events: Box<UpstreamEvents>, mut guard: RequestGuard, reply: Reply) -> Self {
        guard.streaming();
        let is_bytes = events.media_type().is_some();
        // What it sends has no texts that a shaper could find.
        let shaping = guard.shaping.take().filter(|_| !is_bytes);
        Self {
            over: Box::pin(sleep_until(events.deadline())),
            shaped: ShapedPieces::new(reply.dialect, shaping),
            events,
            guard,
            reply,
            probed: false,
            ended: false,
            hurry: false,
        }
    }

    /// Puts everything into `outlet`, up to the end or until the client is gone.
    pub(super) async fn run(mut self, outlet: Outlet) {
        while !self.ended {
            let Some(bytes) = self.next(&outlet).await else {
                return;
            };
            outlet.put(bytes);
        }
        if self.is_bytes() && self.guard.record.end != End::Complete {
            // There are no words for it in the midst of sound: the body breaks off, too.
            return;
        }
        outlet.finish();
        let reader = self.reply.reader.clone().filter(|_| self.hurry);
        // Nothing of the request waits for the client from here on.
        drop(self);
        if let Some(reader) = reader {
            last_words(&outlet, &reader).await;
        }
    }

    /// The next bytes; `None` if the client is gone. Pieces are made as the client takes them, and everything else
    /// happens whether it does or not.
    /// Step 12 of a request's life (ARCHITECTURE.md).
    async fn next(&mut self, outlet: &Outlet) -> Option<Bytes> {
        let over = self.events.deadline();
        if over != self.over.deadline() {
            self.over.as_mut().reset(over);
        }
        let keep_alive = self.reply.snapshot.config.server.keep_alive;
        let piece = tokio::select! {
            biased;
            by = KillSwitch::ended(self.guard.kill_switch.as_ref(), self.guard.live.as_ref()) => {
                return Some(self.killed(by));
            }
            piece = outlet.when_wanted(self.shaped.next(&mut self.events)) => piece,
            () = outlet.while_unwanted(self.over.as_mut()) => {
                self.hurry = true;
                let message = "not finished in time, and not read by its client";
                return Some(self.broke(Bytes::new(), Failure::new(Class::Timeout, message)));
            }
            () = outlet.gone() => return None,
            () = outlet.when_wanted(sleep(keep_alive)), if !self.is_bytes() => {
                return Some(Bytes::from_static(KEEP_ALIVE));
            }
            () = outlet.when_wanted(half_closed(self.reply.reader.as_ref())), if !self.probed && !self.is_bytes() => {
                self.probed = true;
                return Some(Bytes::from_static(KEEP_ALIVE));
            }
            () = outlet.when_wanted(left(self.reply.reader.as_ref(), keep_alive)), if self.is_bytes() => return None,
            () = InFlight::cut(self.guard.in_flight.as_deref()) => {
                let end = End::BrokeOff("the gateway is shutting down".to_owned());
                let last = Interruption::Failed {
                    message: "The gateway is shutting down.",
                    upstream: None,
                    retry_after: None,
                };
                return Some(self.end(end, Bytes::new(), Some(last)));
            }
        };
        let ShapedPiece { events, then } = piece;
        Some(match then {
            Ok(Then::More) => events,
            Ok(Then::End) => self.end(End::Complete, events, None),
            Ok(Then::Broke(failure)) => self.broke(events, failure),
            Err(error) => self.stopped(events, &error),
        })
    }

    /// True if what it sends are no events: nothing may stand between them or after them.
    fn is_bytes(&self) -> bool {
        self.events.media_type().is_some()
    }

    fn note_shaping(&mut self) {
        if self.guard.record.shaping.is_some() && !self.is_bytes() {
            self.guard.record.shaping = Some(self.shaped.spent());
        }
    }

    /// The last bytes of a stream that broke off.
    fn broke(&mut self, events: Bytes, failure: Failure) -> Bytes {
        let message = for_client(self.events.provider(), &failure);
        let end = End::BrokeOff(failure.to_string());
        let class = failure.class;
        self.guard.record.broken_by = Some(class);
        let detail = class.is_clients().then(|| failure.detail.or_code_of(class));
        let last = Interruption::Failed {
            message: &message,
            upstream: detail.as_ref(),
            retry_after: failure.retry_after,
        };
        self.end(end, events, Some(last))
    }

    /// The last bytes of a stream that a shaper ended.
    fn stopped(&mut self, events: Bytes, error: &GatewayError) -> Bytes {
        self.guard.record.failed(error);
        let end = self.guard.record.end.clone();
        self.end(end, events, Some(Interruption::Refused(error.facts())))
    }

    /// The last words of a stream that its user or an operator ends.
    fn killed(&mut self, by: EndedBy) -> Bytes {
        self.hurry = true;
        let error = ended_by_operator();
        let interruption = match by {
            EndedBy::User => Interruption::Killed,
            EndedBy::Operator => Interruption::Refused(error.facts()),
        };
        self.end(End::Killed, Bytes::new(), Some(interruption))
    }

    /// Settles the request before its last bytes are sent.
    fn end(&mut self, end: End, events: Bytes, interruption: Option<Interruption<'_>>) -> Bytes {
        self.ended = true;
        self.guard.record.end = end;
        self.note_shaping();
        self.guard.streamed(&self.events);
        self.reply.tell(&self.guard.record.attempts, interruption.is_some());
        if let Some(whole) = self.events.whole().filter(|_| interruption.is_none()) {
            let caller = self.guard.record.caller.as_deref();
            self.reply.recent.remember(self.reply.dialect, &whole, caller);
        }
        match interruption {
            None => events,
            Some(_) if self.is_bytes() => events,
            Some(interruption) => {
                let last = self.events.interrupted(interruption);
                let last = last.unwrap_or_else(|| self.reply.dialect.interrupted(interruption));
                [&events[..], &self.shaped.settled(last)].concat().into()
            }
        }
    }
}

impl Drop for Streaming {
    /// Dropped before its end, the stream has lost its client.
    fn drop(&mut self) {
        if !self.ended {
            self.guard.record.end = unfinished(&self.guard, self.reply.reader.as_ref());
            self.note_shaping();
            self.guard.streamed(&self.events);
        }
    }
}

/// Waits a moment for the client to take its last words, and then leaves it.
pub(super) async fn last_words(outlet: &Outlet, reader: &Reader) {
    let taken = async {
        outlet.taken().await;
        reader.flushed().await;
    };
    if timeout(LAST_WORDS, taken).await.is_err() {
        reader.give_up();
    }
}

/// Completes when the client has stopped sending; never completes without a connection.
pub(super) async fn half_closed(reader: Option<&Reader>) {
    match reader {
        Some(reader) => reader.half_closed().await,
        None => pending().await,
    }
}

/// Completes when the client has stopped sending and nothing came for it in this time. In the midst of sound it cannot be
/// asked whether it still reads, and hardly a client stops sending before it stops reading.
async fn left(reader: Option<&Reader>, silence: Duration) {
    half_closed(reader).await;
    sleep(silence).await;
}

/// Names the provider and the kind of failure, and quotes the upstream only if the request is at fault.
fn for_client(provider: &str, failure: &Failure) -> String {
    let Failure { class, message, .. } = failure;
    let phrase = class.phrase();
    if class.is_clients() {
        format!("The stream broke off: {provider} {phrase}: {message}")
    } else {
        format!("The stream broke off: {provider} {phrase}.")
    }
}

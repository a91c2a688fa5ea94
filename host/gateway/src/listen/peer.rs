//! What is known about the client at the other end of a connection, shared by its socket, its requests and its clock.

#[cfg(test)]
mod tests;

use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use http::Version;
use tokio::time::Instant;

use super::clocks::{Clocks, Overdue};
use super::manners::Manners;
use crate::request::drain::InFlight;

/// The state of one connection.
#[derive(Debug)]
pub(super) struct Peer {
    state: Mutex<State>,
}

#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
struct State {
    phase: Phase,
    /// The version of the last request; `None` before the first.
    version: Option<Version>,
    /// Requests whose responses are not finished. More than one only with HTTP/2.
    open: usize,
    /// A response has ended since everything was written the last time.
    ended: bool,
    manners: Manners,
    /// The response's head is ready, so that nothing may be written before it.
    answering: bool,
    /// A request's body was not read to its end.
    unread: bool,
    /// Something was written that the kernel has not taken yet.
    unflushed: bool,
    /// The client has closed its sending side while a request was open.
    half_closed: bool,
    /// The client read nothing for too long.
    stalled: bool,
    /// An answer of HTTP/1 is given up, and so the connection.
    given_up: bool,
    /// Requests that are in flight until the last bytes of their responses are written.
    leaving: Vec<Arc<InFlight>>,
    wakers: Wakers,
}

/// Who waits for what. Each is the connection's task, or that of a request.
#[derive(Debug, Default)]
struct Wakers {
    /// The clock, for the phase to change.
    clock: Option<Waker>,
    /// The socket's reader, for the request to end after the client has closed its sending side.
    reader: Option<Waker>,
    /// A request's body, for the client to close its sending side.
    body: Option<Waker>,
    /// A stream, for the same.
    stream: Option<Waker>,
    /// A response, for everything before to be written.
    flushed: Option<Waker>,
}

/// What the connection is busy with, and since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Its first request has not arrived.
    First(Instant),
    /// A further request has begun to arrive.
    Head(Instant),
    /// Nothing.
    Idle(Instant),
    /// At least one request.
    Serving,
}

// === impl Peer ===

impl Peer {
    /// The peer of a connection that begins now.
    pub(super) fn new() -> Self {
        let now = Instant::now();
        let state = State {
            phase: Phase::First(now),
            version: None,
            open: 0,
            ended: false,
            manners: Manners::default(),
            answering: false,
            unread: false,
            unflushed: false,
            half_closed: false,
            stalled: false,
            given_up: false,
            leaving: Vec::new(),
            wakers: Wakers::default(),
        };
        Self {
            state: Mutex::new(state),
        }
    }

    /// Bytes have arrived.
    pub(super) fn received(&self) {
        let mut state = self.state();
        // Between the requests of HTTP/2 there are pings and settings.
        if matches!(state.phase, Phase::Idle(_)) && state.version != Some(Version::HTTP_2) {
            state.phase = Phase::Head(Instant::now());
        }
    }

    /// The client has closed its sending side. Ready if the server may be told so; pending while an answer of HTTP/1 is
    /// owed, because the client may still read it (RFC 9112, section 9.6).
    pub(super) fn poll_end(&self, context: &Context<'_>) -> Poll<()> {
        let mut state = self.state();
        if state.open == 0 || state.version == Some(Version::HTTP_2) {
            return Poll::Ready(());
        }
        state.wakers.reader = Some(context.waker().clone());
        if !state.half_closed {
            state.half_closed = true;
            let wakers = [state.wakers.body.take(), state.wakers.stream.take()];
            wakers.into_iter().flatten().for_each(Waker::wake);
        }
        Poll::Pending
    }

    /// Whether an interim response may be written now: the client speaks HTTP/1.1 (RFC 9110, section 15.2), it has sent a
    /// request, and nothing of the answer is written.
    pub(super) fn takes_interim_response(&self) -> bool {
        let state = self.state();
        state.version == Some(Version::HTTP_11) && state.open > 0 && !state.answering && !state.unflushed
    }

    /// Bytes are about to be written.
    pub(super) fn writing(&self) {
        self.state().unflushed = true;
    }

    /// Everything that was to be written is with the kernel.
    pub(super) fn flushed(&self) {
        let mut state = self.state();
        // What else is written, such as the answers to pings, is no sign of life.
        if std::mem::take(&mut state.unflushed) && std::mem::take(&mut state.ended) {
            state.rest();
        }
        let leaving = std::mem::take(&mut state.leaving);
        let waker = state.wakers.flushed.take();
        drop(state);
        drop(leaving);
        waker.into_iter().for_each(Waker::wake);
    }

    /// The client read nothing for too long.
    pub(super) fn stall(&self) {
        self.state().stalled = true;
    }

    /// Whether the client may still be sending a request that nobody reads.
    pub(super) fn may_be_sending(&self) -> bool {
        let state = self.state();
        state.version != Some(Version::HTTP_2)
            && (state.unread || matches!(state.phase, Phase::Head(_) | Phase::First(_)))
    }

    /// A request has arrived. True if it was sent before the one ahead of it was answered (RFC 9112, section 9.3.2): then
    /// its client may have sent many.
    pub(super) fn begin(&self, version: Version) -> bool {
        let mut state = self.state();
        let pipelined = matches!(state.phase, Phase::Idle(_)) && version != Version::HTTP_2;
        state.phase = Phase::Serving;
        state.version = Some(version);
        state.open += 1;
        state.answering = false;
        state.unread = false;
        pipelined
    }

    /// Whether the client has closed its sending side, so that no more of a body will come.
    pub(super) fn poll_half_closed_body(&self, context: &Context<'_>) -> Poll<()> {
        let mut state = self.state();
        if state.half_closed {
            return Poll::Ready(());
        }
        state.wakers.body = Some(context.waker().clone());
        Poll::Pending
    }

    /// Whether it has sent a request of HTTP/2.
    pub(super) fn speaks_http2(&self) -> bool {
        self.state().version == Some(Version::HTTP_2)
    }

    /// A request's body was dropped before its end.
    pub(super) fn leave_unread(&self) {
        self.state().unread = true;
    }

    /// Whether the body of the current request was dropped before its end.
    pub(super) fn left_unread(&self) -> bool {
        self.state().unread
    }

    /// The head of the response is ready.
    pub(super) fn answer(&self) {
        let mut state = self.state();
        state.answering = true;
        state.manners.answer();
    }

    /// A request was given up before it was answered. A client that does little else is left.
    pub(super) fn abandon(&self) {
        let is_rude = self.state().manners.abandon();
        if is_rude {
            self.give_up();
        }
    }

    /// The connection has to end, whatever is unread.
    pub(super) fn give_up(&self) {
        let mut state = self.state();
        state.given_up = true;
        let waker = state.wakers.clock.take();
        drop(state);
        waker.into_iter().for_each(Waker::wake);
    }

    /// A response is finished, or given up. Its request stays in flight until everything is written.
    pub(super) fn end(&self, in_flight: Option<Arc<InFlight>>) {
        let mut state = self.state();
        state.open = state.open.saturating_sub(1);
        state.leaving.extend(in_flight);
        state.ended = true;
        state.rest();
        let wakers = [state.wakers.reader.take(), state.wakers.clock.take()];
        drop(state);
        wakers.into_iter().flatten().for_each(Waker::wake);
    }

    /// Completes when the client has closed its sending side. It may have hung up: only writing can tell.
    pub(super) async fn half_closed(&self) {
        poll_fn(|context| {
            let mut state = self.state();
            if state.half_closed {
                return Poll::Ready(());
            }
            state.wakers.stream = Some(context.waker().clone());
            Poll::Pending
        })
        .await;
    }

    /// A piece of a response is handed out, of which HTTP/1 may keep a few before it writes them.
    pub(super) fn hand_out(&self) {
        let mut state = self.state();
        state.unflushed |= state.version != Some(Version::HTTP_2);
    }

    /// Ready once everything before is written to an HTTP/1 connection. HTTP/2 has its own flow control.
    pub(super) fn poll_flushed(&self, context: &Context<'_>) -> Poll<()> {
        let mut state = self.state();
        if !state.unflushed || state.version == Some(Version::HTTP_2) {
            return Poll::Ready(());
        }
        state.wakers.flushed = Some(context.waker().clone());
        Poll::Pending
    }

    /// Whether the connection ends because its client read nothing for too long.
    pub(super) fn stalled(&self) -> bool {
        self.state().stalled
    }

    /// When the connection has to end unless something happens; `None` while it serves a request or writes.
    pub(super) fn due(&self, clocks: &Clocks, context: &Context<'_>) -> Option<(Instant, Overdue)> {
        let mut state = self.state();
        let waker = context.waker();
        if !state.wakers.clock.as_ref().is_some_and(|clock| clock.will_wake(waker)) {
            state.wakers.clock = Some(waker.clone());
        }
        match state.phase {
            _ if state.given_up => Some((Instant::now(), Overdue::Reading)),
            // Whatever is written before the first request, such as answers to pings, does not stop its clock.
            Phase::First(since) => Some((since + clocks.header, Overdue::Head)),
            _ if state.unflushed => None,
            Phase::Head(since) => Some((since + clocks.header, Overdue::Head)),
            Phase::Idle(since) => Some((since + clocks.idle, Overdue::Request)),
            Phase::Serving => None,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Each change is a few assignments, so the state is valid even if a thread panicked while it held the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl State ===

impl State {
    /// Becomes idle, from now on, if no request is open.
    fn rest(&mut self) {
        if self.open == 0 && matches!(self.phase, Phase::Serving | Phase::Idle(_)) {
            self.phase = Phase::Idle(Instant::now());
        }
    }
}

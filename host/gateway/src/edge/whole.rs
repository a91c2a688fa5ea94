//! A whole reply as a response body: handed out in pieces as the client takes them, settled before the last one.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http_body::{Frame, SizeHint};

use super::reply::json;
use crate::listen::Reader;
use crate::record::End;
use crate::request::RequestGuard;

/// The size of a piece. Most replies are one piece.
const PIECE: usize = 64 << 10;

/// What is left of a reply, and its request.
struct Whole {
    rest: Bytes,
    guard: RequestGuard,
    reader: Option<Reader>,
    /// Whether a piece has been handed out.
    begun: bool,
}

/// The response that sends `body` and settles the request before its end.
pub(super) fn response(body: Bytes, guard: RequestGuard, reader: Option<Reader>) -> Response {
    json(Body::new(Whole {
        rest: body,
        guard,
        reader,
        begun: false,
    }))
}

/// How a request ended whose answer was dropped before its end.
pub(super) fn unfinished(guard: &RequestGuard, reader: Option<&Reader>) -> End {
    if guard.in_flight.as_ref().is_some_and(|request| request.is_cut()) {
        return End::Untaken("the gateway is shutting down");
    }
    if reader.is_some_and(Reader::stalled) {
        return End::Untaken("the client stopped reading");
    }
    End::HungUp
}

// === impl Whole ===

impl http_body::Body for Whole {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let this = self.get_mut();
        if this.rest.is_empty() {
            this.guard.complete();
            return Poll::Ready(None);
        }
        let last = this.rest.len() <= PIECE;
        // The last piece waits until the others are written, so that a row that says `ok` is right but for one piece.
        if let Some(reader) = this.reader.as_ref().filter(|_| last && this.begun) {
            ready!(reader.poll_flushed(context));
        }
        if last {
            this.guard.complete();
        }
        if let Some(reader) = this.reader.as_ref().filter(|_| !last) {
            reader.hand_out();
        }
        this.begun = true;
        let piece = this.rest.split_to(PIECE.min(this.rest.len()));
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.len() as u64)
    }
}

impl Drop for Whole {
    fn drop(&mut self) {
        if !self.rest.is_empty() {
            self.guard.record.end = unfinished(&self.guard, self.reader.as_ref());
        }
    }
}

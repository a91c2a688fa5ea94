//! A reply as it arrives: first its head, then its body piece by piece.

use std::error::Error;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Weak;
use std::task::{Context, Waker};

use bytes::{Bytes, BytesMut};
use futures_util::FutureExt;
use http::response::Parts;
use http::{HeaderMap, StatusCode, header};
use hyper::body::{Body, Frame, Incoming};

use super::driver::Driver;
use super::error::{UpstreamError, root_cause};
use super::line::Line;
use crate::coding::Decoding;
use crate::fairness::{batch, let_others_go_first};
use crate::tape::Recorder;

/// As much work as a piece is at least, in bytes: thousands of tiny ones would keep the others waiting.
const LEAST_WORK: usize = 128;

/// The head of a reply, with its body still to be read. Dropping it ends the exchange at once.
#[derive(Debug)]
pub(crate) struct UpstreamReply<B = Incoming> {
    /// The status.
    pub(crate) status: StatusCode,
    /// The headers, without those of a coding that is taken off.
    pub(crate) headers: HeaderMap,
    body: B,
    /// Takes the content coding off the body.
    decoding: Option<Decoding>,
    /// What has arrived beyond one batch.
    rest: Bytes,
    /// The connection; `None` for a body in memory.
    line: Option<Line>,
    /// Drives the connection.
    driver: Weak<Driver>,
    /// Records what is read, if somebody wants to see it.
    recorder: Option<Recorder>,
}

/// The bounds on a reply's body: hyper's, or one in memory for tests.
pub(crate) trait ReplyBody: Body<Data = Bytes, Error: Error + 'static> + Send + Unpin + 'static {}

impl<B: Body<Data = Bytes, Error: Error + 'static> + Send + Unpin + 'static> ReplyBody for B {}

/// Collects a body up to a limit.
#[derive(Debug)]
pub(crate) struct Collector {
    max_bytes: usize,
    length: usize,
    pieces: Vec<Bytes>,
}

fn work_of(piece: &Bytes) -> usize {
    piece.len().max(LEAST_WORK)
}

// === impl UpstreamReply ===

impl<B: ReplyBody> UpstreamReply<B> {
    /// Takes head and body from a response.
    pub(crate) fn new(response: http::Response<B>) -> Self {
        let (
            Parts {
                status, mut headers, ..
            },
            body,
        ) = response.into_parts();
        let decoding = Decoding::of(&headers);
        if decoding.is_some() {
            headers.remove(header::CONTENT_ENCODING);
            headers.remove(header::CONTENT_LENGTH);
        }
        Self {
            status,
            headers,
            body,
            decoding,
            rest: Bytes::new(),
            line: None,
            driver: Weak::new(),
            recorder: None,
        }
    }

    /// The same, of a response that arrived on `line`, whose connection somebody drives.
    pub(super) fn on(line: Line, driver: Option<Weak<Driver>>, response: http::Response<B>) -> Self {
        Self {
            line: Some(line),
            driver: driver.unwrap_or_default(),
            ..Self::new(response)
        }
    }

    /// The same, recorded if there is something to record it with.
    pub(crate) fn recorded(self, recorder: Option<Recorder>) -> Self {
        if let Some(recorder) = &recorder {
            recorder.head(self.status, &self.headers);
        }
        Self { recorder, ..self }
    }

    /// The same for as long as a stream lasts. Headers are slices of what was read with them, which they would keep.
    pub(crate) fn without_headers(self) -> Self {
        let headers = HeaderMap::new();
        Self { headers, ..self }
    }

    /// The upstream was silent for too long: see [`Line::distrust`].
    pub(crate) fn distrust(&self) {
        if let Some(line) = &self.line {
            line.distrust();
        }
    }

    /// Appends the pieces of the body that have arrived, up to one batch, and waits if there are none. Appends nothing at its
    /// clean end. Cancel safe: whatever was taken is in `pieces`, and the next call continues from there.
    ///
    /// One network read often brings many small events. Taking them together saves passes through all layers above.
    ///
    /// # Errors
    /// [`UpstreamError::Broken`] if the connection ends before the body does. Whatever arrived before is in `pieces`.
    pub(crate) async fn pieces(&mut self, pieces: &mut Vec<Bytes>) -> Result<(), UpstreamError> {
        if pieces.is_empty() && !self.has_more().await? {
            return Ok(());
        }
        let (mut work, batch) = (pieces.iter().map(work_of).sum::<usize>(), batch());
        while work < batch && self.may_have_more() {
            match self.has_more().now_or_never() {
                // The next call reports the end again.
                None | Some(Ok(false)) => break,
                Some(has_more) => has_more?,
            };
            let piece = self.rest.split_to(self.rest.len().min(batch));
            work += work_of(&piece);
            pieces.push(piece);
        }
        if work >= batch {
            let_others_go_first().await;
        }
        Ok(())
    }

    /// Whether the body has not come to its end, as far as that is known.
    fn may_have_more(&self) -> bool {
        !self.rest.is_empty() || self.decoding.is_some() || !self.body.is_end_stream()
    }

    /// Waits until `rest` is not empty; false at the body's end. Cancel safe.
    async fn has_more(&mut self) -> Result<bool, UpstreamError> {
        if self.rest.is_empty() {
            let Some(piece) = self.piece().await? else {
                return Ok(false);
            };
            if let Some(recorder) = &self.recorder {
                recorder.piece(&piece);
            }
            self.rest = piece;
        }
        Ok(true)
    }

    /// The next piece, without its coding. Cancel safe.
    async fn piece(&mut self) -> Result<Option<Bytes>, UpstreamError> {
        loop {
            let decoded = self.decoding.as_mut().map(Decoding::next).transpose()?.flatten();
            if decoded.is_some() {
                return Ok(decoded);
            }
            let received = self.received().await?;
            match (&mut self.decoding, received) {
                (None, received) => return Ok(received),
                (Some(decoding), Some(received)) => decoding.push(received),
                (Some(decoding), None) => return Ok(decoding.finish().map(|()| None)?),
            }
        }
    }

    /// The next frame: at once, if the connection has it.
    async fn frame(&mut self) -> Option<Result<Frame<Bytes>, B::Error>> {
        poll_fn(|context| {
            let mut body = Pin::new(&mut self.body);
            let at_hand = body.as_mut().poll_frame(&mut Context::from_waker(Waker::noop()));
            if at_hand.is_ready() {
                return at_hand;
            }
            if let Some(driver) = self.driver.upgrade() {
                driver.drive();
            }
            body.poll_frame(context)
        })
        .await
    }

    /// The next piece as it was sent.
    async fn received(&mut self) -> Result<Option<Bytes>, UpstreamError> {
        loop {
            match self.frame().await {
                None => return Ok(None),
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) if !data.is_empty() => return Ok(Some(data)),
                    // Trailers are ignored.
                    _ => {}
                },
                Some(Err(error)) => return Err(UpstreamError::Broken(root_cause(&error))),
            }
        }
    }
}

// === impl Collector ===

impl Collector {
    /// Collects up to this many bytes.
    #[must_use]
    pub(crate) fn new(max_bytes: usize) -> Self {
        Self {
            max_bytes,
            length: 0,
            pieces: Vec::new(),
        }
    }

    /// Adds a piece of the body.
    ///
    /// # Errors
    /// [`UpstreamError::TooLarge`] if the body exceeds the limit.
    pub(crate) fn push(&mut self, piece: Bytes) -> Result<(), UpstreamError> {
        self.length += piece.len();
        if self.length > self.max_bytes {
            return Err(UpstreamError::TooLarge(self.max_bytes));
        }
        self.pieces.push(piece);
        Ok(())
    }

    /// The whole body. A body that arrived in a single piece is not copied.
    #[must_use]
    pub(crate) fn finish(mut self) -> Bytes {
        if self.pieces.len() == 1 {
            return self.pieces.swap_remove(0);
        }
        let mut whole = BytesMut::with_capacity(self.length);
        for piece in &self.pieces {
            whole.extend_from_slice(piece);
        }
        whole.freeze()
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures_util::stream;
    use http_body_util::{Full, StreamBody};

    use super::*;

    #[tokio::test]
    async fn what_arrives_at_once_is_worked_on_batch_by_batch() {
        let whole: Bytes = (0..40_000_u32).map(|number| number.to_le_bytes()[0]).collect();
        let mut reply = UpstreamReply::new(http::Response::new(Full::new(whole.clone())));
        let (mut read, mut turns) = (Vec::new(), Vec::new());
        loop {
            let mut pieces = Vec::new();
            reply.pieces(&mut pieces).await.unwrap();
            if pieces.is_empty() {
                break;
            }
            turns.push(pieces.iter().map(Bytes::len).sum::<usize>());
            read.extend(pieces.concat());
        }
        assert_eq!(turns, [batch(), batch(), 40_000 - 2 * batch()]);
        assert_eq!(read, whole);
    }

    #[tokio::test]
    async fn a_turn_has_a_bounded_number_of_tiny_pieces() {
        let tiny = (0..1_000).map(|_| Ok::<_, Infallible>(Frame::data(Bytes::from_static(b"x"))));
        let mut reply = UpstreamReply::new(http::Response::new(StreamBody::new(stream::iter(tiny))));
        let mut pieces = Vec::new();
        reply.pieces(&mut pieces).await.unwrap();
        assert_eq!(pieces.len(), batch() / LEAST_WORK);
    }
}

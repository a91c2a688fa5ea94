//! A reply as it comes in: its head at once, its body piece by piece.

use std::error::Error;

use bytes::{Bytes, BytesMut};
use futures_util::FutureExt;
use http::response::Parts;
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use tokio::task::yield_now;

use super::error::{UpstreamError, root_cause};

/// Bytes that are taken together at most when many small pieces have arrived.
const BATCH: usize = 32 * 1024;

/// The head of a reply, with the body still to be read. Dropping it ends the exchange at once.
#[derive(Debug)]
pub(crate) struct UpstreamReply<B = Incoming> {
    /// The status.
    pub(crate) status: StatusCode,
    /// The headers.
    pub(crate) headers: HeaderMap,
    body: B,
}

/// What a reply's body must be: hyper's, or one in memory.
pub(crate) trait ReplyBody: Body<Data = Bytes, Error: Error + 'static> + Send + Unpin + 'static {}

impl<B: Body<Data = Bytes, Error: Error + 'static> + Send + Unpin + 'static> ReplyBody for B {}

/// A body on its way in, up to a limit.
#[derive(Debug)]
pub(crate) struct Collector {
    max_bytes: usize,
    length: usize,
    pieces: Vec<Bytes>,
}

// === impl UpstreamReply ===

impl<B: ReplyBody> UpstreamReply<B> {
    /// The reply in this response.
    pub(crate) fn new(response: http::Response<B>) -> Self {
        let (Parts { status, headers, .. }, body) = response.into_parts();
        Self { status, headers, body }
    }

    /// Adds to `pieces` what has arrived of the body, and waits if nothing has. Adds nothing at its clean end.
    /// Cancel safe: what was taken is in `pieces`, and a further call goes on from there.
    ///
    /// HTTP/1.1 hands out each chunk of the transfer coding (RFC 9112, section 7.1) alone, and many small events
    /// come in one network read: taking them together costs turns of the scheduler and saves passes through
    /// everything above.
    ///
    /// # Errors
    /// [`UpstreamError::Broken`] if the connection ends before the body does. What came before is in `pieces`.
    pub(crate) async fn pieces(&mut self, pieces: &mut Vec<Bytes>) -> Result<(), UpstreamError> {
        if pieces.is_empty() {
            let Some(first) = self.piece().await? else {
                return Ok(());
            };
            pieces.push(first);
        }
        let mut length: usize = pieces.iter().map(Bytes::len).sum();
        while length < BATCH && !self.body.is_end_stream() {
            // The task that reads the connection hands over one piece at a time: let it run.
            yield_now().await;
            match self.piece().now_or_never() {
                Some(Ok(Some(piece))) => {
                    length += piece.len();
                    pieces.push(piece);
                }
                // The end is told again by the next call.
                Some(Ok(None)) | None => break,
                Some(Err(error)) => return Err(error),
            }
        }
        Ok(())
    }

    async fn piece(&mut self) -> Result<Option<Bytes>, UpstreamError> {
        loop {
            match self.body.frame().await {
                None => return Ok(None),
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) if !data.is_empty() => return Ok(Some(data)),
                    // Trailers say nothing to us.
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

    /// Adds a piece.
    ///
    /// # Errors
    /// [`UpstreamError::TooLarge`].
    pub(crate) fn push(&mut self, piece: Bytes) -> Result<(), UpstreamError> {
        self.length += piece.len();
        if self.length > self.max_bytes {
            return Err(UpstreamError::TooLarge(self.max_bytes));
        }
        self.pieces.push(piece);
        Ok(())
    }

    /// The whole body; one that came in a single piece is not copied.
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

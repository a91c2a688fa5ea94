//! A request's body, handed to its connection piece by piece: while a large one is sent, everyone else on the worker is
//! served.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use super::outgoing_body::OutgoingBody;
use crate::fairness::{self, Caller};

/// What is left of a body.
#[derive(Debug)]
pub(super) struct Paced {
    rest: OutgoingBody,
    /// For whom it is sent.
    caller: Caller,
    /// How many bytes were handed out since somebody else had a turn.
    sent: usize,
}

// === impl Paced ===

impl Paced {
    /// The whole of `body`. The task of a connection of HTTP/1 that sends it works for this caller from then on.
    pub(super) fn new(body: OutgoingBody, caller: &Caller) -> Self {
        Self {
            rest: body,
            caller: caller.clone(),
            sent: 0,
        }
    }
}

impl Body for Paced {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.caller.take_over();
        if self.rest.is_empty() {
            return Poll::Ready(None);
        }
        // A connection copies all that it has into the kernel at once.
        let room = fairness::piece_of(self.rest.len()).saturating_sub(self.sent);
        if room == 0 {
            self.sent = 0;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let piece = self.rest.take(room);
        self.sent += piece.len();
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.len() as u64)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use http_body_util::BodyExt;
    use tokio::task::{JoinSet, yield_now};

    use super::*;

    const PIECE: usize = fairness::READ_AT_ONCE;

    #[tokio::test]
    async fn the_whole_body_arrives() {
        for length in [0, 1, PIECE, PIECE + 1, 3 * PIECE] {
            let body = Bytes::from(vec![7; length]);
            assert_eq!(
                Paced::new(body.clone().into(), &Caller::default()).size_hint().exact(),
                Some(length as u64)
            );
            assert_eq!(
                Paced::new(body.clone().into(), &Caller::default())
                    .collect()
                    .await
                    .unwrap()
                    .to_bytes(),
                body
            );
        }
    }

    #[tokio::test]
    async fn between_two_pieces_others_are_served() {
        let turns = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&turns);
        let mut others = JoinSet::new();
        others.spawn(async move {
            loop {
                counted.fetch_add(1, Ordering::Relaxed);
                yield_now().await;
            }
        });
        let mut body = Paced::new(Bytes::from(vec![7; 3 * PIECE]).into(), &Caller::default());
        while let Some(Ok(_)) = body.frame().await {}
        assert!(turns.load(Ordering::Relaxed) >= 2);
    }
}

//! A stream's pieces on their way from the task that makes them to the connection that writes them.
//!
//! A connection asks a body for more only while its client has room. What makes the pieces is therefore a task of its
//! own: its clocks run and its user can kill it whether or not anybody reads. It makes a piece when it is asked for one,
//! so that no more than one waits.

#[cfg(test)]
mod tests;

use std::future::{Future, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};

use axum::body::Body;
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use jackfield_dialects::Framing;

use super::framing::Framer;
use crate::fairness::Fair;

/// Where the task puts its pieces. Dropping it without [`Outlet::finish`] breaks the body off.
#[derive(Debug)]
pub(super) struct Outlet {
    shared: Arc<Shared>,
}

/// The body that hands them out. Dropping it tells the task that its client is gone.
#[derive(Debug)]
struct Pieces {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    framer: Framer,
    piece: Bytes,
    /// The connection has asked for a piece, and has got none yet.
    wanted: bool,
    end: End,
    /// The body is dropped.
    gone: bool,
    connection: Option<Waker>,
    task: Option<Waker>,
}

/// How the pieces end.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum End {
    /// More may come.
    #[default]
    Open,
    /// No more come.
    Finished,
    /// The task ended in the midst of them.
    Broken,
}

/// The body whose pieces `make` puts into its outlet, in a task that ends soon after the body is dropped. They are written
/// in this framing.
#[expect(
    clippy::disallowed_methods,
    reason = "the drain waits for its request, and it ends with its body"
)]
pub(super) fn body<F>(framing: Framing, make: impl FnOnce(Outlet) -> F) -> Body
where
    F: Future<Output = ()> + Send + 'static,
{
    let shared = Arc::new(Shared::default());
    shared.state().framer = Framer::new(framing);
    let outlet = Outlet {
        shared: Arc::clone(&shared),
    };
    tokio::spawn(Fair::within(make(outlet)));
    Body::new(Pieces { shared })
}

fn joined(piece: &Bytes, more: Bytes) -> Bytes {
    match (&piece[..], &more[..]) {
        ([], _) => more,
        (_, []) => piece.clone(),
        (piece, more) => [piece, more].concat().into(),
    }
}

// === impl Outlet ===

impl Outlet {
    /// Hands out these bytes, after what is still there.
    pub(super) fn put(&self, bytes: Bytes) {
        let mut state = self.shared.state();
        let bytes = state.framer.framed(bytes);
        state.piece = joined(&state.piece, bytes);
        state.wanted = false;
        wake(state, |state| &mut state.connection);
    }

    /// No more pieces come.
    pub(super) fn finish(&self) {
        self.end(End::Finished);
    }

    fn end(&self, end: End) {
        let mut state = self.shared.state();
        if state.end == End::Open {
            state.end = end;
            if end == End::Finished {
                let last = state.framer.end();
                state.piece = joined(&state.piece, last);
            }
        }
        wake(state, |state| &mut state.connection);
    }

    /// Does `work` once a piece is wanted.
    pub(super) async fn when_wanted<T>(&self, work: impl Future<Output = T>) -> T {
        self.until(|state| state.wanted).await;
        work.await
    }

    /// Does `work` as long as no piece is wanted; never completes while one is.
    pub(super) async fn while_unwanted<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        poll_fn(|context| {
            let wanted = self.shared.state().wanted;
            if wanted {
                Poll::Pending
            } else {
                work.as_mut().poll(context)
            }
        })
        .await
    }

    /// Completes when the body is dropped.
    pub(super) async fn gone(&self) {
        self.until(|state| state.gone).await;
    }

    /// Completes when the connection has taken everything, or is gone.
    pub(super) async fn taken(&self) {
        self.until(|state| state.gone || state.piece.is_empty()).await;
    }

    async fn until(&self, is: impl Fn(&State) -> bool) {
        poll_fn(|context| {
            let mut state = self.shared.state();
            if is(&state) {
                return Poll::Ready(());
            }
            if !state.task.as_ref().is_some_and(|task| task.will_wake(context.waker())) {
                state.task = Some(context.waker().clone());
            }
            Poll::Pending
        })
        .await;
    }
}

impl Drop for Outlet {
    fn drop(&mut self) {
        self.end(End::Broken);
    }
}

// === impl Pieces ===

impl http_body::Body for Pieces {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let next = ready!(self.shared.poll_next(context));
        Poll::Ready(next.map(|next| next.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        let state = self.shared.state();
        state.end == End::Finished && state.piece.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}

impl Drop for Pieces {
    fn drop(&mut self) {
        let mut state = self.shared.state();
        state.gone = true;
        wake(state, |state| &mut state.task);
    }
}

// === impl Shared ===

impl Shared {
    fn poll_next(&self, context: &Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        let mut state = self.state();
        if !state.piece.is_empty() {
            let piece = std::mem::take(&mut state.piece);
            wake(state, |state| &mut state.task);
            return Poll::Ready(Some(Ok(piece)));
        }
        match state.end {
            End::Open => {}
            End::Finished => return Poll::Ready(None),
            End::Broken => return Poll::Ready(Some(Err(io::ErrorKind::ConnectionAborted.into()))),
        }
        state.connection = Some(context.waker().clone());
        state.wanted = true;
        wake(state, |state| &mut state.task);
        Poll::Pending
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Each change is a few assignments, so the state is valid even if a thread panicked while it held the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Wakes whoever waits there, after the lock is released.
fn wake(mut state: MutexGuard<'_, State>, who: impl Fn(&mut State) -> &mut Option<Waker>) {
    let waker = who(&mut state).take();
    drop(state);
    waker.into_iter().for_each(Waker::wake);
}

//! The tasks in which the requests of HTTP/2 are answered, each of which ends if its client does not take the answer.
//!
//! The server asks a response for more only while its client has room for it, so a closed window would hold the request
//! and all that belongs to it for ever. Ending the task resets the stream (RFC 9113, section 5.4.2).

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use hyper::rt::Executor;
use tokio::time::{Instant, sleep};

use crate::fairness::Fair;

tokio::task_local! {
    /// The lane of the request that the current task answers. Not set in the task of a connection.
    static LANE: Arc<Lane>;
}

/// Runs the tasks of one connection.
#[derive(Debug, Clone)]
pub(super) struct Lanes {
    /// How long a client may leave a response waiting.
    pub(super) patience: Duration,
}

/// What is known about the client of one response.
#[derive(Debug, Default)]
pub(super) struct Lane {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Since when a part of the response waits for the client to have room.
    offered: Option<Instant>,
    stalled: bool,
    given_up: bool,
    /// Wakes the task.
    task: Option<Waker>,
    /// Wakes who waits until the client has taken everything.
    waiter: Option<Waker>,
}

// === impl Lanes ===

impl<F: Future<Output: Send> + Send + 'static> Executor<F> for Lanes {
    #[expect(
        clippy::disallowed_methods,
        reason = "the drain waits for the requests, and the tasks end with their worker"
    )]
    fn execute(&self, answering: F) {
        let (lane, patience) = (Arc::new(Lane::default()), self.patience);
        tokio::spawn(Fair::within(async move {
            let answering = LANE.scope(Arc::clone(&lane), answering);
            tokio::select! {
                biased;
                _ = answering => {}
                () = lane.over(patience) => {}
            }
        }));
    }
}

// === impl Lane ===

impl Lane {
    /// The lane of the current task; `None` with HTTP/1.
    pub(super) fn current() -> Option<Arc<Self>> {
        LANE.try_with(Arc::clone).ok()
    }

    /// A part of the response is ready, and the client is waited for.
    pub(super) fn offer(&self) {
        self.state().offered = Some(Instant::now());
    }

    /// The next part is asked for, or the response has ended.
    pub(super) fn taken(&self) {
        let mut state = self.state();
        state.offered = None;
        let waiter = state.waiter.take();
        drop(state);
        waiter.into_iter().for_each(Waker::wake);
    }

    /// Ready once no part of the response waits for the client.
    pub(super) fn poll_taken(&self, context: &Context<'_>) -> Poll<()> {
        let mut state = self.state();
        if state.offered.is_none() {
            return Poll::Ready(());
        }
        state.waiter = Some(context.waker().clone());
        Poll::Pending
    }

    /// Ends the task at once: the response is of no use any more.
    pub(super) fn give_up(&self) {
        let mut state = self.state();
        state.given_up = true;
        let task = state.task.take();
        drop(state);
        task.into_iter().for_each(Waker::wake);
    }

    /// Whether the client has left the response waiting for too long.
    pub(super) fn stalled(&self) -> bool {
        self.state().stalled
    }

    /// Completes when the task has to end. Poll it after the task's own work: a timer that rings too early is set again.
    async fn over(&self, patience: Duration) {
        let mut timer = pin!(sleep(patience));
        poll_fn(move |context| {
            loop {
                let mut state = self.state();
                if state.given_up {
                    return Poll::Ready(());
                }
                if !state.task.as_ref().is_some_and(|task| task.will_wake(context.waker())) {
                    state.task = Some(context.waker().clone());
                }
                let Some(offered) = state.offered else {
                    return Poll::Pending;
                };
                let due = offered + patience;
                if due <= Instant::now() {
                    state.stalled = true;
                    return Poll::Ready(());
                }
                drop(state);
                if due < timer.deadline() || timer.is_elapsed() {
                    timer.as_mut().reset(due);
                }
                if timer.as_mut().poll(context).is_pending() {
                    return Poll::Pending;
                }
            }
        })
        .await;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Each change is one assignment, so the state is valid even if a thread panicked while it held the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use tokio::sync::oneshot;

    use super::*;

    const PATIENCE: Duration = Duration::from_mins(1);

    /// Runs what is done with the lane of a task that never ends by itself. Returns in how many seconds it has ended.
    async fn ends_after<F>(act: impl FnOnce(Arc<Lane>) -> F + Send + 'static) -> u64
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (ended, end) = oneshot::channel::<()>();
        let began = Instant::now();
        Lanes { patience: PATIENCE }.execute(async move {
            let _dropped_at_the_end = ended;
            act(Lane::current().unwrap()).await;
            pending::<()>().await;
        });
        assert!(end.await.is_err());
        began.elapsed().as_secs()
    }

    #[tokio::test(start_paused = true)]
    async fn who_takes_nothing_is_left_after_a_while() {
        let ended = ends_after(|lane: Arc<Lane>| async move {
            sleep(Duration::from_secs(100)).await;
            lane.offer();
        });
        assert_eq!(ended.await, 160);
    }

    #[tokio::test(start_paused = true)]
    async fn each_part_that_is_taken_starts_the_clock_anew() {
        let ended = ends_after(|lane: Arc<Lane>| async move {
            for _ in 0..3 {
                lane.offer();
                sleep(Duration::from_secs(50)).await;
                lane.taken();
                sleep(Duration::from_secs(500)).await;
            }
            lane.offer();
        });
        assert_eq!(ended.await, 3 * 550 + 60);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_given_up_ends_at_once() {
        let (give, given) = oneshot::channel();
        let ended = ends_after(|lane: Arc<Lane>| async move {
            let _ = give.send(lane);
        });
        let giving = async { given.await.unwrap().give_up() };
        assert_eq!(tokio::join!(ended, giving).0, 0);
    }

    #[tokio::test]
    async fn without_a_task_of_its_own_there_is_no_lane() {
        assert!(Lane::current().is_none());
    }
}

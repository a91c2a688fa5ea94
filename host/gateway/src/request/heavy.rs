//! Heavy work leaves the worker: a request's future is polled on another thread for as long as that takes.
//!
//! A worker serves many connections, so a body that takes half a second to parse would stop all of them. What is made of
//! a body borrows from it, so the work cannot move to another thread by itself; the future that holds both can.

use std::future::{Future, poll_fn};
use std::num::NonZeroUsize;
use std::panic::resume_unwind;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker, ready};
use std::thread;

use tokio::sync::Semaphore;
use tokio::task::{JoinHandle, spawn_blocking};

use crate::fairness::is_alone;

/// From how many bytes on the work on a body is heavy: that of this many takes a few milliseconds at worst.
pub(crate) const HEAVY: usize = 256 << 10;

/// The same where nobody else is: whoever comes meanwhile waits once.
const HEAVY_ALONE: usize = 2 << 20;

/// How many requests may be away from their workers at a time. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Turns {
    turns: Arc<Semaphore>,
}

/// Where a request's future is polled. The future asks, and [`Movable`] moves it.
#[derive(Debug)]
pub(crate) struct Passage {
    turns: Turns,
    away: AtomicBool,
}

/// Polls a request's future on its worker, and elsewhere while it asks for that.
pub(crate) struct Movable<T, C> {
    stage: Stage<T>,
    /// Holds the future's [`Passage`].
    course: Arc<C>,
}

type Work<T> = Pin<Box<dyn Future<Output = T> + Send>>;

enum Stage<T> {
    Here(Work<T>),
    Away(JoinHandle<(Work<T>, Poll<T>)>),
    Moving,
}

// === impl Turns ===

impl Default for Turns {
    /// Half of the cores: the other half is left to the workers in any case.
    fn default() -> Self {
        let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Self {
            turns: Arc::new(Semaphore::new((cores / 2).max(1))),
        }
    }
}

// === impl Passage ===

impl Passage {
    pub(crate) fn new(turns: &Turns) -> Self {
        Self {
            turns: turns.clone(),
            away: AtomicBool::new(false),
        }
    }

    /// Does `work` on so many bytes: at once if that is little, otherwise away from the worker, when it is its turn.
    pub(crate) async fn heavy<T>(&self, bytes: usize, work: impl FnOnce() -> T) -> T {
        if bytes < HEAVY || (bytes < HEAVY_ALONE && is_alone()) {
            return work();
        }
        // Never closed, so this is always a turn.
        let _turn = self.turns.turns.acquire().await;
        self.move_to(true).await;
        let done = work();
        self.move_to(false).await;
        done
    }

    /// Pauses once, so that whoever polls the future may move it.
    async fn move_to(&self, away: bool) {
        self.away.store(away, Ordering::Release);
        let mut paused = false;
        poll_fn(|context| {
            if std::mem::replace(&mut paused, true) {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }
}

// === impl Movable ===

impl<T, C> Movable<T, C> {
    /// Polls `work`, which asks through the passage of its `course`.
    pub(crate) fn new(work: Work<T>, course: Arc<C>) -> Self {
        Self {
            stage: Stage::Here(work),
            course,
        }
    }
}

impl<T: Send + 'static, C: AsRef<Passage>> Future for Movable<T, C> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let this = self.get_mut();
        loop {
            match &mut this.stage {
                Stage::Here(work) => {
                    let polled = work.as_mut().poll(context);
                    if polled.is_ready() || !(*this.course).as_ref().away.load(Ordering::Acquire) {
                        return polled;
                    }
                    if let Stage::Here(work) = std::mem::replace(&mut this.stage, Stage::Moving) {
                        this.stage = Stage::Away(spawn_blocking(move || once(work)));
                    }
                }
                Stage::Away(away) => {
                    let returned = ready!(Pin::new(away).poll(context));
                    let (work, polled) = returned.unwrap_or_else(|gone| resume_unwind(gone.into_panic()));
                    this.stage = Stage::Here(work);
                    if polled.is_ready() {
                        return polled;
                    }
                }
                // Only in the midst of a poll.
                Stage::Moving => return Poll::Pending,
            }
        }
    }
}

/// Polls the future up to its next pause.
fn once<T>(mut work: Work<T>) -> (Work<T>, Poll<T>) {
    let polled = work.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    (work, polled)
}

#[cfg(test)]
mod tests {
    use std::thread::ThreadId;

    use super::*;

    struct Holder {
        passage: Passage,
    }

    impl AsRef<Passage> for Holder {
        fn as_ref(&self) -> &Passage {
            &self.passage
        }
    }

    fn course() -> Arc<Holder> {
        let passage = Passage::new(&Turns::default());
        Arc::new(Holder { passage })
    }

    fn here() -> ThreadId {
        thread::current().id()
    }

    #[tokio::test]
    async fn heavy_work_is_done_elsewhere_and_what_follows_here() {
        let course = course();
        let inner = Arc::clone(&course);
        let work = Box::pin(async move {
            let text = String::from("borrowed");
            let small = inner.passage.heavy(1, here).await;
            let (large, borrowed) = inner.passage.heavy(HEAVY, || (here(), text.as_str())).await;
            tokio::task::yield_now().await;
            (small, large, here(), borrowed.len())
        });
        let (small, large, after, borrowed) = Movable::new(work, course).await;
        assert_eq!((small, after, borrowed), (here(), here(), 8));
        assert_ne!(large, here());
    }

    #[tokio::test]
    async fn the_worker_serves_others_meanwhile() {
        let course = course();
        let inner = Arc::clone(&course);
        let (told, tell) = std::sync::mpsc::channel();
        let work = Box::pin(async move { inner.passage.heavy(HEAVY, move || tell.recv().is_ok()).await });
        // The work waits for what only this thread can send.
        let other = async move { told.send(()) };
        let (done, sent) = tokio::join!(Movable::new(work, course), other);
        assert_eq!((done, sent.is_ok()), (true, true));
    }

    #[tokio::test]
    async fn it_is_as_well_without_anyone_who_moves_it() {
        assert_eq!(course().passage.heavy(HEAVY, || 7).await, 7);
    }
}

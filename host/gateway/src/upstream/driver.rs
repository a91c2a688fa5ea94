//! Drives the connections to upstreams: each by a task of its own, and by whoever reads a reply from it.
//!
//! hyper hands over one chunk of the transfer coding (RFC 9112, section 7.1) per turn of the connection's task, and one
//! network read often brings many. A reader that waited for these turns would go through the scheduler, and through all
//! layers above it, for each chunk. So it drives the connection itself for what has arrived already; the task sees to it
//! while nobody reads, and is the one that the socket wakes.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker};

use hyper::rt::Executor;

use crate::fairness::{self, Fair};

/// What hyper has a connection's task do.
type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

thread_local! {
    /// The driver at work, until its connection [has met](Driver::met) it.
    static MET: RefCell<Option<Weak<Driver>>> = const { RefCell::new(None) };
}

/// Spawns the tasks of connections, which work for one caller after the other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Drivers;

/// The work of one connection.
pub(super) struct Driver(Mutex<State>);

struct State {
    /// `None` from its end on.
    work: Option<Work>,
    /// Wakes the connection's task.
    task: Waker,
    /// The connection knows its driver.
    is_known: bool,
}

/// The connection's task.
struct Driven(Arc<Driver>);

// === impl Drivers ===

impl Executor<Work> for Drivers {
    #[expect(
        clippy::disallowed_methods,
        reason = "they end with their connection, or with the worker"
    )]
    fn execute(&self, work: Work) {
        tokio::spawn(Fair::idle(Driven(Driver::new(work))));
    }
}

// === impl Driver ===

impl Driver {
    fn new(work: Work) -> Arc<Self> {
        Arc::new(Self(Mutex::new(State {
            work: Some(work),
            task: Waker::noop().clone(),
            is_known: false,
        })))
    }

    /// The driver of the connection that asks for it while it is driven for the first time.
    pub(super) fn met() -> Option<Weak<Self>> {
        MET.take()
    }

    /// Does what the connection can do at once, as a part of the present task. What it waits for wakes its own task.
    pub(super) fn drive(self: &Arc<Self>) {
        // Another thread that drives it already needs no help.
        if let Ok(mut state) = self.0.try_lock()
            && fairness::aside(|| self.proceed(&mut state)).is_ready()
        {
            state.task.wake_by_ref();
        }
    }

    fn proceed(self: &Arc<Self>, state: &mut State) -> Poll<()> {
        let Some(work) = &mut state.work else {
            return Poll::Ready(());
        };
        if !state.is_known {
            MET.set(Some(Arc::downgrade(self)));
        }
        let polled = work.as_mut().poll(&mut Context::from_waker(&state.task));
        state.is_known = state.is_known || MET.take().is_none();
        if polled.is_ready() {
            state.work = None;
        }
        polled
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Work that panicked panics again when it is polled.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Driven ===

impl Future for Driven {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut state = self.0.lock();
        state.task.clone_from(context.waker());
        self.0.proceed(&mut state)
    }
}

impl Drop for Driven {
    fn drop(&mut self) {
        let work = self.0.lock().work.take();
        drop(work);
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

    use tokio::task::yield_now;

    use super::*;

    /// Work that ends with its third poll, and tells its driver and how often it was polled.
    fn work() -> (Work, Arc<Mutex<Weak<Driver>>>, Arc<AtomicUsize>) {
        let (driver, polls) = (Arc::<Mutex<Weak<Driver>>>::default(), Arc::<AtomicUsize>::default());
        let (told, counted) = (Arc::clone(&driver), Arc::clone(&polls));
        let work = poll_fn(move |_| {
            if let Some(met) = Driver::met() {
                *told.lock().unwrap() = met;
            }
            if counted.fetch_add(1, Relaxed) < 2 {
                Poll::Pending
            } else {
                Poll::Ready(())
            }
        });
        (Box::pin(work), driver, polls)
    }

    #[tokio::test]
    async fn a_reader_drives_what_the_task_waits_for() {
        let (work, driver, polls) = work();
        Drivers.execute(work);
        yield_now().await;
        assert_eq!(polls.load(Relaxed), 1);
        let driver = driver.lock().unwrap().upgrade().unwrap();
        driver.drive();
        assert_eq!(polls.load(Relaxed), 2);
        driver.drive();
        assert_eq!(polls.load(Relaxed), 3, "it ended");
        driver.drive();
        yield_now().await;
        assert_eq!(
            (polls.load(Relaxed), Arc::strong_count(&driver)),
            (3, 1),
            "so did its task"
        );
    }

    #[tokio::test]
    async fn work_ends_with_its_task() {
        let (work, driver, polls) = work();
        let task = Driven(Driver::new(work));
        let kept = Arc::clone(&task.0);
        drop(task);
        kept.drive();
        assert_eq!(polls.load(Relaxed), 0);
        assert!(driver.lock().unwrap().upgrade().is_none());
    }
}

//! How long one build may take, and that a build which was given up changes nothing any more.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::task::{JoinError, JoinHandle};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// Who decides what comes of a build: whoever takes it first, the build itself or the one that waits for it. A thread
/// that compiles cannot be ended from outside, so one that is given up runs on, and must not have a say later.
#[derive(Debug, Default)]
pub(super) struct Turn(AtomicBool);

/// How the wait for a build ended.
#[derive(Debug)]
pub(super) enum Waited<T> {
    /// The build ended, or panicked.
    Built(Result<T, JoinError>),
    /// It took too long, and will have no say.
    GivenUp,
    /// The process shuts down, which waits for no build.
    Stopped,
}

// === impl Turn ===

impl Turn {
    /// Takes the decision. False if it was taken before.
    pub(super) fn take(&self) -> bool {
        !self.0.swap(true, Ordering::AcqRel)
    }

    /// Waits for a build: up to `limit`, and not while the process shuts down.
    pub(super) async fn wait<T>(
        &self,
        building: &mut JoinHandle<T>,
        limit: Duration,
        stop: &CancellationToken,
    ) -> Waited<T> {
        tokio::select! {
            biased;
            built = &mut *building => return Waited::Built(built),
            () = stop.cancelled() => {
                // A build that has begun to put its snapshot in force may finish that.
                self.take();
                return Waited::Stopped;
            }
            () = sleep(limit) => {}
        }
        if self.take() {
            return Waited::GivenUp;
        }
        Waited::Built(building.await)
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use tokio::time::Instant;
    use tokio_util::task::TaskTracker;

    use super::*;

    const LIMIT: Duration = Duration::from_mins(2);

    #[tokio::test(start_paused = true)]
    async fn a_build_that_takes_too_long_has_no_say_later() {
        let (turn, begun) = (Turn::default(), Instant::now());
        let mut endless = TaskTracker::new().spawn(pending::<()>());
        let waited = turn.wait(&mut endless, LIMIT, &CancellationToken::new()).await;
        assert!(matches!(waited, Waited::GivenUp), "{waited:?}");
        assert_eq!(begun.elapsed(), LIMIT);
        assert!(!turn.take(), "the build still had a say");
    }

    #[tokio::test(start_paused = true)]
    async fn a_build_that_ends_in_time_is_what_counts() {
        let turn = Turn::default();
        let mut quick = TaskTracker::new().spawn(async { 7 });
        let waited = turn.wait(&mut quick, LIMIT, &CancellationToken::new()).await;
        assert!(matches!(waited, Waited::Built(Ok(7))), "{waited:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_build_that_has_decided_at_the_last_moment_is_awaited() {
        let turn = Turn::default();
        assert!(turn.take());
        let mut late = TaskTracker::new().spawn(sleep(2 * LIMIT));
        let waited = turn.wait(&mut late, LIMIT, &CancellationToken::new()).await;
        assert!(matches!(waited, Waited::Built(Ok(()))), "{waited:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn shutting_down_waits_for_no_build() {
        let (turn, stop, begun) = (Turn::default(), CancellationToken::new(), Instant::now());
        stop.cancel();
        let mut endless = TaskTracker::new().spawn(pending::<()>());
        let waited = turn.wait(&mut endless, LIMIT, &stop).await;
        assert!(matches!(waited, Waited::Stopped), "{waited:?}");
        assert_eq!(begun.elapsed(), Duration::ZERO);
    }
}

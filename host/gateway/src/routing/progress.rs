//! How far a walk has come, for whoever waits for its answer.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::timeout;

/// Tells whoever waits for an answer whether the walk can still move on to another target. One per request.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    on_last_target: AtomicBool,
    changed: Notify,
}

// === impl Progress ===

impl Progress {
    /// An attempt begins. `last` if no other live target is left that the request has not tried.
    pub(super) fn begins(&self, last: bool) {
        if self.on_last_target.swap(last, Ordering::AcqRel) != last {
            self.changed.notify_waiters();
        }
    }

    /// Resolves once the walk has been on its last live target for `duration` without an answer. Further tries of that
    /// target, and the waits in between, count. Never resolves while other targets are left.
    pub(crate) async fn last_target_for(&self, duration: Duration) {
        loop {
            // Created before the flag is read, so that no change in between is missed.
            let changed = self.changed.notified();
            if !self.on_last_target.load(Ordering::Acquire) {
                changed.await;
            } else if timeout(duration, changed).await.is_err() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::{Instant, sleep};

    use super::*;

    const SILENCE: Duration = Duration::from_secs(10);

    #[tokio::test(start_paused = true)]
    async fn the_silence_counts_from_the_first_try_of_the_last_target() {
        let (progress, started) = (Progress::default(), Instant::now());
        let walk = async {
            progress.begins(false);
            sleep(Duration::from_secs(30)).await;
            progress.begins(true);
            sleep(Duration::from_secs(4)).await;
            progress.begins(true);
        };
        tokio::join!(walk, progress.last_target_for(SILENCE));
        assert_eq!(started.elapsed().as_secs(), 40);
    }

    #[tokio::test(start_paused = true)]
    async fn it_starts_over_if_another_target_is_live_again() {
        let (progress, started) = (Progress::default(), Instant::now());
        let walk = async {
            progress.begins(true);
            sleep(Duration::from_secs(6)).await;
            progress.begins(false);
            sleep(Duration::from_secs(6)).await;
            progress.begins(true);
        };
        tokio::join!(walk, progress.last_target_for(SILENCE));
        assert_eq!(started.elapsed().as_secs(), 22);
    }
}

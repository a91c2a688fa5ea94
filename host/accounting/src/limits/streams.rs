//! The streams that run on this node, by user, so that a user can end all of their own at once.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use tokio_util::sync::CancellationToken;

use crate::sharded::Sharded;

/// The running streams of all users. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Streams {
    registry: Arc<Registry>,
}

/// Keeps a running stream registered. Dropping it unregisters the stream.
#[derive(Debug)]
#[must_use = "dropping it unregisters the stream, which can then no longer be killed"]
pub struct StreamGuard {
    streams: Streams,
    user: Arc<str>,
    number: u64,
}

#[derive(Debug, Default)]
struct Registry {
    users: Sharded<HashMap<Arc<str>, Vec<Running>>>,
    next: AtomicU64,
}

struct Running {
    number: u64,
    began: SystemTime,
    killed: CancellationToken,
}

// === impl Streams ===

impl Streams {
    /// Registers a stream of `user` that begins at `now`. The token is cancelled when the stream is killed.
    pub fn register(&self, user: &Arc<str>, now: SystemTime) -> (StreamGuard, CancellationToken) {
        let number = self.registry.next.fetch_add(1, Ordering::Relaxed);
        let killed = CancellationToken::new();
        let running = Running {
            number,
            began: now,
            killed: killed.clone(),
        };
        let mut shard = self.registry.users.lock(&**user);
        shard.entry(Arc::clone(user)).or_default().push(running);
        let guard = StreamGuard {
            streams: self.clone(),
            user: Arc::clone(user),
            number,
        };
        (guard, killed)
    }

    /// Kills all streams of `user` on this node and returns their number. Streams that were killed before do not
    /// count again.
    pub fn kill(&self, user: &str) -> usize {
        self.kill_where(user, |_| true)
    }

    /// Kills the streams of `user` that began at `killed_at` or earlier. For a kill requested on another node, of
    /// which this node learns a moment later, when the user may have begun new streams. As exact as the nodes' clocks
    /// agree.
    pub fn kill_begun_by(&self, user: &str, killed_at: SystemTime) -> usize {
        self.kill_where(user, |began| began <= killed_at)
    }

    fn kill_where(&self, user: &str, condemned: impl Fn(SystemTime) -> bool) -> usize {
        let killed = self.take_out(user, |running| condemned(running.began));
        // After the lock is released: cancelling wakes tasks.
        for running in &killed {
            running.killed.cancel();
        }
        killed.len()
    }

    /// Removes the matching streams of `user`, and the user with the last of them.
    fn take_out(&self, user: &str, mut matches: impl FnMut(&Running) -> bool) -> Vec<Running> {
        let mut shard = self.registry.users.lock(user);
        let Some(running) = shard.get_mut(user) else {
            return Vec::new();
        };
        let out = running.extract_if(.., |running| matches(running)).collect();
        if running.is_empty() {
            shard.remove(user);
        }
        out
    }
}

// === impl StreamGuard ===

impl Drop for StreamGuard {
    fn drop(&mut self) {
        self.streams
            .take_out(&self.user, |running| running.number == self.number);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn users(streams: &Streams) -> usize {
        streams.registry.users.each().map(|shard| shard.len()).sum()
    }

    #[tokio::test]
    async fn a_kill_ends_all_streams_of_that_user_and_no_others() {
        let streams = Streams::default();
        let (ada, bob): (Arc<str>, Arc<str>) = ("ada".into(), "bob".into());
        let (_first, first) = streams.register(&ada, at(1));
        let (_second, second) = streams.register(&ada, at(2));
        let (_other, other) = streams.register(&bob, at(3));
        assert_eq!(streams.kill("ada"), 2);
        first.cancelled().await;
        second.cancelled().await;
        assert!(!other.is_cancelled());
    }

    #[test]
    fn a_killed_stream_does_not_count_again_while_it_winds_down() {
        let streams = Streams::default();
        let _stream = streams.register(&"ada".into(), at(1));
        assert_eq!((streams.kill("ada"), streams.kill("ada")), (1, 0));
    }

    #[test]
    fn a_stream_that_is_over_is_not_killed_and_leaves_nothing_behind() {
        let streams = Streams::default();
        let ada: Arc<str> = "ada".into();
        let (over, token) = streams.register(&ada, at(1));
        let (still, _) = streams.register(&ada, at(1));
        drop(over);
        assert_eq!((streams.kill("ada"), token.is_cancelled()), (1, false));
        drop(still);
        assert_eq!((streams.kill("nobody"), users(&streams)), (0, 0));
    }

    #[test]
    fn a_kill_made_elsewhere_spares_what_began_after_it() {
        let streams = Streams::default();
        let ada: Arc<str> = "ada".into();
        let (_before, before) = streams.register(&ada, at(10));
        let (_after, after) = streams.register(&ada, at(12));
        assert_eq!(streams.kill_begun_by("ada", at(11)), 1);
        assert!(before.is_cancelled() && !after.is_cancelled());
    }
}

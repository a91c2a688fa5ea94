//! The streams that run on this node, by user, so that a user can end all of their own at once.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use tokio_util::sync::CancellationToken;

use crate::clock::unix_millis;
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
    /// When it began, in milliseconds since 1970.
    begun: i64,
    killed: CancellationToken,
}

// === impl Streams ===

impl Streams {
    /// Registers a stream of `user` that begins. The token is cancelled when the stream is killed.
    pub fn register(&self, user: &Arc<str>) -> (StreamGuard, CancellationToken) {
        self.register_at(user, unix_millis(SystemTime::now()))
    }

    fn register_at(&self, user: &Arc<str>, begun: i64) -> (StreamGuard, CancellationToken) {
        let number = self.registry.next.fetch_add(1, Ordering::Relaxed);
        let killed = CancellationToken::new();
        let running = Running {
            number,
            begun,
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
        self.kill_begun_by(user, i64::MAX)
    }

    /// Kills those of the user's streams on this node that had begun at this time, in milliseconds since 1970, and
    /// returns their number: the request to kill them takes a moment from another node to this one.
    pub fn kill_begun_by(&self, user: &str, time: i64) -> usize {
        let killed = self.take_out(user, |running| running.begun <= time);
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
    use super::*;

    fn users(streams: &Streams) -> usize {
        streams.registry.users.each().map(|shard| shard.len()).sum()
    }

    #[tokio::test]
    async fn a_kill_ends_all_streams_of_that_user_and_no_others() {
        let streams = Streams::default();
        let (ada, bob): (Arc<str>, Arc<str>) = ("ada".into(), "bob".into());
        let (_first, first) = streams.register(&ada);
        let (_second, second) = streams.register(&ada);
        let (_other, other) = streams.register(&bob);
        assert_eq!(streams.kill("ada"), 2);
        first.cancelled().await;
        second.cancelled().await;
        assert!(!other.is_cancelled());
    }

    #[test]
    fn a_kill_that_comes_late_spares_the_streams_that_began_after_it() {
        let streams = Streams::default();
        let ada: Arc<str> = "ada".into();
        let (_before, before) = streams.register_at(&ada, 1_000);
        let (_at_once, at_once) = streams.register_at(&ada, 1_001);
        let (_after, after) = streams.register_at(&ada, 1_002);
        assert_eq!(streams.kill_begun_by("ada", 1_001), 2);
        assert!(before.is_cancelled() && at_once.is_cancelled() && !after.is_cancelled());
        assert_eq!(streams.kill("ada"), 1);
    }

    #[test]
    fn a_killed_stream_does_not_count_again_while_it_winds_down() {
        let streams = Streams::default();
        let _stream = streams.register(&"ada".into());
        assert_eq!((streams.kill("ada"), streams.kill("ada")), (1, 0));
    }

    #[test]
    fn a_stream_that_has_ended_is_not_killed_and_leaves_nothing_behind() {
        let streams = Streams::default();
        let ada: Arc<str> = "ada".into();
        let (over, token) = streams.register(&ada);
        let (still, _) = streams.register(&ada);
        drop(over);
        assert_eq!((streams.kill("ada"), token.is_cancelled()), (1, false));
        drop(still);
        assert_eq!((streams.kill("nobody"), users(&streams)), (0, 0));
    }
}

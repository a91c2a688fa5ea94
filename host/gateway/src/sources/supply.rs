//! What the sources of the configuration have: from the store at once, and fetched in the background where it is missing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures_util::future::join_all;
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::access::Access;
use super::fetch::{fetch, hashes, stored};
use super::store::Store;
use super::versions;
use jackfield_config::{Origin, PluginsConfig};

/// The wait after the first failure; it doubles with each further one.
const FIRST_WAIT: Duration = Duration::from_secs(1);

/// The longest wait between two tries.
const LONGEST_WAIT: Duration = Duration::from_mins(5);

/// Fetches what sources name, and remembers how that went. Shared by the builder of snapshots, which never waits for it,
/// and the task that fetches.
#[derive(Default)]
pub(crate) struct Supply {
    store: Store,
    wanted: Mutex<BTreeMap<Origin, Wanted>>,
    /// Rings when something is wanted that was not.
    more: Notify,
    /// Whether a fetch has ended since somebody asked.
    news: AtomicBool,
}

/// A source whose content is not in the store.
#[derive(Clone)]
struct Wanted {
    access: Access,
    /// How often it could not be fetched, one time after the other.
    failures: u32,
    /// Why not, the last time.
    reason: Option<String>,
    /// When it is tried next.
    next: Instant,
}

/// Why a source has no content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Missing {
    /// It has not been fetched yet.
    Pending,
    /// It could not be fetched.
    Failed(String),
}

// === impl Supply ===

impl Supply {
    pub(crate) fn new(store: Store) -> Self {
        Self {
            store,
            ..Self::default()
        }
    }

    /// The store of contents.
    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    /// The content of each source of the configuration, by the plugin's name. What is missing is fetched from now on; what
    /// is not named any more is not.
    pub(crate) fn contents(&self, config: &PluginsConfig) -> Vec<(String, Origin, Result<Vec<u8>, Missing>)> {
        let sources = config.sources.iter();
        let origins = sources.filter_map(|source| Some((source.name.clone(), source.origin().ok()?)));
        let found: Vec<_> = origins
            .map(|(name, origin)| {
                let content = stored(&self.store, &origin);
                (name, origin, content)
            })
            .collect();
        let missing = found.iter().filter(|(.., content)| content.is_none());
        let missing: BTreeSet<&Origin> = missing.map(|(_, origin, _)| origin).collect();
        let mut wanted = self.wanted();
        wanted.retain(|origin, _| missing.contains(origin));
        for origin in missing {
            let access = Access::of(config, origin.host());
            let known = wanted.get(origin);
            // Other credentials are a reason to try again at once.
            if known.is_none_or(|known| known.access != access) {
                wanted.insert(origin.clone(), Wanted::now(access));
                self.more.notify_one();
            }
        }
        let reason = |origin: &Origin| {
            let reason = wanted.get(origin).and_then(|wanted| wanted.reason.clone());
            reason.map_or(Missing::Pending, Missing::Failed)
        };
        found
            .into_iter()
            .map(|(name, origin, content)| {
                let content = content.ok_or_else(|| reason(&origin));
                (name, origin, content)
            })
            .collect()
    }

    /// Whether a fetch has ended, well or badly, since this was last asked.
    pub(crate) fn take_news(&self) -> bool {
        self.news.swap(false, Ordering::AcqRel)
    }

    /// Tries once to fetch everything that is missing.
    pub(crate) async fn fetch_once(&self) {
        let due = self.due(Instant::now()).into_iter();
        join_all(due.map(|(origin, access)| self.get(origin, access))).await;
    }

    /// Fetches what is missing, for as long as it is, until `stop`. Calls `tell` after each try. A slow server holds up no
    /// other.
    pub(crate) async fn run(self: Arc<Self>, tell: impl Fn(), stop: CancellationToken) {
        let (mut running, mut under_way) = (FuturesUnordered::new(), BTreeSet::new());
        let fetching = async {
            loop {
                for (origin, access) in self.due(Instant::now()) {
                    if under_way.insert(origin.clone()) {
                        running.push(self.get(origin, access));
                    }
                }
                tokio::select! {
                    Some(origin) = running.next(), if !running.is_empty() => {
                        under_way.remove(&origin);
                        self.news.store(true, Ordering::Release);
                        tell();
                    }
                    () = self.rest(&under_way) => {}
                }
            }
        };
        stop.run_until_cancelled(fetching).await;
    }

    /// Waits until something else than what is under way is due, or wanted that was not.
    async fn rest(&self, under_way: &BTreeSet<Origin>) {
        let next = {
            let wanted = self.wanted();
            let others = wanted.iter().filter(|(origin, _)| !under_way.contains(*origin));
            others.map(|(_, wanted)| wanted.next).min()
        };
        let due = async {
            match next {
                Some(next) => sleep_until(next).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = due => {}
            () = self.more.notified() => {}
        }
    }

    fn due(&self, now: Instant) -> Vec<(Origin, Access)> {
        let wanted = self.wanted();
        let due = wanted.iter().filter(|(_, wanted)| wanted.next <= now);
        due.map(|(origin, wanted)| (origin.clone(), wanted.access.clone()))
            .collect()
    }

    /// Tries once to fetch a plugin, and notes how that went.
    async fn get(&self, origin: Origin, access: Access) -> Origin {
        let fetched = fetch(&origin, &access).await.map_err(|error| error.to_string());
        let outcome = fetched.and_then(|blobs| self.keep(&blobs));
        match &outcome {
            Ok(()) => tracing::info!(source = %origin, "plugin fetched"),
            Err(reason) => tracing::warn!(source = %origin, "plugin not fetched, and tried again later: {reason}"),
        }
        let mut wanted = self.wanted();
        match (outcome, wanted.get_mut(&origin)) {
            (Err(reason), Some(wanted)) => wanted.fail(reason, Instant::now(), fastrand::f64()),
            _ => drop(wanted.remove(&origin)),
        }
        drop(wanted);
        origin
    }

    fn keep(&self, blobs: &[Bytes]) -> Result<(), String> {
        for blob in blobs {
            let kept = self.store.put(blob);
            kept.map_err(|error| format!("it cannot be stored: {error}"))?;
        }
        Ok(())
    }

    /// Marks what a configuration names, and the plugins in force, as used, and removes what nothing has used for long.
    pub(crate) fn purge(&self, config: &PluginsConfig, in_force: impl Iterator<Item = String>, now: SystemTime) {
        let origins = config.sources.iter().filter_map(|source| source.origin().ok());
        let named = origins.flat_map(|origin| hashes(&self.store, &origin));
        let used = named.chain(in_force).collect();
        self.store.purge(&used, &versions::kept(&self.store), now);
    }

    fn wanted(&self) -> MutexGuard<'_, BTreeMap<Origin, Wanted>> {
        // Nothing that holds the lock can panic in the middle of a change.
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Wanted ===

impl Wanted {
    fn now(access: Access) -> Self {
        Self {
            access,
            failures: 0,
            reason: None,
            next: Instant::now(),
        }
    }

    /// Notes a failure. `jitter` is between 0 and 1, so that the nodes of a cluster do not all come back at once.
    fn fail(&mut self, reason: String, now: Instant, jitter: f64) {
        let doubled = FIRST_WAIT.saturating_mul(1 << self.failures.min(16));
        let wait = doubled.min(LONGEST_WAIT).mul_f64(0.75 + jitter / 4.0);
        self.failures += 1;
        self.reason = Some(reason);
        self.next = now + wait;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_wait_doubles_up_to_five_minutes() {
        let mut wanted = Wanted::now(Access::default());
        let now = Instant::now();
        let mut waits = Vec::new();
        for _ in 0..40 {
            wanted.fail("refused".to_owned(), now, 1.0);
            waits.push((wanted.next - now).as_secs());
        }
        assert_eq!(waits[..10], [1, 2, 4, 8, 16, 32, 64, 128, 256, 300]);
        assert_eq!(waits[39], 300);
        wanted.fail("refused".to_owned(), now, 0.0);
        assert_eq!(wanted.next - now, LONGEST_WAIT.mul_f64(0.75));
    }
}

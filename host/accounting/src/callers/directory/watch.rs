//! Polling: how a directory learns of changes that other nodes made.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime};

use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::{Directory, Progress};
use crate::callers::refused::KeyRefused;
use crate::callers::secret::SecretHash;
use crate::callers::unavailable::DirectoryUnavailable;
use crate::clock::{millis, unix_millis};
use crate::store::{Changes, StoreError, StreamKill};

/// How often the revision is polled.
const POLL_EVERY: Duration = Duration::from_millis(250);

/// The number of polls between reads of the cached users' balances, which makes ten seconds. All nodes charge requests,
/// and they do so without a new revision.
const POLLS_PER_BALANCES: u32 = 40;

// === impl Directory ===

impl Directory {
    /// Keeps the directory up to date until `stop` is cancelled. Retries while the database is unavailable.
    pub async fn watch(self: Arc<Self>, stop: CancellationToken) {
        let mut rounds = interval(POLL_EVERY);
        // After a stall, one poll reports as much as all the missed ones would have.
        rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let work = async {
            let mut due = false;
            for round in 1_u32.. {
                rounds.tick().await;
                due |= round % POLLS_PER_BALANCES == 0;
                // What could not be read is read with the next poll.
                due = !self.round(due).await;
            }
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = work => {}
        }
    }

    /// Learns at once of what has changed, as after a change on this node. If the database does not answer, a later poll
    /// tells.
    pub async fn learn(&self) {
        self.round(false).await;
    }

    /// Whether the database answered the last poll.
    #[must_use]
    pub fn is_reachable(&self) -> bool {
        !self.down.load(Ordering::Relaxed)
    }

    /// Drops what changed since the last poll, and returns the kills that other nodes were asked for. Cancel safe: the next poll sees again what this one did not finish.
    ///
    /// # Errors
    /// [`DirectoryUnavailable`] if the database cannot be reached.
    pub(super) async fn poll(&self) -> Result<Vec<StreamKill>, DirectoryUnavailable> {
        self.poll_at(Instant::now()).await
    }

    pub(super) async fn poll_at(&self, now: Instant) -> Result<Vec<StreamKill>, DirectoryUnavailable> {
        let mut progress = self.progress.lock().await;
        let changes = self.store.changes_since(progress.revision).await;
        let changes = changes.map_err(|error| self.poll_failed(&error))?;
        if changes.revision < progress.revision {
            // The database was restored to an earlier state or replaced: nothing in the caches is reliable.
            self.forget_everything();
        } else {
            self.forget(&changes);
        }
        self.tell(&changes);
        progress.revision = changes.revision;
        let kills = progress.take_foreign(changes.kills);
        self.poll_succeeded(now);
        Ok(kills)
    }

    /// Polls once, and reads what all nodes charged if that is due. Returns whether nothing is due any more.
    pub(super) async fn round(&self, due: bool) -> bool {
        let Ok(kills) = self.poll().await else {
            return !due;
        };
        for kill in &kills {
            self.observer.killed(&kill.user, kill.at);
        }
        if !due {
            return true;
        }
        let read = self.read_balances().await.and(self.read_spendings().await);
        if let Err(error) = &read {
            self.charges_unread(error);
        } else if self.blind.swap(false, Ordering::Relaxed) {
            tracing::info!("what other nodes charge can be read again");
        }
        read.is_ok()
    }

    /// Reads all cached users again, for the observer.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(super) async fn read_balances(&self) -> Result<(), StoreError> {
        let mut known = HashSet::new();
        self.keys.for_each(|caller| {
            known.insert(Arc::clone(&caller.user));
        });
        self.token_users.for_each(|user| {
            known.insert(Arc::clone(&user.caller.user));
        });
        if known.is_empty() {
            return Ok(());
        }
        let known = known.iter().map(ToString::to_string).collect();
        let users = self.store.users_of(known).await?;
        for user in &users {
            self.observer.read(user);
        }
        Ok(())
    }

    /// Reads what the cached keys with a budget have spent on all nodes, for the observer.
    pub(super) async fn read_spendings(&self) -> Result<(), StoreError> {
        let mut keys = Vec::new();
        self.keys.for_each(|caller| {
            keys.extend(caller.budget().map(|(key, _)| Arc::clone(key)));
        });
        if keys.is_empty() {
            return Ok(());
        }
        let now = unix_millis(SystemTime::now());
        for (key, spent) in self.store.spent_by(keys, now).await? {
            self.observer.spent(&key, spent, now);
        }
        Ok(())
    }

    fn charges_unread(&self, error: &StoreError) {
        if !self.blind.swap(true, Ordering::Relaxed) {
            tracing::warn!(%error, "balances and budgets do not see what other nodes charge");
        }
    }

    /// Tells the observer of what changed, which is forgotten already: nobody who is barred begins anything new.
    fn tell(&self, changes: &Changes) {
        for user in &changes.users {
            self.observer.read(user);
            if user.disabled_at.is_some() {
                self.observer.barred(&user.id);
            }
        }
        for key in &changes.revoked {
            self.observer.revoked(key);
        }
    }

    /// Drops the entries that changed.
    fn forget(&self, changes: &Changes) {
        for hash in &changes.keys {
            self.forget_key(&SecretHash::from_bytes(*hash));
        }
        if changes.users.is_empty() {
            return;
        }
        let ids: HashSet<&str> = changes.users.iter().map(|user| &*user.id).collect();
        self.key_lookups.forget_all(|| {
            self.keys.retain(|caller| !ids.contains(&*caller.user));
            // Whose keys these are is not known any more.
            self.refused_keys.retain(|(why, _)| *why != KeyRefused::Disabled);
        });
        self.user_lookups.forget_all(|| {
            for user in &ids {
                self.token_users.remove(*user);
            }
        });
    }

    fn forget_everything(&self) {
        self.key_lookups.forget_all(|| {
            self.keys.clear();
            self.refused_keys.clear();
        });
        self.user_lookups.forget_all(|| self.token_users.clear());
    }

    fn poll_failed(&self, error: &StoreError) -> DirectoryUnavailable {
        if !self.down.swap(true, Ordering::Relaxed) {
            tracing::error!(%error, "known callers are served for five more minutes, unknown ones are refused");
        }
        DirectoryUnavailable
    }

    fn poll_succeeded(&self, now: Instant) {
        let after = millis(now.saturating_duration_since(self.opened));
        self.fresh_millis.store(after, Ordering::Relaxed);
        if self.down.swap(false, Ordering::Relaxed) {
            tracing::info!("the database is available again");
        }
    }
}

// === impl Progress ===

impl Progress {
    /// The kills that other nodes requested. Forgets this node's own.
    fn take_foreign(&mut self, kills: Vec<StreamKill>) -> Vec<StreamKill> {
        let own = std::mem::take(&mut self.own_kills);
        let foreign = kills.into_iter().filter(|kill| !own.contains(&kill.revision));
        foreign.collect()
    }
}

//! The rounds in which a directory learns what other nodes changed.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::{Directory, Seen, Unavailable};
use crate::callers::secret::SecretHash;
use crate::store::{Changes, Kill, StoreError};

/// How often the revision is read.
const EVERY: Duration = Duration::from_millis(250);

/// After how many rounds the balances of the known users are read again, every ten seconds: what requests cost is
/// settled without a new revision, and by every node.
const BALANCES_EVERY: u32 = 40;

// === impl Directory ===

impl Directory {
    /// Keeps the directory up to date until `stop`. While the database is away it goes on trying.
    pub async fn watch(self: Arc<Self>, stop: CancellationToken) {
        let mut rounds = interval(EVERY);
        // After a stall, one round tells as much as all that were missed.
        rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let work = async {
            for round in 1_u32.. {
                rounds.tick().await;
                self.round(round % BALANCES_EVERY == 0).await;
            }
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = work => {}
        }
    }

    /// One round: drops what changed since the last one, and returns the users whose running streams another node was
    /// asked to end. To drop the future is safe: what it did not come to is told again.
    ///
    /// # Errors
    /// If the database cannot be asked.
    pub async fn poll(&self) -> Result<Vec<String>, Unavailable> {
        self.poll_at(Instant::now()).await
    }

    pub(super) async fn poll_at(&self, now: Instant) -> Result<Vec<String>, Unavailable> {
        let mut seen = self.seen.lock().await;
        let changes = self.store.changes_since(seen.revision).await;
        let changes = changes.map_err(|error| self.gone(&error))?;
        if changes.revision < seen.revision {
            // A database that was put back to an earlier state, or another one: nothing that is known holds.
            self.forget_everything();
        } else {
            self.forget(&changes);
        }
        changes.users.iter().for_each(|user| self.observer.read(user));
        seen.revision = changes.revision;
        let kills = seen.foreign(changes.kills);
        self.back(now);
        Ok(kills)
    }

    async fn round(&self, balances: bool) {
        let Ok(kills) = self.poll().await else {
            return;
        };
        for user in &kills {
            self.observer.killed(user);
        }
        if balances {
            self.read_balances().await;
        }
    }

    /// Reads all known users again, for the observer.
    pub(super) async fn read_balances(&self) {
        let mut known = HashSet::new();
        self.keys.each(|caller| {
            known.insert(Arc::clone(&caller.user));
        });
        self.people.each(|person| {
            known.insert(Arc::clone(&person.caller.user));
        });
        if known.is_empty() {
            return;
        }
        let known = known.iter().map(ToString::to_string).collect();
        match self.store.users_of(known).await {
            Ok(users) => users.iter().for_each(|user| self.observer.read(user)),
            Err(error) => tracing::debug!(%error, "balances could not be read"),
        }
    }

    /// Drops what is not as it was.
    fn forget(&self, changes: &Changes) {
        for hash in &changes.keys {
            self.forget_key(&SecretHash::from_bytes(*hash));
        }
        if changes.users.is_empty() {
            return;
        }
        let ids: HashSet<&str> = changes.users.iter().map(|user| &*user.id).collect();
        self.asked_keys.forget_all(|| {
            self.keys.retain(|caller| !ids.contains(&*caller.user));
        });
        self.asked_people.forget_all(|| {
            for user in &ids {
                self.people.remove(*user);
            }
        });
    }

    fn forget_everything(&self) {
        self.asked_keys.forget_all(|| {
            self.keys.retain(|_| false);
            self.unknown.retain(|_| false);
        });
        self.asked_people.forget_all(|| self.people.retain(|_| false));
    }

    fn gone(&self, error: &StoreError) -> Unavailable {
        if !self.down.swap(true, Ordering::Relaxed) {
            tracing::error!(%error, "callers that are known go on for five minutes, others are refused");
        }
        Unavailable
    }

    fn back(&self, now: Instant) {
        let after = now.saturating_duration_since(self.born).as_millis();
        let after = u64::try_from(after).unwrap_or(u64::MAX);
        self.fresh.store(after, Ordering::Relaxed);
        if self.down.swap(false, Ordering::Relaxed) {
            tracing::info!("the database is available again");
        }
    }
}

// === impl Seen ===

impl Seen {
    /// The users of those kills that are not this node's own.
    fn foreign(&mut self, kills: Vec<Kill>) -> Vec<String> {
        let own = std::mem::take(&mut self.own_kills);
        let foreign = kills.into_iter().filter(|kill| !own.contains(&kill.revision));
        foreign.map(|kill| kill.user).collect()
    }
}

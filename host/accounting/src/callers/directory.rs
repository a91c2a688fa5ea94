//! The directory of callers: who holds which key, known without asking the database.
//!
//! What was looked up once is kept until the database's revision says that it changed, which every node asks four times
//! a second. So a request waits for the database only when its key has not been seen here, and a revoked key is refused
//! everywhere within a second.

mod watch;

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use tokio::sync::{Mutex, Semaphore};
use tokio::time::{Instant, timeout};

use super::flight::Flights;
use super::secret::SecretHash;
use super::shelf::Shelf;
use super::token::Claims;
use super::{Caller, CredentialKind};
use crate::clock::unix_millis;
use crate::store::{Store, StoreError, User};

/// How long callers that are known go on while the database cannot be reached.
const STALE_FOR: Duration = Duration::from_mins(5);

/// Callers that are kept, of keys and of tokens each.
const KNOWN: usize = 65_536;

/// Keys that are known to be no one's. Few, for anyone can make them up.
const UNKNOWN: usize = 4_096;

/// How long a key counts as no one's. One that is made meanwhile counts as soon as the revision is read.
const UNKNOWN_FOR: Duration = Duration::from_secs(5);

/// How long the database is left alone about a user's plan while tokens of theirs name different ones.
const NOTED_FOR: Duration = Duration::from_mins(1);

/// Look-ups that go on at the same time. Made-up keys must not take all connections for themselves.
const LOOK_UPS: usize = 4;

/// How long a look-up waits for its turn.
const TURN_WITHIN: Duration = Duration::from_secs(2);

/// Neither the directory nor the database can say who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the database of users and keys is not available")]
pub struct Unavailable;

/// Who wants to know what the directory reads.
pub trait Observer: Send + Sync {
    /// A user was read from the database: their balance is what it was at that moment.
    fn read(&self, user: &User);
    /// Another node was asked to end this user's running streams.
    fn killed(&self, user: &str);
}

/// The callers that are known. Shared by all lanes.
pub struct Directory {
    store: Store,
    observer: Box<dyn Observer>,
    keys: Shelf<SecretHash, Arc<Caller>>,
    /// Keys of no one, each with the time until which it counts as such.
    unknown: Shelf<SecretHash, Instant>,
    people: Shelf<Arc<str>, Person>,
    asked_keys: Flights<SecretHash, Option<Arc<Caller>>>,
    asked_people: Flights<Claims, Arc<Caller>>,
    turns: Semaphore,
    seen: Mutex<Seen>,
    /// Whether the last round failed.
    down: AtomicBool,
    born: Instant,
    /// When the last round that succeeded began, in milliseconds after `born`.
    fresh: AtomicU64,
}

/// A user who came with a token.
#[derive(Clone)]
struct Person {
    caller: Arc<Caller>,
    noted: Instant,
}

/// What the last round read.
struct Seen {
    revision: i64,
    /// Kills that this node made, by revision: it has carried them out already.
    own_kills: HashSet<i64>,
}

// === impl Directory ===

impl Directory {
    /// A directory that knows nobody yet.
    ///
    /// # Errors
    /// `Unavailable` if the database's revision cannot be read.
    pub async fn open(store: Store, observer: impl Observer + 'static) -> Result<Self, StoreError> {
        let born = Instant::now();
        let revision = store.revision().await?;
        let own_kills = HashSet::new();
        Ok(Self {
            store,
            observer: Box::new(observer),
            keys: Shelf::new(KNOWN),
            unknown: Shelf::new(UNKNOWN),
            people: Shelf::new(KNOWN),
            asked_keys: Flights::new(),
            asked_people: Flights::new(),
            turns: Semaphore::new(LOOK_UPS),
            seen: Mutex::new(Seen { revision, own_kills }),
            down: AtomicBool::new(false),
            born,
            fresh: AtomicU64::new(0),
        })
    }

    /// The database, for what has no place in here: making and listing keys, and users.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Who holds the key of this hash; none if nobody does. For a key that is known this neither waits nor asks the database.
    ///
    /// # Errors
    /// If it is not known here and the database cannot be asked, or could not be for five minutes.
    pub async fn find_key(&self, hash: SecretHash) -> Result<Option<Arc<Caller>>, Unavailable> {
        self.find_key_at(hash, Instant::now()).await
    }

    async fn find_key_at(&self, hash: SecretHash, now: Instant) -> Result<Option<Arc<Caller>>, Unavailable> {
        self.check_fresh(now)?;
        if let Some(caller) = self.keys.get(&hash) {
            return Ok(Some(caller));
        }
        if self.unknown.get(&hash).is_some_and(|until| now < until) {
            return Ok(None);
        }
        let keep = |found: &Option<Arc<Caller>>| match found {
            Some(caller) => self.keys.put(hash, Arc::clone(caller)),
            None => self.unknown.put(hash, now + UNKNOWN_FOR),
        };
        self.asked_keys.join(hash, self.load_key(hash), keep).await
    }

    /// The caller with a valid token. A user who is new to the database is written into it, so that they can have keys
    /// and a balance, and so is a new plan. The plan is always that of the token.
    ///
    /// # Errors
    /// As of [`Directory::find_key`].
    pub async fn find_user(&self, claims: &Claims) -> Result<Arc<Caller>, Unavailable> {
        self.find_user_at(claims, Instant::now()).await
    }

    async fn find_user_at(&self, claims: &Claims, now: Instant) -> Result<Arc<Caller>, Unavailable> {
        self.check_fresh(now)?;
        if let Some(person) = self.people.get(claims.sub.as_str()) {
            if *person.caller.plan == claims.plan {
                return Ok(person.caller);
            }
            // Somebody uses an old token beside a new one. Each is good for its own plan, and which of them the
            // database names is not decided anew with each request.
            if now < person.noted + NOTED_FOR {
                return Ok(Arc::new(caller(claims)));
            }
        }
        let keep = |caller: &Arc<Caller>| {
            let (caller, noted) = (Arc::clone(caller), now);
            let person = Person { caller, noted };
            self.people.put(Arc::clone(&person.caller.user), person);
        };
        let ask = self.load_user(claims);
        self.asked_people.join(claims.clone(), ask, keep).await
    }

    /// Revokes a key, of a user only one of theirs. It is refused here from now on, and elsewhere within a second.
    ///
    /// # Errors
    /// `NotFound` or `Unavailable`.
    pub async fn revoke_key(&self, id: &str, user: Option<&str>, now: SystemTime) -> Result<(), StoreError> {
        let hash = self.store.revoke_key(id, user, unix_millis(now)).await?;
        self.forget_key(&SecretHash::from_bytes(hash));
        Ok(())
    }

    /// Tells the other nodes to end this user's running streams; those of this node are the caller's to end.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn kill_streams(&self, user: &str, now: SystemTime) -> Result<(), StoreError> {
        // While this is held no round can take the kill for another node's.
        let mut seen = self.seen.lock().await;
        let revision = self.store.kill_streams(user, unix_millis(now)).await?;
        seen.own_kills.insert(revision);
        Ok(())
    }

    async fn load_key(&self, hash: SecretHash) -> Result<Option<Arc<Caller>>, Unavailable> {
        let ask = self.store.key_by_hash(hash.as_bytes());
        let Some(owned) = self.in_turn(ask).await? else {
            return Ok(None);
        };
        self.observer.read(&owned.user);
        let caller = Caller::with_key(&owned.user.id, &owned.user.plan, &owned.key);
        Ok(Some(Arc::new(caller)))
    }

    async fn load_user(&self, claims: &Claims) -> Result<Arc<Caller>, Unavailable> {
        let now = unix_millis(SystemTime::now());
        let ask = self.store.upsert_user(&claims.sub, &claims.plan, now);
        self.observer.read(&self.in_turn(ask).await?);
        Ok(Arc::new(caller(claims)))
    }

    /// Asks the database, not with too many others and not while it is known to be away.
    async fn in_turn<T>(&self, ask: impl Future<Output = Result<T, StoreError>>) -> Result<T, Unavailable> {
        if self.down.load(Ordering::Relaxed) {
            return Err(Unavailable);
        }
        let turn = timeout(TURN_WITHIN, self.turns.acquire()).await;
        let _turn = turn.map_err(|_| Unavailable)?.map_err(|_| Unavailable)?;
        ask.await.map_err(|error| {
            tracing::debug!(%error, "a caller could not be looked up");
            Unavailable
        })
    }

    fn check_fresh(&self, now: Instant) -> Result<(), Unavailable> {
        let fresh = self.born + Duration::from_millis(self.fresh.load(Ordering::Relaxed));
        if now < fresh + STALE_FOR {
            Ok(())
        } else {
            Err(Unavailable)
        }
    }

    fn forget_key(&self, hash: &SecretHash) {
        self.asked_keys.forget(hash, || {
            self.keys.remove(hash);
            self.unknown.remove(hash);
        });
    }
}

/// The caller that a token tells of.
fn caller(claims: &Claims) -> Caller {
    Caller::without_key(&claims.sub, &claims.plan, CredentialKind::Token)
}

/// For who does not want to know.
impl Observer for () {
    fn read(&self, _: &User) {}

    fn killed(&self, _: &str) {}
}

#[cfg(test)]
mod tests;

//! The directory of callers: a cache of who holds which key.
//!
//! Entries are kept until the database's revision, which every node polls four times a second, shows that they changed.
//! So a request waits for the database only if this node has not seen its key before, and a revoked key is refused
//! everywhere within a second.

mod changes;
mod observer;
mod watch;

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use tokio::sync::{Mutex, Semaphore};
use tokio::time::{Instant, timeout};

pub use self::observer::Observer;
use super::bounded_map::BoundedMap;
use super::caller::{Caller, CredentialKind};
use super::look_up::{self, Lookups, look_up};
use super::refused::KeyRefused;
use super::secret::SecretHash;
use super::token::Claims;
use super::unavailable::DirectoryUnavailable;
use crate::clock::unix_millis;
use crate::store::{Looked, Store, StoreError};

/// How long cached callers are served while the database cannot be reached.
const STALE_FOR: Duration = Duration::from_mins(5);

/// The capacity of the caches of keys and of token users, each.
const MAX_CALLERS: usize = 65_536;

/// The capacity of the cache of keys that are refused. Small, because anyone can make them up.
const MAX_REFUSED_KEYS: usize = 4_096;

/// How long a key is cached as refused. If it is created meanwhile, the next poll makes it known.
const REFUSED_FOR: Duration = Duration::from_secs(5);

/// How long a user's plan is not written to the database again while their tokens name different plans.
const PLAN_SETTLED_FOR: Duration = Duration::from_mins(1);

/// How many lookups may run at the same time. Made-up keys must not occupy all connections.
const MAX_LOOKUPS: usize = 4;

/// How long a lookup waits for a free slot.
const LOOKUP_WITHIN: Duration = Duration::from_secs(2);

/// The known callers. Shared by all threads.
pub struct Directory {
    store: Store,
    observer: Box<dyn Observer>,
    keys: BoundedMap<SecretHash, Arc<Caller>>,
    /// Keys that do not exist or are no longer accepted, with the time at which the entry expires.
    refused_keys: BoundedMap<SecretHash, (KeyRefused, Instant)>,
    token_users: BoundedMap<Arc<str>, TokenUser>,
    key_lookups: Lookups<SecretHash, Result<Arc<Caller>, KeyRefused>>,
    user_lookups: Lookups<Claims, Option<Arc<Caller>>>,
    lookup_slots: Semaphore,
    progress: Mutex<Progress>,
    /// Whether the last poll failed.
    down: AtomicBool,
    /// Whether the charges of other nodes could not be read.
    blind: AtomicBool,
    opened: Instant,
    /// When the last successful poll began, in milliseconds after `opened`.
    fresh_millis: AtomicU64,
}

/// A user who came with a token.
#[derive(Clone)]
struct TokenUser {
    caller: Arc<Caller>,
    /// When the database was last asked about the user's plan.
    loaded: Instant,
}

/// How far this node has followed the changes in the database.
struct Progress {
    revision: i64,
    /// Revisions of the kills that this node requested and has carried out already.
    own_kills: HashSet<i64>,
}

// === impl Directory ===

impl Directory {
    /// Opens an empty directory. [`Directory::watch`] keeps it up to date.
    ///
    /// # Errors
    /// `Unavailable` if the database's revision cannot be read.
    pub async fn open(store: Store, observer: impl Observer + 'static) -> Result<Self, StoreError> {
        let opened = Instant::now();
        let revision = store.revision().await?;
        let own_kills = HashSet::new();
        Ok(Self {
            store,
            observer: Box::new(observer),
            keys: BoundedMap::new(MAX_CALLERS),
            refused_keys: BoundedMap::new(MAX_REFUSED_KEYS),
            token_users: BoundedMap::new(MAX_CALLERS),
            key_lookups: Lookups::new(look_up::MOST),
            user_lookups: Lookups::new(look_up::MOST),
            lookup_slots: Semaphore::new(MAX_LOOKUPS),
            progress: Mutex::new(Progress { revision, own_kills }),
            down: AtomicBool::new(false),
            blind: AtomicBool::new(false),
            opened,
            fresh_millis: AtomicU64::new(0),
        })
    }

    /// The database, for what needs no cache: creating and listing keys, and users.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The holder of the key with this hash, or why it is refused. For a cached key this neither waits nor queries the
    /// database.
    ///
    /// # Errors
    /// [`DirectoryUnavailable`] if the key is not cached and the database cannot be reached, or if it could not be
    /// reached for five minutes.
    pub async fn find_key(&self, hash: SecretHash) -> Result<Result<Arc<Caller>, KeyRefused>, DirectoryUnavailable> {
        let found = self.find_key_at(hash, Instant::now()).await?;
        Ok(found.and_then(|caller| {
            if caller.has_expired(unix_millis(SystemTime::now())) {
                return Err(KeyRefused::Expired);
            }
            Ok(caller)
        }))
    }

    async fn find_key_at(
        &self,
        hash: SecretHash,
        now: Instant,
    ) -> Result<Result<Arc<Caller>, KeyRefused>, DirectoryUnavailable> {
        self.check_fresh(now)?;
        if let Some(caller) = self.keys.get(&hash) {
            return Ok(Ok(caller));
        }
        if let Some((why, _)) = self.refused_keys.get(&hash).filter(|(_, until)| now < *until) {
            return Ok(Err(why));
        }
        let cache = |found: &Result<Arc<Caller>, KeyRefused>| match found {
            Ok(caller) => self.keys.insert(hash, Arc::clone(caller)),
            Err(why) => self.refused_keys.insert(hash, (*why, now + REFUSED_FOR)),
        };
        look_up(&self.key_lookups, hash, self.load_key(hash), cache).await
    }

    /// The caller with a valid token. If the user or their plan is new, it is written to the database, so that they can
    /// have keys and a balance. The caller's plan is always that of the token. `None` if the user is disabled.
    ///
    /// # Errors
    /// Like [`Directory::find_key`].
    pub async fn find_user(&self, claims: &Claims) -> Result<Option<Arc<Caller>>, DirectoryUnavailable> {
        self.find_user_at(claims, Instant::now()).await
    }

    async fn find_user_at(&self, claims: &Claims, now: Instant) -> Result<Option<Arc<Caller>>, DirectoryUnavailable> {
        self.check_fresh(now)?;
        if let Some(user) = self.token_users.get(claims.sub.as_str()) {
            if *user.caller.plan == claims.plan {
                return Ok(Some(user.caller));
            }
            // The user has an old token beside a new one. Each is valid for its own plan, but they must not overwrite
            // each other's plan in the database with every request.
            if now < user.loaded + PLAN_SETTLED_FOR {
                return Ok(Some(Arc::new(token_caller(claims))));
            }
        }
        let cache = |caller: &Option<Arc<Caller>>| {
            let Some(caller) = caller else { return };
            let (caller, loaded) = (Arc::clone(caller), now);
            let user = TokenUser { caller, loaded };
            self.token_users.insert(Arc::clone(&user.caller.user), user);
        };
        let query = self.load_user(claims);
        look_up(&self.user_lookups, claims.clone(), query, cache).await
    }

    /// The user who came with a token before, with the plan that they have now; `None` if there is none. For work that goes
    /// on after the token has expired.
    ///
    /// # Errors
    /// Like [`Directory::find_key`].
    pub async fn find_known(&self, user: &str) -> Result<Option<Arc<Caller>>, DirectoryUnavailable> {
        self.check_fresh(Instant::now())?;
        if let Some(known) = self.token_users.get(user) {
            return Ok(Some(known.caller));
        }
        let user = self.limited(self.store.user(user)).await?;
        let Some(user) = user.filter(|user| user.disabled_at.is_none()) else {
            return Ok(None);
        };
        self.observer.read(&user);
        let caller = Caller::without_key(&user.id, &user.plan, CredentialKind::Token);
        Ok(Some(Arc::new(caller)))
    }

    async fn load_key(&self, hash: SecretHash) -> Result<Result<Arc<Caller>, KeyRefused>, DirectoryUnavailable> {
        let query = self.store.key_by_hash(hash.as_bytes());
        let owner = match self.limited(query).await? {
            Looked::Active(owner) => owner,
            Looked::Revoked => return Ok(Err(KeyRefused::Revoked)),
            Looked::Disabled => return Ok(Err(KeyRefused::Disabled)),
            Looked::Nothing => return Ok(Err(KeyRefused::Unknown)),
        };
        self.observer.read(&owner.user);
        let caller = Caller::with_key(&owner.user.id, &owner.user.plan, &owner.key, owner.terms);
        if let Some((key, _)) = caller.budget() {
            let now = unix_millis(SystemTime::now());
            let spent = self.limited(self.store.spent_by(vec![Arc::clone(key)], now)).await?;
            for (key, spent) in &spent {
                self.observer.spent(key, *spent, now);
            }
        }
        Ok(Ok(Arc::new(caller)))
    }

    async fn load_user(&self, claims: &Claims) -> Result<Option<Arc<Caller>>, DirectoryUnavailable> {
        let now = unix_millis(SystemTime::now());
        let query = self.store.upsert_user(&claims.sub, &claims.plan, now);
        let user = self.limited(query).await?;
        self.observer.read(&user);
        if user.disabled_at.is_some() {
            return Ok(None);
        }
        let known = self.token_users.get(claims.sub.as_str());
        if known.is_some_and(|user| *user.caller.plan != claims.plan) {
            self.forget_keys_of(&claims.sub);
        }
        Ok(Some(Arc::new(token_caller(claims))))
    }

    /// Runs a query in a lookup slot; fails at once while the database is known to be unavailable.
    async fn limited<T>(&self, query: impl Future<Output = Result<T, StoreError>>) -> Result<T, DirectoryUnavailable> {
        if self.down.load(Ordering::Relaxed) {
            return Err(DirectoryUnavailable);
        }
        let slot = timeout(LOOKUP_WITHIN, self.lookup_slots.acquire()).await;
        let _slot = slot
            .map_err(|_| DirectoryUnavailable)?
            .map_err(|_| DirectoryUnavailable)?;
        query.await.map_err(|error| {
            tracing::debug!(%error, "cannot look up a caller");
            DirectoryUnavailable
        })
    }

    fn check_fresh(&self, now: Instant) -> Result<(), DirectoryUnavailable> {
        let fresh = self.opened + Duration::from_millis(self.fresh_millis.load(Ordering::Relaxed));
        if now < fresh + STALE_FOR {
            Ok(())
        } else {
            Err(DirectoryUnavailable)
        }
    }

    fn forget_keys_of(&self, user: &str) {
        self.key_lookups.forget_all(|| {
            self.keys.retain(|caller| &*caller.user != user);
        });
    }

    fn forget_key(&self, hash: &SecretHash) {
        self.key_lookups.forget(hash, || {
            self.keys.remove(hash);
            self.refused_keys.remove(hash);
        });
    }
}

fn token_caller(claims: &Claims) -> Caller {
    Caller::without_key(&claims.sub, &claims.plan, CredentialKind::Token)
}

#[cfg(test)]
mod tests;

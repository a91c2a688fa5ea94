//! Answers that are kept for equal requests, as long as their model says.
//!
//! Reading order: [`wish`] is what client and configuration want of it, [`key`] says which requests are equal, [`kept`] is an
//! answer and how it is given again by a [`replay`], a [`recording`] keeps a stream as it goes out, and [`memory`] has them,
//! or else a [`shelf`] that all nodes share, as [`packed`] says. Equal requests that are in flight
//! at the same time share an answer by way of a [`SingleFlight`].

mod kept;
mod key;
mod memory;
mod packed;
mod recording;
mod replay;
mod shelf;
mod wish;

use std::sync::Arc;
use std::time::Duration;

use jackfield_accounting::single_flight::SingleFlight;
use jackfield_config::{CacheConfig, CacheStore};
use jackfield_dialects::{Operation, ParsedRequest};
use tokio::runtime::Handle;

pub(crate) use kept::Kept;
pub(crate) use key::{CacheKey, Question};
pub(crate) use memory::Report;
pub(crate) use wish::Wish;

use self::memory::Memory;
use self::recording::Recording;
use self::shelf::{Shelf, UrlError};
use crate::attempt::UpstreamStream;
use crate::routing::Answer;

/// One of the requests that share an answer.
pub(crate) type Seat<'a> = jackfield_accounting::single_flight::Seat<'a, CacheKey, Option<Arc<Kept>>>;

/// How many different requests may be waited for at once. Further ones ask for themselves.
const MOST_FLIGHTS: usize = 4096;

/// The answers that are kept.
#[derive(Debug)]
pub(crate) struct Cache {
    store: Store,
    /// Equal requests that are in flight; `None` if the one that asked has failed: then everybody asks for themselves.
    flights: SingleFlight<CacheKey, Option<Arc<Kept>>>,
}

/// Where they lie.
#[derive(Debug)]
enum Store {
    Memory(Memory),
    Redis(Shelf),
}

/// How the store does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// In memory lies so much.
    Memory(Report),
    /// The Redis answers or not, and so many look-ups and writes have failed.
    Redis(bool, u64),
}

/// Why the Redis of the response cache cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CacheUnreachable {
    /// There is no connection.
    #[error("Redis does not answer")]
    Silent,
    /// It refuses the connection, in these words.
    #[error("Redis refuses the connection: {0}")]
    Refused(String),
}

/// Where an answer is to be kept.
#[derive(Debug)]
pub(crate) struct Place {
    /// The request that it answers.
    pub(crate) key: CacheKey,
    /// How long.
    pub(crate) ttl: Duration,
    /// The most bytes that it may have.
    pub(crate) most: usize,
    /// What its upstream was not sent of the request.
    pub(crate) dropped: String,
}

/// Whether the answer to such a request means the same later, and to another.
pub(crate) fn may_keep(request: &ParsedRequest<'_>) -> bool {
    let lasts = matches!(
        request.operation,
        Operation::Chat | Operation::Completion | Operation::Embeddings | Operation::Rerank | Operation::Moderation
    );
    lasts && !request.is_stateful()
}

/// Asks the Redis that this configuration names for the response cache, within seconds; does nothing if answers lie in
/// memory. For `jackfield check --online`.
///
/// # Errors
/// [`CacheUnreachable`] with the reason. It does not repeat the URL, which may contain a password.
pub async fn probe_cache(config: &CacheConfig) -> Result<(), CacheUnreachable> {
    let Some(url) = config.url.as_ref().filter(|_| config.store == CacheStore::Redis) else {
        return Ok(());
    };
    let asked = Shelf::probe(url.expose()).await;
    let asked = asked.map_err(|error| CacheUnreachable::Refused(error.to_string()))?;
    asked.map_err(|error| {
        if error.is_io_error() {
            CacheUnreachable::Silent
        } else {
            CacheUnreachable::Refused(error.to_string())
        }
    })
}

// === impl Cache ===

impl Cache {
    /// The store that the configuration names. Must be called within a Tokio runtime, on which the connection stays.
    ///
    /// # Errors
    /// [`UrlError`] if its URL is no Redis URL.
    pub(crate) fn open(config: &CacheConfig) -> Result<Self, UrlError> {
        let store = match config.store {
            CacheStore::Memory => Store::Memory(Memory::new(config.max_bytes, config.max_entry_bytes)),
            CacheStore::Redis => {
                let url = config.url.as_ref().ok_or(UrlError)?;
                Store::Redis(Shelf::open(url.expose(), &Handle::current())?)
            }
        };
        Ok(Self {
            store,
            flights: SingleFlight::new(MOST_FLIGHTS),
        })
    }

    /// The answer that is kept for this request.
    pub(crate) async fn find(&self, key: &CacheKey) -> Option<Arc<Kept>> {
        match &self.store {
            Store::Memory(memory) => memory.find(key),
            Store::Redis(redis) => redis.find(key).await.and_then(Kept::unpacked).map(Arc::new),
        }
    }

    /// Joins equal requests that are in flight; `None` if there are too many different ones.
    pub(crate) fn join(&self, key: CacheKey) -> Option<Seat<'_>> {
        self.flights.join(key)
    }

    /// Keeps this answer: now, or once it has ended well if it is a stream. Returns it if it is in one piece.
    pub(crate) fn keep(self: &Arc<Self>, place: Place, answer: &mut Answer<UpstreamStream>) -> Option<Arc<Kept>> {
        match answer {
            Answer::Whole(whole) => {
                let fits = whole.body.len() <= place.most;
                let kept = Arc::new(Kept::whole(whole, place.dropped));
                if fits {
                    self.put(place.key, place.ttl, Arc::clone(&kept));
                }
                Some(kept)
            }
            Answer::Stream(stream) => {
                // Bytes of no dialect have no events.
                if stream.media_type().is_none() {
                    stream.keep(Box::new(Recording::new(self, place)));
                }
                None
            }
        }
    }

    fn put(&self, key: CacheKey, ttl: Duration, kept: Arc<Kept>) {
        match &self.store {
            Store::Memory(memory) => memory.put(key, ttl, kept),
            Store::Redis(redis) => {
                if let Some(packed) = kept.packed() {
                    redis.put(&key, packed, ttl);
                }
            }
        }
    }

    /// How the store does.
    pub(crate) fn state(&self) -> State {
        match &self.store {
            Store::Memory(memory) => State::Memory(memory.report()),
            Store::Redis(redis) => State::Redis(redis.is_up(), redis.failures()),
        }
    }
}

//! Answers in a Redis or Valkey that all nodes share. Requests never wait for a connection, and hardly for an answer.
//!
//! One task keeps the connection and writes; look-ups use it from all runtimes. While the server is away, nothing is found
//! and nothing is kept.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncCommands, AsyncConnectionConfig, Client, RedisError, RedisResult};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};
use tokio::time::{sleep, timeout};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::key::CacheKey;

/// How long a look-up may take: an upstream would answer soon enough.
const FOUND_WITHIN: Duration = Duration::from_millis(250);

/// How long connecting, a probe or writing may take.
const TIMEOUT: Duration = Duration::from_secs(1);

/// How often the connection is probed.
const PROBE: Duration = Duration::from_secs(1);

/// The first pause between attempts to connect; it doubles up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(50);

/// The longest.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// How many answers may wait to be written. Further ones are not kept.
const QUEUE: usize = 64;

/// What the names of answers begin with there.
const PREFIX: &str = "jackfield:cache:";

/// `cache.url` cannot be used. The message does not repeat it, because it may contain a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "`cache.url` is not a Redis URL; write `redis://[user:password@]host[:port][/database]`, the same with \
     `rediss://` for TLS, or `redis+unix:///path/to/socket`"
)]
pub(crate) struct UrlError;

/// The server, as look-ups see it. Its task ends when this is dropped.
pub(super) struct Shelf {
    link: Arc<Link>,
    writes: mpsc::Sender<Write>,
    _stop: DropGuard,
}

/// The connection and what went wrong.
struct Link {
    client: Client,
    /// The server's address, without credentials.
    address: String,
    /// `None` while there is none.
    connection: watch::Sender<Option<MultiplexedConnection>>,
    failures: AtomicU64,
}

/// An answer that is to be written.
struct Write {
    name: String,
    bytes: Vec<u8>,
    ttl: Duration,
}

// === impl Shelf ===

impl Shelf {
    /// Starts connecting, on `runtime`.
    ///
    /// # Errors
    /// [`UrlError`] if `url` is not a Redis URL.
    pub(super) fn open(url: &str, runtime: &Handle) -> Result<Self, UrlError> {
        let link = Arc::new(Link::new(url)?);
        let (writes, queued) = mpsc::channel(QUEUE);
        let stop = CancellationToken::new();
        let (kept, stopped) = (Arc::clone(&link), stop.clone());
        runtime.spawn(async move {
            stopped.run_until_cancelled(kept.keep(queued)).await;
        });
        Ok(Self {
            link,
            writes,
            _stop: stop.drop_guard(),
        })
    }

    /// Connects once, and asks whether the server is there.
    ///
    /// # Errors
    /// [`UrlError`] if `url` is not a Redis URL. The inner error says why the server cannot be used.
    pub(super) async fn probe(url: &str) -> Result<RedisResult<()>, UrlError> {
        Ok(Link::new(url)?.connect().await.map(drop))
    }

    /// What is kept under this key; `None` if nothing is, or the server does not say so in time.
    pub(super) async fn find(&self, key: &CacheKey) -> Option<Vec<u8>> {
        let mut connection = self.link.connection.borrow().clone()?;
        let found = timeout(FOUND_WITHIN, connection.get::<_, Option<Vec<u8>>>(name(key))).await;
        match found {
            Ok(Ok(found)) => found,
            Ok(Err(error)) => {
                self.link.failed(&error);
                None
            }
            Err(_) => {
                self.link.failures.fetch_add(1, Relaxed);
                None
            }
        }
    }

    /// Keeps these bytes, a moment later.
    pub(super) fn put(&self, key: &CacheKey, bytes: Vec<u8>, ttl: Duration) {
        let write = Write {
            name: name(key),
            bytes,
            ttl,
        };
        if self.writes.try_send(write).is_err() {
            self.link.failures.fetch_add(1, Relaxed);
        }
    }

    /// Whether it answered the last probe.
    pub(super) fn is_up(&self) -> bool {
        self.link.connection.borrow().is_some()
    }

    /// How many look-ups and writes have failed.
    pub(super) fn failures(&self) -> u64 {
        self.link.failures.load(Relaxed)
    }
}

fn name(key: &CacheKey) -> String {
    format!("{PREFIX}{}", key.hex())
}

impl fmt::Debug for Shelf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shelf")
            .field("address", &self.link.address)
            .finish_non_exhaustive()
    }
}

// === impl Link ===

impl Link {
    fn new(url: &str) -> Result<Self, UrlError> {
        let client = Client::open(url).map_err(|_| UrlError)?;
        Ok(Self {
            address: client.get_connection_info().addr().to_string(),
            client,
            connection: watch::Sender::new(None),
            failures: AtomicU64::new(0),
        })
    }

    /// Connects, probes, writes, and connects again. Ends with the sender of writes.
    async fn keep(&self, mut queued: mpsc::Receiver<Write>) {
        let (mut pause, mut told) = (FIRST_PAUSE, false);
        loop {
            match self.connect().await {
                Ok(connection) => {
                    (pause, told) = (FIRST_PAUSE, true);
                    tracing::info!(address = &*self.address, "the Redis of the response cache answers");
                    self.connection.send_replace(Some(connection.clone()));
                    let lost = self.serve(connection, &mut queued).await;
                    self.connection.send_replace(None);
                    let Some(error) = lost else { return };
                    self.away(&error);
                }
                Err(error) => {
                    if !std::mem::replace(&mut told, true) {
                        self.away(&error);
                    }
                    sleep(pause).await;
                    pause = LONGEST_PAUSE.min(pause * 2);
                }
            }
        }
    }

    /// Writes what is queued, until the connection is lost; `None` if nobody writes any longer.
    async fn serve(
        &self,
        mut connection: MultiplexedConnection,
        queued: &mut mpsc::Receiver<Write>,
    ) -> Option<RedisError> {
        loop {
            let done = tokio::select! {
                write = queued.recv() => {
                    let Write { name, bytes, ttl } = write?;
                    let millis = u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX);
                    answered(connection.pset_ex::<_, _, ()>(name, bytes, millis)).await
                }
                () = sleep(PROBE) => answered(ping(&mut connection)).await,
            };
            let Err(error) = done else { continue };
            // What the server refuses, such as an answer beyond its memory, is no loss of the connection.
            if matches!(error.kind(), redis::ErrorKind::Server(_)) {
                self.failed(&error);
            } else {
                self.failures.fetch_add(1, Relaxed);
                return Some(error);
            }
        }
    }

    async fn connect(&self) -> RedisResult<MultiplexedConnection> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(TIMEOUT))
            .set_response_timeout(Some(TIMEOUT));
        let connecting = self.client.get_multiplexed_async_connection_with_config(&config);
        let mut connection = answered(connecting).await?;
        answered(ping(&mut connection)).await?;
        Ok(connection)
    }

    fn failed(&self, error: &RedisError) {
        if self.failures.fetch_add(1, Relaxed) == 0 {
            let address = &*self.address;
            tracing::warn!(address, %error, "the Redis of the response cache failed; further failures are only counted");
        }
    }

    fn away(&self, error: &RedisError) {
        let address = &*self.address;
        tracing::warn!(address, %error, "the Redis of the response cache does not answer; requests are served without it");
    }
}

async fn ping(connection: &mut MultiplexedConnection) -> RedisResult<()> {
    redis::cmd("PING").query_async(connection).await
}

/// The answer, if it comes in time.
async fn answered<T>(answer: impl Future<Output = RedisResult<T>>) -> RedisResult<T> {
    let late = || RedisError::from((redis::ErrorKind::Io, "no answer within 1 s"));
    timeout(TIMEOUT, answer).await.unwrap_or_else(|_| Err(late()))
}

//! The connection to Redis: kept by one task, used from all lanes, and either there at once or not at all.
//!
//! The crate's own `ConnectionManager` connects anew on whichever runtime noticed the loss, and has requests wait
//! meanwhile. Here the socket stays on the runtime it was given, and while it is away nobody waits for it.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, ErrorKind, FromRedisValue, Pipeline, RedisError};
use redis::{RedisResult, ScriptInvocation};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::super::Unavailable;
use super::scripts::{Decision, Scripts};

/// How long a command may take, and how long connecting may.
pub(super) const PATIENCE: Duration = Duration::from_secs(1);

/// How often a connection is tried that nobody complains of.
const PROBE: Duration = Duration::from_secs(1);

/// The first pause between attempts to connect; it doubles.
const FIRST_PAUSE: Duration = Duration::from_millis(50);

/// The longest pause between attempts to connect.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// How many commands may wait to be written; beyond that callers wait.
const QUEUE: usize = 1_024;

/// The URL of the limits' Redis cannot be used. It is not shown: it may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "`limits.url` is not the URL of a Redis: write `redis://[user:password@]host[:port][/database]`, the same with \
     `rediss://` for TLS, or `redis+unix:///path/to/socket`"
)]
pub struct UrlError;

/// The connection, whatever its state.
pub(super) struct Link {
    client: Client,
    /// Where the server is, without credentials.
    address: String,
    state: watch::Sender<State>,
    /// Whether an error of the server's own was logged since the connection was made.
    complained: AtomicBool,
}

/// What is known of the server.
#[derive(Clone)]
pub(super) enum State {
    /// No attempt to connect is over yet.
    Untried,
    /// It answers.
    Up(Live),
    /// It does not.
    Down,
}

/// A connection that answered when it was last asked.
#[derive(Clone)]
pub(super) struct Live {
    /// Tells it from those before it: who complains of an old one says nothing of this one.
    number: u64,
    connection: MultiplexedConnection,
}

// === impl Link ===

impl Link {
    pub(super) fn new(url: &str) -> Result<Self, UrlError> {
        let client = Client::open(url).map_err(|_| UrlError)?;
        Ok(Self {
            address: client.get_connection_info().addr().to_string(),
            client,
            state: watch::Sender::new(State::Untried),
            complained: AtomicBool::new(false),
        })
    }

    /// Follows the state.
    pub(super) fn watch(&self) -> watch::Receiver<State> {
        self.state.subscribe()
    }

    /// Ends when there is a connection.
    pub(super) async fn up(&self) {
        let mut state = self.watch();
        // An error would mean that the sender is gone, which `self` holds.
        let _ = state.wait_for(|state| matches!(state, State::Up(_))).await;
    }

    /// Ends when the first attempt to connect is over.
    pub(super) async fn tried(&self) {
        let mut state = self.watch();
        let _ = state.wait_for(|state| !matches!(state, State::Untried)).await;
    }

    /// Runs a script.
    ///
    /// # Errors
    /// [`Unavailable`] if there is no connection, the answer does not come in time, or it is an error.
    pub(super) async fn run<T: FromRedisValue>(&self, call: &ScriptInvocation<'_>) -> Result<T, Unavailable> {
        let (number, mut connection) = self.live()?;
        let answer = timeout(PATIENCE, call.invoke_async(&mut connection)).await;
        answer
            .unwrap_or_else(|_| Err(too_late()))
            .map_err(|error| self.failed(number, &error))
    }

    /// Sends several commands whose answers do not matter.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub(super) async fn send(&self, pipeline: &Pipeline) -> Result<(), Unavailable> {
        let (number, mut connection) = self.live()?;
        let answer = timeout(PATIENCE, pipeline.exec_async(&mut connection)).await;
        answer
            .unwrap_or_else(|_| Err(too_late()))
            .map_err(|error| self.failed(number, &error))
    }

    /// Connects, tries the connection every second, and connects anew when it is lost; for ever.
    pub(super) async fn keep(&self, scripts: &Scripts) {
        let (mut number, mut pause) = (0, FIRST_PAUSE);
        loop {
            match self.connect(scripts).await {
                Ok(connection) => {
                    number += 1;
                    pause = FIRST_PAUSE;
                    self.is_up(Live { number, connection });
                    self.probe_until_lost(scripts).await;
                }
                Err(error) => {
                    self.is_down(&error, |state| matches!(state, State::Untried));
                    sleep(pause).await;
                    pause = LONGEST_PAUSE.min(pause * 2);
                }
            }
        }
    }

    async fn connect(&self, scripts: &Scripts) -> RedisResult<MultiplexedConnection> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE))
            .set_pipeline_buffer_size(QUEUE);
        let mut connection = self
            .client
            .get_multiplexed_async_connection_with_config(&config)
            .await?;
        let probe = scripts.probe();
        let answer = timeout(PATIENCE, probe.invoke_async::<Decision>(&mut connection)).await;
        answer.unwrap_or_else(|_| Err(too_late()))?;
        Ok(connection)
    }

    async fn probe_until_lost(&self, scripts: &Scripts) {
        let mut state = self.watch();
        let lost = async {
            let _ = state.wait_for(|state| !matches!(state, State::Up(_))).await;
        };
        let probe = async {
            loop {
                sleep(PROBE).await;
                let Ok((number, mut connection)) = self.live() else {
                    return;
                };
                let probe = scripts.probe();
                let answer = timeout(PATIENCE, probe.invoke_async::<Decision>(&mut connection));
                if let Err(error) = answer.await.unwrap_or_else(|_| Err(too_late())) {
                    self.lost(number, &error);
                }
            }
        };
        tokio::select! {
            () = lost => {}
            () = probe => {}
        }
    }

    fn live(&self) -> Result<(u64, MultiplexedConnection), Unavailable> {
        match &*self.state.borrow() {
            State::Up(live) => Ok((live.number, live.connection.clone())),
            State::Untried | State::Down => Err(Unavailable),
        }
    }

    /// A command failed. If the server itself said no, the next probe shows whether it does so to everyone.
    fn failed(&self, number: u64, error: &RedisError) -> Unavailable {
        if !matches!(error.kind(), ErrorKind::Server(_)) {
            self.lost(number, error);
        } else if !self.complained.swap(true, Ordering::Relaxed) {
            let address = &*self.address;
            tracing::warn!(address, %error, "the limits' Redis refuses a command; further ones are not logged");
        }
        Unavailable
    }

    fn lost(&self, number: u64, error: &RedisError) {
        self.is_down(error, |state| matches!(state, State::Up(live) if live.number == number));
    }

    fn is_down(&self, error: &RedisError, from: impl FnOnce(&State) -> bool) {
        let changed = self.state.send_if_modified(|state| {
            let changes = from(state);
            if changes {
                *state = State::Down;
            }
            changes
        });
        if changed {
            let address = &*self.address;
            tracing::warn!(address, %error, "the limits' Redis does not answer; `limits.on_unavailable` decides");
        }
    }

    fn is_up(&self, live: Live) {
        self.complained.store(false, Ordering::Relaxed);
        self.state.send_replace(State::Up(live));
        tracing::info!(address = &*self.address, "the limits' Redis answers");
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

fn too_late() -> RedisError {
    RedisError::from((ErrorKind::Io, "no answer within a second"))
}

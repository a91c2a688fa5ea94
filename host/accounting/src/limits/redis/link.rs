//! The connection to Redis: maintained by one task and used from all runtimes. Requests never wait for it.
//!
//! The crate's own `ConnectionManager` reconnects on whichever runtime noticed the loss and makes requests wait
//! meanwhile. Here the socket stays on the runtime it was given, and while it is down requests fail at once.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, ErrorKind, FromRedisValue, Pipeline, RedisError};
use redis::{RedisResult, ScriptInvocation};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::super::CountersUnavailable;
use super::scripts::{Decision, Scripts};

/// How long a command may take, and how long connecting may take.
const TIMEOUT: Duration = Duration::from_secs(1);

/// How often a healthy connection is probed.
const PROBE: Duration = Duration::from_secs(1);

/// The first pause between attempts to connect; it doubles up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(50);

/// The longest pause between attempts to connect.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// How many commands may be queued for writing; beyond that callers wait.
const QUEUE: usize = 1_024;

/// `limits.url` cannot be used. The message does not repeat it, because it may contain a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "`limits.url` is not a Redis URL; write `redis://[user:password@]host[:port][/database]`, the same with \
     `rediss://` for TLS, or `redis+unix:///path/to/socket`"
)]
pub struct UrlError;

/// The connection and its state.
pub(super) struct Link {
    client: Client,
    /// The server's address, without credentials.
    address: String,
    state: watch::Sender<LinkState>,
    /// Whether an error reply of the server was logged since the connection was made.
    refusal_logged: AtomicBool,
}

/// What is known about the server.
#[derive(Clone)]
pub(super) enum LinkState {
    /// The first attempt to connect is still running.
    Untried,
    /// It answers.
    Up(Connection),
    /// There is no connection. If the server refused it, in these words.
    Down(Option<Arc<str>>),
}

/// A connection that answered the last probe.
#[derive(Clone)]
pub(super) struct Connection {
    /// Counts up with each connection: an error of an earlier one says nothing about this one.
    number: u64,
    handle: MultiplexedConnection,
}

// === impl Link ===

impl Link {
    pub(super) fn new(url: &str) -> Result<Self, UrlError> {
        let client = Client::open(url).map_err(|_| UrlError)?;
        Ok(Self {
            address: client.get_connection_info().addr().to_string(),
            client,
            state: watch::Sender::new(LinkState::Untried),
            refusal_logged: AtomicBool::new(false),
        })
    }

    /// Subscribes to changes of the state.
    pub(super) fn watch(&self) -> watch::Receiver<LinkState> {
        self.state.subscribe()
    }

    /// Whether there is a connection.
    pub(super) fn is_up(&self) -> bool {
        matches!(*self.state.borrow(), LinkState::Up(_))
    }

    /// In which words the server refused the connection; `None` if it did not.
    pub(super) fn refusal(&self) -> Option<Arc<str>> {
        match &*self.state.borrow() {
            LinkState::Down(refusal) => refusal.clone(),
            LinkState::Untried | LinkState::Up(_) => None,
        }
    }

    /// Completes when there is a connection.
    pub(super) async fn up(&self) {
        let mut state = self.watch();
        // It fails only if the sender is gone, which `self` owns.
        let _ = state.wait_for(|state| matches!(state, LinkState::Up(_))).await;
    }

    /// Completes when the first attempt to connect has succeeded or failed.
    pub(super) async fn tried(&self) {
        let mut state = self.watch();
        let _ = state.wait_for(|state| !matches!(state, LinkState::Untried)).await;
    }

    /// Runs a script.
    ///
    /// # Errors
    /// [`CountersUnavailable`] if there is no connection, no answer within a second, or an error reply.
    pub(super) async fn run<T: FromRedisValue>(&self, call: &ScriptInvocation<'_>) -> Result<T, CountersUnavailable> {
        let (number, mut connection) = self.connection()?;
        let answer = timeout(TIMEOUT, call.invoke_async(&mut connection)).await;
        answer
            .unwrap_or_else(|_| Err(timed_out()))
            .map_err(|error| self.failed(number, &error))
    }

    /// Runs several commands and ignores their answers.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub(super) async fn send(&self, pipeline: &Pipeline) -> Result<(), CountersUnavailable> {
        let (number, mut connection) = self.connection()?;
        let answer = timeout(TIMEOUT, pipeline.exec_async(&mut connection)).await;
        answer
            .unwrap_or_else(|_| Err(timed_out()))
            .map_err(|error| self.failed(number, &error))
    }

    /// Connects, probes the connection every second, and reconnects when it is lost. Never returns.
    pub(super) async fn keep(&self, scripts: &Scripts) {
        let (mut number, mut pause) = (0, FIRST_PAUSE);
        loop {
            match self.connect(scripts).await {
                Ok(handle) => {
                    number += 1;
                    pause = FIRST_PAUSE;
                    self.set_up(Connection { number, handle });
                    self.probe_until_lost(scripts).await;
                }
                Err(error) => {
                    self.set_down(&error, |state| matches!(state, LinkState::Untried));
                    sleep(pause).await;
                    pause = LONGEST_PAUSE.min(pause * 2);
                }
            }
        }
    }

    async fn connect(&self, scripts: &Scripts) -> RedisResult<MultiplexedConnection> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(TIMEOUT))
            .set_response_timeout(Some(TIMEOUT))
            .set_pipeline_buffer_size(QUEUE);
        let mut connection = self
            .client
            .get_multiplexed_async_connection_with_config(&config)
            .await?;
        let probe = scripts.probe();
        let answer = timeout(TIMEOUT, probe.invoke_async::<Decision>(&mut connection)).await;
        answer.unwrap_or_else(|_| Err(timed_out()))?;
        Ok(connection)
    }

    async fn probe_until_lost(&self, scripts: &Scripts) {
        let mut state = self.watch();
        let lost = async {
            let _ = state.wait_for(|state| !matches!(state, LinkState::Up(_))).await;
        };
        let probe = async {
            loop {
                sleep(PROBE).await;
                let Ok((number, mut connection)) = self.connection() else {
                    return;
                };
                let probe = scripts.probe();
                let answer = timeout(TIMEOUT, probe.invoke_async::<Decision>(&mut connection));
                if let Err(error) = answer.await.unwrap_or_else(|_| Err(timed_out())) {
                    self.lost(number, &error);
                }
            }
        };
        tokio::select! {
            () = lost => {}
            () = probe => {}
        }
    }

    fn connection(&self) -> Result<(u64, MultiplexedConnection), CountersUnavailable> {
        match &*self.state.borrow() {
            LinkState::Up(connection) => Ok((connection.number, connection.handle.clone())),
            LinkState::Untried | LinkState::Down(_) => Err(CountersUnavailable),
        }
    }

    /// Handles a failed command. If the server itself refused it, the next probe shows whether it refuses everything.
    fn failed(&self, number: u64, error: &RedisError) -> CountersUnavailable {
        if !matches!(error.kind(), ErrorKind::Server(_)) {
            self.lost(number, error);
        } else if !self.refusal_logged.swap(true, Ordering::Relaxed) {
            let address = &*self.address;
            tracing::warn!(address, %error, "Redis refused a command for the limits; further refusals are not logged");
        }
        CountersUnavailable
    }

    fn lost(&self, number: u64, error: &RedisError) {
        self.set_down(
            error,
            |state| matches!(state, LinkState::Up(connection) if connection.number == number),
        );
    }

    fn set_down(&self, error: &RedisError, from: impl FnOnce(&LinkState) -> bool) {
        let changed = self.state.send_if_modified(|state| {
            let changes = from(state);
            if changes {
                let refusal = (!error.is_io_error()).then(|| error.to_string().into());
                *state = LinkState::Down(refusal);
            }
            changes
        });
        if changed {
            let address = &*self.address;
            tracing::warn!(address, %error, "Redis does not answer; `limits.on_unavailable` decides about requests");
        }
    }

    fn set_up(&self, connection: Connection) {
        self.refusal_logged.store(false, Ordering::Relaxed);
        self.state.send_replace(LinkState::Up(connection));
        tracing::info!(address = &*self.address, "Redis answers");
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

fn timed_out() -> RedisError {
    RedisError::from((ErrorKind::Io, "no answer within 1 s"))
}

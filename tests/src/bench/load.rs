//! The load generator: clients that each send one request after another and check every reply.

use std::net::SocketAddr;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use memchr::memmem;
use tokio::task::{JoinError, JoinSet};

use super::canned::{CHUNKS, PIECE, TEXT};
use super::connection::{Connection, ConnectionError};
use super::requests::{Ask, post};
use super::rows::Row;

/// How long a reply may take before the benchmark gives up.
const PATIENCE: Duration = Duration::from_secs(20);

/// The member that tells apart requests which each have their own.
const USER: &str = r#""user":"0000000000000000","#;

/// How long the clients send.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// The warm-up, which does not count.
    pub(super) warm_up: Duration,
    /// The time that counts.
    pub(super) window: Duration,
}

/// What the clients saw.
#[derive(Debug)]
pub(super) struct Tally {
    /// Good replies per second.
    pub(super) rate: f64,
    /// How long each took, shortest first.
    latencies: Vec<Duration>,
}

/// Why a measurement is invalid.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error("{0}")]
    Connection(#[from] ConnectionError),
    #[error("a reply lacks {0}: {1}")]
    Wrong(&'static str, String),
    #[error("no reply came within {PATIENCE:?}")]
    Stuck,
    #[error("a change of the files did not come into force")]
    NotInForce,
    #[error("a client broke: {0}")]
    Client(#[from] JoinError),
}

/// Makes `clients` send the same request over and over.
///
/// # Errors
/// If any reply is wrong.
pub(super) async fn fire(row: &Row, ask: Ask, clients: usize, pace: Pace) -> Result<Tally, LoadError> {
    let mut body = ask.body(row.model);
    if row.is_asked_uniquely() {
        body.insert_str(1, USER);
    }
    let request = post(row.address, &body, row.key.as_deref());
    fire_each(row.address, ask, vec![request; clients], pace).await
}

/// The same with a request of its own for each client; `ask` says what all replies must be.
///
/// # Errors
/// If any reply is wrong.
pub(super) async fn fire_each(
    address: SocketAddr,
    ask: Ask,
    requests: Vec<Vec<u8>>,
    pace: Pace,
) -> Result<Tally, LoadError> {
    let mut clients = Vec::with_capacity(requests.len());
    for request in requests {
        clients.push((Connection::open(address).await?, request));
    }
    let begin = Instant::now() + pace.warm_up;
    let mut running = JoinSet::new();
    for (connection, request) in clients {
        running.spawn(send(connection, request, ask, begin, begin + pace.window));
    }
    let collected = tokio::time::timeout(pace.warm_up + pace.window + PATIENCE, collect(running));
    let latencies = collected.await.map_err(|_| LoadError::Stuck)??;
    Ok(Tally::new(latencies, pace.window))
}

async fn collect(mut running: JoinSet<Result<Vec<Duration>, LoadError>>) -> Result<Vec<Duration>, LoadError> {
    let mut all = Vec::new();
    while let Some(client) = running.join_next().await {
        all.append(&mut client??);
    }
    Ok(all)
}

/// One client. Counts the replies that arrive between `begin` and `end`.
async fn send(
    mut connection: Connection,
    mut request: Vec<u8>,
    ask: Ask,
    begin: Instant,
    end: Instant,
) -> Result<Vec<Duration>, LoadError> {
    let mut latencies = Vec::new();
    let user = memmem::find(&request, USER.as_bytes()).map(|at| at..at + USER.len());
    loop {
        if let Some(user) = &user {
            renumber(&mut request[user.clone()]);
        }
        let sent = Instant::now();
        check(ask, connection.exchange(&request).await?)?;
        let came = Instant::now();
        if came >= end {
            return Ok(latencies);
        }
        if came >= begin {
            latencies.push(came - sent);
        }
    }
}

/// Writes a `user` that no request had before in the place of [`USER`] or of another.
fn renumber(user: &mut [u8]) {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Relaxed);
    user.copy_from_slice(format!(r#""user":"{number:016}","#).as_bytes());
}

/// Checks that a reply is the right one: a benchmark that measures errors is worthless.
///
/// # Errors
/// If it is not.
pub(super) fn check(ask: Ask, body: &[u8]) -> Result<(), LoadError> {
    let wrong = |what| Err(LoadError::Wrong(what, String::from_utf8_lossy(body).into_owned()));
    let has = |text: &str| memmem::find(body, text.as_bytes()).is_some();
    match ask {
        Ask::Short | Ask::Long if !has(TEXT) => wrong("its text"),
        Ask::Stream if memmem::find_iter(body, PIECE).count() != usize::from(CHUNKS) => wrong("some content"),
        Ask::Stream if !has(r#""finish_reason":"stop""#) => wrong("its finish_reason"),
        Ask::Stream if !body.ends_with(b"data: [DONE]\n\n") => wrong("its end"),
        _ => Ok(()),
    }
}

// === impl Tally ===

impl Tally {
    fn new(mut latencies: Vec<Duration>, window: Duration) -> Self {
        latencies.sort_unstable();
        #[expect(clippy::cast_precision_loss, reason = "there are fewer replies than 2^52")]
        let count = latencies.len() as f64;
        Self {
            rate: count / window.as_secs_f64(),
            latencies,
        }
    }

    /// How many good replies came.
    pub(super) fn count(&self) -> usize {
        self.latencies.len()
    }

    /// This percentile of the latencies, in milliseconds; `None` if there was no reply.
    pub(super) fn percentile(&self, percent: usize) -> Option<f64> {
        let index = self.latencies.len() * percent / 100;
        let latency = self.latencies.get(index)?;
        Some(latency.as_secs_f64() * 1000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(pieces: u16, reason: &str, end: &str) -> Vec<u8> {
        let reason = format!(r#"data: {{"finish_reason":{reason}}}"#);
        format!("{}{reason}\n\n{end}", PIECE.repeat(pieces.into())).into_bytes()
    }

    #[test]
    fn only_the_right_reply_counts() {
        assert!(check(Ask::Short, TEXT.as_bytes()).is_ok());
        assert!(check(Ask::Long, &TEXT.as_bytes()[1..]).is_err());
        let (stop, done) = (r#""stop""#, "data: [DONE]\n\n");
        assert!(check(Ask::Stream, &stream(CHUNKS, stop, done)).is_ok());
        assert!(check(Ask::Stream, &stream(CHUNKS - 1, stop, done)).is_err());
        assert!(check(Ask::Stream, &stream(CHUNKS + 1, stop, done)).is_err());
        assert!(check(Ask::Stream, &stream(CHUNKS, "null", done)).is_err());
        assert!(check(Ask::Stream, &stream(CHUNKS, stop, "")).is_err());
    }

    #[test]
    fn no_number_comes_twice() {
        let (mut one, mut other) = (USER.to_owned().into_bytes(), USER.to_owned().into_bytes());
        renumber(&mut one);
        renumber(&mut other);
        assert_ne!(one, other);
        assert!(other.starts_with(br#""user":"0"#) && other.ends_with(b"\","));
    }

    #[test]
    fn percentiles_are_taken_from_the_sorted_latencies() {
        let latencies = (1..=200).rev().map(Duration::from_millis).collect();
        let tally = Tally::new(latencies, Duration::from_secs(2));
        assert_eq!(tally.percentile(50), Some(101.0));
        assert_eq!(tally.percentile(99), Some(199.0));
        assert!((tally.rate - 100.0).abs() < 1e-9);
        assert_eq!(Tally::new(Vec::new(), Duration::from_secs(1)).percentile(50), None);
    }
}

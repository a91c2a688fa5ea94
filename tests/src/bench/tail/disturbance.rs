//! What goes on while requests are timed, on a thread of its own: the generator keeps the time.

use std::io;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use memchr::memmem;
use serde_json::json;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::super::connection::{Connection, ConnectionError};
use super::super::force::in_force_after;
use super::super::load::{LoadError, check};
use super::super::requests::{Ask, post};
use super::super::site::{Place, changed};
use super::super::{BenchError, one_thread};
use super::cases::{Beside, MODEL, SLOW, TRANSLATED};
use super::failed;

/// Between two changes of the configuration.
const RELOADS: Duration = Duration::from_millis(500);

/// Between two plugin files.
const SWAPS: Duration = Duration::from_secs(2);

/// Between two requests of a client for the slow plugin, and for a long prompt. There is a client for each worker.
const SLOW_CALLS: Duration = Duration::from_millis(100);
const LONG_PROMPTS: Duration = Duration::from_millis(20);

/// What goes on, until it is ended.
#[derive(Debug)]
pub(super) struct Disturbance {
    stop: CancellationToken,
    thread: JoinHandle<Result<u64, LoadError>>,
}

// === impl Disturbance ===

impl Disturbance {
    /// Begins it.
    pub(super) fn begin(beside: Beside, place: &Place) -> Self {
        let stop = CancellationToken::new();
        let (stopped, place) = (stop.clone(), place.clone());
        let thread = thread::spawn(move || {
            let runtime = one_thread().map_err(ConnectionError::from)?;
            runtime.block_on(go_on(beside, &place, &stopped))
        });
        Self { stop, thread }
    }

    /// Ends it, undoes what it has changed, and tells how often it came about.
    ///
    /// # Errors
    /// If anything about it went wrong.
    pub(super) fn end(self, row: &str) -> Result<u64, BenchError> {
        self.stop.cancel();
        let ended = self
            .thread
            .join()
            .map_err(|_| io::Error::other("what goes on beside broke"))?;
        ended.map_err(|error| failed(row, "what goes on beside", error))
    }
}

async fn go_on(beside: Beside, place: &Place, stop: &CancellationToken) -> Result<u64, LoadError> {
    match beside {
        Beside::Nothing => Ok(0),
        Beside::Reloads => {
            let change = |number| place.add_model(&format!("spare-{number}"));
            changes(place, stop, RELOADS, change, || place.restore()).await
        }
        Beside::Swaps => {
            let plugin = place.plugin(MODEL).map_err(ConnectionError::from)?;
            let new = |number| place.swap(MODEL, &changed(&plugin, number));
            changes(place, stop, SWAPS, new, || place.swap(MODEL, &plugin)).await
        }
        Beside::SlowPlugin => clients(place, stop, SLOW_CALLS, slow_call).await,
        Beside::LongPrompts => clients(place, stop, LONG_PROMPTS, long_prompt).await,
    }
}

/// Changes files again and again, each time after the change before came into force, and undoes it at the end; how many
/// changes there were.
async fn changes(
    place: &Place,
    stop: &CancellationToken,
    every: Duration,
    change: impl Fn(u64) -> io::Result<()>,
    undo: impl FnOnce() -> io::Result<()>,
) -> Result<u64, LoadError> {
    let mut connection = Connection::open(place.address).await?;
    let first = place.generation(&mut connection).await?;
    let mut generation = first;
    let mut ticks = interval(every);
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        // No file is the same as in an earlier round, or its code would be in the cache.
        change(generation).map_err(ConnectionError::from)?;
        generation = in_force_after(generation, place, &mut connection).await?;
    }
    undo().map_err(ConnectionError::from)?;
    in_force_after(generation, place, &mut connection).await?;
    Ok(generation - first)
}

/// A client for each worker, because connections are dealt to the workers in turn; how many replies there were.
async fn clients(
    place: &Place,
    stop: &CancellationToken,
    every: Duration,
    ask: impl AsyncFn(&mut Connection, &Place, u64) -> Result<(), LoadError> + Copy + 'static,
) -> Result<u64, LoadError> {
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let mut connections = Vec::new();
    for _ in 0..workers {
        connections.push(Connection::open(place.address).await?);
    }
    let each = connections
        .into_iter()
        .enumerate()
        .map(|(number, connection)| async move {
            client(place, stop, every, (connection, number as u64 * 1_000_000), ask).await
        });
    let counts = futures_util::future::try_join_all(each).await?;
    Ok(counts.into_iter().sum())
}

async fn client(
    place: &Place,
    stop: &CancellationToken,
    every: Duration,
    (mut connection, first): (Connection, u64),
    ask: impl AsyncFn(&mut Connection, &Place, u64) -> Result<(), LoadError>,
) -> Result<u64, LoadError> {
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut count = 0;
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        ask(&mut connection, place, first + count).await?;
        count += 1;
    }
    Ok(count)
}

/// Each with parameters of its own, or the plugin would not be called again.
async fn slow_call(connection: &mut Connection, place: &Place, number: u64) -> Result<(), LoadError> {
    let body =
        json!({ "model": SLOW, "user": format!("u{number}"), "messages": [{ "role": "user", "content": "go" }] });
    let reply = connection
        .exchange(&post(place.address, &body.to_string(), None))
        .await?;
    match memmem::find(reply, br#""content":"good""#) {
        Some(_) => Ok(()),
        None => Err(LoadError::Wrong(
            "its text",
            String::from_utf8_lossy(reply).into_owned(),
        )),
    }
}

async fn long_prompt(connection: &mut Connection, place: &Place, _: u64) -> Result<(), LoadError> {
    let request = Ask::Long.request(place.address, TRANSLATED, None);
    check(Ask::Long, connection.exchange(&request).await?)
}

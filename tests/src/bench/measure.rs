//! Measures memory first, while the servers are fresh, then speed, with the rows taking turns.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::time::sleep;

use super::BenchError;
use super::canned::{CHUNKS, PIECE};
use super::connection::{Connection, ConnectionError};
use super::load::{LoadError, Pace, Tally, fire};
use super::requests::Ask;
use super::rounds::Rounds;
use super::rows::{Kind, Row};

/// How long after the last start the memory of idle processes is read: starts leave threads and what was freed.
const SETTLED: Duration = Duration::from_secs(5);

/// What is measured of one row.
#[derive(Clone, Debug, Default)]
pub(super) struct Figures {
    /// Buffered replies per second with one client.
    pub(super) one_client: Rounds,
    /// Buffered replies per second with 32 clients.
    pub(super) many_clients: Rounds,
    /// The latency added to the upstream's own at p50, with one client, in milliseconds.
    pub(super) added_p50: Rounds,
    /// The same at p99.
    pub(super) added_p99: Rounds,
    /// Buffered replies per second to prompts of 400 KB, with four clients.
    pub(super) long_prompts: Rounds,
    /// Content chunks per second over 32 streams.
    pub(super) events: Rounds,
    /// The memory of the server before its first request, in bytes.
    pub(super) idle_bytes: Option<u64>,
    /// Its memory while streams are open, in bytes.
    pub(super) streaming_bytes: Option<u64>,
}

/// How long and how often to measure.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    /// How long each round is.
    pub(super) pace: Pace,
    /// The number of rounds, which is even: half of them run forwards, half backwards. The median counts.
    pub(super) rounds: usize,
    /// How many streams are open at once for the measurement of memory.
    pub(super) open_streams: u32,
}

/// A column of the table that is measured under load.
#[derive(Debug)]
pub(super) struct Load {
    /// What it is called.
    pub(super) title: &'static str,
    /// What each client asks for.
    pub(super) ask: Ask,
    /// How many clients ask at once.
    pub(super) clients: usize,
}

/// Buffered replies, one after another.
pub(super) const ONE_CLIENT: Load = Load {
    title: "1 client",
    ask: Ask::Short,
    clients: 1,
};
/// Buffered replies for many at once.
pub(super) const MANY_CLIENTS: Load = Load {
    title: "32 clients",
    ask: Ask::Short,
    clients: 32,
};
/// Prompts of 400 KB.
pub(super) const LONG_PROMPTS: Load = Load {
    title: "400 KB prompts",
    ask: Ask::Long,
    clients: 4,
};
/// Streams.
pub(super) const STREAMS: Load = Load {
    title: "32 streams",
    ask: Ask::Stream,
    clients: 32,
};

/// Measures all rows. Latencies are compared with those of the first.
///
/// # Errors
/// If any reply of any row is wrong.
pub(super) async fn all(rows: &[Row], plan: Plan) -> Result<Vec<(Kind, Figures)>, BenchError> {
    let mut figures = Vec::with_capacity(rows.len());
    sleep(SETTLED).await;
    for row in rows {
        figures.push(memory(row, plan.open_streams).await?);
    }
    let one = rounds(rows, &ONE_CLIENT, plan).await?;
    let many = rounds(rows, &MANY_CLIENTS, plan).await?;
    let long = rounds(rows, &LONG_PROMPTS, plan).await?;
    let streams = rounds(rows, &STREAMS, plan).await?;
    for (index, figures) in figures.iter_mut().enumerate() {
        figures.one_client = rate(&one[index]);
        figures.many_clients = rate(&many[index]);
        figures.long_prompts = rate(&long[index]);
        figures.events = events(&rate(&streams[index]));
        if index > 0 {
            figures.added_p50 = added(&one[index], &one[0], 50);
            figures.added_p99 = added(&one[index], &one[0], 99);
        }
    }
    Ok(rows.iter().map(|row| row.kind).zip(figures).collect())
}

async fn memory(row: &Row, open_streams: u32) -> Result<Figures, BenchError> {
    let resident = || row.process.as_ref()?.resident_bytes();
    if row.process.is_none() {
        return Ok(Figures::default());
    }
    eprintln!("memory: {}", row.kind);
    let idle_bytes = resident();
    let request = Ask::Held.request(row.address, row.model, row.key.as_deref());
    let opened = open(row.address, &request, open_streams.into()).await;
    let _streams = opened.map_err(|error| failed(row, "open streams", error.into()))?;
    Ok(Figures {
        idle_bytes,
        streaming_bytes: resident(),
        ..Figures::default()
    })
}

/// Opens streams with that request and waits for the first content of each.
///
/// # Errors
/// If a stream ends before that.
pub(super) async fn open(address: SocketAddr, request: &[u8], count: u64) -> Result<Vec<Connection>, ConnectionError> {
    let mut streams = Vec::new();
    for _ in 0..count {
        let mut stream = Connection::open(address).await?;
        stream.read_until(request, PIECE).await?;
        stream.forget();
        streams.push(stream);
    }
    Ok(streams)
}

/// Lets the rows take turns, so other load on the machine affects all of them; forwards and backwards, because a row is
/// slower after some rows than after others. Returns the figures by row, then by round.
async fn rounds(rows: &[Row], load: &Load, plan: Plan) -> Result<Vec<Vec<Tally>>, BenchError> {
    let mut tallies: Vec<Vec<Tally>> = rows.iter().map(|_| Vec::new()).collect();
    for round in 1..=plan.rounds {
        eprintln!("{}: round {round} of {}", load.title, plan.rounds);
        let mut turns: Vec<_> = rows.iter().zip(&mut tallies).collect();
        if round % 2 == 0 {
            turns.reverse();
        }
        for (row, tallies) in turns {
            let tally = fire(row, load.ask, load.clients, plan.pace).await;
            tallies.push(tally.map_err(|error| failed(row, load.title, error))?);
        }
    }
    Ok(tallies)
}

fn failed(row: &Row, measurement: &'static str, error: LoadError) -> BenchError {
    BenchError::Load {
        row: row.kind.to_string(),
        measurement,
        error,
    }
}

/// The content chunks of that many streams.
pub(super) fn events(streams: &Rounds) -> Rounds {
    streams.times(CHUNKS.into())
}

/// The rate of each round.
pub(super) fn rate(rounds: &[Tally]) -> Rounds {
    rounds.iter().map(|tally| tally.rate).collect()
}

/// What each round adds to the same round of `base` at this percentile, in milliseconds.
pub(super) fn added(rounds: &[Tally], base: &[Tally], percent: usize) -> Rounds {
    latency(rounds, percent).beyond(&latency(base, percent))
}

fn latency(rounds: &[Tally], percent: usize) -> Rounds {
    rounds.iter().filter_map(|tally| tally.percentile(percent)).collect()
}

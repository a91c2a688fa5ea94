//! More and more streams that are open at once.

use std::time::Instant;

use rustix::process::{Resource, getrlimit};

use super::super::BenchError;
use super::super::canned::CHUNKS;
use super::super::measure::open;
use super::super::requests::Ask;
use super::scene::{CLIENTS, Scene, failed, resident};
use super::series::{Growth, Line, Series};

/// How many are open.
const STREAMS: [u64; 5] = [1, 10, 100, 1000, 10_000];

/// The descriptors that a gateway needs besides two for each stream: those of the clients that measure, and its own.
const OTHERS: u64 = 2 * CLIENTS as u64 + 200;

/// Measures memory, opening one more stream, and the events of other streams beside those that are open.
///
/// # Errors
/// If a reply is wrong.
pub(super) async fn measure(scene: &Scene) -> Result<Series, BenchError> {
    let site = scene.start("streams", scene.config())?;
    let address = site.place.address;
    let (amounts, notes) = allowed(scene.amounts(&STREAMS));
    let held = Ask::Held.request(address, "openai", None);
    let stream = Ask::Stream.request(address, "openai", None);
    let mut memory = Line::new("resident memory", "MiB", Growth::Linear);
    let mut opening = Line::new("opening one more", "ms", Growth::None);
    let mut event = Line::new("an event of 32 other streams", "µs", Growth::None);
    let mut streams = Vec::new();
    for amount in &amounts {
        let wrong = failed("streams", *amount);
        let more = amount - streams.len() as u64;
        let start = Instant::now();
        let opened = open(address, &held, more).await;
        streams.extend(opened.map_err(|error| wrong(error.into()))?);
        opening.costs.push(start.elapsed().as_secs_f64() * 1e3 / per(more));
        memory.costs.push(resident(&site.process));
        let cost = scene
            .share(address, Ask::Stream, stream.clone())
            .await
            .map_err(&wrong)?;
        event.costs.push(cost * 1e3 / f64::from(CHUNKS));
    }
    Ok(Series {
        name: "streams",
        title: "More open streams",
        work: "open streams",
        amounts,
        lines: vec![memory, opening, event],
        notes,
    })
}

/// As many as this machine's limit of descriptors allows, and what readers should know of that.
fn allowed(mut amounts: Vec<u64>) -> (Vec<u64>, Vec<String>) {
    let limit = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    let most = limit.saturating_sub(OTHERS) / 2 / 100 * 100;
    let mut notes = Vec::new();
    for amount in amounts.iter_mut().filter(|amount| **amount > most) {
        notes.push(format!(
            "{amount} streams need {} descriptors in one process; this machine allows {limit}, so there were {most}.",
            2 * *amount + OTHERS
        ));
        *amount = most;
    }
    amounts.dedup();
    (amounts, notes)
}

#[expect(clippy::cast_precision_loss, reason = "there are fewer streams than 2^52")]
fn per(count: u64) -> f64 {
    count.max(1) as f64
}

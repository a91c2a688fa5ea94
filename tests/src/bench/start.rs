//! `bench start`: from the start of the process to its first answer, and from a change of its files until it is in force.

use std::fmt::{self, Display, Formatter};
use std::fs;
use std::path::Path;
use std::time::Instant;

use serde_json::Value;

use super::connection::{Connection, ConnectionError};
use super::force::{in_force_after, model_in_force};
use super::gateway::{Gateway, Isolation};
use super::ground::Ground;
use super::load::{LoadError, check};
use super::median::median;
use super::requests::Ask;
use super::site::{Place, Site, changed};
use super::{BenchError, Built, Length, to_its_end};

/// The plugin that is swapped, and the model of its provider.
const MODEL: &str = "openai";

/// What a run measures, and how thoroughly.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    #[command(flatten)]
    length: Length,
    #[command(flatten)]
    built: Built,
}

/// The results of a run. Its `Display` is Markdown.
#[derive(Debug)]
pub struct Report {
    times: usize,
    /// What was measured, with milliseconds.
    rows: Vec<(String, f64)>,
}

/// A gateway that is started again and again.
struct Starts<'a> {
    ground: &'a Ground,
    gateway: Gateway,
    name: &'static str,
}

/// Measures starts and changes. Progress goes to standard error.
///
/// # Errors
/// If the gateway does not start, or a reply is missing or wrong.
pub fn run(options: &Options) -> Result<Report, BenchError> {
    let times = match options.length {
        Length { smoke: true, .. } => 1,
        Length { quick: true, .. } => 3,
        Length { .. } => 7,
    };
    let ground = Ground::set(&options.built)?;
    let rows = to_its_end(async {
        let few = Starts {
            ground: &ground,
            gateway: ground.gateway_with("few", &[])?,
            name: "few",
        };
        let mut rows = few.starts(times).await?;
        if !options.length.smoke {
            let gateway = ground.gateway.clone().ok_or(super::process::ProcessError::NotBuilt)?;
            let all = Starts {
                ground: &ground,
                gateway,
                name: "all",
            };
            rows.extend(all.starts(times).await?);
        }
        rows.extend(few.changes(times).await?);
        Ok(rows)
    })?;
    Ok(Report { times, rows })
}

// === impl Starts ===

impl Starts<'_> {
    /// Starts without compiled code, then with it.
    async fn starts(&self, times: usize) -> Result<Vec<(String, f64)>, BenchError> {
        let plugins = fs::read_dir(&self.gateway.plugins)?.count();
        let (mut cold, mut cached) = (Vec::new(), Vec::new());
        for number in 0..times {
            eprintln!("start {} of {times} with {plugins} plugins", number + 1);
            let cache = self.ground.folder(&format!("{}-cache-{number}", self.name));
            cold.push(self.first_answer(&cache).await?.1);
            cached.push(self.first_answer(&cache).await?.1);
        }
        Ok(vec![
            row(format!("first start, {plugins} plugins to compile"), cold),
            row(format!("start, {plugins} plugins in the cache"), cached),
        ])
    }

    /// Changes the files of one that runs.
    async fn changes(&self, times: usize) -> Result<Vec<(String, f64)>, BenchError> {
        let (site, _) = self.first_answer(&self.ground.folder("few-cache-0")).await?;
        let place = &site.place;
        let changes = async {
            let mut config = Vec::new();
            for number in 0..times {
                config.push(milliseconds(model_in_force(place, &format!("new-{number}")).await?));
            }
            let (new, known) = swaps(place, times).await?;
            Ok(vec![
                row("changed configuration, until it is in force".to_owned(), config),
                row("new plugin file, compiled, until it is in force".to_owned(), new),
                row(
                    "earlier plugin file, in the cache, until it is in force".to_owned(),
                    known,
                ),
            ])
        };
        changes.await.map_err(|error| failed("changes", error))
    }

    /// Starts it, and asks until it has answered; the milliseconds from the start.
    async fn first_answer(&self, cache: &Path) -> Result<(Site, f64), BenchError> {
        let config: Value = self.gateway.config(cache, self.ground.upstream, Isolation::Request);
        let start = Instant::now();
        let site = Site::start(&self.gateway, self.ground.folder(self.name), config)?;
        let answered = answered(&site.place).await;
        answered.map_err(|error| failed("first answer", error))?;
        Ok((site, milliseconds(start.elapsed())))
    }
}

async fn answered(place: &Place) -> Result<(), LoadError> {
    let mut connection = Connection::open(place.address).await?;
    let request = Ask::Short.request(place.address, MODEL, None);
    check(Ask::Short, connection.exchange(&request).await?)
}

/// Swaps a plugin's file for a new one and back; how long each took until it was in force.
async fn swaps(place: &Place, times: usize) -> Result<(Vec<f64>, Vec<f64>), LoadError> {
    let (mut new, mut known) = (Vec::new(), Vec::new());
    let plugin = place.plugin(MODEL).map_err(ConnectionError::from)?;
    let mut connection = Connection::open(place.address).await?;
    let mut generation = place.generation(&mut connection).await?;
    for _ in 0..times {
        for (took, file) in [(&mut new, changed(&plugin, generation)), (&mut known, plugin.clone())] {
            place.swap(MODEL, &file).map_err(ConnectionError::from)?;
            let start = Instant::now();
            generation = in_force_after(generation, place, &mut connection).await?;
            took.push(milliseconds(start.elapsed()));
        }
    }
    Ok((new, known))
}

fn milliseconds(time: std::time::Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn row(name: String, times: Vec<f64>) -> (String, f64) {
    (name, median(times.into_iter()).unwrap_or_default())
}

fn failed(measurement: &'static str, error: LoadError) -> BenchError {
    BenchError::Load {
        row: "jackfield".to_owned(),
        measurement,
        error,
    }
}

// === impl Report ===

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "| median of {} | ms |\n|---|--:|", self.times)?;
        for (name, milliseconds) in &self.rows {
            writeln!(f, "| {name} | {milliseconds:.0} |")?;
        }
        Ok(())
    }
}

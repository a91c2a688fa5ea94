//! `bench tail`: the slowest requests at a fixed rate, at rest and while something else goes on.
//!
//! In reading order: `cases` are the rows, `disturbance` is what goes on meanwhile, `table` prints what was seen.

mod cases;
mod disturbance;
mod table;

use std::path::Path;
use std::time::Duration;

use super::ground::Ground;
use super::lines::{Form, Lines};
use super::load::{LoadError, Pace, fire_each};
use super::open_loop::{Arrivals, Seen, fire};
use super::requests::Ask;
use super::site::Site;
use super::{BenchError, Built, Length, nginx, to_its_end};
use cases::Case;
use disturbance::Disturbance;

pub use table::Report;

/// How many clients find the peak.
const CLIENTS: usize = 32;

/// What a run measures, and how thoroughly.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// The rate, in percent of the peak.
    #[arg(long, value_name = "PERCENT", default_value_t = 50, value_parser = clap::value_parser!(u8).range(1..=100))]
    share: u8,
    #[command(flatten)]
    length: Length,
    #[command(flatten)]
    built: Built,
}

/// How long and how often to measure.
#[derive(Clone, Copy, Debug)]
struct Plan {
    /// How the peak is found.
    peak: Pace,
    /// How long requests begin, in each round of each row.
    window: Duration,
    /// The number of rounds. The median of each percentile counts, and the longest of all.
    rounds: usize,
}

/// One row's rounds.
#[derive(Debug)]
struct Measured {
    case: Case,
    rounds: Vec<Round>,
}

/// What one round saw.
#[derive(Debug)]
struct Round {
    seen: Seen,
    /// How often the disturbance came about.
    disturbed: u64,
}

/// Measures everything and stops what it started. Progress goes to standard error.
///
/// # Errors
/// If a server does not start, or any reply is missing or wrong.
pub fn run(options: &Options) -> Result<Report, BenchError> {
    let plan = Plan::of(options.length);
    let ground = Ground::set(&options.built)?;
    let mut notes = Vec::new();
    let nginx = nginx::find().map(|program| nginx::start(program, &ground.folder("nginx"), ground.upstream, 2000));
    let nginx = nginx.transpose()?;
    if nginx.is_none() {
        notes.push("nginx is not installed: there is nothing to compare with.".to_owned());
    }
    let hostile = hostile(&ground);
    if hostile.is_none() {
        notes.push("No slow plugin: `make bench-tail` builds it.".to_owned());
    }
    let site = started(&ground, hostile.as_deref())?;
    let cases = cases::all(
        ground.upstream,
        nginx.as_ref().map(|(_, address)| *address),
        site.place.address,
        hostile.is_some(),
    );
    to_its_end(async {
        let peak = peak(&site, plan.peak).await?;
        let rate = (peak * f64::from(options.share) / 100.0).floor();
        eprintln!("the peak is {peak:.0} requests/s, the rate {rate}");
        let rows = measured(&site, cases, rate, plan).await?;
        Ok(Report {
            plan,
            peak,
            share: options.share,
            rate,
            rows,
            notes,
        })
    })
}

/// The plugin of the tests that is slow, if it is built.
fn hostile(ground: &Ground) -> Option<std::path::PathBuf> {
    let plugins = ground.gateway.as_ref()?.plugins.as_path();
    let file = plugins.with_file_name("test-plugins").join("hostile.wasm");
    file.exists().then_some(file)
}

/// The gateway that all of the rows share, with the slow plugin if there is one.
fn started(ground: &Ground, hostile: Option<&Path>) -> Result<Site, BenchError> {
    let gateway = ground.gateway_with("plugins", hostile.as_slice())?;
    let config = cases::config(&gateway, ground, hostile.is_some());
    Ok(Site::start(&gateway, ground.folder("tail"), config)?)
}

/// The requests/s of clients that wait for their replies.
async fn peak(site: &Site, pace: Pace) -> Result<f64, BenchError> {
    let address = site.place.address;
    let request = Ask::Short.request(address, cases::MODEL, None);
    let tally = fire_each(address, Ask::Short, vec![request; CLIENTS], pace).await;
    let tally = tally.map_err(|error| failed("jackfield", "peak", error))?;
    Ok(tally.rate)
}

/// Lets the rows take turns, so other load on the machine affects all of them.
async fn measured(site: &Site, cases: Vec<Case>, rate: f64, plan: Plan) -> Result<Vec<Measured>, BenchError> {
    let arrivals = Arrivals::new(rate, plan.window);
    let fresh = |case| Measured {
        case,
        rounds: Vec::new(),
    };
    let mut rows: Vec<_> = cases.into_iter().map(fresh).collect();
    for number in 1..=plan.rounds {
        for Measured { case, rounds } in &mut rows {
            eprintln!("round {number} of {}: {}", plan.rounds, case.title);
            rounds.push(round(site, case, &arrivals).await?);
        }
    }
    Ok(rows)
}

async fn round(site: &Site, case: &Case, arrivals: &Arrivals) -> Result<Round, BenchError> {
    let wrong = |error| failed(case.title, "at a fixed rate", error);
    let lines = Lines::open(case.address, case.protocol).await;
    let lines = lines.map_err(|error| wrong(error.into()))?;
    let form = Form::new(Ask::Short, case.address, case.model);
    let disturbance = Disturbance::begin(case.beside, &site.place);
    let seen = fire(lines, &form, arrivals).await;
    // Ended in any case, and its own failure tells more than one that it caused.
    let disturbed = disturbance.end(case.title)?;
    let seen = seen.map_err(wrong)?;
    Ok(Round { seen, disturbed })
}

fn failed(row: &str, measurement: &'static str, error: LoadError) -> BenchError {
    BenchError::Load {
        row: row.to_owned(),
        measurement,
        error,
    }
}

// === impl Plan ===

impl Plan {
    fn of(length: Length) -> Self {
        let (peak, window, rounds) = match length {
            Length { smoke: true, .. } => (200, 500, 1),
            Length { quick: true, .. } => (2000, 3000, 1),
            Length { .. } => (4000, 5000, 3),
        };
        Self {
            peak: Pace {
                warm_up: Duration::from_millis(500),
                window: Duration::from_millis(peak),
            },
            window: Duration::from_millis(window),
            rounds,
        }
    }
}

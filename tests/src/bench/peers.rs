//! Other gateways in the same run as nginx and Jackfield: each alone in front of the same upstream.
//!
//! In reading order:
//! 1. `manifest` reads what a folder of `tests/peers/` says of its gateway.
//! 2. `server` is anything that runs and can be asked; `start` starts a peer.
//! 3. `contest` lets all take turns, `turns` keeps what each showed, `report` prints it.

mod contest;
mod manifest;
mod report;
mod server;
mod start;
mod turns;

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};

use super::load::Pace;
use super::stage::Stage;
use super::{BenchError, one_thread};

pub use report::Report;

/// How much longer a round is for a gateway that answers few requests in one.
const SLOWER: u32 = 8;

/// Which gateways are measured, and how thoroughly.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    #[command(flatten)]
    bench: super::Options,
    /// Measure only these, by the name of their folder.
    names: Vec<String>,
    /// The folder with a folder for each. Default: tests/peers of this repository.
    #[arg(long, value_name = "DIR")]
    peers: Option<PathBuf>,
    /// Where they are installed. Default: target/peers of this repository.
    #[arg(long, value_name = "DIR")]
    installed: Option<PathBuf>,
}

/// Where the peers are.
#[derive(Debug)]
struct Places {
    peers: PathBuf,
    installed: PathBuf,
}

/// How long a peer is measured.
#[derive(Clone, Copy, Debug)]
struct Plan {
    /// How long each round is.
    pace: Pace,
    /// How often each gateway has its turn: forwards and backwards, so the turns are even.
    turns: usize,
    /// The rounds of each column in a turn.
    rounds: usize,
}

impl Plan {
    /// The pace for a gateway that answers few requests in a round.
    fn patient(self) -> Pace {
        Pace {
            window: self.pace.window * SLOWER,
            ..self.pace
        }
    }
}

/// Measures all peers beside nginx and Jackfield, and stops what it started. Progress goes to standard error.
///
/// # Errors
/// If the upstream, nginx or Jackfield does not start, or one of their replies is wrong. A peer that does not start or
/// answers wrongly is told in the report.
pub fn run(options: &Options) -> Result<Report, BenchError> {
    let seconds = if options.bench.quick { 1 } else { 2 };
    let plan = Plan {
        pace: Pace {
            warm_up: Duration::from_millis(300),
            window: Duration::from_secs(seconds),
        },
        turns: 2,
        rounds: 3,
    };
    let of_repository = |folder| Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder);
    let place = |told: &Option<PathBuf>, folder| told.clone().unwrap_or_else(|| of_repository(folder));
    // Absolute, because a peer runs in another folder.
    let places = Places {
        peers: std::path::absolute(place(&options.peers, "tests/peers"))?,
        installed: std::path::absolute(place(&options.installed, "target/peers"))?,
    };
    let mut peers = manifest::all(&places.peers)?;
    peers.retain(|peer| options.names.is_empty() || options.names.contains(&peer.name));
    let stage = Stage::set(&options.bench)?;
    one_thread()?.block_on(async {
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            rows = contest::all(&stage, peers, &places, plan) => Ok(Report { plan, rows: rows? }),
            _ = tokio::signal::ctrl_c() => Err(BenchError::Interrupted),
            _ = terminate.recv() => Err(BenchError::Interrupted),
        }
    })
}

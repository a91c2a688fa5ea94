//! The benchmark: the gateway next to nginx and a bare proxy, all in front of the same upstream, all on one machine.
//!
//! In reading order:
//! 1. `canned` and `upstream` are the provider that is called, in a process of its own.
//! 2. `requests`, `connection` and `load` are the clients, in this process; `alarm`, `lines` and `open_loop` those that
//!    begin by the clock.
//! 3. `bare` is a proxy of the gateway's libraries alone; `process`, `nginx`, `gateway`, `accounts`, `ground`, `site`,
//!    `stage` and `rows` start what is measured; `force` tells when a change of its files is in force.
//! 4. `measure` fills the table, `goals` compares it with the goals, `table` prints it.
//! 5. [`tail`] measures the slowest requests, [`scale`] what they cost as there is more of something, [`start`] how long
//!    starts and changes take.
//! 6. `peers` measures other gateways in the same way, one at a time.

mod accounts;
mod alarm;
mod bare;
mod canned;
mod connection;
mod force;
mod gateway;
mod goals;
mod ground;
mod lines;
mod load;
mod measure;
mod median;
mod nginx;
mod open_loop;
pub mod peers;
mod process;
mod requests;
mod rounds;
mod rows;
pub mod scale;
mod site;
mod stage;
pub mod start;
mod table;
pub mod tail;
mod upstream;

use std::io::{self, Read};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

use load::Pace;
use measure::Plan;
use rows::Row;
use stage::Stage;

use crate::large_ledger;

pub use table::Report;

/// What a run measures, and how thoroughly.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Use rounds of one second instead of two, for a first impression.
    #[arg(long)]
    quick: bool,
    /// Measure only those of the gateway's rows whose name contains this word, such as `openai` or `shared`.
    #[arg(long, value_name = "WORD")]
    only: Option<String>,
    /// How many streams are open at once when memory is measured.
    #[arg(long, value_name = "COUNT", default_value_t = 1000)]
    open_streams: u32,
    #[command(flatten)]
    built: Built,
}

/// How thorough a run is.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct Length {
    /// Measure less, for a first impression.
    #[arg(long)]
    quick: bool,
    /// Measure next to nothing, to see that all of it runs.
    #[arg(long, hide = true)]
    smoke: bool,
}

/// What was built.
#[derive(Clone, Debug, clap::Args)]
pub struct Built {
    /// The gateway's binary. Default: the one built next to this one.
    #[arg(long, value_name = "FILE")]
    jackfield: Option<PathBuf>,
    /// The folder of the gateway's plugins. Default: target/plugins of this repository.
    #[arg(long, value_name = "DIR")]
    plugins: Option<PathBuf>,
}

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// A server under measurement does not run.
    #[error("{0}")]
    Process(#[from] process::ProcessError),
    /// A reply was missing or wrong, so its speed means nothing.
    #[error("{row}, {measurement}: {error}")]
    Load {
        /// What was measured.
        row: String,
        /// Which of its figures.
        measurement: &'static str,
        /// What went wrong.
        error: load::LoadError,
    },
    /// The ledger could not be filled or asked.
    #[error("{0}")]
    Ledger(#[from] large_ledger::Failure),
    /// Keys could not be added to a database.
    #[error("{0}")]
    Database(#[from] sqlx::Error),
    /// A plot could not be written.
    #[error("{0}")]
    Plot(String),
    /// The operating system refused something.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The run was interrupted.
    #[error("interrupted")]
    Interrupted,
}

/// Measures everything and stops what it started. Progress goes to standard error.
///
/// # Errors
/// If a server does not start, or any reply is wrong.
pub fn run(options: &Options) -> Result<Report, BenchError> {
    let seconds = if options.quick { 1 } else { 2 };
    let plan = Plan {
        pace: Pace {
            warm_up: Duration::from_millis(300),
            window: Duration::from_secs(seconds),
        },
        rounds: 6,
        open_streams: options.open_streams,
    };
    let mut stage = Stage::set(options)?;
    let rows = Row::all(&stage)?;
    let rows = to_its_end(measure::all(&rows, plan))?;
    let notes = std::mem::take(&mut stage.notes);
    Ok(Report { plan, rows, notes })
}

/// Measures unless it is interrupted; then everything that was started is stopped as well.
fn to_its_end<T>(measured: impl Future<Output = Result<T, BenchError>>) -> Result<T, BenchError> {
    one_thread()?.block_on(async {
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            measured = measured => measured,
            _ = tokio::signal::ctrl_c() => Err(BenchError::Interrupted),
            _ = terminate.recv() => Err(BenchError::Interrupted),
        }
    })
}

/// Serves as the upstream until standard input ends.
///
/// # Errors
/// If it cannot listen.
pub fn be_upstream() -> Result<(), BenchError> {
    serve(upstream::serve)
}

/// Serves as the bare proxy in front of that upstream until standard input ends.
///
/// # Errors
/// If it cannot listen.
pub fn be_bare(upstream: SocketAddr) -> Result<(), BenchError> {
    serve(|listener| bare::serve(listener, upstream))
}

/// Says where it listens, and serves until standard input ends.
fn serve<F: Future<Output = io::Result<()>>>(role: impl FnOnce(TcpListener) -> F) -> Result<(), BenchError> {
    let (tell, ended) = oneshot::channel();
    thread::spawn(move || {
        let _ = io::stdin().read_to_end(&mut Vec::new());
        let _ = tell.send(());
    });
    one_thread()?.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        println!("listening on http://{}", listener.local_addr()?);
        tokio::select! {
            served = role(listener) => Ok(served?),
            _ = ended => Ok(()),
        }
    })
}

/// The clients get one core and the upstream the other; more threads would only compete.
fn one_thread() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}

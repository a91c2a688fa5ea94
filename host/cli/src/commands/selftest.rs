//! `jackfield selftest`: shows, fault by fault, what this configuration does when upstreams fail.
//!
//! Reading order: `fault` lists what may go wrong, `chain` the chains to which it may happen; `rehearsal` makes a
//! configuration whose providers are all on this machine, with a model for each case; `upstream` answers there, rightly
//! as `replies` say or with the fault; `client` sends the requests and tells what came back; `findings` puts both
//! together, and `report` prints them.

mod chain;
mod client;
mod fault;
mod findings;
mod rehearsal;
mod replies;
mod report;
mod upstream;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::ValueEnum;
use futures_util::StreamExt;
use futures_util::stream::iter;
use jackfield_config::{Config, Faults, ProcessEnvironment};
use jackfield_gateway::{App, Places, StartError};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::client::Seen;
use self::findings::Findings;
use self::rehearsal::{Case, Rehearsal};
use self::upstream::Stage;
use super::arguments::{config_of_environment, plugins_of_environment};
use super::cache;
use super::exit_code::{self, EX_CONFIG};

/// How many requests are sent at a time. Most of them wait.
const AT_A_TIME: usize = 64;

/// Where everything listens: a free port that nobody else reaches.
const LOOPBACK: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// The arguments of `selftest`.
#[derive(Debug, clap::Args)]
pub(crate) struct SelftestArguments {
    /// Configuration file or folder. Default: `$JACKFIELD_CONFIG`.
    #[arg(long, value_name = "PATH", required = config_of_environment().is_none(), default_value = config_of_environment(), hide_default_value = true)]
    config: PathBuf,
    /// Plugin folder; overrides `plugins.dir`. Default: `$JACKFIELD_PLUGINS`.
    #[arg(long, value_name = "DIR", default_value = plugins_of_environment(), hide_default_value = true)]
    plugins: Option<PathBuf>,
    /// Only the chain of this model. Default: every chain of a chat model, once.
    #[arg(long)]
    model: Option<String>,
    /// How many times faster than in earnest all timeouts and pauses pass.
    #[arg(long, value_name = "TIMES", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=600))]
    haste: u32,
    /// Output format.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

/// The format of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A table for each chain.
    Table,
    /// One JSON object.
    Json,
}

/// Why nothing was tested.
#[derive(Debug, thiserror::Error)]
enum SelftestError {
    #[error("{0}")]
    Config(#[from] Faults),
    #[error("{0}")]
    Start(#[from] StartError),
    #[error("the configuration has no chat model {0:?}; `jackfield check` lists what it has")]
    NoSuchModel(String),
    #[error("the configuration has no chat model whose providers have an upstream")]
    NoModels,
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// Tests, and prints a report. Exits with 78 if the configuration is at fault, and with 1 if nothing could be tested.
pub(super) fn run(arguments: &SelftestArguments) -> ExitCode {
    match test(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            match error {
                SelftestError::Config(_) => ExitCode::from(EX_CONFIG),
                SelftestError::Start(error) => exit_code::of_start(&error),
                _ => ExitCode::FAILURE,
            }
        }
    }
}

fn test(arguments: &SelftestArguments) -> Result<(), SelftestError> {
    let loaded = jackfield_config::load(&arguments.config, &ProcessEnvironment)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let findings = runtime.block_on(rehearse(arguments, &loaded.config));
    // What has not come to its end by now does not matter any more.
    runtime.shutdown_background();
    let findings = findings?;
    let mut out = io::stdout();
    match arguments.format {
        Format::Table => report::table(&findings, &mut out)?,
        Format::Json => report::json(&findings, &mut out)?,
    }
    Ok(())
}

async fn rehearse(arguments: &SelftestArguments, config: &Config) -> Result<Findings, SelftestError> {
    let stage = Stage::open(arguments.haste).await?;
    let chains = chain::chains(config, arguments.model.as_deref());
    if chains.is_empty() {
        let none = arguments.model.clone();
        return Err(none.map_or(SelftestError::NoModels, SelftestError::NoSuchModel));
    }
    let rehearsal = Arc::new(Rehearsal::new(config, chains, arguments.haste, stage.addresses()));
    stage.serve(rehearsal.parts());
    let changing = Arc::clone(&rehearsal);
    let app = App::start(Places {
        config: arguments.config.clone(),
        plugins_dir: arguments.plugins.clone(),
        listen: Some(LOOPBACK),
        code_cache: cache::code(&config.plugins),
        shipped_code: cache::shipped(),
        plugin_store: cache::plugins(&config.plugins),
        environment: Box::new(ProcessEnvironment),
        rehearsal: Some(Box::new(move |config| changing.change(config))),
    })
    .await?;
    let (public, operators) = (TcpListener::bind(LOOPBACK).await?, TcpListener::bind(LOOPBACK).await?);
    let (address, metrics) = (public.local_addr()?, operators.local_addr()?);
    let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
    let serving = tasks.spawn(app.serve(public, Some(operators), stop.clone()));
    let patience = rehearsal.patience_of_clients();
    let seen: Vec<(&Case, Seen)> = iter(rehearsal.cases())
        .map(|case| async move { (case, client::ask(address, case, patience).await) })
        .buffer_unordered(AT_A_TIME)
        .collect()
        .await;
    let attempts = client::metrics(metrics).await?;
    stop.cancel();
    stage.close();
    serving.abort();
    Ok(Findings::new(&rehearsal, seen, &attempts))
}

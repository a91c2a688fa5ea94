//! `jackfield serve`: signals, listeners, and the gateway between them.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use jackfield_config::{Auth, Config, ProcessEnvironment};
use jackfield_gateway::{App, Places, Reload, StartError, init_log};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::ServeArguments;
use super::check::EX_CONFIG;

/// Why the gateway could not start, or stopped serving.
#[derive(Debug, thiserror::Error)]
enum ServeError {
    #[error("{0}")]
    Config(#[from] jackfield_config::Faults),
    #[error("{0}")]
    Start(#[from] StartError),
    #[error("cannot set up the log: {0}")]
    Log(String),
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, io::Error),
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// Serves until a signal stops it. Exits with 78 if the configuration is at fault.
pub(super) fn run(arguments: ServeArguments) -> ExitCode {
    match serve(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            match error {
                ServeError::Config(_) | ServeError::Start(_) | ServeError::Log(_) => ExitCode::from(EX_CONFIG),
                ServeError::Listen(..) | ServeError::Io(_) => ExitCode::FAILURE,
            }
        }
    }
}

fn serve(arguments: ServeArguments) -> Result<(), ServeError> {
    let config = jackfield_config::load(&arguments.config, &ProcessEnvironment)?.config;
    init_log(&config.log).map_err(ServeError::Log)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(listen_and_serve(arguments, &config))
}

async fn listen_and_serve(arguments: ServeArguments, config: &Config) -> Result<(), ServeError> {
    let listen = arguments.listen.unwrap_or(config.server.listen);
    let app = App::start(Places {
        config: arguments.config,
        plugins_dir: arguments.plugins,
        listen: Some(listen),
        code_cache: config.plugins.cache_dir.clone().or_else(default_cache),
        environment: Box::new(ProcessEnvironment),
    })
    .await?;
    let public = bind(listen).await?;
    let admin = match config.server.admin.listen {
        Some(address) => Some(bind(address).await?),
        None => None,
    };
    let stop = CancellationToken::new();
    let signals = TaskTracker::new();
    signals.spawn(listen_to_signals(stop.clone(), app.reload())?);
    // Printed only now: a script that has read it may send signals.
    greet(public.local_addr()?, config.server.auth, &app);
    app.serve(public, admin, stop).await?;
    Ok(())
}

async fn bind(address: SocketAddr) -> Result<TcpListener, ServeError> {
    TcpListener::bind(address)
        .await
        .map_err(|error| ServeError::Listen(address, error))
}

/// Stops on SIGTERM and SIGINT, reloads on SIGHUP.
fn listen_to_signals(stop: CancellationToken, reload: Reload) -> io::Result<impl Future<Output = ()> + Send> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    Ok(async move {
        loop {
            tokio::select! {
                _ = terminate.recv() => return stop.cancel(),
                _ = interrupt.recv() => return stop.cancel(),
                _ = hang_up.recv() => reload.now(),
            }
        }
    })
}

/// Prints the address, and a request to try with the first model that can answer now.
fn greet(address: SocketAddr, auth: Auth, app: &App) {
    // A closed stdout is no reason to stop serving.
    let mut out = io::stdout();
    let _ = writeln!(out, "jackfield is listening on http://{address}");
    if let Some(model) = app.first_live_model() {
        let body = serde_json::json!({
            "model": &*model, "messages": [{ "role": "user", "content": "Hello" }],
        });
        let key = match auth {
            Auth::Off => "",
            Auth::Required => " -H \"authorization: Bearer $KEY\"",
        };
        let _ = writeln!(
            out,
            "Try:\n  curl -s http://{address}/v1/chat/completions{key} -H 'content-type: application/json' -d '{body}'"
        );
    }
}

/// `$XDG_CACHE_HOME/jackfield`, or `~/.cache/jackfield` if unset (XDG Base Directory Specification).
#[expect(
    clippy::disallowed_methods,
    reason = "the command line is where the environment is read"
)]
fn default_cache() -> Option<PathBuf> {
    let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let base = variable("XDG_CACHE_HOME").map(PathBuf::from);
    let base = base.or_else(|| Some(PathBuf::from(variable("HOME")?).join(".cache")))?;
    Some(base.join("jackfield"))
}

//! `jackfield serve`: signals, listeners, and the gateway between them.

mod descriptors;
mod greeting;
mod listener;
mod notice;
mod signals;
mod sockets;

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use jackfield_config::{Config, Faults, Loaded, ProcessEnvironment};
use jackfield_gateway::{App, Places, StartError, init_log};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::greeting::Greeting;
use self::signals::Signals;
use self::sockets::{Handed, SocketError, Sockets};
use super::ServeArguments;
use super::cache;
use super::exit_code::{self, EX_CONFIG, EX_OSERR};
use super::serving::Serving;
use crate::allocator;

/// How long a thread that has built a snapshot waits for the next one: it keeps memory of its own.
const UNUSED: Duration = Duration::from_secs(2);

/// Why the gateway could not start, or stopped serving.
#[derive(Debug, thiserror::Error)]
enum ServeError {
    #[error("{0}")]
    Config(#[from] Faults),
    #[error("{0}")]
    Start(#[from] StartError),
    #[error("cannot set up the log: {0}")]
    Log(String),
    #[error("{0}")]
    Listen(#[from] SocketError),
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// Serves until a signal stops it. Exits with 78 if the configuration is at fault, with 69 if the database is away, and with
/// 71 if this machine is at fault, as where another process has the port.
pub(super) fn run(arguments: ServeArguments) -> ExitCode {
    match serve(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            match error {
                ServeError::Start(error) => exit_code::of_start(&error),
                ServeError::Config(_) | ServeError::Log(_) => ExitCode::from(EX_CONFIG),
                ServeError::Listen(_) | ServeError::Io(_) => ExitCode::from(EX_OSERR),
            }
        }
    }
}

fn serve(arguments: ServeArguments) -> Result<(), ServeError> {
    let handed = Handed::take()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .thread_keep_alive(UNUSED)
        .build()?;
    let served = runtime.block_on(listen_and_serve(arguments, handed));
    // A start that a signal ends may leave a plugin being compiled, and nobody needs the result.
    runtime.shutdown_background();
    served
}

async fn listen_and_serve(arguments: ServeArguments, handed: Handed) -> Result<(), ServeError> {
    // First of all: the default action of SIGHUP would end a process that is still starting.
    let signals = Signals::listen()?;
    let loaded = jackfield_config::load(&arguments.config, &ProcessEnvironment)?;
    let config = &loaded.config;
    let _log = init_log(&config.log).map_err(ServeError::Log)?;
    let listen = handed.address(arguments.listen.unwrap_or(config.server.listen))?;
    check_exposure(&loaded, listen)?;
    descriptors::raise_limit();
    allocator::return_unused_memory()?;
    let sockets = handed.complete(listen, config)?;
    let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
    let (stopping, reloads) = (stop.clone(), signals.reloads());
    tasks.spawn(signals.run(stop.clone()));
    tasks.spawn(notice::stay_alive());
    let path = arguments.config;
    let start = App::start(Places {
        config: path.clone(),
        plugins_dir: arguments.plugins,
        listen: Some(listen),
        code_cache: cache::code(&config.plugins),
        shipped_code: cache::shipped(),
        plugin_store: cache::plugins(&config.plugins),
        environment: Box::new(ProcessEnvironment),
        rehearsal: None,
    });
    let mut app = tokio::select! {
        app = start => app?,
        () = stopping.cancelled() => return Ok(()),
    };
    tasks.spawn(signals::reload(reloads, app.reload(), app.changes()));
    if sockets.outlive_us {
        app.hand_over();
    }
    // Only now: a script that has read it may send requests.
    let address = announce(&app, &sockets, config, &path)?;
    tasks.spawn(notice::follow(app.changes(), address, app.rejection()));
    let told = stop.clone();
    tasks.spawn(async move {
        told.cancelled().await;
        notice::stopping();
    });
    if let Some(metrics) = sockets.metrics {
        app = app.with_scrapers(metrics);
    }
    app.serve(sockets.public, sockets.admin, stop).await?;
    Ok(())
}

/// Lets everyone know where clients are served now, and returns it: other commands, the service manager, and whoever started this.
///
/// # Errors
/// If the address of a listener cannot be read.
fn announce(app: &App, sockets: &Sockets, config: &Config, path: &Path) -> io::Result<SocketAddr> {
    let (address, tls) = (sockets.public.local_addr()?, config.server.tls.is_some());
    Serving { address, tls }.leave(config, path);
    notice::ready(address);
    let model = app.first_live_model();
    let greeting = Greeting {
        address,
        admin: sockets.admin.as_ref().map(TcpListener::local_addr).transpose()?,
        server: &config.server,
        model: model.as_deref(),
    };
    // A closed stdout is no reason to stop serving.
    let _ = write!(io::stdout(), "{greeting}");
    Ok(address)
}

/// Checks that clients may be served on `listen` before anyone can connect to it.
fn check_exposure(loaded: &Loaded, listen: SocketAddr) -> Result<(), Faults> {
    let Err(exposure) = loaded.config.server.may_listen(listen) else {
        return Ok(());
    };
    let fault = loaded.fault_at(&["server", "auth"], exposure.problem(), exposure.remedy());
    Err(Faults(vec![fault]))
}

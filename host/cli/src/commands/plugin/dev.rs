//! `plugin dev`: builds, tests and installs a plugin whenever a file of it changes.

mod round;
mod sources;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use jackfield_config::{Faults, ProcessEnvironment};

use self::round::Round;
use self::sources::Sources;
use crate::commands::{ServeArguments, serve};

/// How often the files are looked at.
const LOOK: Duration = Duration::from_millis(50);

/// The arguments of `plugin dev`.
#[derive(Debug, clap::Args)]
pub(crate) struct DevArguments {
    /// The plugin's folder.
    #[arg(default_value = ".", value_name = "DIR")]
    directory: PathBuf,
    /// Folder into which the component is put: the plugin folder of a gateway.
    #[arg(long, value_name = "DIR", required_unless_present = "config")]
    plugins: Option<PathBuf>,
    /// Configuration of a gateway, whose plugin folder is taken.
    #[arg(long, value_name = "PATH")]
    config: Option<PathBuf>,
    /// Also serve that configuration, and show the gateway's log.
    #[arg(long, requires = "config")]
    serve: bool,
    /// Do it once instead of waiting for changes.
    #[arg(long, conflicts_with = "serve")]
    once: bool,
}

/// Why development ended.
#[derive(Debug, thiserror::Error)]
pub(super) enum DevError {
    /// The configuration names no plugin folder.
    #[error("{0}")]
    Config(#[from] Faults),
    /// There is nothing to watch.
    #[error("{}: {source}", .directory.display())]
    Folder {
        /// The folder.
        directory: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The gateway did not start or did not end well; it has said why.
    #[error("the gateway failed")]
    Gateway,
    /// The only round failed; why has been printed.
    #[error("the plugin was not installed, or its cases failed")]
    Once,
}

/// Builds, tests and installs until it is killed. With `--serve`, this process is the gateway too, and ends with it.
///
/// # Errors
/// [`DevError`]. A plugin that does not compile is none: its author is at work.
pub(super) fn run(arguments: &DevArguments) -> Result<(), DevError> {
    let plugins = plugin_folder(arguments)?;
    let directory = arguments.directory.clone();
    let mut seen = look(&directory)?;
    let sound = Round::begin(&directory, &plugins).run();
    if arguments.once {
        return if sound { Ok(()) } else { Err(DevError::Once) };
    }
    seen.note_lock(&directory);
    eprintln!("watching {}; stop with Ctrl-C", directory.display());
    match &arguments.config {
        Some(config) if arguments.serve => {
            let served = ServeArguments::of(config.clone(), plugins.clone());
            thread::spawn(move || watch(&directory, &plugins, seen));
            let ended = serve::run(served);
            if ended == ExitCode::SUCCESS {
                Ok(())
            } else {
                Err(DevError::Gateway)
            }
        }
        _ => watch(&directory, &plugins, seen),
    }
}

/// Does a round after each change, until the folder is gone.
fn watch(directory: &Path, plugins: &Path, mut seen: Sources) -> Result<(), DevError> {
    loop {
        thread::sleep(LOOK);
        let now = look(directory)?;
        if now != seen {
            seen = now;
            Round::begin(directory, plugins).run();
            // What the build itself has written, such as Cargo.lock, is no change. What the author saved meanwhile is.
            seen.note_lock(directory);
        }
    }
}

fn look(directory: &Path) -> Result<Sources, DevError> {
    Sources::of(directory).map_err(|source| DevError::Folder {
        directory: directory.to_owned(),
        source,
    })
}

/// The folder that is named, or that of the configuration.
fn plugin_folder(arguments: &DevArguments) -> Result<PathBuf, DevError> {
    match (&arguments.plugins, &arguments.config) {
        (Some(folder), _) => Ok(folder.clone()),
        (None, Some(config)) => Ok(jackfield_config::load(config, &ProcessEnvironment)?.config.plugins.dir),
        (None, None) => Ok(PathBuf::from(".")),
    }
}

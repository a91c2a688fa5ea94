//! What every measurement stands on: the upstream, a folder for files, and the gateway that was built.

use std::env;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{self, Path, PathBuf};
use std::process::Command;

use rustix::process::{Resource, getrlimit, setrlimit};
use tempfile::TempDir;

use super::Built;
use super::gateway::Gateway;
use super::process::{Process, ProcessError};

/// The plugins that are measured.
const MEASURED: [&str; 2] = ["openai", "anthropic"];

/// The ground. Dropping it ends the upstream and removes the files.
#[derive(Debug)]
pub(super) struct Ground {
    /// Where the upstream listens.
    pub(super) upstream: SocketAddr,
    /// The gateway, if it is built.
    pub(super) gateway: Option<Gateway>,
    _upstream: Process,
    folder: TempDir,
}

// === impl Ground ===

impl Ground {
    /// Starts the upstream and looks for the gateway.
    ///
    /// # Errors
    /// If the upstream does not start.
    pub(super) fn set(built: &Built) -> Result<Self, ProcessError> {
        raise_file_limit();
        let this_program = env::current_exe()?;
        let (process, upstream) = start_role(&this_program, &["upstream"])?;
        Ok(Self {
            upstream,
            gateway: gateway(built, &this_program)?,
            _upstream: process,
            folder: tempfile::tempdir()?,
        })
    }

    /// Starts the bare proxy in front of the upstream.
    ///
    /// # Errors
    /// If it does not start.
    pub(super) fn start_bare(&self) -> Result<(Process, SocketAddr), ProcessError> {
        start_role(&env::current_exe()?, &["bare", &self.upstream.to_string()])
    }

    /// A folder of that name; it need not exist.
    pub(super) fn folder(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The gateway with a folder of plugins of its own, which has those that are measured and `more`.
    ///
    /// # Errors
    /// If it is not built, or a plugin is not.
    pub(super) fn gateway_with(&self, name: &str, more: &[&Path]) -> Result<Gateway, ProcessError> {
        let built = self.gateway.as_ref().ok_or(ProcessError::NotBuilt)?;
        let plugins = self.folder(name);
        fs::create_dir_all(&plugins)?;
        let measured = MEASURED.map(|plugin| built.plugins.join(plugin).with_extension("wasm"));
        for file in measured.iter().map(PathBuf::as_path).chain(more.iter().copied()) {
            fs::copy(file, plugins.join(file.file_name().unwrap_or_default()))?;
        }
        Ok(Gateway {
            program: built.program.clone(),
            plugins,
        })
    }
}

/// Starts this program as something that is called.
fn start_role(this_program: &Path, arguments: &[&str]) -> Result<(Process, SocketAddr), ProcessError> {
    let mut command = Command::new(this_program);
    command.args(arguments);
    Process::announced(command)
}

/// The gateway next to this program, and the plugins where `make build` puts them. The paths are absolute, because
/// the gateway runs in another folder. `None` if it is not built.
fn gateway(built: &Built, this_program: &Path) -> io::Result<Option<Gateway>> {
    let beside = || this_program.with_file_name("jackfield");
    let program = path::absolute(built.jackfield.clone().unwrap_or_else(beside))?;
    let folder = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/plugins");
    let plugins = path::absolute(built.plugins.clone().unwrap_or_else(folder))?;
    Ok(program.exists().then_some(Gateway { program, plugins }))
}

/// A thousand streams are two thousand connections in a gateway; what we start inherits the limit.
fn raise_file_limit() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // Where it is refused, opening the streams fails with a reason of its own.
    let _ = setrlimit(Resource::Nofile, limit);
}

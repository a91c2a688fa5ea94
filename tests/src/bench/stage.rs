//! What all rows share: the upstream, a folder for files, and the binaries that were found.

use std::env;
use std::io;
use std::net::SocketAddr;
use std::path::{self, Path};
use std::process::Command;

use rustix::process::{Resource, getrlimit, setrlimit};
use tempfile::TempDir;

use super::Options;
use super::gateway::{Adapter, Gateway, Isolation, Noted, Parameters, Running, Setup};
use super::nginx;
use super::process::{Process, ProcessError};

/// The stage. Dropping it ends the upstream and removes the files.
#[derive(Debug)]
pub(super) struct Stage {
    /// Where the upstream listens.
    pub(super) upstream: SocketAddr,
    /// Notes for readers of the results.
    pub(super) notes: Vec<String>,
    streams: u32,
    only: Option<String>,
    nginx: Option<&'static str>,
    gateway: Option<Gateway>,
    _upstream: Process,
    folder: TempDir,
}

// === impl Stage ===

impl Stage {
    /// Starts the upstream and looks for the programs.
    ///
    /// # Errors
    /// If the upstream, or a gateway that is there, does not start.
    pub(super) fn set(options: &Options) -> Result<Self, ProcessError> {
        raise_file_limit();
        let this_program = env::current_exe()?;
        let mut command = Command::new(&this_program);
        command.arg("upstream");
        let (process, upstream) = Process::announced(command)?;
        let mut stage = Self {
            upstream,
            notes: Vec::new(),
            streams: options.open_streams,
            only: options.only.clone(),
            nginx: nginx::find(),
            gateway: gateway(options, &this_program)?,
            _upstream: process,
            folder: tempfile::tempdir()?,
        };
        if stage.nginx.is_none() {
            stage.note("nginx is not installed: there is nothing to compare with.".to_owned());
        }
        stage.start_first()?;
        Ok(stage)
    }

    /// Whether that gateway was asked for, or what it is compared with.
    pub(super) fn wants(&self, setup: Setup) -> bool {
        let asked = |setup: Setup| {
            let only = self.only.as_deref();
            only.is_none_or(|word| setup.to_string().contains(word))
        };
        let compared = [
            Setup::with_accounts(),
            Setup::with_shaper(),
            Setup::noting(Noted::Nothing),
            Setup::noting(Noted::Traces),
            Setup::asked(Parameters::Unique),
            Setup::asked(Parameters::UniqueUnkept),
        ];
        let without = Setup::of(Adapter::Openai, Isolation::Request);
        asked(setup) || (setup == without && compared.into_iter().any(asked))
    }

    /// Starts nginx, if there is one.
    pub(super) fn start_nginx(&self) -> Result<Option<(Process, SocketAddr)>, ProcessError> {
        let folder = self.folder.path().join("nginx");
        let start = |program| nginx::start(program, &folder, self.upstream, self.streams);
        self.nginx.map(start).transpose()
    }

    /// Starts a gateway, if it is built.
    pub(super) fn start_gateway(&self, setup: Setup) -> Result<Option<Running>, ProcessError> {
        let Setup {
            adapter,
            isolation,
            accounts,
            shaped,
            noted,
            parameters,
        } = setup;
        let name = format!(
            "{}-{isolation}-{accounts}-{shaped}-{noted:?}-{parameters:?}",
            adapter.name()
        );
        let folder = self.folder.path().join(name);
        let cache = self.folder.path().join("cache");
        let start = |gateway: &Gateway| gateway.start(&folder, &cache, self.upstream, setup);
        self.gateway.as_ref().map(start).transpose()
    }

    /// A gateway that still has to compile its plugins holds the compiler's memory too. So the first start is measured
    /// separately, and the rows find the compiled plugins in the cache.
    fn start_first(&mut self) -> Result<(), ProcessError> {
        let first = Setup::of(Adapter::Openai, Isolation::Request);
        let Some(running) = self.start_gateway(first)? else {
            self.note("The gateway is not built: `make build` builds it.".to_owned());
            return Ok(());
        };
        if let Some(bytes) = running.process.resident_bytes() {
            self.note(format!(
                "A first start, which compiles the plugins, leaves {} MiB resident; \
                 the rows were started after it.",
                bytes >> 20
            ));
        }
        Ok(())
    }

    fn note(&mut self, note: String) {
        eprintln!("{note}");
        self.notes.push(note);
    }
}

/// The gateway next to this program, and the plugins where `make build` puts them. The paths are absolute, because
/// the gateway runs in another folder. `None` if it is not built.
fn gateway(options: &Options, this_program: &Path) -> io::Result<Option<Gateway>> {
    let beside = || this_program.with_file_name("jackfield");
    let program = path::absolute(options.jackfield.clone().unwrap_or_else(beside))?;
    let built = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/plugins");
    let plugins = path::absolute(options.plugins.clone().unwrap_or_else(built))?;
    Ok(program.exists().then_some(Gateway { program, plugins }))
}

/// A thousand streams are two thousand connections in a gateway; what we start inherits the limit.
fn raise_file_limit() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // Where it is refused, opening the streams fails with a reason of its own.
    let _ = setrlimit(Resource::Nofile, limit);
}

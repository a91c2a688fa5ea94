//! What the rows of the table share: which are wanted, and what runs beside the gateway.

use std::fs;
use std::net::SocketAddr;

use super::Options;
use super::gateway::{Adapter, Gateway, Isolation, Noted, Parameters, Running, Setup};
use super::ground::Ground;
use super::nginx;
use super::process::{Process, ProcessError};

/// The stage. Dropping it ends the upstream and removes the files.
#[derive(Debug)]
pub(super) struct Stage {
    /// The upstream, and where there is room for files.
    pub(super) ground: Ground,
    /// Notes for readers of the results.
    pub(super) notes: Vec<String>,
    streams: u32,
    only: Option<String>,
    nginx: Option<&'static str>,
}

// === impl Stage ===

impl Stage {
    /// Starts the upstream and looks for the programs.
    ///
    /// # Errors
    /// If the upstream, or a gateway that is there, does not start.
    pub(super) fn set(options: &Options) -> Result<Self, ProcessError> {
        let mut stage = Self {
            ground: Ground::set(&options.built)?,
            notes: Vec::new(),
            streams: options.open_streams,
            only: options.only.clone(),
            nginx: nginx::find(),
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
        let folder = self.ground.folder("nginx");
        let start = |program| nginx::start(program, &folder, self.ground.upstream, self.streams);
        self.nginx.map(start).transpose()
    }

    /// Starts a gateway, if it is built. What an earlier one with the same setup left is removed.
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
        let (folder, cache) = (self.ground.folder(&name), self.ground.folder("cache"));
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        let start = |gateway: &Gateway| gateway.start(&folder, &cache, self.ground.upstream, setup);
        self.ground.gateway.as_ref().map(start).transpose()
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

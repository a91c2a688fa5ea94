//! The gateway under measurement: its configuration and its start.

use std::fmt::{self, Display, Formatter};
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use super::accounts::{self, Accounts};
use super::process::{Process, ProcessError};

/// A built gateway.
#[derive(Clone, Debug)]
pub(super) struct Gateway {
    /// The program.
    pub(super) program: PathBuf,
    /// The folder of its plugins.
    pub(super) plugins: PathBuf,
}

/// A gateway that runs.
#[derive(Debug)]
pub(super) struct Running {
    /// Its process.
    pub(super) process: Process,
    /// Where it listens.
    pub(super) address: SocketAddr,
    /// The key that it requires, if any.
    pub(super) key: Option<String>,
}

/// What a gateway is configured for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Setup {
    /// What it calls the upstream through.
    pub(super) adapter: Adapter,
    /// Who shares an instance.
    pub(super) isolation: Isolation,
    /// Whether it has accounts.
    pub(super) accounts: Accounts,
    /// Whether the shaper `system-prompt` looks at each request.
    pub(super) shaped: bool,
    /// What is noted of each request.
    pub(super) noted: Noted,
    /// Whether requests are alike.
    pub(super) parameters: Parameters,
}

/// Whether requests are alike: what an adapter prepares is kept for those with the same parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parameters {
    /// They are.
    Same,
    /// Each has a `user` of its own, so what is kept never serves another.
    Unique,
    /// Each has a `user` of its own, and nothing is kept.
    UniqueUnkept,
}

/// What is noted of each request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Noted {
    /// Nothing but the log.
    Nothing,
    /// Metrics, as by default.
    Metrics,
    /// Metrics and a trace.
    Traces,
}

/// An adapter under measurement. The plugin, the provider and the model have the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Adapter {
    /// The upstream's dialect is the client's.
    Openai,
    /// Everything is translated.
    Anthropic,
}

/// Who shares an instance of a plugin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Isolation {
    /// Every call gets a fresh instance.
    Request,
    /// An instance serves one call after another.
    Shared,
}

// === impl Gateway ===

impl Gateway {
    /// Starts it in front of `upstream`, with its files in `folder`. Compiled plugins are cached in `cache`.
    ///
    /// # Errors
    /// If it does not start.
    pub(super) fn start(
        &self,
        folder: &Path,
        cache: &Path,
        upstream: SocketAddr,
        setup: Setup,
    ) -> Result<Running, ProcessError> {
        let mut config = self.config(cache, upstream, setup.isolation);
        if setup.shaped {
            let shaper = json!({ "plugin": "system-prompt", "settings": { "text": "Be concise, {{plan}}." } });
            config["shapers"] = json!({ "instructions": shaper });
        }
        if setup.parameters == Parameters::UniqueUnkept {
            config["plugins"]["keep_prepared"] = json!(false);
        }
        match setup.noted {
            Noted::Nothing => config["metrics"] = json!({ "enabled": false }),
            Noted::Metrics => {}
            Noted::Traces => {
                let traces =
                    json!({ "endpoint": format!("http://{upstream}/v1/traces"), "max_queued_requests": 100_000 });
                config["telemetry"] = json!({ "traces": traces });
            }
        }
        let key = match setup.accounts {
            Accounts::Off => None,
            Accounts::On => {
                accounts::configure(&mut config);
                Some(accounts::make_key(&self.program, &written(folder, &config)?)?)
            }
        };
        let running = self.serve(folder, &config)?;
        Ok(Running { key, ..running })
    }

    /// Starts it with that configuration, in `folder`, and waits until it listens.
    ///
    /// # Errors
    /// If it does not start.
    pub(super) fn serve(&self, folder: &Path, config: &Value) -> Result<Running, ProcessError> {
        let file = written(folder, config)?;
        let mut command = Command::new(&self.program);
        command
            .arg("serve")
            .arg("--config")
            .arg(&file)
            .args(["--listen", "127.0.0.1:0"]);
        let (process, address) = Process::announced(command)?;
        Ok(Running {
            process,
            address,
            key: None,
        })
    }

    /// As JSON, which is YAML. It differs from the defaults in three points: no keys, a log of errors only, and room
    /// for any number of streams.
    pub(super) fn config(&self, cache: &Path, upstream: SocketAddr, isolation: Isolation) -> Value {
        let base_url = format!("http://{upstream}/v1");
        let provider = |adapter| json!({ "adapter": adapter, "base_url": base_url, "api_key": "key" });
        let free = json!({ "input_per_million": 0, "output_per_million": 0 });
        let model = |provider| {
            let chain = json!([{ "provider": provider, "model": "upstream" }]);
            json!({ "pricing": free, "chain": chain })
        };
        json!({
            "server": { "auth": "off", "max_concurrent_requests": 1_000_000 },
            "log": { "level": "warn" },
            "storage": { "url": "none" },
            "plugins": {
                "dir": self.plugins,
                "cache_dir": cache,
                "isolation": isolation.to_string(),
            },
            "providers": { "openai": provider("openai"), "anthropic": provider("anthropic") },
            "models": { "openai": model("openai"), "anthropic": model("anthropic") },
        })
    }
}

/// Writes the configuration of a gateway that runs in `folder`; where it is.
///
/// # Errors
/// If it cannot be written.
pub(super) fn written(folder: &Path, config: &Value) -> io::Result<PathBuf> {
    fs::create_dir_all(folder)?;
    let file = folder.join("jackfield.yaml");
    put(&file, config.to_string().as_bytes())?;
    Ok(file)
}

/// Puts a file in its place in one step, so that nobody reads half of it.
///
/// # Errors
/// If it cannot be written.
pub(super) fn put(file: &Path, content: &[u8]) -> io::Result<()> {
    let aside = file.with_extension("new");
    fs::write(&aside, content)?;
    fs::rename(aside, file)
}

// === impl Setup ===

impl Setup {
    /// An adapter without accounts, which is measured first.
    pub(super) const fn of(adapter: Adapter, isolation: Isolation) -> Self {
        Self {
            adapter,
            isolation,
            accounts: Accounts::Off,
            shaped: false,
            noted: Noted::Metrics,
            parameters: Parameters::Same,
        }
    }

    /// The openai adapter with such requests, to show what is gained and lost by what it keeps.
    pub(super) const fn asked(parameters: Parameters) -> Self {
        Self {
            parameters,
            ..Self::of(Adapter::Openai, Isolation::Request)
        }
    }

    /// The same adapter without metrics, or with traces, to show what those cost.
    pub(super) const fn noting(noted: Noted) -> Self {
        Self {
            noted,
            ..Self::of(Adapter::Openai, Isolation::Request)
        }
    }

    /// The same adapter behind a shaper that adds instructions, to show what that costs.
    pub(super) const fn with_shaper() -> Self {
        Self {
            shaped: true,
            ..Self::of(Adapter::Openai, Isolation::Request)
        }
    }

    /// The same adapter with accounts, to show what they cost.
    pub(super) const fn with_accounts() -> Self {
        Self {
            accounts: Accounts::On,
            ..Self::of(Adapter::Openai, Isolation::Request)
        }
    }
}

impl Display for Setup {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (adapter, isolation) = (self.adapter.name(), self.isolation);
        write!(f, "{adapter} adapter, isolation {isolation}")?;
        if self.shaped {
            f.write_str(", system-prompt")?;
        }
        f.write_str(match self.noted {
            Noted::Nothing => ", metrics off",
            Noted::Metrics => "",
            Noted::Traces => ", traces on",
        })?;
        f.write_str(match self.parameters {
            Parameters::Same => "",
            Parameters::Unique => ", unique parameters",
            Parameters::UniqueUnkept => ", unique parameters, nothing kept",
        })?;
        match self.accounts {
            Accounts::Off => Ok(()),
            Accounts::On => f.write_str(", accounts on"),
        }
    }
}

// === impl Adapter ===

impl Adapter {
    /// Its name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Openai => "openai",
            Self::Anthropic => "anthropic",
        }
    }
}

// === impl Isolation ===

impl Display for Isolation {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Request => "request",
            Self::Shared => "shared",
        })
    }
}

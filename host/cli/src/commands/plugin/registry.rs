//! How the commands reach a registry: as the configuration says, or as the user on the command line.

use std::io;
use std::path::PathBuf;

use jackfield_config::{Faults, PluginsConfig, ProcessEnvironment, ProxyConfig, RegistryConfig, Secret};
use jackfield_gateway::sources::{Access, WebError};

use super::secret_key::{KeyError, password};

/// The arguments that say who asks.
#[derive(Debug, clap::Args)]
pub(crate) struct RegistryArguments {
    /// Configuration file or folder, whose `plugins.registries` says how the registry is reached.
    #[arg(long, value_name = "PATH")]
    config: Option<PathBuf>,
    /// User of the registry; overrides the configuration. The password, or a token in its place, is read from the
    /// terminal, or from stdin.
    #[arg(long, value_name = "USER")]
    username: Option<String>,
}

/// Why a registry cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum RegistryError {
    /// The configuration is at fault.
    #[error("{0}")]
    Config(#[from] Faults),
    /// The environment names a proxy that is none.
    #[error("{0} in the environment {1}; correct or unset it")]
    Proxy(&'static str, &'static str),
    /// There is no password.
    #[error("{0}")]
    Password(#[from] KeyError),
    /// The registry does not do it.
    #[error("{0}")]
    Web(#[from] WebError),
    /// The system does not.
    #[error("{0}")]
    Io(#[from] io::Error),
}

// === impl RegistryArguments ===

impl RegistryArguments {
    /// How `host` is reached.
    pub(super) fn access(&self, host: &str) -> Result<Access, RegistryError> {
        let mut plugins = match &self.config {
            Some(path) => jackfield_config::load(path, &ProcessEnvironment)?.config.plugins,
            None => PluginsConfig::default(),
        };
        let proxies = ProxyConfig::of_environment(&ProcessEnvironment);
        plugins.proxies = proxies.map_err(|(variable, problem)| RegistryError::Proxy(variable, problem))?;
        if let Some(username) = &self.username {
            let known = plugins.registries.remove(host).unwrap_or_default();
            let registry = RegistryConfig {
                username: Some(username.clone()),
                password: Some(Secret::new(password("password of the registry: ")?)),
                ..known
            };
            plugins.registries.insert(host.to_owned(), registry);
        }
        Ok(Access::of(&plugins, host))
    }
}

/// Runs one exchange with a registry to its end.
pub(super) fn run<T>(exchange: impl Future<Output = Result<T, WebError>>) -> Result<T, RegistryError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(exchange)?)
}

//! `plugin versions`: which contents of the plugins in a folder were in force, the newest first.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jackfield_config::{Config, Faults, ProcessEnvironment};
use jackfield_gateway::sources::{Store, Version, plugins, versions_in};

use crate::commands::arguments::{config_of_environment, plugins_of_environment};
use crate::commands::cache;
use crate::commands::table::Table;

/// The arguments that say which gateway's plugins are meant.
#[derive(Debug, clap::Args)]
pub(crate) struct GatewayArguments {
    /// Configuration file or folder. Default: `$JACKFIELD_CONFIG`.
    #[arg(long = "config", value_name = "PATH", required = config_of_environment().is_none(), default_value = config_of_environment(), hide_default_value = true)]
    config: PathBuf,
    /// Plugin folder; overrides `plugins.dir`. Default: `$JACKFIELD_PLUGINS`.
    #[arg(long, value_name = "DIR", default_value = plugins_of_environment(), hide_default_value = true)]
    plugins: Option<PathBuf>,
}

/// The plugins of one gateway, and what is kept of them.
pub(super) struct Kept {
    /// The configuration.
    pub(super) config: Config,
    /// The contents.
    pub(super) store: Store,
    /// The folder, without links.
    pub(super) folder: PathBuf,
}

// === impl GatewayArguments ===

impl GatewayArguments {
    /// Opens what that gateway keeps.
    pub(super) fn open(&self) -> Result<Kept, Faults> {
        let config = jackfield_config::load(&self.config, &ProcessEnvironment)?.config;
        let folder = self.plugins.clone().unwrap_or_else(|| config.plugins.dir.clone());
        Ok(Kept {
            store: Store::open(cache::plugins(&config.plugins)),
            folder: fs::canonicalize(&folder).unwrap_or(folder),
            config,
        })
    }
}

// === impl Kept ===

impl Kept {
    /// The versions of a plugin that were in force in this folder or came from a source, the newest first.
    pub(super) fn versions(&self, plugin: &str) -> Vec<Version> {
        versions_in(&self.store, plugin, &self.folder)
    }
}

/// Prints the versions of one plugin, or of all.
///
/// # Errors
/// If the configuration is at fault.
pub(super) fn run(plugin: Option<&str>, gateway: &GatewayArguments) -> Result<(), Faults> {
    let kept = gateway.open()?;
    let names = plugin.map_or_else(|| plugins(&kept.store), |name| vec![name.to_owned()]);
    let mut table = Table::of_text(["PLUGIN", "VERSION", "SHA256", "IN FORCE SINCE", "FROM"]);
    for name in names {
        for version in kept.versions(&name) {
            let since = ago(version.at, SystemTime::now());
            table.row([name.clone(), version.version, version.sha256, since, version.from]);
        }
    }
    print!("{table}");
    Ok(())
}

/// How long ago a time is, in its largest unit.
fn ago(at: u64, now: SystemTime) -> String {
    let then = UNIX_EPOCH + Duration::from_secs(at);
    let seconds = now.duration_since(then).unwrap_or_default().as_secs();
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..86_400 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_told_in_its_largest_unit() {
        let now = UNIX_EPOCH + Duration::from_secs(1_000_000);
        let told = [1_000_001, 999_941, 999_940, 996_400, 913_600].map(|at| ago(at, now));
        assert_eq!(told, ["0 s", "59 s", "1 min", "1 h", "1 d"]);
    }
}

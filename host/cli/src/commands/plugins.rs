//! What the commands ask of the sandbox: a plugin's manifest, and what shows only with the plugins.

use std::path::{Path, PathBuf};

use jackfield_config::{Fault, Loaded, PluginsConfig, ProcessEnvironment};
use jackfield_gateway::{Builder, Places, Probe, builder};
use jackfield_sandbox::{CodeCache, Engine, LoadError, Loaded as LoadedPlugin, Ticker};

use super::cache;

/// What a later stage of the check found: lines for the summary, and faults.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// What to tell about things that are in order.
    pub(super) lines: Vec<String>,
    /// What is not.
    pub(super) faults: Vec<Fault>,
}

/// The manifest of a plugin file as indented JSON, or why it cannot be loaded.
pub(super) fn describe(file: &Path) -> Result<String, String> {
    let manifest = match load(file)? {
        LoadedPlugin::Adapter(plugin) => serde_json::to_string_pretty(&plugin.manifest),
        LoadedPlugin::Shaper(shaper) => serde_json::to_string_pretty(&shaper.manifest),
    };
    manifest.map_err(|error| error.to_string())
}

/// A plugin file, or why it cannot be loaded.
pub(super) fn load(file: &Path) -> Result<LoadedPlugin, String> {
    let loaded = || -> Result<LoadedPlugin, LoadError> {
        let engine = Engine::new()?;
        let _ticker = Ticker::start(&engine);
        let limits = |name: &str| PluginsConfig::default().limits_for(name);
        let cache = cache::default_cache().and_then(|folder| CodeCache::open(&folder).ok());
        LoadedPlugin::load_file(&engine, &cache.unwrap_or_default(), file, limits)
    };
    loaded().map_err(|error| format!("{error}; {}", error.remedy()))
}

/// The faults of a configuration that show only against its plugins. If `online`, plugins are fetched that are not kept
/// yet; else what needs them is not checked, and that is told.
pub(super) fn findings(config: &Path, plugins_dir: Option<PathBuf>, loaded: &Loaded, online: bool) -> Findings {
    let mut findings = Findings::default();
    let engine = match Engine::new() {
        Ok(engine) => engine,
        Err(error) => {
            findings.faults.push(no_engine(loaded, &error));
            return findings;
        }
    };
    let _ticker = Ticker::start(&engine);
    let builder = builder(engine, places(config, plugins_dir, loaded));
    if online {
        match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime.block_on(builder.fetch(loaded)),
            Err(error) => findings.lines.push(format!("nothing can be fetched: {error}")),
        }
    } else {
        let unfetched = builder.unfetched(loaded).into_iter();
        let line = |name: String| {
            format!(
                "plugins.sources: `{name}` has not been fetched, so what needs it is not checked; --online fetches it"
            )
        };
        findings.lines.extend(unfetched.map(line));
    }
    findings.faults.extend(builder.check(loaded));
    findings
}

/// Calls the providers of a configuration without faults: one line for each that answers, one fault for each that does
/// not.
pub(super) fn online(config: &Path, plugins_dir: Option<PathBuf>, loaded: &Loaded) -> Findings {
    let mut findings = Findings::default();
    let probes = with_builder(config, plugins_dir, loaded, async |builder| builder.probe(loaded).await);
    match probes {
        Ok(probes) => probes.iter().for_each(|probe| findings.add(loaded, probe)),
        Err(problem) => findings
            .faults
            .push(loaded.fault_at(&[], problem, "run it on another machine")),
    }
    findings
}

/// Runs `work` with what builds snapshots of this configuration, on a runtime of its own; or says why that cannot be.
pub(super) fn with_builder<T>(
    config: &Path,
    plugins_dir: Option<PathBuf>,
    loaded: &Loaded,
    work: impl AsyncFnOnce(&Builder) -> T,
) -> Result<T, String> {
    let engine = Engine::new().map_err(|error| error.to_string())?;
    let _ticker = Ticker::start(&engine);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let builder = builder(engine, places(config, plugins_dir, loaded));
    Ok(runtime.block_on(work(&builder)))
}

// === impl Findings ===

impl Findings {
    /// Adds what another stage found.
    pub(super) fn extend(&mut self, more: Self) {
        self.lines.extend(more.lines);
        self.faults.extend(more.faults);
    }

    fn add(&mut self, loaded: &Loaded, probe: &Probe) {
        let Probe {
            provider,
            key,
            url,
            outcome,
        } = probe;
        let key = key.map_or_else(String::new, |key| format!(" (key {key})"));
        match outcome {
            Ok(reached) => self.lines.push(format!("providers.{provider}{key}: {url} {reached}")),
            Err(error) => {
                let path = ["providers", provider, "base_url"];
                let problem = format!("{url} does not answer: {error}");
                let remedy = "check the URL, the network between here and there, and the upstream";
                self.faults.push(loaded.fault_at(&path, problem, remedy));
            }
        }
    }
}

fn no_engine(loaded: &Loaded, error: &LoadError) -> Fault {
    let remedy = "run it on a platform that wasmtime supports";
    loaded.fault_at(&["plugins"], error.to_string(), remedy)
}

fn places(config: &Path, plugins_dir: Option<PathBuf>, loaded: &Loaded) -> Places {
    Places {
        config: config.to_owned(),
        plugins_dir,
        listen: None,
        code_cache: cache::code_at_hand(&loaded.config.plugins),
        shipped_code: cache::shipped(),
        plugin_store: cache::plugins(&loaded.config.plugins),
        environment: Box::new(ProcessEnvironment),
        rehearsal: None,
    }
}

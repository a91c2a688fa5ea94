//! What the commands ask of the sandbox: a plugin's manifest, and the faults that show only against the plugins.

use std::path::{Path, PathBuf};

use jackfield_config::{Fault, Loaded, PluginsConfig, ProcessEnvironment};
use jackfield_gateway::{Places, builder};
use jackfield_sandbox::{CodeCache, Engine, LoadError, Plugin, Ticker};

/// The manifest of a plugin file as indented JSON, or why it cannot be loaded.
pub(super) fn describe(file: &Path) -> Result<String, String> {
    let loaded = || -> Result<Plugin, LoadError> {
        let engine = Engine::new()?;
        let _ticker = Ticker::start(&engine);
        let limits = |name: &str| PluginsConfig::default().limits_for(name);
        Plugin::load_file(&engine, &CodeCache::disabled(), file, limits)
    };
    let plugin = loaded().map_err(|error| format!("{error}; {}", error.remedy()))?;
    serde_json::to_string_pretty(&plugin.manifest).map_err(|error| error.to_string())
}

/// The faults of a configuration that show only against its plugins.
pub(super) fn faults(config: &Path, plugins_dir: Option<PathBuf>, loaded: &Loaded) -> Vec<Fault> {
    let engine = match Engine::new() {
        Ok(engine) => engine,
        Err(error) => {
            let remedy = "run it on a platform that wasmtime supports";
            return vec![loaded.fault_at(&["plugins"], error.to_string(), remedy)];
        }
    };
    let _ticker = Ticker::start(&engine);
    let places = Places {
        config: config.to_owned(),
        plugins_dir,
        listen: None,
        code_cache: None,
        environment: Box::new(ProcessEnvironment),
    };
    builder(engine, places).check(loaded)
}

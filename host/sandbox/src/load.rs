//! From a file's bytes to a plugin that can be called.

use std::path::Path;
use std::sync::{Arc, Mutex};

use sha2::{Digest, Sha256};
use wasmtime::component::{Component, HasSelf, Linker};

use super::bindings::{AdapterPlugin, AdapterPluginPre};
use super::call::Instance;
use super::identity::{check_exports, check_preamble, imports_wasi};
use super::store::State;
use super::{CodeCache, Engine, LoadError, Manifest, wasi};
use jackfield_config::PluginLimits;

/// A compiled plugin, ready to be instantiated. Immutable; shared by the snapshots that use it.
pub struct Plugin {
    /// What it says of itself.
    pub manifest: Manifest,
    /// Hash of the file, in hexadecimal.
    pub sha256: String,
    /// The limits of each call.
    pub limits: PluginLimits,
    pub(super) name: Arc<str>,
    pub(super) engine: Engine,
    pub(super) pre: AdapterPluginPre<State>,
    pub(super) uses_wasi: bool,
    /// Instances that wait for their next call; used only under `isolation: shared`.
    pub(super) idle: Mutex<Vec<Instance>>,
}

// === impl Plugin ===

impl Plugin {
    /// Compiles `bytes` (or takes the compiled form from `cache`), links it and asks for its manifest.
    /// `limits` is asked with the plugin's name once that is known. Takes up to seconds of CPU: not for
    /// the async threads.
    ///
    /// # Errors
    /// Everything that [`LoadError`] names.
    pub fn load(
        engine: &Engine,
        cache: &CodeCache,
        bytes: &[u8],
        limits: impl Fn(&str) -> PluginLimits,
    ) -> Result<Self, LoadError> {
        check_preamble(bytes)?;
        let sha256 = sha256(bytes);
        let component = match cache.load(engine, &sha256) {
            Some(component) => component,
            None => compile(engine, cache, bytes, &sha256)?,
        };
        check_exports(engine.wasmtime(), &component)?;
        let uses_wasi = imports_wasi(engine.wasmtime(), &component);
        let pre = link(engine, &component, uses_wasi)?;
        let mut plugin = Self {
            manifest: Manifest::unnamed(),
            sha256,
            limits: limits(""),
            name: Arc::from("(unnamed)"),
            engine: engine.clone(),
            pre,
            uses_wasi,
            idle: Mutex::default(),
        };
        let manifest = plugin.describe().map_err(LoadError::Describe)?;
        plugin.manifest = Manifest::parse(&manifest)?;
        plugin.limits = limits(&plugin.manifest.name);
        plugin.name = Arc::from(plugin.manifest.name.as_str());
        Ok(plugin)
    }

    /// Reads and loads a file.
    ///
    /// # Errors
    /// As [`Plugin::load`], and [`LoadError::Read`].
    pub fn load_file(
        engine: &Engine,
        cache: &CodeCache,
        path: &Path,
        limits: impl Fn(&str) -> PluginLimits,
    ) -> Result<Self, LoadError> {
        let bytes = std::fs::read(path).map_err(|error| LoadError::Read(error.to_string()))?;
        Self::load(engine, cache, &bytes, limits)
    }
}

impl std::fmt::Debug for Plugin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Plugin({} {})", self.manifest.name, self.manifest.version)
    }
}

fn compile(engine: &Engine, cache: &CodeCache, bytes: &[u8], sha256: &str) -> Result<Component, LoadError> {
    let component =
        Component::from_binary(engine.wasmtime(), bytes).map_err(|error| LoadError::Compile(innermost(&error)))?;
    cache.store(engine, sha256, &component);
    Ok(component)
}

fn link(engine: &Engine, component: &Component, uses_wasi: bool) -> Result<AdapterPluginPre<State>, LoadError> {
    let mut linker = Linker::new(engine.wasmtime());
    let ready = AdapterPlugin::add_to_linker::<_, HasSelf<_>>(&mut linker, |state| state)
        .and_then(|()| if uses_wasi { wasi::link(&mut linker) } else { Ok(()) })
        .and_then(|()| linker.instantiate_pre(component))
        .and_then(AdapterPluginPre::new);
    ready.map_err(|error| LoadError::Link(innermost(&error)))
}

fn innermost(error: &wasmtime::Error) -> String {
    error.root_cause().to_string()
}

fn sha256(bytes: &[u8]) -> String {
    use std::fmt::Write;
    Sha256::digest(bytes)
        .iter()
        .fold(String::with_capacity(64), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

//! From a file's bytes to a plugin that can be called.

use std::fmt::{self, Debug, Formatter};
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jackfield_config::PluginLimits;
use sha2::{Digest, Sha256};
use wasmtime::component::{Component, HasSelf, Linker};

use crate::bindings::{AdapterPlugin, AdapterPluginPre};
use crate::identity::{check_exports, check_preamble, imports_wasi};
use crate::instance::Instances;
use crate::store::State;
use crate::{Censor, CodeCache, Engine, LoadError, Manifest, RequestText, wasi};

/// The name of a plugin until its manifest has been read.
const UNNAMED: &str = "(unnamed)";

/// The least that `describe` may take.
const DESCRIBE_DEADLINE: Duration = Duration::from_secs(2);

/// A compiled plugin, ready to be called. Immutable; shared by the snapshots that use it.
pub struct Plugin {
    /// The plugin's description of itself.
    pub manifest: Manifest,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
    /// The limits of each call.
    pub limits: PluginLimits,
    pub(crate) instances: Instances,
}

// === impl Plugin ===

impl Plugin {
    /// Compiles `bytes` (or takes the compiled form from `cache`), links the component and reads its manifest. `limits`
    /// maps a plugin's name to its limits; the empty name stands for the limits of `describe`, when the name is not known
    /// yet. Takes up to seconds of CPU: do not call it on async threads.
    ///
    /// # Errors
    /// [`LoadError`], except [`LoadError::Read`].
    pub fn load(
        engine: &Engine,
        cache: &CodeCache,
        bytes: &[u8],
        limits: impl Fn(&str) -> PluginLimits,
    ) -> Result<Self, LoadError> {
        check_preamble(bytes)?;
        let sha256 = format!("{:x}", Sha256::digest(bytes));
        let component = match cache.load(engine, &sha256) {
            Some(component) => component,
            None => compile(engine, cache, bytes, &sha256)?,
        };
        check_exports(engine.wasmtime(), &component)?;
        let uses_wasi = imports_wasi(engine.wasmtime(), &component);
        let pre = link(engine, &component, uses_wasi)?;
        let instances = Instances::new(engine, pre, uses_wasi, UNNAMED, patient(limits("")));
        let manifest = instances
            .call(
                &RequestText::default(),
                patient(limits("")).deadline,
                |adapter, store| adapter.call_describe(store),
            )
            .map_err(LoadError::Describe)?;
        let manifest = Manifest::parse(&manifest)?;
        let limits = limits(&manifest.name);
        Ok(Self {
            instances: instances.renamed(&manifest.name, limits),
            manifest,
            sha256,
            limits,
        })
    }

    /// The same plugin with other limits.
    #[must_use]
    pub fn with_limits(&self, limits: PluginLimits) -> Self {
        Self {
            manifest: self.manifest.clone(),
            sha256: self.sha256.clone(),
            instances: self.instances.renamed(&self.manifest.name, limits),
            limits,
        }
    }

    /// The same plugin and the same instances, whose log lines pass `censor`.
    #[must_use]
    pub fn censored_by(&self, censor: Arc<dyn Censor>) -> Self {
        Self {
            manifest: self.manifest.clone(),
            sha256: self.sha256.clone(),
            instances: self.instances.censored_by(censor),
            limits: self.limits,
        }
    }

    /// Reads a file and loads it as [`Plugin::load`] does.
    ///
    /// # Errors
    /// [`LoadError`].
    pub fn load_file(
        engine: &Engine,
        cache: &CodeCache,
        path: &Path,
        limits: impl Fn(&str) -> PluginLimits,
    ) -> Result<Self, LoadError> {
        let bytes = fs::read(path).map_err(|error| LoadError::Read(error.to_string()))?;
        Self::load(engine, cache, &bytes, limits)
    }
}

impl Debug for Plugin {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "Plugin({} {})", self.manifest.name, self.manifest.version)
    }
}

/// The limits of `describe`. No request waits for it, and it often runs while the machine is busy compiling: with the
/// deadline of a request's call, a sound plugin might be refused.
fn patient(limits: PluginLimits) -> PluginLimits {
    PluginLimits {
        deadline: limits.deadline.max(DESCRIBE_DEADLINE),
        ..limits
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

//! A component that compiled: which contract it was built for, and its link to the host.

use std::sync::Arc;
use std::time::Duration;

use jackfield_config::PluginLimits;
use wasmtime::component::{Component, Linker};

use crate::identity::{Contract, Kind, check_preamble, contract, foreign_imports, imports_wasi};
use crate::instance::Instances;
use crate::store::State;
use crate::worlds::World;
use crate::{CodeCache, Engine, LoadError, Pace, RequestText, wasi};

/// The name of a plugin until its manifest has been read.
const UNNAMED: &str = "(unnamed)";

/// The least that `describe` may take.
const DESCRIBE_DEADLINE: Duration = Duration::from_secs(2);

/// A component that compiled and whose contract is known.
pub(super) struct Compiled<'a> {
    engine: &'a Engine,
    component: Component,
    contract: Contract,
    uses_wasi: bool,
}

// === impl Compiled ===

impl<'a> Compiled<'a> {
    /// Compiles `bytes`, whose hash this is, or takes the compiled form from `cache`.
    ///
    /// # Errors
    /// If it is no component of this contract.
    pub(super) fn new(engine: &'a Engine, cache: &CodeCache, bytes: &[u8], sha256: &str) -> Result<Self, LoadError> {
        check_preamble(bytes)?;
        let component = match cache.load(engine, sha256) {
            Some(component) => component,
            None => compile(engine, cache, bytes, sha256)?,
        };
        Self::of(engine, component)
    }

    /// What `cache` has of the component with this hash.
    pub(super) fn cached(engine: &'a Engine, cache: &CodeCache, sha256: &str) -> Option<Self> {
        Self::of(engine, cache.load(engine, sha256)?).ok()
    }

    fn of(engine: &'a Engine, component: Component) -> Result<Self, LoadError> {
        Ok(Self {
            contract: contract(engine.wasmtime(), &component)?,
            uses_wasi: imports_wasi(engine.wasmtime(), &component),
            engine,
            component,
        })
    }

    /// What kind of plugin it is.
    pub(super) fn kind(&self) -> Kind {
        self.contract.kind
    }

    /// Links the component and asks it for its manifest.
    pub(super) fn describe<W: World>(&self, limits: PluginLimits) -> Result<(Instances<W>, Vec<u8>), LoadError> {
        let limits = patient(limits);
        let instances: Instances<W> = Instances::new(self.engine, self.link::<W>()?, self.uses_wasi, UNNAMED, limits);
        let manifest = instances
            .call(&RequestText::default(), None, limits.deadline, W::describe)
            .map_err(LoadError::Describe)?;
        Ok((instances, manifest))
    }

    /// The pace of everything that has this content.
    pub(super) fn pace(&self, name: &str, sha256: &str) -> Arc<Pace> {
        self.engine.pace(name, sha256, self.uses_wasi)
    }

    fn link<W: World>(&self) -> Result<W::Pre, LoadError> {
        let foreign = foreign_imports(self.engine.wasmtime(), &self.component);
        if !foreign.is_empty() {
            return Err(LoadError::Imports(foreign.join(", ")));
        }
        let mut linker = Linker::<State>::new(self.engine.wasmtime());
        let ready = W::link(&mut linker)
            .and_then(|()| {
                if self.uses_wasi {
                    wasi::link(&mut linker)
                } else {
                    Ok(())
                }
            })
            .and_then(|()| linker.instantiate_pre(&self.component))
            .and_then(W::find);
        ready.map_err(|error| self.contract.does_not_link(innermost(&error)))
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
    let component = engine.compile(bytes).map_err(|error| match error {
        LoadError::Compile(reason) => does_not_compile(reason),
        other => other,
    })?;
    cache.store(engine, sha256, &component);
    // What the cache maps takes less memory.
    Ok(cache.load(engine, sha256).unwrap_or(component))
}

/// Why a component does not compile. Wasmtime has no type for what it was not configured for, only words.
fn does_not_compile(reason: String) -> LoadError {
    if reason.contains("component model async") {
        LoadError::Async(reason)
    } else {
        LoadError::Compile(reason)
    }
}

fn innermost(error: &wasmtime::Error) -> String {
    error.root_cause().to_string()
}

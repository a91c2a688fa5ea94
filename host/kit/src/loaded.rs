//! A plugin's file, loaded as what it is: an adapter or a shaper.

use std::path::Path;
use std::sync::Arc;

use jackfield_config::PluginLimits;
use jackfield_sandbox::{CodeCache, Engine, LoadError, Loaded, ShaperPlugin, Ticker};

use crate::golden::{self, Ran};
use crate::sandboxed::{Sandboxed, asks_for_facts, default_limits, patient};
use crate::shaping;

/// A plugin of either kind.
#[expect(
    clippy::large_enum_variant,
    reason = "there is one of them, for as long as a command runs"
)]
pub enum AnyPlugin {
    /// An adapter.
    Adapter(Sandboxed),
    /// A shaper.
    Shaper(SandboxedShaper),
}

/// A loaded shaper, and the clock that ends its calls.
pub struct SandboxedShaper {
    /// The plugin.
    pub shaper: ShaperPlugin,
    /// Whether it may ask for what differs from one request to the next.
    pub asks_for_facts: bool,
    ticker: Arc<Ticker>,
}

// === impl AnyPlugin ===

impl AnyPlugin {
    /// Loads a plugin's file, with the limits of a gateway that says nothing about them.
    ///
    /// # Errors
    /// As [`Loaded::load`].
    pub fn load(file: &Path, cache: &CodeCache) -> Result<Self, LoadError> {
        let bytes = std::fs::read(file).map_err(|error| LoadError::Read(error.to_string()))?;
        let engine = Engine::hurried()?;
        let ticker = Ticker::start(&engine);
        Ok(match Loaded::load(&engine, cache, &bytes, default_limits)? {
            Loaded::Adapter(plugin) => Self::Adapter(Sandboxed::new(plugin, &bytes, ticker)),
            Loaded::Shaper(shaper) => Self::Shaper(SandboxedShaper {
                shaper,
                asks_for_facts: asks_for_facts(&bytes),
                ticker: Arc::new(ticker),
            }),
        })
    }

    /// Its name and version, as its manifest says.
    pub fn about(&self) -> (&str, &str) {
        match self {
            Self::Adapter(adapter) => (&adapter.plugin.manifest.name, &adapter.plugin.manifest.version),
            Self::Shaper(shaper) => (&shaper.shaper.manifest.name, &shaper.shaper.manifest.version),
        }
    }

    /// Runs the golden cases of a folder, as [`golden::run`](crate::golden::run) does.
    pub fn run_cases(&self, folder: &Path, accept: bool) -> Vec<Ran> {
        match self {
            Self::Adapter(adapter) => golden::run(&adapter.patient(), folder, accept),
            Self::Shaper(shaper) => shaping::run(&shaper.patient().shaper, folder, accept),
        }
    }
}

// === impl SandboxedShaper ===

impl SandboxedShaper {
    /// The same plugin, whose calls may take as long as they like.
    #[must_use]
    pub fn patient(&self) -> Self {
        self.limited(patient(self.shaper.limits))
    }

    /// The same plugin with other limits.
    #[must_use]
    pub fn limited(&self, limits: PluginLimits) -> Self {
        Self {
            shaper: self.shaper.with_limits(limits),
            asks_for_facts: self.asks_for_facts,
            ticker: Arc::clone(&self.ticker),
        }
    }
}

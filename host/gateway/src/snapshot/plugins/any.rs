//! What a plugin file holds: an adapter or a shaper.

use std::sync::Arc;

use jackfield_config::{Config, PluginLimits, PluginsConfig};
use jackfield_sandbox::{AdapterPlugin, Loaded, Pace, ShaperPlugin, StrainReport};

/// A plugin of any kind.
#[derive(Debug, Clone)]
pub(crate) enum AnyPlugin {
    /// An adapter.
    Adapter(Arc<AdapterPlugin>),
    /// A shaper.
    Shaper(Arc<ShaperPlugin>),
}

// === impl AnyPlugin ===

impl From<Loaded> for AnyPlugin {
    fn from(loaded: Loaded) -> Self {
        match loaded {
            Loaded::Adapter(plugin) => Self::Adapter(Arc::new(plugin)),
            Loaded::Shaper(shaper) => Self::Shaper(Arc::new(shaper)),
        }
    }
}

impl AnyPlugin {
    /// The name in its manifest.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Adapter(plugin) => &plugin.manifest.name,
            Self::Shaper(shaper) => &shaper.manifest.name,
        }
    }

    /// The version in its manifest.
    pub(crate) fn version(&self) -> &str {
        match self {
            Self::Adapter(plugin) => &plugin.manifest.version,
            Self::Shaper(shaper) => &shaper.manifest.version,
        }
    }

    /// What it is: `adapter` or `shaper`.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Adapter(_) => "adapter",
            Self::Shaper(_) => "shaper",
        }
    }

    /// SHA-256 of its file, in hexadecimal.
    pub(crate) fn sha256(&self) -> &str {
        match self {
            Self::Adapter(plugin) => &plugin.sha256,
            Self::Shaper(shaper) => &shaper.sha256,
        }
    }

    /// The limits of each call.
    pub(crate) fn limits(&self) -> PluginLimits {
        match self {
            Self::Adapter(plugin) => plugin.limits,
            Self::Shaper(shaper) => shaper.limits,
        }
    }

    /// Where its calls run.
    pub(crate) fn pace(&self) -> &Pace {
        match self {
            Self::Adapter(plugin) => &plugin.pace,
            Self::Shaper(shaper) => &shaper.pace,
        }
    }

    /// What its calls have needed.
    pub(crate) fn strains(&self) -> StrainReport {
        match self {
            Self::Adapter(plugin) => plugin.strains(),
            Self::Shaper(shaper) => shaper.strains(),
        }
    }

    /// The adapter, if it is one.
    pub(crate) fn adapter(&self) -> Option<&Arc<AdapterPlugin>> {
        match self {
            Self::Adapter(plugin) => Some(plugin),
            Self::Shaper(_) => None,
        }
    }

    /// The shaper, if it is one.
    pub(crate) fn shaper(&self) -> Option<&Arc<ShaperPlugin>> {
        match self {
            Self::Shaper(shaper) => Some(shaper),
            Self::Adapter(_) => None,
        }
    }

    /// Whether a configuration names it.
    pub(crate) fn is_named_by(&self, config: &Config) -> bool {
        let name = self.name();
        match self {
            Self::Adapter(_) => config.providers.values().any(|provider| provider.adapter == name),
            Self::Shaper(_) => {
                let mut shapers = config.shapers.values();
                shapers.any(|shaper| shaper.plugin.as_deref() == Some(name))
            }
        }
    }

    /// Whether its code is there.
    pub(super) fn has_code(&self) -> bool {
        match self {
            Self::Adapter(plugin) => plugin.has_code(),
            Self::Shaper(shaper) => shaper.has_code(),
        }
    }

    /// The plugin without its code.
    pub(super) fn at_rest(&self) -> Self {
        match self {
            Self::Adapter(plugin) => Self::Adapter(Arc::new(plugin.at_rest())),
            Self::Shaper(shaper) => Self::Shaper(Arc::new(shaper.at_rest())),
        }
    }

    /// The plugin with the limits that this configuration sets for it.
    pub(super) fn within_limits(&self, config: &PluginsConfig) -> Self {
        let limits = config.limits_for(self.name());
        match self {
            _ if self.limits() == limits => self.clone(),
            Self::Adapter(plugin) => Self::Adapter(Arc::new(plugin.with_limits(limits))),
            Self::Shaper(shaper) => Self::Shaper(Arc::new(shaper.with_limits(limits))),
        }
    }
}

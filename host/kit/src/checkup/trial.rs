//! What every examination needs, of an adapter and of a shaper: a plugin under other limits, and calls to make of it.

use std::time::Duration;

use jackfield_config::PluginLimits;

use crate::loaded::SandboxedShaper;
use crate::sandboxed::{Fault, Sandboxed};

/// A loaded plugin of either kind.
pub(super) trait Subject: Sized {
    /// The limits of its calls.
    fn limits(&self) -> PluginLimits;

    /// The same plugin with other limits.
    fn limited(&self, limits: PluginLimits) -> Self;

    /// Whether it may ask for what differs from one request to the next.
    fn asks_for_facts(&self) -> bool;
}

/// One call, and all it needs.
pub(super) trait Trial {
    /// The kind of plugin that is called.
    type Plugin: Subject;

    /// What it shows: a sample's name, or a case's file.
    fn name(&self) -> &str;

    /// The function that is called.
    fn function(&self) -> &'static str;

    /// What goes into the sandbox at most, in bytes.
    fn bytes(&self) -> usize;

    /// Makes the call once, and tells the time that it took. Its outcome is text, and its failure is an outcome too.
    ///
    /// # Errors
    /// The sandbox's error.
    fn timed(&self, plugin: &Self::Plugin) -> (Duration, Result<String, Fault>);

    /// The same without the time.
    ///
    /// # Errors
    /// The sandbox's error.
    fn make(&self, plugin: &Self::Plugin) -> Result<String, Fault> {
        self.timed(plugin).1
    }
}

impl Subject for Sandboxed {
    fn limits(&self) -> PluginLimits {
        self.plugin.limits
    }

    fn limited(&self, limits: PluginLimits) -> Self {
        Self::limited(self, limits)
    }

    fn asks_for_facts(&self) -> bool {
        self.asks_for_facts
    }
}

impl Subject for SandboxedShaper {
    fn limits(&self) -> PluginLimits {
        self.shaper.limits
    }

    fn limited(&self, limits: PluginLimits) -> Self {
        Self::limited(self, limits)
    }

    fn asks_for_facts(&self) -> bool {
        self.asks_for_facts
    }
}

//! The one place where the configuration sees the environment of the process.

use std::collections::BTreeMap;

/// Where `${env:NAME}` looks. A parameter, so that tests need not touch the process.
pub trait Environment {
    /// The variable's value, if it is set and is Unicode.
    fn var(&self, name: &str) -> Option<String>;
}

/// The environment of this process.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProcessEnvironment;

// === impl ProcessEnvironment ===

impl Environment for ProcessEnvironment {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the place that everyone else is sent to"
    )]
    fn var(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }
}

// === impl BTreeMap ===

/// A fixed environment, for tests and for embedders.
impl Environment for BTreeMap<String, String> {
    fn var(&self, name: &str) -> Option<String> {
        self.get(name).cloned()
    }
}

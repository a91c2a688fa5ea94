//! The only access to the environment variables of the process.

use std::collections::BTreeMap;

/// The source of `${env:NAME}`. It is a parameter so that tests need not change the process.
pub trait Environment {
    /// The value of a variable, if it is set and valid Unicode.
    fn var(&self, name: &str) -> Option<String>;
}

/// The environment of this process.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProcessEnvironment;

// === impl ProcessEnvironment ===

impl Environment for ProcessEnvironment {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the access that all other code is referred to"
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

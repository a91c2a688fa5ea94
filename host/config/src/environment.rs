//! The only access to the environment variables of the process.

use std::{collections::BTreeMap, env::VarError};

/// The source of `${env:NAME}`. It is a parameter so that tests need not change the process.
pub trait Environment {
    /// The value of a variable, if it is set and valid Unicode.
    fn var(&self, name: &str) -> Option<String>;

    /// Whether a variable is set to something that is not valid Unicode. Default: none is.
    fn is_garbled(&self, _name: &str) -> bool {
        false
    }
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

    #[expect(
        clippy::disallowed_methods,
        reason = "this is the access that all other code is referred to"
    )]
    fn is_garbled(&self, name: &str) -> bool {
        matches!(std::env::var(name), Err(VarError::NotUnicode(_)))
    }
}

// === impl BTreeMap ===

/// A fixed environment, for tests and for embedders.
impl Environment for BTreeMap<String, String> {
    fn var(&self, name: &str) -> Option<String> {
        self.get(name).cloned()
    }
}

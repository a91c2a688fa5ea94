//! The names of what a request loses on its way.

use std::collections::BTreeSet;

use jackfield_plugin_sdk::Exchange;

/// The names of what was left out, each once.
#[derive(Debug, Default)]
pub(crate) struct Dropped(BTreeSet<String>);

// === impl Dropped ===

impl Dropped {
    /// Adds a name, such as `user` or `messages[].name`.
    pub(super) fn add(&mut self, name: impl Into<String>) {
        self.0.insert(name.into());
    }

    /// Tells the host.
    pub(crate) fn note(self, exchange: Exchange) -> Exchange {
        self.0.into_iter().fold(exchange, Exchange::dropped)
    }
}

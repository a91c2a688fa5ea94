//! The names of what a request loses on its way to the upstream.

use crate::Exchange;
use crate::canonical::Json;

/// What a translation leaves out of the client's request, for `x-jackfield-dropped`: the names of members, and places
/// such as `messages[].name`. Each is there once, in the order in which it was found.
///
/// ```
/// use jackfield_plugin_sdk::{Dropped, Exchange};
///
/// let mut dropped = Dropped::default();
/// dropped.add("seed");
/// dropped.add_said("store", &false.into());
/// dropped.add("seed");
/// assert_eq!(dropped.names(), ["seed"]);
/// let exchange = dropped.note(Exchange::post("/chat"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dropped(Vec<String>);

// === impl Dropped ===

impl Dropped {
    /// Adds a name.
    pub fn add(&mut self, name: impl Into<String>) {
        let name = name.into();
        if !self.0.contains(&name) {
            self.0.push(name);
        }
    }

    /// Adds the name of a member that has this value. `null`, `false` and what is empty are not named: their absence means
    /// the same.
    pub fn add_said(&mut self, name: impl Into<String>, value: &Json) {
        if !matches!(value.text(), "null" | "false" | "{}" | "[]" | "\"\"") {
            self.add(name);
        }
    }

    /// The names.
    pub fn names(&self) -> &[String] {
        &self.0
    }

    /// The exchange that tells the host.
    pub fn note(self, exchange: Exchange) -> Exchange {
        self.0.into_iter().fold(exchange, Exchange::dropped)
    }
}

//! The ids of tool calls, as an upstream wants them: of few characters, and each once.

use std::collections::{BTreeMap, BTreeSet};

/// The ids of the tool calls so far, and which result belongs to which.
///
/// Earlier calls of a conversation may come from other vendors, whose ids have other characters, or who begin to count anew
/// in every turn. `legal` makes an id of the upstream's characters, and what it makes twice gets a number behind it. Go
/// through the messages in order:
/// ```
/// use jackfield_plugin_sdk::canonical::CallIds;
///
/// let legal = |id: &str| id.replace('.', "_");
/// let mut ids = CallIds::default();
/// assert_eq!(ids.open("f.0", legal), "f_0");
/// assert_eq!(ids.open("f.0", legal), "f_0_2");
/// assert_eq!(ids.of_result("f.0", legal), "f_0_2");
/// assert_eq!(ids.of_result("unknown.1", legal), "unknown_1");
/// ```
#[derive(Clone, Debug, Default)]
pub struct CallIds {
    /// The upstream's id for the latest call with each of the client's ids.
    latest: BTreeMap<String, String>,
    /// All of the upstream's ids.
    used: BTreeSet<String>,
}

// === impl CallIds ===

impl CallIds {
    /// The upstream's id for a new call.
    pub fn open(&mut self, id: &str, legal: impl FnOnce(&str) -> String) -> String {
        let legal = legal(id);
        let mut unique = legal.clone();
        let mut count = self.used.len();
        while !self.used.insert(unique.clone()) {
            count += 1;
            unique = format!("{legal}_{count}");
        }
        self.latest.insert(id.to_owned(), unique.clone());
        unique
    }

    /// The upstream's id of the call that a result belongs to.
    pub fn of_result(&self, id: &str, legal: impl FnOnce(&str) -> String) -> String {
        self.latest.get(id).cloned().unwrap_or_else(|| legal(id))
    }
}

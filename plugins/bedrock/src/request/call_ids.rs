//! The ids of tool calls, as the API wants them: of few characters, and each once.
//!
//! Source: <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolUseBlock.html>, `toolUseId`; Claude
//! takes fewer characters than the API.

use std::collections::{BTreeMap, BTreeSet};

/// The longest id, less room for a number.
const LONGEST: usize = 58;

/// The ids of the tool calls so far.
#[derive(Default)]
pub(super) struct CallIds {
    /// The API's id for the latest call with each of the client's ids.
    latest: BTreeMap<String, String>,
    /// All of the API's ids.
    used: BTreeSet<String>,
}

// === impl CallIds ===

impl CallIds {
    /// The API's id for a new call. Some vendors begin to count anew in every turn.
    pub(super) fn open(&mut self, id: &str) -> String {
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

    /// The API's id of the call that a result belongs to.
    pub(super) fn of_result(&self, id: &str) -> String {
        self.latest.get(id).cloned().unwrap_or_else(|| legal(id))
    }
}

/// The end of a long id is what differs.
fn legal(id: &str) -> String {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let id = id.trim();
    let surplus = id.chars().count().saturating_sub(LONGEST);
    let legal: String = id
        .chars()
        .skip(surplus)
        .map(|c| if fits(c) { c } else { '_' })
        .collect();
    if legal.is_empty() { "call".to_owned() } else { legal }
}

#[cfg(test)]
mod tests {
    use super::CallIds;

    #[test]
    fn an_id_is_legal_and_unique_and_its_result_finds_it() {
        let mut ids = CallIds::default();
        assert_eq!(ids.open("functions.f:0"), "functions_f_0");
        assert_eq!(ids.of_result("functions.f:0"), "functions_f_0");
        assert_eq!(ids.open("functions.f:0"), "functions_f_0_2");
        assert_eq!(ids.of_result("functions.f:0"), "functions_f_0_2");
        assert_eq!(ids.open(""), "call");
        assert_eq!(ids.open(&"x".repeat(100)).len(), 58);
        assert_eq!(ids.of_result("unknown.1"), "unknown_1");
    }
}

//! Ids of tool calls that are too long for OpenAI: other vendors' hold the tool's name.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::target::Target;
use crate::accepts::Extension;
use crate::json::json_string;

/// The longest id. OpenAI's API names this limit in the error for a longer one (`string_above_max_length`).
pub(super) const LONGEST: usize = 40;

/// How many characters of a long id stay: its end, in which the calls of a tool differ. Before it come eight digits of the
/// id's hash and a dash, so that the same id is the same in every request, of a call and of its result.
const KEPT: usize = 31;

// === impl Target ===

impl Target {
    /// The short form of an id; `None` if it stays as it is. Both are JSON strings.
    pub(super) fn short_id(&self, id: Option<&str>) -> Option<String> {
        let id: String = serde_json::from_str(id?).ok()?;
        let surplus = id.chars().count().checked_sub(KEPT)?;
        if surplus + KEPT <= LONGEST || self.accepts(Extension::LongCallIds) {
            return None;
        }
        let mut short = String::new();
        for byte in &Sha256::digest(&id)[..4] {
            // Writing to a text does not fail.
            let _ = write!(short, "{byte:02x}");
        }
        short.push('-');
        short.extend(id.chars().skip(surplus));
        Some(json_string(&short))
    }
}

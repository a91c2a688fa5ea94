//! Counts a conversation's tokens without answering it, like the usage of a reply would.

use jackfield_plugin_sdk::canonical::ChatRequest;
use serde_json::{Value, json};

use crate::chat;

/// The complete reply, in the form of the only vendor with this operation.
///
/// Source: <https://platform.claude.com/docs/en/api/messages/count_tokens>.
pub fn answer(request: &ChatRequest) -> Value {
    json!({ "input_tokens": chat::prompt_tokens(request) })
}

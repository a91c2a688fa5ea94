//! Counting a conversation's tokens without answering it: the words that a reply's usage would count.

use jackfield_plugin_sdk::canonical::ChatRequest;
use serde_json::{Value, json};

use crate::chat;

/// The whole reply, in the words of the one vendor that has the operation.
///
/// Source: <https://platform.claude.com/docs/en/api/messages/count_tokens>.
pub fn answer(request: &ChatRequest) -> Value {
    json!({ "input_tokens": chat::prompt_tokens(request) })
}

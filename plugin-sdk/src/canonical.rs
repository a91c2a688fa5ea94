//! The canonical payloads: OpenAI's chat objects as structs in which unknown fields survive.
//!
//! Source: <https://platform.openai.com/docs/api-reference/chat>. Every struct keeps what it does not
//! know in `extra`, in the order in which it came. Beyond OpenAI's fields there are two that other
//! gateways use too: `reasoning_content` (text of the model's thinking) and `thinking_blocks` (the same
//! with the vendor's signatures, so that the next turn can give them back).

mod chunk;
mod completion;
mod content;
mod message;
mod request;
mod tool;
mod usage;

pub use chunk::{Chunk, ChunkChoice, Delta, FunctionDelta, ToolCallDelta};
pub use completion::{ChatCompletion, Choice, FinishReason};
pub use content::{Content, ContentPart, File, ImageUrl};
pub use message::{Message, Role, ThinkingBlock};
pub use request::{ChatRequest, JsonSchemaFormat, ResponseFormat, Stop, StreamOptions};
pub use tool::{FunctionCall, FunctionDefinition, FunctionName, Tool, ToolCall, ToolChoice};
pub use usage::{CompletionTokensDetails, PromptTokensDetails, Usage};

/// What a struct does not know: names and values, in the order in which they came.
pub type Extra = serde_json::Map<String, serde_json::Value>;

/// Reads `null` as the default: clients send `"tool_calls": null` where they mean none.
fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Default + serde::Deserialize<'de>,
{
    use serde::Deserialize;
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

#[cfg(test)]
mod tests;

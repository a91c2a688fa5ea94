//! The canonical payloads: OpenAI's chat objects as structs that preserve unknown fields.
//!
//! Source: <https://platform.openai.com/docs/api-reference/chat>. Every struct keeps unknown fields in `extra`, in
//! their original order. Two fields go beyond OpenAI's, as in other gateways: `reasoning_content` (the model's thinking
//! as text) and `thinking_blocks` (the same with the vendor's signatures, so that the next turn can send them back).

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

/// A struct's unknown fields: names and values, in their original order.
pub type Extra = serde_json::Map<String, serde_json::Value>;

/// Deserialises `null` as the default: some clients send `"tool_calls": null` for no calls.
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

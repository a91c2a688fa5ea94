//! The canonical payloads: OpenAI's chat objects as structs that preserve unknown fields.
//!
//! Source: <https://platform.openai.com/docs/api-reference/chat>. Every struct keeps unknown fields in `extra`, in
//! their original order and as text, so that numbers keep their digits. A `null` counts as absent. Two fields go beyond
//! OpenAI's, as in other gateways: `reasoning_content` (the model's thinking as text) and `thinking_blocks` (the same
//! with the vendor's signatures, so that the next turn can send them back).

mod chunk;
mod completion;
mod content;
mod extra;
mod json;
mod members;
mod message;
mod request;
mod tool;
mod usage;

pub use chunk::{Chunk, ChunkChoice, Delta, FunctionDelta, ToolCallDelta};
pub use completion::{ChatCompletion, Choice, FinishReason};
pub use content::{Content, ContentPart, File, ImageUrl};
pub use extra::Extra;
pub use json::Json;
pub(crate) use json::read_slice;
pub use message::{Message, Role, ThinkingBlock};
pub use request::{ChatRequest, JsonSchemaFormat, ResponseFormat, Stop, StreamOptions};
pub use tool::{FunctionCall, FunctionDefinition, FunctionName, Tool, ToolCall, ToolChoice};
pub use usage::{CompletionTokensDetails, PromptTokensDetails, Usage};

#[cfg(test)]
mod tests;

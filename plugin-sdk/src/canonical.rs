//! The canonical payloads: OpenAI's objects as structs that preserve unknown fields.
//!
//! | operation | request | reply | in a stream |
//! |---|---|---|---|
//! | chat | [`ChatRequest`] | [`ChatCompletion`] | [`Chunk`] |
//! | embeddings | [`EmbeddingsRequest`] | [`Embeddings`] | |
//! | rerank (Cohere's form) | [`RerankRequest`] | [`Ranking`] | |
//! | images | [`ImagesRequest`] | [`Images`] | |
//! | moderation | [`ModerationRequest`] | [`Moderation`] | |
//! | speech | [`SpeechRequest`] | sound | |
//! | transcription, translation | a form, with a [`FormFile`] | [`Transcript`] | |
//! | models | | [`ModelList`] | |
//!
//! Source: <https://platform.openai.com/docs/api-reference>. Every struct keeps unknown fields in `extra`, in
//! their original order and as text, so that numbers keep their digits. A `null` counts as absent. Two fields go beyond
//! OpenAI's, as in other gateways: `reasoning_content` (the model's thinking as text) and `thinking_blocks` (the same
//! with the vendor's signatures, so that the next turn can send them back; [`signature`] names whose they are).

mod allowed_tools;
mod call_ids;
mod chunk;
mod cited;
mod completion;
mod content;
mod embeddings;
mod extra;
mod images;
mod input_type;
mod json;
mod members;
mod message;
mod models;
mod moderation;
mod request;
mod rerank;
pub mod signature;
mod speech;
mod text;
mod tool;
mod tool_names;
mod unknown;
mod usage;
mod vector;

pub use call_ids::CallIds;
pub use chunk::{Chunk, ChunkChoice, Delta, FunctionDelta, ToolCallDelta};
pub use cited::Cited;
pub use completion::{ChatCompletion, Choice, FinishReason};
pub use content::{Content, ContentPart, File, ImageUrl};
pub use embeddings::{Embedding, EmbeddingInput, Embeddings, EmbeddingsRequest, EncodingFormat};
pub use extra::Extra;
pub use images::{Image, ImageFormat, Images, ImagesRequest, ImagesUsage};
pub use input_type::InputType;
pub use json::Json;
pub(crate) use json::{Cut, parse, parse_or_repair};
pub use message::{Message, Role, ThinkingBlock};
pub use models::{ListedModel, ModelList};
pub use moderation::{Judgement, Moderation, ModerationRequest};
pub use request::{ChatRequest, JsonSchemaFormat, ResponseFormat, Stop, StreamOptions};
pub use rerank::{RankedDocument, Ranking, RerankRequest};
pub use speech::{FormFile, SpeechRequest, Transcript};
pub use text::Text;
pub use tool::{FunctionCall, FunctionDefinition, FunctionName, Tool, ToolCall, ToolChoice};
pub use tool_names::ToolNames;
pub use usage::{CompletionTokensDetails, InputUsage, PromptTokensDetails, Usage};
pub use vector::Vector;

#[cfg(test)]
mod tests;

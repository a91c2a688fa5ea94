//! A chat completion request.

use serde::{Deserialize, Serialize};

use super::members::object;
use super::{Extra, Json, Message, Tool, ToolChoice};

/// A chat request, as the client sent it.
///
/// Source: <https://platform.openai.com/docs/api-reference/chat/create>.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ChatRequest {
    /// The client's name for the model; the upstream's name is [`crate::Call::model`].
    pub model: String,
    /// The conversation so far.
    pub messages: Vec<Message>,
    /// Whether to stream the reply; false if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stream: Option<bool>,
    /// Options for a streamed reply.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stream_options: Option<StreamOptions>,
    /// The maximum number of tokens to generate, under its older name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u64>,
    /// The maximum number of tokens to generate, under its newer name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_completion_tokens: Option<u64>,
    /// The sampling temperature, 0 to 2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// The probability mass for nucleus sampling, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_p: Option<f64>,
    /// The number of choices to generate; 1 if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub n: Option<u32>,
    /// The sequences at which the model stops.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop: Option<Stop>,
    /// The tools that the model may call.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<Tool>,
    /// Whether the model must call a tool, and which.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool_choice: Option<ToolChoice>,
    /// Whether the model may call several tools in one turn; true if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parallel_tool_calls: Option<bool>,
    /// The required format of the reply's text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_format: Option<ResponseFormat>,
    /// How much the model may think: `minimal`, `low`, `medium`, `high`, or a vendor-specific value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasoning_effort: Option<String>,
    /// The client's identifier for its end user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Unknown fields.
    #[serde(flatten)]
    pub extra: Extra,
}

/// Options for a streamed reply.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct StreamOptions {
    /// Whether the stream ends with a chunk that carries the usage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub include_usage: Option<bool>,
    /// Unknown fields.
    #[serde(flatten)]
    pub extra: Extra,
}

/// The sequences at which the model stops.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Stop {
    /// One sequence.
    One(String),
    /// Several sequences.
    Many(Vec<String>),
}

/// The required format of the reply's text.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ResponseFormat {
    /// `text`, `json_object` or `json_schema`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The schema, for `json_schema`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub json_schema: Option<JsonSchemaFormat>,
    /// Unknown fields.
    #[serde(flatten)]
    pub extra: Extra,
}

/// A named JSON Schema for the reply's text.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct JsonSchemaFormat {
    /// The schema's name.
    pub name: String,
    /// Describes the schema's purpose to the model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The schema itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema: Option<Json>,
    /// Whether the reply must match the schema exactly.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strict: Option<bool>,
    /// Unknown fields.
    #[serde(flatten)]
    pub extra: Extra,
}

object! {
    ChatRequest {
        "model" => model,
        "messages" => messages,
        "stream" => stream,
        "stream_options" => stream_options,
        "max_tokens" => max_tokens,
        "max_completion_tokens" => max_completion_tokens,
        "temperature" => temperature,
        "top_p" => top_p,
        "n" => n,
        "stop" => stop,
        "tools" => tools,
        "tool_choice" => tool_choice,
        "parallel_tool_calls" => parallel_tool_calls,
        "response_format" => response_format,
        "reasoning_effort" => reasoning_effort,
        "user" => user,
    }
}

object! {
    StreamOptions {
        "include_usage" => include_usage,
    }
}

object! {
    ResponseFormat {
        "type" => kind,
        "json_schema" => json_schema,
    } requires "type"
}

object! {
    JsonSchemaFormat {
        "name" => name,
        "description" => description,
        "schema" => schema,
        "strict" => strict,
    }
}

// === impl ChatRequest ===

impl ChatRequest {
    /// The maximum number of tokens to generate; `max_completion_tokens` takes precedence over `max_tokens`.
    pub fn token_limit(&self) -> Option<u64> {
        self.max_completion_tokens.or(self.max_tokens)
    }
}

// === impl JsonSchemaFormat ===

impl JsonSchemaFormat {
    /// The schema. It has the format's description, unless it has one of its own: not every API has a place for both.
    pub fn into_schema(self) -> Option<Json> {
        let schema = self.schema?;
        let Some((description, mut members)) = self.description.zip(schema.read::<Extra>()) else {
            return Some(schema);
        };
        members.insert_new("description", description);
        Some(members.into())
    }
}

// === impl Stop ===

impl Stop {
    /// The sequences as a list, in either form.
    pub fn sequences(&self) -> &[String] {
        match self {
            Self::One(sequence) => std::slice::from_ref(sequence),
            Self::Many(sequences) => sequences,
        }
    }
}

//! Request schemas: the members that the gateway itself reads. Parsing them is up to the dialects.
#![allow(
    dead_code,
    reason = "these types are never constructed; they exist for their schemas"
)]

use schemars::JsonSchema;
use serde_json::{Map, Value};

use super::operation::FormFields;

/// The form of a request to change an image.
pub(super) const EDIT: FormFields = FormFields {
    texts: &[("model", "echo-images"), ("prompt", "A lighthouse at dusk")],
    file: ("image", "image.png"),
};

/// The form of a request to vary an image.
pub(super) const VARIATION: FormFields = FormFields {
    texts: &[("model", "echo-images")],
    file: ("image", "image.png"),
};

/// The form of a request about a recording.
pub(super) const SOUND: FormFields = FormFields {
    texts: &[("model", "echo-transcription")],
    file: ("file", "recording.mp3"),
};

/// The body of `POST /v1/chat/completions`. Further members, whether or not OpenAI documents them, are passed to the
/// provider.
#[derive(JsonSchema)]
pub(super) struct Chat {
    /// The id of a chat model.
    #[schemars(length(min = 1))]
    model: String,
    /// The conversation: messages with role `system`, `developer`, `user`, `assistant` or `tool`.
    #[schemars(length(min = 1))]
    messages: Vec<ChatMessage>,
    /// Whether to stream the answer as server-sent events. Default false.
    #[serde(default)]
    stream: Option<bool>,
    /// What the stream contains in addition to the answer.
    #[serde(default)]
    stream_options: Option<StreamOptions>,
}

/// A message: a role, and content or tool calls.
#[derive(JsonSchema)]
pub(super) struct ChatMessage {
    role: String,
    #[serde(default)]
    content: Value,
}

/// What a stream contains in addition to the answer.
#[derive(JsonSchema)]
pub(super) struct StreamOptions {
    /// Whether the last chunk contains the usage. Default false.
    #[serde(default)]
    include_usage: Option<bool>,
}

/// The body of `POST /v1/messages`. Further members are passed to the provider.
#[derive(JsonSchema)]
pub(super) struct Turns {
    /// The id of a chat model.
    #[schemars(length(min = 1))]
    model: String,
    /// The most tokens that the answer may have.
    #[schemars(range(min = 1))]
    max_tokens: u64,
    /// The conversation: messages with role `user` or `assistant`.
    #[schemars(length(min = 1))]
    messages: Vec<Map<String, Value>>,
    /// Whether to stream the answer as server-sent events. Default false.
    #[serde(default)]
    stream: Option<bool>,
}

/// The body of `POST /v1/messages/count_tokens`.
#[derive(JsonSchema)]
pub(super) struct CountTokens {
    /// The id of a chat model.
    #[schemars(length(min = 1))]
    model: String,
    /// The conversation: messages with role `user` or `assistant`.
    #[schemars(length(min = 1))]
    messages: Vec<Map<String, Value>>,
}

/// The body of `POST /v1/responses` and of `POST /v1/responses/input_tokens`. Responses are not stored, so the whole
/// conversation comes with each request.
#[derive(JsonSchema)]
pub(super) struct Items {
    /// The id of a chat model.
    #[schemars(length(min = 1))]
    model: String,
    /// A text of the user, or the items of the conversation.
    input: TextOrItems,
    /// What the model is told first.
    #[serde(default)]
    instructions: Option<String>,
    /// Whether to stream the answer as server-sent events. Default false.
    #[serde(default)]
    stream: Option<bool>,
}

/// A text of the user, or the items of a conversation.
#[derive(JsonSchema)]
#[serde(untagged)]
pub(super) enum TextOrItems {
    Text(String),
    Items(#[schemars(length(min = 1))] Vec<Map<String, Value>>),
}

/// The body of `POST /v1/embeddings`.
#[derive(JsonSchema)]
pub(super) struct Embeddings {
    /// The id of an embedding model.
    #[schemars(length(min = 1))]
    model: String,
    /// One text, or several.
    input: Input,
}

/// The text to embed.
#[derive(JsonSchema)]
#[serde(untagged)]
pub(super) enum Input {
    Text(#[schemars(length(min = 1))] String),
    Texts(#[schemars(length(min = 1))] Vec<String>),
}

/// The body of `POST /v1/rerank`.
#[derive(JsonSchema)]
pub(super) struct Rerank {
    /// The id of a reranking model.
    #[schemars(length(min = 1))]
    model: String,
    /// What the documents are compared with.
    #[schemars(length(min = 1))]
    query: String,
    /// The documents to rank.
    #[schemars(length(min = 1))]
    documents: Vec<String>,
}

/// The body of `POST /v1/images/generations`.
#[derive(JsonSchema)]
pub(super) struct Images {
    /// The id of an image model.
    #[schemars(length(min = 1))]
    model: String,
    /// A description of the image to generate.
    #[schemars(length(min = 1))]
    prompt: String,
}

/// The body of `POST /v1/images/edits`, a form.
#[derive(JsonSchema)]
pub(super) struct ImageEdit {
    /// The id of an image model.
    #[schemars(length(min = 1))]
    model: String,
    /// A description of the image to make.
    #[schemars(length(min = 1))]
    prompt: String,
    /// The image to change, as a file; several as `image[]`.
    #[schemars(extend("format" = "binary"))]
    image: String,
}

/// The body of `POST /v1/images/variations`, a form.
#[derive(JsonSchema)]
pub(super) struct ImageVariation {
    /// The id of an image model.
    #[schemars(length(min = 1))]
    model: String,
    /// The image to vary, as a file.
    #[schemars(extend("format" = "binary"))]
    image: String,
}

/// The body of `POST /v1/completions`.
#[derive(JsonSchema)]
pub(super) struct Completion {
    /// The id of a model for completions, or of a chat model.
    #[schemars(length(min = 1))]
    model: String,
    /// The text to complete.
    prompt: String,
    /// Whether to stream the answer as server-sent events. Default false.
    #[serde(default)]
    stream: Option<bool>,
}

/// The body of `POST /v1/moderations`.
#[derive(JsonSchema)]
pub(super) struct Moderation {
    /// The id of a model for moderation. Default `omni-moderation-latest`.
    #[serde(default)]
    model: Option<String>,
    /// One text, or several.
    input: Input,
}

/// The body of `POST /v1/audio/speech`.
#[derive(JsonSchema)]
pub(super) struct Speech {
    /// The id of a model for speech.
    #[schemars(length(min = 1))]
    model: String,
    /// The text to speak.
    #[schemars(length(min = 1))]
    input: String,
}

/// The body of `POST /v1/audio/transcriptions` and `/v1/audio/translations`, a form.
#[derive(JsonSchema)]
pub(super) struct Recording {
    /// The id of a model for transcription.
    #[schemars(length(min = 1))]
    model: String,
    /// The recording, as a file.
    #[schemars(extend("format" = "binary"))]
    file: String,
}

/// The body of a chat in Google's dialect, and of a count of its tokens. Members may be in snake case, too.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct GoogleChat {
    /// The conversation: contents with role `user` or `model`, of parts.
    #[schemars(length(min = 1))]
    contents: Vec<Map<String, Value>>,
    /// What the model is told first: a content.
    #[serde(default)]
    system_instruction: Option<Map<String, Value>>,
    /// What the model may call.
    #[serde(default)]
    tools: Option<Vec<Map<String, Value>>>,
    /// How the model is to answer.
    #[serde(default)]
    generation_config: Option<Map<String, Value>>,
}

/// The body of `:embedContent`.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct EmbedContent {
    /// The text, in parts.
    content: Map<String, Value>,
    /// How many numbers the vector is to have.
    #[serde(default)]
    #[schemars(range(min = 1))]
    output_dimensionality: Option<u64>,
}

/// The body of `:batchEmbedContents`.
#[derive(JsonSchema)]
pub(super) struct BatchEmbedContents {
    /// One request for each vector.
    #[schemars(length(min = 1))]
    requests: Vec<EmbedContent>,
}

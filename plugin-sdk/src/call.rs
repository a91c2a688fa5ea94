//! A client's request, as the host passes it to an adapter.

use serde::de::DeserializeOwned;

use crate::Failure;
use crate::canonical::parse_or_repair;
use crate::failure::without_content;
use crate::host;
use crate::long_text::marked_body;
use crate::open_enum::open_enum;

open_enum! {
    /// What the client asks for.
    pub enum Operation {
        /// A chat completion.
        Chat = "chat",
        /// Embedding vectors for texts.
        Embeddings = "embeddings",
        /// Documents ranked by relevance to a query.
        Rerank = "rerank",
        /// Images generated from a prompt.
        Images = "images",
        /// The number of tokens in a conversation, without answering it: the reply is `{"input_tokens": 7}`.
        CountTokens = "count-tokens",
        /// A conversation, made shorter by its vendor's own means: only natively, so that the reply is the vendor's.
        Compaction = "compaction",
        /// Images made from others: a form, whose text fields are the request's members and whose files stay outside. The
        /// reply is that of [`Images`](Self::Images).
        ImageEdit = "image-edit",
        /// Images that resemble another: a form, as of [`ImageEdit`](Self::ImageEdit).
        ImageVariation = "image-variation",
        /// The continuation of a text: OpenAI's older form. Chat models are asked for a chat instead.
        Completion = "completion",
        /// Whether texts and images are harmful.
        Moderation = "moderation",
        /// A text, spoken. The reply is sound: [`Answer::bytes`](crate::Answer::bytes).
        Speech = "speech",
        /// What is said in a recording: a form. The reply is JSON, or text of another type.
        Transcription = "transcription",
        /// What is said in a recording, in English: a form, as of [`Transcription`](Self::Transcription).
        Translation = "translation",
        /// The models that the upstream offers: a call without a body and without a model, which the operator makes. The
        /// reply is a [`ModelList`](crate::canonical::ModelList).
        Models = "models",
    }
}

open_enum! {
    /// The protocol a request or reply is written in.
    pub enum Dialect {
        /// OpenAI's Chat Completions: the canonical dialect.
        OpenaiChat = "openai-chat",
        /// Anthropic's Messages.
        AnthropicMessages = "anthropic-messages",
        /// OpenAI's Responses.
        OpenaiResponses = "openai-responses",
        /// Google's `generateContent` and the methods beside it. The members `model` and `stream` are what the client's path
        /// said.
        GeminiGenerateContent = "gemini-generate-content",
    }
}

/// The part of a client's request that an adapter needs to know.
#[derive(Clone, Debug)]
pub struct Call<S> {
    /// What the client asks for: an operation listed in the manifest.
    pub operation: Operation,
    /// The dialect of the client's request: canonical, or one listed in the manifest.
    pub dialect: Dialect,
    /// The upstream's name for the model.
    pub model: String,
    /// Whether the client asked for a stream.
    pub stream: bool,
    /// The provider's settings.
    pub settings: S,
}

// === impl Call ===

impl<S> Call<S> {
    /// The request's top-level members without the bulk: `messages`, `input`, `documents`, `system` in Anthropic's
    /// dialect, and `contents`, `systemInstruction`, `content` and `requests` in Google's. The same in every call of an attempt.
    ///
    /// The host may add members from outside the body: `anthropic_beta`, a list of the names in the client's
    /// `anthropic-beta` header, in Anthropic's dialect also `anthropic_version`, and in a chat without a limit
    /// `max_output`, the number of tokens to which the model's configuration limits an answer. The cost does not depend on the length of the prompt, so prefer this to
    /// [`body`](Self::body).
    ///
    /// ```
    /// # use jackfield_plugin_sdk::{Call, Exchange, Failure};
    /// # use serde::Deserialize;
    /// #[derive(Deserialize)]
    /// struct Sampling {
    ///     temperature: Option<f64>,
    /// }
    ///
    /// /// An upstream that knows temperatures up to 1.
    /// fn prepare(call: &Call<()>) -> Result<Exchange, Failure> {
    ///     let sampling: Sampling = call.parameters()?;
    ///     let temperature = sampling.temperature.map(|temperature| temperature.min(1.0));
    ///     Exchange::post("/chat").patch(&serde_json::json!({ "model": call.model, "temperature": temperature }))
    /// }
    /// ```
    ///
    /// # Errors
    /// Of class client, if a member does not have the type that `T` expects.
    pub fn parameters<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        parse_or_repair(&host::parameters()).map_err(|error| does_not_fit(&error))
    }

    /// The client's complete request, the same in every call of an attempt. Each call copies it into the sandbox, so call
    /// it once.
    ///
    /// # Errors
    /// Of class client, if the request does not have the shape that `T` expects.
    pub fn body<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        parse_or_repair(&host::body()).map_err(|error| does_not_fit(&error))
    }

    /// The client's complete chat: a [`ChatRequest`](crate::canonical::ChatRequest), or what has its messages. Its long texts
    /// stay with the host, which puts them where they belong in the exchange, so they must be read as
    /// [`Text`](crate::canonical::Text), which fetches one when it is looked at.
    ///
    /// # Errors
    /// As [`body`](Self::body).
    pub fn chat<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        parse_or_repair(&marked_body()).map_err(|error| does_not_fit(&error))
    }

    /// The request's id, the time, and a number to be used once. The host may remember what `prepare` returns for equal
    /// parameters, and does so only if this was not called: use it only where an upstream needs it.
    pub fn request_facts(&self) -> RequestFacts {
        serde_json::from_slice(&host::request_facts()).unwrap_or_default()
    }
}

/// What differs from one request to the next.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(default)]
pub struct RequestFacts {
    /// The request's id, as the client and the log know it.
    pub request_id: String,
    /// 32 hexadecimal digits, new each time.
    pub nonce: String,
    /// Milliseconds since 1970 (Unix time).
    pub time_ms: u64,
}

#[cold]
pub(crate) fn does_not_fit(error: &serde_json::Error) -> Failure {
    let fault = without_content(error);
    Failure::client(format!("the request is invalid: {fault}"))
}

//! The provider's `settings`: how its upstream differs from OpenAI.

use std::collections::BTreeMap;

use jackfield_plugin_sdk::Operation;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::preset::{Preset, Traits};

/// How the upstream differs from OpenAI. All settings are optional.
///
/// A preset comes first. Parameters are then changed in this order: drop, rename the token limit, rename the others,
/// set. The changes in `operations` follow: drop, rename, set.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The vendor whose chat completions the upstream has: how they differ from OpenAI's is known. Default: none, so that
    /// nothing is changed but by the settings below, which override the preset.
    pub preset: Option<Preset>,
    /// What becomes of requests to the Responses API. Default: they are translated to chats.
    pub responses: Responses,
    /// Parameters that the preset leaves as the client sent them: `thinking` stands for all that it says about thinking.
    pub keep_parameters: Vec<String>,
    /// Model names, from the chain's name to the upstream's.
    pub models: BTreeMap<String, String>,
    /// Parameters to leave out of every request, because the upstream does not accept them.
    pub drop_parameters: Vec<String>,
    /// The upstream's name for the token limit. Default: the preset's, or the client's.
    pub max_tokens: Option<TokenLimit>,
    /// Parameter names, from the client's to the upstream's. `messages`, `input` and `documents` cannot be renamed,
    /// because they never enter the plugin.
    pub rename_parameters: BTreeMap<String, String>,
    /// Parameters to set in every request, overriding the client's; null removes one.
    pub extra_parameters: Map<String, Value>,
    /// Further changes per operation: `response_format`, for one, has different meanings for chats and images.
    pub operations: Operations,
    /// The form in which the upstream expects the documents to rank. With any value other than `keep`, the documents
    /// enter the plugin.
    pub rerank_documents: DocumentForm,
    /// Whether to request the usage of streams, which accounting needs. Turn it off for an upstream that refuses
    /// `stream_options`. Default: true, unless the preset's vendor reports it anyway.
    pub stream_usage: Option<bool>,
    /// Headers for every request. The host refuses credentials here.
    pub headers: BTreeMap<String, String>,
    /// The paths of the operations below the base URL, where they differ from OpenAI's.
    pub paths: Paths,
}

/// What becomes of requests to the Responses API.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Responses {
    /// They are translated to chats, which every upstream has.
    #[default]
    Translate,
    /// They go to the upstream as they came: OpenAI, Azure, xAI, Groq, `OpenRouter` and vLLM have this API.
    Pass,
}

/// The upstream's name for the token limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TokenLimit {
    /// The name the client used.
    #[default]
    Keep,
    /// `max_tokens`, the older name.
    MaxTokens,
    /// `max_completion_tokens`, the newer name, which OpenAI's reasoning models require.
    MaxCompletionTokens,
}

/// Changes to the parameters per operation, applied after those to all.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Operations {
    /// For chat completions.
    pub chat: Changes,
    /// For embeddings.
    pub embeddings: Changes,
    /// For reranking.
    pub rerank: Changes,
    /// For image generation.
    pub images: Changes,
}

/// Changes to the parameters of one operation.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Changes {
    /// Parameters to leave out.
    pub drop_parameters: Vec<String>,
    /// Parameter names, from the client's to the upstream's.
    pub rename_parameters: BTreeMap<String, String>,
    /// Parameters to set, overriding the client's; null removes one.
    pub extra_parameters: Map<String, Value>,
}

/// The form in which the upstream expects documents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DocumentForm {
    /// As the client sent them.
    #[default]
    Keep,
    /// As strings.
    Text,
    /// As objects with a `text`.
    Object,
}

/// The paths of the operations below the base URL. Each begins with `/`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Paths {
    /// Chat completions; `/chat/completions` if absent.
    #[schemars(regex(pattern = "^/"))]
    pub chat: Option<String>,
    /// Responses, with `responses: pass`; `/responses` if absent. Their other operations are below it.
    #[schemars(regex(pattern = "^/"))]
    pub responses: Option<String>,
    /// Embeddings; `/embeddings` if absent.
    #[schemars(regex(pattern = "^/"))]
    pub embeddings: Option<String>,
    /// Reranking; `/rerank` if absent.
    #[schemars(regex(pattern = "^/"))]
    pub rerank: Option<String>,
    /// Image generation; `/images/generations` if absent.
    #[schemars(regex(pattern = "^/"))]
    pub images: Option<String>,
    /// Changed images; `/images/edits` if absent.
    #[schemars(regex(pattern = "^/"))]
    pub image_edit: Option<String>,
    /// Variations of images; `/images/variations` if absent.
    #[schemars(regex(pattern = "^/"))]
    pub image_variation: Option<String>,
    /// Completions; `/completions` if absent.
    #[schemars(regex(pattern = "^/"))]
    pub completion: Option<String>,
    /// Moderation; `/moderations` if absent.
    #[schemars(regex(pattern = "^/"))]
    pub moderation: Option<String>,
    /// Speech; `/audio/speech` if absent.
    #[schemars(regex(pattern = "^/"))]
    pub speech: Option<String>,
    /// Transcription; `/audio/transcriptions` if absent.
    #[schemars(regex(pattern = "^/"))]
    pub transcription: Option<String>,
    /// Translation of speech; `/audio/translations` if absent.
    #[schemars(regex(pattern = "^/"))]
    pub translation: Option<String>,
    /// The list of models; `/models` if absent.
    #[schemars(regex(pattern = "^/"))]
    pub models: Option<String>,
}

// === impl Settings ===

impl Settings {
    /// How the preset's vendor differs in this operation; all differences known are those of chats.
    pub fn traits(&self, operation: &Operation) -> Option<&'static Traits> {
        self.preset
            .filter(|_| *operation == Operation::Chat)
            .map(Preset::traits)
    }

    /// The name for the token limit: the operator's, or the preset's.
    pub fn token_limit(&self, traits: Option<&Traits>) -> TokenLimit {
        let preset = traits.map_or(TokenLimit::Keep, |traits| traits.max_tokens);
        self.max_tokens.unwrap_or(preset)
    }
}

// === impl Responses ===

impl Responses {
    /// Its word in the settings.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Translate => "translate",
            Self::Pass => "pass",
        }
    }
}

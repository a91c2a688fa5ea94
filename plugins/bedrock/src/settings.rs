//! The settings of a provider that uses this adapter.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What an operator may set under a provider's `settings`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The vendors' ids of models behind ids that do not tell, such as the ARNs of application inference profiles, by
    /// those ids: what a model accepts is known by the vendor's id (`anthropic.claude-opus-4-6-v1`). Default: none.
    pub known_as: BTreeMap<String, String>,
    /// The guardrail for every request; a client's own is then left out. Default: none.
    pub guardrail: Option<Guardrail>,
    /// How a reply is held to a JSON schema. Default: `auto`.
    pub structured_output: StructuredOutput,
    /// The token limit for replies if the client sets none. Default: the model's own.
    #[schemars(range(min = 1))]
    pub default_max_tokens: Option<u64>,
    /// Beta features of Claude for every request, sent as `anthropic_beta`. Default: none.
    pub betas: Vec<String>,
    /// Whether to add the beta features from the client's own `anthropic-beta` header. Bedrock refuses requests with
    /// features that it does not know. Default: false.
    pub client_betas: bool,
    /// The URL of Bedrock's control plane, which lists models, such as `https://bedrock.eu-west-1.amazonaws.com`; the
    /// provider's `hosts` must name its host. Default: none, so that models are not listed.
    pub control_plane: Option<String>,
    /// Top-level members to leave out of every request, in the API's words. Default: none.
    pub drop_parameters: Vec<String>,
    /// Top-level members to set in every request, in the API's words; objects are merged. Default: none.
    pub extra_parameters: Map<String, Value>,
}

/// A guardrail, in snake case as all settings.
///
/// Source: <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_GuardrailStreamConfiguration.html>.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Guardrail {
    /// Its id or ARN.
    pub identifier: String,
    /// Its version, or `DRAFT`.
    pub version: String,
    /// Whether replies tell what it did: `enabled`, `disabled` or `enabled_full`. Default: the API's own.
    #[serde(default)]
    pub trace: Option<String>,
    /// Whether a stream waits for its judgement: `sync` or `async`. Default: the API's own.
    #[serde(default)]
    pub stream_processing_mode: Option<String>,
}

/// How a reply is held to a JSON schema.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StructuredOutput {
    /// By `outputConfig` for models that are known to take it, by a forced tool call for those that can be forced, else by
    /// the prompt.
    #[default]
    Auto,
    /// By `outputConfig`.
    Native,
    /// By an instruction in the prompt.
    Prompt,
}

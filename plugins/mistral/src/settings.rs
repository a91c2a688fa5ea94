//! The provider's `settings`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

/// What an operator may set under a provider's `settings`. All settings are optional.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Model names, from the chain's name to the upstream's.
    pub models: BTreeMap<String, String>,
    /// Parameters to leave out of every request.
    pub drop_parameters: Vec<String>,
    /// Parameters to set in every request, overriding the client's; null removes one. `safe_prompt: true`, for one.
    pub extra_parameters: Map<String, Value>,
}

//! The settings of a provider with this adapter.

use schemars::JsonSchema;
use serde::Deserialize;

/// A provider's `settings`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Top-level members of a request to remove, because the upstream rejects them. Default: none.
    pub drop_parameters: Vec<String>,
}

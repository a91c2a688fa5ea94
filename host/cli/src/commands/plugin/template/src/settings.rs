//! The settings of a provider that uses this adapter.

use schemars::JsonSchema;
use serde::Deserialize;

/// What an operator may set under a provider's `settings`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Members of a request that the upstream refuses and must not see. Default: none.
    pub drop_parameters: Vec<String>,
}

//! `credits:`, what of a model's price its callers are charged.

use schemars::JsonSchema;
use serde::Deserialize;

/// What of a model's price its callers are charged. One credit is one dollar.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CreditsConfig {
    /// What prices are multiplied by to make credits: 1.65 charges 65 % on top. Default 1.0.
    #[schemars(range(min = 0))]
    pub cost_multiplier: f64,
}

// === impl CreditsConfig ===

impl Default for CreditsConfig {
    fn default() -> Self {
        Self { cost_multiplier: 1.0 }
    }
}

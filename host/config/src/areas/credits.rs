//! `credits:`: how prices become credits.

use schemars::JsonSchema;
use serde::Deserialize;

/// How a model's price becomes credits. One credit is one dollar.
///
/// Since 0.1.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CreditsConfig {
    /// The multiplier on a model's price: 1.0 passes prices on unchanged, 1.65 adds 65 %. Default 1.0.
    #[schemars(range(min = 0))]
    pub cost_multiplier: f64,
}

// === impl CreditsConfig ===

impl Default for CreditsConfig {
    fn default() -> Self {
        Self { cost_multiplier: 1.0 }
    }
}

//! The settings of this shaper.

use schemars::JsonSchema;
use serde::Deserialize;

/// A shaper's `settings`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The words to hide, of up to 64 bytes each. Default: none.
    pub words: Vec<String>,
}

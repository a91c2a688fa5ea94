//! The settings of a provider that uses this adapter.

use jackfield_plugin_sdk::Pace;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

/// Words in the names of models that take an `aspect_ratio` and no pixels.
///
/// Source: `FluxUltraInput` and `FluxKontextProInputs` in the API's description.
const BY_RATIO: [&str; 2] = ["kontext", "ultra"];

/// What an operator may set under a provider's `settings`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// How often a task is asked for.
    pub polling: Pace,
    /// Beginnings of model names that take the size as `aspect_ratio`, besides those that the adapter knows: the names
    /// with `kontext` or `ultra` in them. Default: none.
    pub aspect_ratio_models: Vec<String>,
    /// Members to set in every request, overriding the client's, such as `safety_tolerance`. Default: none.
    pub extra_parameters: Map<String, Value>,
}

// === impl Settings ===

impl Settings {
    /// Whether a model takes proportions instead of pixels.
    pub(crate) fn takes_ratio(&self, model: &str) -> bool {
        let mut own = self.aspect_ratio_models.iter();
        own.any(|start| model.starts_with(start.as_str())) || BY_RATIO.iter().any(|word| model.contains(word))
    }
}

#[cfg(test)]
mod tests {
    use super::Settings;

    #[test]
    fn a_model_is_known_by_its_name() {
        for (model, expected) in [
            ("flux-pro-1.1-ultra", true),
            ("flux-kontext-max", true),
            ("flux-pro-1.1", false),
            ("flux-2-pro", false),
        ] {
            assert_eq!(Settings::default().takes_ratio(model), expected, "{model}");
        }
    }
}

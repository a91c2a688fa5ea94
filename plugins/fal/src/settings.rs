//! The settings of a provider that uses this adapter.

use jackfield_plugin_sdk::Pace;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::models::LIST;

/// Models whose input has an `aspect_ratio` and no `image_size`, by the beginnings of their names.
///
/// Source: the models' pages, such as <https://fal.ai/models/fal-ai/imagen4/preview/api>.
const BY_RATIO: [&str; 6] = [
    "fal-ai/flux-pro/kontext",
    "fal-ai/flux-pro/v1.1-ultra",
    "fal-ai/gemini",
    "fal-ai/imagen",
    "fal-ai/minimax/image-01",
    "fal-ai/nano-banana",
];

/// What an operator may set under a provider's `settings`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// How often a job is asked for.
    pub polling: Pace,
    /// Beginnings of model names whose input takes the size as `aspect_ratio` instead of `image_size`, besides those that
    /// the adapter knows. `""` matches all. Default: none.
    pub aspect_ratio_models: Vec<String>,
    /// The URL of the list of models, whose host the provider's `hosts` must name. Default: fal's own,
    /// `https://api.fal.ai/v1/models`.
    pub models_url: String,
    /// Members to set in every input, overriding the client's, such as `enable_safety_checker`. Default: none.
    pub extra_parameters: Map<String, Value>,
}

// === impl Settings ===

impl Settings {
    /// Whether a model takes proportions instead of pixels.
    pub(crate) fn takes_ratio(&self, model: &str) -> bool {
        let mut own = self.aspect_ratio_models.iter().map(String::as_str);
        own.any(|start| model.starts_with(start)) || BY_RATIO.iter().any(|start| model.starts_with(start))
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            polling: Pace::default(),
            aspect_ratio_models: Vec::new(),
            models_url: LIST.to_owned(),
            extra_parameters: Map::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Settings;

    #[test]
    fn a_model_is_known_by_the_beginning_of_its_name() {
        let settings = Settings {
            aspect_ratio_models: vec!["acme/".to_owned()],
            ..Settings::default()
        };
        for (model, expected) in [
            ("fal-ai/imagen4/preview", true),
            ("fal-ai/flux/dev", false),
            ("acme/painter", true),
        ] {
            assert_eq!(settings.takes_ratio(model), expected, "{model}");
        }
    }
}

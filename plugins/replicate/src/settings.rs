//! The settings of a provider that uses this adapter.

use std::collections::BTreeMap;

use jackfield_plugin_sdk::Pace;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

/// What an operator may set under a provider's `settings`. Each model has an input of its own, so most of them say how
/// OpenAI's members are called there.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// How long Replicate holds back its first answer until the images are there, in seconds, up to 60; with 0, it
    /// answers at once. Default: 60.
    #[schemars(range(max = 60))]
    pub wait_seconds: u32,
    /// How often a prediction that takes longer is asked for.
    pub polling: Pace,
    /// The form in which models take the size. Default: `aspect_ratio`.
    pub size: SizeForm,
    /// The same for single models, by the beginnings of their names; the longest one counts. Default: none.
    pub size_of_models: BTreeMap<String, SizeForm>,
    /// The name of the number of images. Default: `num_outputs`.
    pub count: String,
    /// The collection whose models are listed. Default: `text-to-image`.
    pub collection: String,
    /// Members to set in every input, overriding the client's, such as `disable_safety_checker`. Default: none.
    pub extra_parameters: Map<String, Value>,
}

/// The form in which a model takes the size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SizeForm {
    /// `aspect_ratio`, such as `16:9`.
    #[default]
    AspectRatio,
    /// `width` and `height` in pixels.
    Pixels,
    /// `size`, as OpenAI has it.
    Size,
}

// === impl Settings ===

impl Settings {
    /// The form in which this model takes the size.
    pub(crate) fn size_form(&self, model: &str) -> SizeForm {
        let known = self
            .size_of_models
            .iter()
            .filter(|(start, _)| model.starts_with(start.as_str()));
        let longest = known.max_by_key(|(start, _)| start.len());
        longest.map_or(self.size, |(_, form)| *form)
    }

    /// The header that asks Replicate to wait.
    ///
    /// Source: "Sync mode", <https://replicate.com/docs/topics/predictions/create-a-prediction>.
    pub(crate) fn prefer(&self) -> Option<String> {
        (self.wait_seconds > 0).then(|| format!("wait={}", self.wait_seconds.min(60)))
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            wait_seconds: 60,
            polling: Pace::default(),
            size: SizeForm::default(),
            size_of_models: BTreeMap::new(),
            count: "num_outputs".to_owned(),
            collection: "text-to-image".to_owned(),
            extra_parameters: Map::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_beginning_of_a_models_name_counts() {
        let forms = [
            ("stability-ai/", SizeForm::Pixels),
            ("stability-ai/sd3", SizeForm::AspectRatio),
        ];
        let settings = Settings {
            size: SizeForm::Size,
            size_of_models: forms.map(|(start, form)| (start.to_owned(), form)).into(),
            ..Settings::default()
        };
        for (model, form) in [
            ("stability-ai/sdxl", SizeForm::Pixels),
            ("stability-ai/sd3.5", SizeForm::AspectRatio),
            ("acme/a", SizeForm::Size),
        ] {
            assert_eq!(settings.size_form(model), form, "{model}");
        }
    }
}

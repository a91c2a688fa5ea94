//! The settings of a provider that uses this adapter.

use openai::preset::Preset;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

/// What an operator may set under a provider's `settings`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The settings of the adapter `openai`, for chats. Default: its preset `minimax`, which also counts where these
    /// settings name none.
    pub chat: openai::settings::Settings,
    /// Members to set in every request for images, overriding the client's, such as `aigc_watermark`. Default: none.
    pub image_parameters: Map<String, Value>,
}

// === impl Settings ===

impl Settings {
    /// The settings for chats, with the preset.
    pub(crate) fn of_chats(&self) -> openai::settings::Settings {
        let mut chat = self.chat.clone();
        chat.preset.get_or_insert(Preset::Minimax);
        chat
    }
}

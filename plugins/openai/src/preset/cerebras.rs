//! Cerebras: `reasoning_effort` has a word for off, and history has no `reasoning_content`.
//!
//! Source: the SDK `cerebras_cloud_sdk` 1.91, `types/chat/completion_create_params.py`.

use jackfield_plugin_sdk::Extension;

use super::{PLAIN, Switch, Thinking, Traits};
use crate::settings::TokenLimit;

/// How Cerebras differs.
pub(super) static TRAITS: Traits = Traits {
    accepts: &[Extension::Thinking],
    max_tokens: TokenLimit::MaxCompletionTokens,
    thinking: Thinking {
        switch: Switch::Effort("none"),
        efforts: &[("minimal", "low"), ("xhigh", "high"), ("max", "high")],
        has_effort: true,
    },
    ..PLAIN
};

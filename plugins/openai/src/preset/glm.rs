//! GLM by z.ai: only `max_tokens`, thinking is switched by `thinking`, and no tool can be forced.
//!
//! Sources: <https://docs.z.ai/api-reference/llm/chat-completion>; the SDK `zai-sdk` 0.2, `api_resource/chat/completions.py`.

use jackfield_plugin_sdk::Extension;

use super::{PLAIN, Switch, Thinking, ToolChoices, Traits};
use crate::settings::TokenLimit;

/// How GLM differs.
pub(super) static TRAITS: Traits = Traits {
    accepts: &[
        Extension::ReasoningContent,
        Extension::Thinking,
        Extension::CacheControl,
    ],
    max_tokens: TokenLimit::MaxTokens,
    renames: &[("user", "user_id")],
    max_temperature: 1.0,
    thinking: Thinking {
        switch: Switch::Type("enabled"),
        efforts: &[],
        has_effort: true,
    },
    tool_choice: ToolChoices::Free,
    ..PLAIN
};

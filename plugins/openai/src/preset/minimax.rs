//! `MiniMax`: reasoning is in `reasoning_details` in both directions, once `reasoning_split` asks for it.
//!
//! Source: <https://platform.minimax.io/docs/api-reference/text-openai-api>.

use jackfield_plugin_sdk::Extension;

use super::{History, PLAIN, Reasoning, Switch, Thinking, ToolChoices, Traits};
use crate::settings::TokenLimit;

/// How `MiniMax` differs.
pub(super) static TRAITS: Traits = Traits {
    accepts: &[Extension::ReasoningContent, Extension::Thinking],
    max_tokens: TokenLimit::MaxCompletionTokens,
    defaults: &[("reasoning_split", "true")],
    max_temperature: 1.0,
    thinking: Thinking {
        switch: Switch::Type("adaptive"),
        efforts: &[],
        has_effort: false,
    },
    tool_choice: ToolChoices::Free,
    history: History {
        reasoning: Reasoning::Details,
        is_flat: false,
        is_system: true,
    },
    ..PLAIN
};

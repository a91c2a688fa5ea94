//! Kimi by Moonshot AI: reasoning comes back with every tool call, sampling is fixed, and no tool can be forced.
//!
//! Sources: <https://platform.kimi.ai/docs/api/models-overview>, <https://platform.moonshot.ai/docs/api/chat>,
//! <https://platform.moonshot.ai/docs/guide/use-kimi-k2-thinking-model>.

use jackfield_plugin_sdk::Extension;

use super::{History, PLAIN, Reasoning, Switch, Thinking, ToolChoices, Traits};
use crate::settings::TokenLimit;

/// How Kimi differs.
pub(super) static TRAITS: Traits = Traits {
    // Its ids hold the tool's name, and its models go by them.
    accepts: &[Extension::ReasoningContent, Extension::Thinking, Extension::LongCallIds],
    max_tokens: TokenLimit::MaxCompletionTokens,
    fixed_sampling: &["kimi-k2.*", "kimi-k3*", "*thinking*"],
    max_temperature: 1.0,
    thinking: Thinking {
        switch: Switch::Type("enabled"),
        efforts: &[("minimal", "low"), ("medium", "high"), ("xhigh", "max")],
        has_effort: true,
    },
    tool_choice: ToolChoices::Free,
    history: History {
        // An empty text counts as missing.
        reasoning: Reasoning::WithCalls(" "),
        is_flat: false,
        is_system: true,
    },
    ..PLAIN
};

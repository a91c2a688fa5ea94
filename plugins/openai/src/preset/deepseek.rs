//! `DeepSeek`: thinking is on unless it is switched off, and then every turn has to bring its reasoning back.
//!
//! Sources: <https://api-docs.deepseek.com/guides/thinking_mode>,
//! <https://api-docs.deepseek.com/api/create-chat-completion>.

use jackfield_plugin_sdk::Extension;

use super::{History, PLAIN, Reasoning, Switch, Thinking, Traits};
use crate::settings::TokenLimit;

/// How `DeepSeek` differs.
pub(super) static TRAITS: Traits = Traits {
    accepts: &[Extension::ReasoningContent, Extension::Thinking],
    max_tokens: TokenLimit::MaxTokens,
    thinking: Thinking {
        switch: Switch::Type("enabled"),
        efforts: &[("minimal", "low"), ("medium", "high"), ("xhigh", "high")],
        has_effort: true,
    },
    only_functions: true,
    history: History {
        reasoning: Reasoning::Everywhere(""),
        is_flat: true,
        is_system: true,
    },
    ..PLAIN
};

//! Together AI: only `max_tokens`, `top_k`, and thinking is switched by `reasoning`.
//!
//! Source: the SDK `together` 3.1, `types/chat/completion_create_params.py`.

use jackfield_plugin_sdk::Extension;

use super::{PLAIN, Switch, Thinking, Traits};
use crate::settings::TokenLimit;

/// How Together differs.
pub(super) static TRAITS: Traits = Traits {
    accepts: &[Extension::ReasoningContent, Extension::Thinking, Extension::TopK],
    max_tokens: TokenLimit::MaxTokens,
    thinking: Thinking {
        switch: Switch::Reasoning(false),
        efforts: &[("minimal", "low"), ("xhigh", "high"), ("max", "high")],
        has_effort: true,
    },
    ..PLAIN
};

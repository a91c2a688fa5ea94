//! Grok by xAI: plain but for its words of effort.
//!
//! Source: <https://docs.x.ai/docs/api-reference#chat-completions>; the SDK `xai-sdk` 1.21, `types/chat.py`.

use jackfield_plugin_sdk::Extension;

use super::{PLAIN, Switch, Thinking, Traits};
use crate::settings::TokenLimit;

/// How xAI differs.
pub(super) static TRAITS: Traits = Traits {
    accepts: &[Extension::Thinking],
    max_tokens: TokenLimit::MaxCompletionTokens,
    thinking: Thinking {
        switch: Switch::Effort("none"),
        efforts: &[("minimal", "low"), ("max", "xhigh")],
        has_effort: true,
    },
    ..PLAIN
};

//! Qwen by Alibaba Cloud: thinking is switched by `enable_thinking` and measured by `thinking_budget`.
//!
//! Sources: <https://www.alibabacloud.com/help/en/model-studio/deep-thinking>,
//! <https://www.alibabacloud.com/help/en/model-studio/use-qwen-by-calling-api>.

use jackfield_plugin_sdk::Extension;

use super::{PLAIN, Switch, Thinking, Traits};
use crate::settings::TokenLimit;

/// How Qwen differs.
pub(super) static TRAITS: Traits = Traits {
    accepts: &[
        Extension::ReasoningContent,
        Extension::Thinking,
        Extension::CacheControl,
        Extension::TopK,
    ],
    max_tokens: TokenLimit::MaxTokens,
    thinking: Thinking {
        switch: Switch::Enable,
        efforts: &[],
        has_effort: false,
    },
    ..PLAIN
};

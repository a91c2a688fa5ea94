//! `OpenRouter`: everything that the models behind it have, and thinking in `reasoning`.
//!
//! Sources: <https://openrouter.ai/docs/use-cases/reasoning-tokens>,
//! <https://openrouter.ai/docs/features/prompt-caching>; the SDK `openrouter` 1.3, `components/chatrequest.py`.

use jackfield_plugin_sdk::Extension;

use super::{PLAIN, Switch, Thinking, Traits};

/// How `OpenRouter` differs.
pub(super) static TRAITS: Traits = Traits {
    accepts: &[
        Extension::ReasoningContent,
        Extension::Thinking,
        Extension::CacheControl,
        Extension::TopK,
    ],
    thinking: Thinking {
        switch: Switch::Reasoning(true),
        efforts: &[],
        has_effort: true,
    },
    ..PLAIN
};

//! Fireworks AI: `reasoning_effort` has a word for off, and history may hold `reasoning_content`.
//!
//! Source: the SDK `fireworks-ai` 1.2, `types/chat/completion_create_params.py` and `types/shared_params/chat_message.py`.

use jackfield_plugin_sdk::Extension;

use super::{PLAIN, Switch, Thinking, Traits};

/// How Fireworks differs.
pub(super) static TRAITS: Traits = Traits {
    accepts: &[Extension::ReasoningContent, Extension::Thinking, Extension::TopK],
    thinking: Thinking {
        switch: Switch::Effort("none"),
        efforts: &[("minimal", "low"), ("xhigh", "high"), ("max", "high")],
        has_effort: true,
    },
    ..PLAIN
};

//! A llama.cpp server: more samplers, and thinking is switched in the chat template.
//!
//! Source: <https://github.com/ggml-org/llama.cpp/tree/master/tools/server>.

use jackfield_plugin_sdk::Extension;

use super::{PLAIN, Switch, Thinking, ToolChoices, Traits};

/// How llama.cpp differs.
pub(super) static TRAITS: Traits = Traits {
    accepts: &[Extension::ReasoningContent, Extension::Thinking, Extension::TopK],
    thinking: Thinking {
        switch: Switch::Template,
        efforts: &[],
        has_effort: true,
    },
    tool_choice: ToolChoices::Words,
    ..PLAIN
};

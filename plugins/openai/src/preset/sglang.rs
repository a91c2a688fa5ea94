//! An `SGLang` server: `top_k`, and thinking is switched in the chat template.
//!
//! Source: <https://docs.sglang.ai/basic_usage/openai_api_completions.html>.

use jackfield_plugin_sdk::Extension;

use super::{PLAIN, Switch, Thinking, Traits};

/// How `SGLang` differs.
pub(super) static TRAITS: Traits = Traits {
    accepts: &[Extension::ReasoningContent, Extension::Thinking, Extension::TopK],
    thinking: Thinking {
        switch: Switch::Template,
        efforts: &[("minimal", "low"), ("xhigh", "high"), ("max", "high")],
        has_effort: true,
    },
    ..PLAIN
};

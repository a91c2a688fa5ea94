//! A vLLM server: `top_k`, and thinking is switched in the chat template.
//!
//! Source: <https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html>.

use jackfield_plugin_sdk::Extension;

use super::{PLAIN, Switch, Thinking, Traits};

/// How vLLM differs.
pub(super) static TRAITS: Traits = Traits {
    accepts: &[Extension::ReasoningContent, Extension::Thinking, Extension::TopK],
    thinking: Thinking {
        switch: Switch::Template,
        efforts: &[("minimal", "low"), ("xhigh", "high"), ("max", "high")],
        has_effort: true,
    },
    ..PLAIN
};

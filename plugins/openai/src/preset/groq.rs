//! Groq: refuses log probabilities and biases and what its API lacks, `reasoning_effort` has fewer words, and every stream
//! ends with its usage.
//!
//! Sources: <https://console.groq.com/docs/openai>; the SDK `groq` 1.7, `types/chat/completion_create_params.py`.

use jackfield_plugin_sdk::Extension;

use super::{PLAIN, Switch, Thinking, Traits};
use crate::settings::TokenLimit;

/// How Groq differs.
pub(super) static TRAITS: Traits = Traits {
    accepts: &[Extension::Thinking, Extension::Functions],
    max_tokens: TokenLimit::MaxCompletionTokens,
    drops: &[
        "logit_bias",
        "logprobs",
        "top_logprobs",
        "prediction",
        "prompt_cache_key",
        "safety_identifier",
        "verbosity",
    ],
    stream_usage: false,
    thinking: Thinking {
        switch: Switch::Effort("none"),
        efforts: &[("minimal", "low"), ("xhigh", "high"), ("max", "high")],
        has_effort: true,
    },
    ..PLAIN
};

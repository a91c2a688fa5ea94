//! The tokens of embeddings and rankings.

use jackfield_plugin_sdk::canonical::{Extra, InputUsage};

/// The canonical usage. The API tells the total; some of its models tell the same as `prompt_tokens` too.
pub(crate) fn of(mut usage: Extra) -> InputUsage {
    let prompt = usage.remove("prompt_tokens").and_then(|tokens| tokens.as_count());
    let total = usage.remove("total_tokens").and_then(|tokens| tokens.as_count());
    let mut counted = InputUsage::of(total.or(prompt).unwrap_or_default());
    counted.extra = usage;
    counted
}

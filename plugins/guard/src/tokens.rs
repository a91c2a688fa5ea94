//! How many tokens a request asks for, under the name that its dialect has for it.

use jackfield_plugin_sdk::canonical::Extra;
use jackfield_plugin_sdk::{Dialect, Shaping};

/// All names: OpenAI's older and newer one, and that of its Responses API. Anthropic's is the older one.
const NAMES: [&str; 3] = ["max_tokens", "max_completion_tokens", "max_output_tokens"];

/// What a request asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// No more than it may.
    Enough,
    /// More, under these names.
    TooMuch(Vec<&'static str>),
    /// Nothing; this is the name under which it would.
    Nothing(&'static str),
}

/// What a request asks for, compared with the limit.
pub fn asked<S>(call: &Shaping<S>, parameters: &Extra, limit: u64) -> Asked {
    let present = |name: &&&str| parameters.get(name).is_some_and(|value| !value.is_null());
    let given: Vec<&'static str> = NAMES.iter().filter(present).copied().collect();
    if given.is_empty() {
        return Asked::Nothing(usual(&call.dialect));
    }
    // What is no whole number counts as too much: some upstreams take `"5"`.
    let is_more = |name: &&str| parameters.read::<u64>(name).is_none_or(|tokens| tokens > limit);
    let more: Vec<&'static str> = given.into_iter().filter(|name| is_more(name)).collect();
    if more.is_empty() {
        Asked::Enough
    } else {
        Asked::TooMuch(more)
    }
}

fn usual(dialect: &Dialect) -> &'static str {
    match dialect.as_str() {
        "anthropic-messages" => "max_tokens",
        "openai-responses" => "max_output_tokens",
        _ => "max_completion_tokens",
    }
}

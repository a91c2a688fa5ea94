//! `OpenAI` itself: its reasoning models know only the newer name of the token limit, which all others know too.
//!
//! Source: <https://platform.openai.com/docs/api-reference/chat/create>.

use jackfield_plugin_sdk::Extension;

use super::{PLAIN, Traits};
use crate::settings::TokenLimit;

/// How `OpenAI` differs from what its API once was.
pub(super) static TRAITS: Traits = Traits {
    accepts: &[Extension::Functions],
    max_tokens: TokenLimit::MaxCompletionTokens,
    ..PLAIN
};

//! The dialects that the host knows.

use crate::anthropic::AnthropicMessages;
use crate::client::Dialect;
use crate::cohere::CohereRerank;
use crate::completions::OpenaiCompletions;
use crate::openai::OpenaiChat;
use crate::responses::OpenaiResponses;

/// The request headers that travel to adapters as parameters, each with the parameter's name. A comma-separated list
/// becomes a JSON array.
pub const PARAMETER_HEADERS: [(&str, &str); 1] = [("anthropic-beta", "anthropic_beta")];

/// Every dialect, the canonical one first.
pub fn all() -> [Dialect; 5] {
    [
        &OpenaiChat,
        &AnthropicMessages,
        &OpenaiCompletions,
        &CohereRerank,
        &OpenaiResponses,
    ]
}

/// The dialect that is the canonical form: OpenAI's.
pub fn canonical() -> Dialect {
    &OpenaiChat
}

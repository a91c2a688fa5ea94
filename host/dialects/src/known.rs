//! The dialects and the APIs of batches that the host knows.

use crate::anthropic::{AnthropicMessages, MessageBatches};
use crate::batches::Batching;
use crate::client::Dialect;
use crate::cohere::CohereRerank;
use crate::completions::OpenaiCompletions;
use crate::gemini::GeminiContent;
use crate::openai::{OpenaiBatches, OpenaiChat};
use crate::responses::OpenaiResponses;

/// The request headers that travel to adapters as parameters, each with the parameter's name. A comma-separated list
/// becomes a JSON array.
pub const PARAMETER_HEADERS: [(&str, &str); 1] = [("anthropic-beta", "anthropic_beta")];

/// The request headers that hold a client's credential alone, besides `Authorization`.
pub const CREDENTIAL_HEADERS: [&str; 2] = ["x-api-key", "x-goog-api-key"];

/// Every dialect, the canonical one first.
pub fn all() -> [Dialect; 6] {
    [
        &OpenaiChat,
        &AnthropicMessages,
        &OpenaiCompletions,
        &CohereRerank,
        &OpenaiResponses,
        &GeminiContent,
    ]
}

/// The dialect that a client shows by its headers, whatever it asks for; `None` if they do not tell. `has_header` takes a
/// name in lower case.
pub fn spoken(has_header: &dyn Fn(&str) -> bool) -> Option<Dialect> {
    let spoken = all().into_iter().find(|dialect| dialect.is_spoken_by(has_header))?;
    Some(spoken.variant(has_header))
}

/// The dialect that is the canonical form: OpenAI's.
pub fn canonical() -> Dialect {
    &OpenaiChat
}

/// Every API of batches.
pub fn batch_apis() -> [Batching; 2] {
    [&OpenaiBatches, &MessageBatches]
}

/// The API of batches with this name.
pub fn batch_api(name: &str) -> Option<Batching> {
    batch_apis().into_iter().find(|api| api.name() == name)
}

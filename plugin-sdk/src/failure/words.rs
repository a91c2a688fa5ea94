//! The words that upstreams use for errors, and the class each stands for: the one table for all plugins.
//!
//! | upstream | source of its words |
//! |---|---|
//! | OpenAI | <https://platform.openai.com/docs/guides/error-codes> |
//! | Anthropic | <https://platform.claude.com/docs/en/api/errors>, <https://platform.claude.com/docs/en/build-with-claude/context-windows> |
//! | Azure | <https://learn.microsoft.com/azure/ai-foundry/openai/concepts/content-filter> |
//! | Alibaba | <https://www.alibabacloud.com/help/en/model-studio/error-code> |
//! | DeepSeek | <https://api-docs.deepseek.com/quick_start/error_codes> |
//! | Gemini | <https://ai.google.dev/gemini-api/docs/troubleshooting> |
//! | Cohere | <https://docs.cohere.com/reference/errors> |
//! | Moonshot | <https://platform.moonshot.ai/docs/api/chat> |
//! | llama.cpp | <https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md> |
//! | vLLM, SGLang, TGI | the messages in their sources |

use super::FailureClass;

// === impl FailureClass ===

impl FailureClass {
    /// Error codes and types by class, in alphabetical order within each.
    ///
    /// The host has the same table.
    pub const WORDS: [(&'static str, Self); 28] = [
        ("invalid_request_error", Self::Client),
        ("request_too_large", Self::Client),
        ("context_length_exceeded", Self::ContextLength),
        ("exceed_context_size_error", Self::ContextLength),
        ("contentFilter", Self::ContentPolicy),
        ("content_filter", Self::ContentPolicy),
        ("content_policy_violation", Self::ContentPolicy),
        ("data_inspection_failed", Self::ContentPolicy),
        ("invalid_prompt", Self::ContentPolicy),
        ("moderation_blocked", Self::ContentPolicy),
        ("account_deactivated", Self::Refused),
        ("authentication_error", Self::Refused),
        ("billing_error", Self::Refused),
        ("billing_hard_limit_reached", Self::Refused),
        ("billing_not_active", Self::Refused),
        ("insufficient_quota", Self::Refused),
        ("invalid_api_key", Self::Refused),
        ("model_not_found", Self::Refused),
        ("not_found_error", Self::Refused),
        ("payment_required", Self::Refused),
        ("permission_error", Self::Refused),
        ("rate_limit_error", Self::RateLimited),
        ("rate_limit_exceeded", Self::RateLimited),
        ("api_error", Self::Overloaded),
        ("overloaded_error", Self::Overloaded),
        ("server_error", Self::Overloaded),
        ("timeout", Self::Timeout),
        ("timeout_error", Self::Timeout),
    ];

    /// What upstreams write, in lower case, in messages whose code says only that the request is at fault. In
    /// alphabetical order within each class.
    ///
    /// The host has the same table.
    pub const PHRASES: [(&'static str, Self); 22] = [
        ("context window of this model", Self::ContextLength),
        ("exceed context limit", Self::ContextLength),
        ("exceeded model token limit", Self::ContextLength),
        ("exceeds the available context size", Self::ContextLength),
        ("exceeds the maximum number of tokens", Self::ContextLength),
        ("input is too long for", Self::ContextLength),
        ("input length exceeds the context length", Self::ContextLength),
        ("inputs` tokens + `max_new_tokens", Self::ContextLength),
        ("longer than the context length", Self::ContextLength),
        ("longer than the model's context length", Self::ContextLength),
        ("maximum context length", Self::ContextLength),
        ("maximum prompt length", Self::ContextLength),
        ("prompt is too long", Self::ContextLength),
        ("range of input length should be", Self::ContextLength),
        ("reduce the length of the messages", Self::ContextLength),
        ("too many tokens: ", Self::ContextLength),
        ("content exists risk", Self::ContentPolicy),
        ("content filtering policy", Self::ContentPolicy),
        ("content management policy", Self::ContentPolicy),
        ("flagged as potentially violating", Self::ContentPolicy),
        ("may contain inappropriate content", Self::ContentPolicy),
        ("result of our safety system", Self::ContentPolicy),
    ];

    /// The class of an error with this code or type; `None` if the word is unknown.
    pub fn of_word(word: &str) -> Option<Self> {
        let known = Self::WORDS.iter().find(|(known, _)| *known == word);
        known.map(|(_, class)| *class)
    }

    /// The class of an error with this message; `None` if it has none of the [`PHRASES`](Self::PHRASES).
    pub fn of_phrase(message: &str) -> Option<Self> {
        let message = message.to_ascii_lowercase();
        let known = Self::PHRASES.iter().find(|(phrase, _)| message.contains(phrase));
        known.map(|(_, class)| *class)
    }

    /// The same class, or what the error's message makes of class client: too long, or against the provider's policy.
    #[must_use]
    pub fn refined(self, message: &str) -> Self {
        match self {
            Self::Client => Self::of_phrase(message).unwrap_or(self),
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_gives_its_class() {
        let table = [
            ("invalid_request_error", Some(FailureClass::Client)),
            ("invalid_api_key", Some(FailureClass::Refused)),
            ("model_not_found", Some(FailureClass::Refused)),
            ("rate_limit_exceeded", Some(FailureClass::RateLimited)),
            ("server_error", Some(FailureClass::Overloaded)),
            ("timeout", Some(FailureClass::Timeout)),
            ("brand_new_error", None),
            ("", None),
        ];
        for (word, class) in table {
            assert_eq!(FailureClass::of_word(word), class, "{word}");
        }
    }

    #[test]
    fn the_words_are_unique_and_in_order_of_class_and_alphabet() {
        let place = |class| FailureClass::ALL.iter().position(|known| *known == class);
        for table in [&FailureClass::WORDS[..], &FailureClass::PHRASES] {
            let keys = table.iter().map(|(word, class)| (place(*class), *word));
            assert!(keys.is_sorted_by(|one, next| one < next));
            let unique: std::collections::BTreeSet<&str> = table.iter().map(|(word, _)| *word).collect();
            assert_eq!(unique.len(), table.len());
        }
    }

    /// One message of each vendor, as it writes them.
    #[test]
    fn a_message_gives_its_class() {
        let too_long = [
            "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.",
            "Your input exceeds the context window of this model. Please adjust your input and try again.",
            "prompt is too long: 213462 tokens > 200000 maximum",
            "input length and `max_tokens` exceed context limit: 188240 + 21333 > 200000, decrease input length",
            "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
            "Input is too long for requested model.",
            "This model's maximum prompt length is 131072 but the request contains 140000 tokens.",
            "the request exceeds the available context size, try increasing it",
            "The input (9000 tokens) is longer than the model's context length (8192 tokens).",
            "the input length exceeds the context length",
            "the prompt is longer than the context length currently available to the model",
            "`inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000 `inputs` tokens",
            "Invalid request: Your request exceeded model token limit: 8192",
            "Range of input length should be [1, 30720]",
            "Please reduce the length of the messages or completion.",
            "too many tokens: total number of tokens in the prompt cannot exceed 4081",
        ];
        let not_accepted = [
            "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
            "Your request was rejected as a result of our safety system.",
            "Invalid prompt: your prompt was flagged as potentially violating our usage policy.",
            "Output blocked by content filtering policy",
            "Content Exists Risk",
            "Input data may contain inappropriate content.",
        ];
        let client = FailureClass::Client;
        for message in too_long {
            assert_eq!(client.refined(message), FailureClass::ContextLength, "{message}");
        }
        for message in not_accepted {
            assert_eq!(client.refined(message), FailureClass::ContentPolicy, "{message}");
        }
        assert_eq!(
            client.refined("max_tokens: 100000 > 8192, the maximum for this model"),
            client
        );
        assert_eq!(FailureClass::Refused.refined(too_long[0]), FailureClass::Refused);
    }
}

//! The classes of failure, and the words and statuses by which upstreams report them.
//!
//! Sources: <https://platform.openai.com/docs/guides/error-codes>, <https://platform.claude.com/docs/en/api/errors>.

use std::fmt;
use std::str::FromStr;

/// The class of a failure. It decides what routing does, not the status code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// The request itself is at fault: any provider would refuse it.
    Client,
    /// The request is too long for this model. As [`Client`](Self::Client), unless the operator lets the chain go on.
    ContextLength,
    /// The provider does not accept what the request says. As [`Client`](Self::Client), unless the operator lets the
    /// chain go on.
    ContentPolicy,
    /// This target cannot be sent the request, and was not; another may be.
    Unsupported,
    /// The provider will not serve us: bad credential, no such model there, no credit.
    Refused,
    /// Too many requests.
    RateLimited,
    /// The provider is down or busy.
    Overloaded,
    /// One of the clocks ran out.
    Timeout,
    /// The reply makes no sense or breaks off.
    Malformed,
    /// The plugin trapped, exceeded a limit or asked for what it may not.
    Plugin,
    /// This process is at its own limits, such as that of open files. No target is at fault.
    Exhausted,
}

/// The word names no class of failure.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown class of failure `{0}`; use {known}", known = Class::ALL.map(Class::as_str).join(", "))]
pub struct UnknownClass(String);

/// Error codes and types by class, in alphabetical order within each.
///
/// The plugins' SDK has the same table.
pub const WORDS: [(&str, Class); 28] = [
    ("invalid_request_error", Class::Client),
    ("request_too_large", Class::Client),
    ("context_length_exceeded", Class::ContextLength),
    ("exceed_context_size_error", Class::ContextLength),
    ("contentFilter", Class::ContentPolicy),
    ("content_filter", Class::ContentPolicy),
    ("content_policy_violation", Class::ContentPolicy),
    ("data_inspection_failed", Class::ContentPolicy),
    ("invalid_prompt", Class::ContentPolicy),
    ("moderation_blocked", Class::ContentPolicy),
    ("account_deactivated", Class::Refused),
    ("authentication_error", Class::Refused),
    ("billing_error", Class::Refused),
    ("billing_hard_limit_reached", Class::Refused),
    ("billing_not_active", Class::Refused),
    ("insufficient_quota", Class::Refused),
    ("invalid_api_key", Class::Refused),
    ("model_not_found", Class::Refused),
    ("not_found_error", Class::Refused),
    ("payment_required", Class::Refused),
    ("permission_error", Class::Refused),
    ("rate_limit_error", Class::RateLimited),
    ("rate_limit_exceeded", Class::RateLimited),
    ("api_error", Class::Overloaded),
    ("overloaded_error", Class::Overloaded),
    ("server_error", Class::Overloaded),
    ("timeout", Class::Timeout),
    ("timeout_error", Class::Timeout),
];

/// What upstreams write, in lower case, in messages whose code says only that the request is at fault. In alphabetical
/// order within each class. The plugins' SDK has the same table, with its sources.
pub const PHRASES: [(&str, Class); 22] = [
    ("context window of this model", Class::ContextLength),
    ("exceed context limit", Class::ContextLength),
    ("exceeded model token limit", Class::ContextLength),
    ("exceeds the available context size", Class::ContextLength),
    ("exceeds the maximum number of tokens", Class::ContextLength),
    ("input is too long for", Class::ContextLength),
    ("input length exceeds the context length", Class::ContextLength),
    ("inputs` tokens + `max_new_tokens", Class::ContextLength),
    ("longer than the context length", Class::ContextLength),
    ("longer than the model's context length", Class::ContextLength),
    ("maximum context length", Class::ContextLength),
    ("maximum prompt length", Class::ContextLength),
    ("prompt is too long", Class::ContextLength),
    ("range of input length should be", Class::ContextLength),
    ("reduce the length of the messages", Class::ContextLength),
    ("too many tokens: ", Class::ContextLength),
    ("content exists risk", Class::ContentPolicy),
    ("content filtering policy", Class::ContentPolicy),
    ("content management policy", Class::ContentPolicy),
    ("flagged as potentially violating", Class::ContentPolicy),
    ("may contain inappropriate content", Class::ContentPolicy),
    ("result of our safety system", Class::ContentPolicy),
];

/// The class of an error with this code or type; `None` if the word is unknown.
pub fn class_of_word(word: &str) -> Option<Class> {
    let known = WORDS.iter().find(|(known, _)| *known == word);
    known.map(|(_, class)| *class)
}

/// The class of an error with this message; `None` if it has none of the [`PHRASES`].
pub fn class_of_phrase(message: &str) -> Option<Class> {
    let message = message.to_lowercase();
    let known = PHRASES.iter().find(|(phrase, _)| message.contains(phrase));
    known.map(|(_, class)| *class)
}

/// The class of an error with this HTTP status.
pub const fn class_of_status(status: u16) -> Class {
    match status {
        400 | 413 | 415 | 422 => Class::Client,
        408 | 504 => Class::Timeout,
        429 => Class::RateLimited,
        400..500 => Class::Refused,
        _ => Class::Overloaded,
    }
}

// === impl Class ===

impl Class {
    /// Every class.
    const ALL: [Self; 11] = [
        Self::Client,
        Self::ContextLength,
        Self::ContentPolicy,
        Self::Unsupported,
        Self::Refused,
        Self::RateLimited,
        Self::Overloaded,
        Self::Timeout,
        Self::Malformed,
        Self::Plugin,
        Self::Exhausted,
    ];

    /// The name of the class in the plugins' contract and in the log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::ContextLength => "context-length",
            Self::ContentPolicy => "content-policy",
            Self::Unsupported => "unsupported",
            Self::Refused => "refused",
            Self::RateLimited => "rate-limited",
            Self::Overloaded => "overloaded",
            Self::Timeout => "timeout",
            Self::Malformed => "malformed",
            Self::Plugin => "plugin",
            Self::Exhausted => "exhausted",
        }
    }

    /// True if the request is at fault, rather than the provider.
    pub const fn is_clients(self) -> bool {
        matches!(self, Self::Client | Self::ContextLength | Self::ContentPolicy)
    }

    /// True if the failure says something about the target's health. One that was not sent the request has shown nothing.
    pub const fn blames_target(self) -> bool {
        !matches!(self, Self::Unsupported | Self::Exhausted)
    }

    /// OpenAI's code for an error of this class, by which agents decide; `None` if the class alone does not tell.
    ///
    /// Source: <https://platform.openai.com/docs/guides/error-codes>.
    pub const fn code(self) -> Option<&'static str> {
        match self {
            Self::ContextLength => Some("context_length_exceeded"),
            Self::ContentPolicy => Some("content_policy_violation"),
            _ => None,
        }
    }

    /// What happened, in words that may be shown to anyone.
    pub const fn phrase(self) -> &'static str {
        match self {
            Self::Client => "rejected the request",
            Self::ContextLength => "finds the request too long",
            Self::ContentPolicy => "does not accept its content",
            Self::Unsupported => "cannot take the request",
            Self::Refused => "refused to serve it",
            Self::RateLimited => "is rate limited",
            Self::Overloaded => "is overloaded or unreachable",
            Self::Timeout => "timed out",
            Self::Malformed => "sent a broken reply",
            Self::Plugin => "failed in its adapter",
            Self::Exhausted => "could not be called, because the gateway is at its own limits",
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl FromStr for Class {
    type Err = UnknownClass;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.into_iter().find(|class| class.as_str() == name);
        known.ok_or_else(|| UnknownClass(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Class, PHRASES, WORDS, class_of_phrase, class_of_status, class_of_word};

    #[test]
    fn a_class_is_read_back_from_its_name() {
        for class in Class::ALL {
            assert_eq!(class.to_string().parse(), Ok(class));
        }
        assert_eq!(
            "sold-out".parse::<Class>().unwrap_err().to_string(),
            "unknown class of failure `sold-out`; use client, context-length, content-policy, unsupported, refused, rate-limited, overloaded, timeout, malformed, plugin, exhausted"
        );
    }

    #[test]
    fn a_word_and_a_status_give_their_class() {
        assert_eq!(class_of_word("invalid_api_key"), Some(Class::Refused));
        assert_eq!(class_of_word("brand_new_error"), None);
        for (class, statuses) in [
            (Class::Client, &[400, 413, 415, 422][..]),
            (Class::Timeout, &[408, 504]),
            (Class::RateLimited, &[429]),
            (Class::Refused, &[401, 402, 403, 404, 405, 499]),
            (Class::Overloaded, &[200, 302, 500, 502, 503, 529]),
        ] {
            for status in statuses {
                assert_eq!(class_of_status(*status), class, "{status}");
            }
        }
    }

    #[test]
    fn a_phrase_gives_its_class_in_any_case() {
        let said = "Prompt is too long: 213462 tokens > 200000 maximum";
        assert_eq!(class_of_phrase(said), Some(Class::ContextLength));
        assert_eq!(class_of_phrase("Content Exists Risk"), Some(Class::ContentPolicy));
        assert_eq!(class_of_phrase("messages: must not be empty"), None);
    }

    /// The entries of a table of the SDK, as its source has them: `("word", Self::Class),`.
    #[test]
    fn the_plugins_sdk_has_the_same_tables() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../plugin-sdk/src/failure/words.rs");
        let source = std::fs::read_to_string(file).unwrap();
        let entry = |line: &str| {
            let (word, class) = line.trim().strip_prefix("(\"")?.split_once("\", Self::")?;
            Some((word.to_owned(), class.strip_suffix("),")?.to_owned()))
        };
        for (name, ours) in [("WORDS:", &WORDS[..]), ("PHRASES:", &PHRASES)] {
            let table = source.split_once(name).unwrap().1.split_once("];").unwrap().0;
            let theirs: Vec<(String, String)> = table.lines().filter_map(entry).collect();
            let ours: Vec<_> = ours
                .iter()
                .map(|(word, class)| ((*word).to_owned(), format!("{class:?}")))
                .collect();
            assert_eq!(theirs, ours, "{name}");
        }
    }
}

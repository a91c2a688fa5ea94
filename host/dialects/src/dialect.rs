//! The names of the protocols that a request and its reply can be in.

use std::fmt;
use std::str::FromStr;

/// The protocol of a request and its reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// `openai-chat`: OpenAI's JSON, which is the canonical form.
    OpenaiChat,
    /// `anthropic-messages`: Anthropic's Messages API.
    AnthropicMessages,
}

/// The dialect's name is none of those that the host knows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown dialect `{0}`; use openai-chat or anthropic-messages")]
pub struct UnknownDialect(String);

/// The last event of a stream that failed after its first byte, as a client of this dialect expects it. Nothing that
/// ends a stream properly follows it.
pub fn error_event(dialect: Dialect, message: &str) -> Vec<u8> {
    match dialect {
        Dialect::OpenaiChat => crate::openai::error_event(message),
        Dialect::AnthropicMessages => crate::anthropic::error_event(message),
    }
}

// === impl Dialect ===

impl Dialect {
    /// The dialect's name in manifests and exchanges.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OpenaiChat => "openai-chat",
            Self::AnthropicMessages => "anthropic-messages",
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl FromStr for Dialect {
    type Err = UnknownDialect;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        [Self::OpenaiChat, Self::AnthropicMessages]
            .into_iter()
            .find(|dialect| dialect.as_str() == name)
            .ok_or_else(|| UnknownDialect(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::Dialect;

    #[test]
    fn a_dialect_is_read_back_from_its_name() {
        for dialect in [Dialect::OpenaiChat, Dialect::AnthropicMessages] {
            assert_eq!(dialect.to_string().parse(), Ok(dialect));
        }
        let unknown = "openai".parse::<Dialect>().unwrap_err();
        assert_eq!(
            unknown.to_string(),
            "unknown dialect `openai`; use openai-chat or anthropic-messages"
        );
    }
}

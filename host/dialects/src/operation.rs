//! What a client can ask of a model.

use std::fmt;
use std::str::FromStr;

/// What a client asks of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// `chat`: the next message of a conversation.
    Chat,
    /// `count-tokens`: how many tokens a prompt has.
    CountTokens,
    /// `embeddings`: a vector per text.
    Embeddings,
    /// `rerank`: documents in order of their relevance to a query.
    Rerank,
    /// `images`: images of what a prompt describes.
    Images,
    /// `models`: what an upstream offers. The operator asks, of a provider and not of a model; no client can.
    Models,
}

/// The word names no operation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown operation `{0}`; use {known}", known = Operation::ALL.map(Operation::as_str).join(", "))]
pub struct UnknownOperation(String);

// === impl Operation ===

impl Operation {
    /// Every operation, in the order of the documentation.
    pub const ALL: [Self; 6] = [
        Self::Chat,
        Self::CountTokens,
        Self::Embeddings,
        Self::Rerank,
        Self::Images,
        Self::Models,
    ];

    /// The operation's name in manifests, calls and the ledger.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::CountTokens => "count-tokens",
            Self::Embeddings => "embeddings",
            Self::Rerank => "rerank",
            Self::Images => "images",
            Self::Models => "models",
        }
    }

    /// True if its replies consist of tokens that the upstream counts.
    #[must_use]
    pub const fn produces_tokens(self) -> bool {
        matches!(self, Self::Chat | Self::Images)
    }

    /// The operation that a model must be configured for to serve this one. Any chat model can have its tokens counted.
    #[must_use]
    pub const fn capability(self) -> Self {
        match self {
            Self::CountTokens => Self::Chat,
            other => other,
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl FromStr for Operation {
    type Err = UnknownOperation;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.into_iter().find(|operation| operation.as_str() == name);
        known.ok_or_else(|| UnknownOperation(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::Operation;

    #[test]
    fn an_operation_is_read_back_from_its_name() {
        for operation in Operation::ALL {
            assert_eq!(operation.to_string().parse(), Ok(operation));
        }
        assert_eq!(
            "completion".parse::<Operation>().unwrap_err().to_string(),
            "unknown operation `completion`; use chat, count-tokens, embeddings, rerank, images, models"
        );
    }

    #[test]
    fn a_count_needs_a_chat_model_and_every_other_operation_its_own() {
        for operation in Operation::ALL {
            let expected = if operation == Operation::CountTokens {
                Operation::Chat
            } else {
                operation
            };
            assert_eq!(operation.capability(), expected);
        }
    }
}

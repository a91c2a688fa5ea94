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
    /// `compaction`: a conversation, made shorter by its vendor's own means.
    Compaction,
    /// `embeddings`: a vector per text.
    Embeddings,
    /// `rerank`: documents in order of their relevance to a query.
    Rerank,
    /// `images`: images of what a prompt describes.
    Images,
    /// `image-edit`: images made from others as a prompt says.
    ImageEdit,
    /// `image-variation`: images that resemble another.
    ImageVariation,
    /// `completion`: the continuation of a text.
    Completion,
    /// `moderation`: whether texts and images are harmful.
    Moderation,
    /// `speech`: a text, spoken.
    Speech,
    /// `transcription`: what is said in a recording.
    Transcription,
    /// `translation`: what is said in a recording, in English.
    Translation,
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
    pub const ALL: [Self; 14] = [
        Self::Chat,
        Self::CountTokens,
        Self::Compaction,
        Self::Embeddings,
        Self::Rerank,
        Self::Images,
        Self::ImageEdit,
        Self::ImageVariation,
        Self::Completion,
        Self::Moderation,
        Self::Speech,
        Self::Transcription,
        Self::Translation,
        Self::Models,
    ];

    /// The operation's name in manifests, calls and the ledger.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::CountTokens => "count-tokens",
            Self::Compaction => "compaction",
            Self::Embeddings => "embeddings",
            Self::Rerank => "rerank",
            Self::Images => "images",
            Self::ImageEdit => "image-edit",
            Self::ImageVariation => "image-variation",
            Self::Completion => "completion",
            Self::Moderation => "moderation",
            Self::Speech => "speech",
            Self::Transcription => "transcription",
            Self::Translation => "translation",
            Self::Models => "models",
        }
    }

    /// True if its replies consist of tokens that the upstream counts.
    #[must_use]
    pub const fn produces_tokens(self) -> bool {
        !matches!(
            self,
            Self::CountTokens | Self::Embeddings | Self::Rerank | Self::Moderation | Self::Speech | Self::Models
        )
    }

    /// True if its replies may be anything but JSON, such as sound. Those pass as they come.
    #[must_use]
    pub const fn passes_bytes(self) -> bool {
        matches!(self, Self::Speech | Self::Transcription | Self::Translation)
    }

    /// True if only an upstream that speaks the client's dialect can do it: there is no canonical form of it.
    #[must_use]
    pub const fn is_native_only(self) -> bool {
        matches!(self, Self::Compaction)
    }

    /// True if its requests are forms with files.
    #[must_use]
    pub const fn takes_form(self) -> bool {
        matches!(
            self,
            Self::ImageEdit | Self::ImageVariation | Self::Transcription | Self::Translation
        )
    }

    /// The operation that may serve in place of this one, with a model for that: a chat model completes texts, too.
    #[must_use]
    pub const fn substitute(self) -> Option<Self> {
        match self {
            Self::Completion => Some(Self::Chat),
            _ => None,
        }
    }

    /// The operation that a model must be configured for to serve this one: any chat model can have its tokens counted
    /// and its conversations made shorter, and who makes images also changes them.
    #[must_use]
    pub const fn capability(self) -> Self {
        match self {
            Self::CountTokens | Self::Compaction => Self::Chat,
            Self::ImageEdit | Self::ImageVariation => Self::Images,
            Self::Translation => Self::Transcription,
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
            "song".parse::<Operation>().unwrap_err().to_string(),
            "unknown operation `song`; use chat, count-tokens, compaction, embeddings, rerank, images, image-edit, image-variation, \
             completion, moderation, speech, transcription, translation, models"
        );
    }

    #[test]
    fn related_operations_need_the_same_models_and_every_other_its_own() {
        for operation in Operation::ALL {
            let expected = match operation {
                Operation::CountTokens | Operation::Compaction => Operation::Chat,
                Operation::ImageEdit | Operation::ImageVariation => Operation::Images,
                Operation::Translation => Operation::Transcription,
                other => other,
            };
            assert_eq!(operation.capability(), expected);
        }
    }
}

//! A client's request, as the host passes it to an adapter.

use serde::de::DeserializeOwned;

use crate::Failure;
use crate::canonical::read_slice;
use crate::failure::without_content;
use crate::host;
use crate::open_enum::open_enum;

open_enum! {
    /// What the client asks for.
    pub enum Operation {
        /// A chat completion.
        Chat = "chat",
        /// Embedding vectors for texts.
        Embeddings = "embeddings",
        /// Documents ranked by relevance to a query.
        Rerank = "rerank",
        /// Images generated from a prompt.
        Images = "images",
        /// The number of tokens in a conversation, without answering it: the reply is `{"input_tokens": 7}`.
        CountTokens = "count-tokens",
    }
}

open_enum! {
    /// The protocol a request or reply is written in.
    pub enum Dialect {
        /// OpenAI's Chat Completions: the canonical dialect.
        OpenaiChat = "openai-chat",
        /// Anthropic's Messages.
        AnthropicMessages = "anthropic-messages",
    }
}

/// The part of a client's request that an adapter needs to know.
#[derive(Clone, Debug)]
pub struct Call<S> {
    /// What the client asks for: an operation listed in the manifest.
    pub operation: Operation,
    /// The dialect of the client's request: canonical, or one listed in the manifest.
    pub dialect: Dialect,
    /// The upstream's name for the model.
    pub model: String,
    /// Whether the client asked for a stream.
    pub stream: bool,
    /// The provider's settings.
    pub settings: S,
    pub(crate) parameters: Vec<u8>,
}

// === impl Call ===

impl<S> Call<S> {
    /// The request's top-level members without the bulk: `messages`, `input`, `documents`, and `system` in Anthropic's
    /// dialect. Available in `prepare` only.
    ///
    /// The host may add members that were sent outside the body: `anthropic_beta`, a list of the names in the client's
    /// `anthropic-beta` header. The cost does not depend on the length of the prompt, so prefer this to
    /// [`body`](Self::body).
    ///
    /// # Errors
    /// Of class client, if a member does not have the type that `T` expects.
    pub fn parameters<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        read_slice(&self.parameters).map_err(|error| does_not_fit(&error))
    }

    /// The client's complete request; in `prepare` only. Each call copies it into the sandbox, so call it once.
    ///
    /// # Errors
    /// Of class client, if the request does not have the shape that `T` expects.
    pub fn body<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        read_slice(&host::body()).map_err(|error| does_not_fit(&error))
    }
}

#[cold]
fn does_not_fit(error: &serde_json::Error) -> Failure {
    let fault = without_content(error);
    Failure::client(format!("the request is invalid: {fault}"))
}

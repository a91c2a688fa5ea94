//! What the host asks of an adapter.

use serde::de::DeserializeOwned;

use crate::Failure;
use crate::failure::without_content;
use crate::host;
use crate::open_enum::open_enum;

open_enum! {
    /// What the client wants.
    pub enum Operation {
        /// A reply to a conversation.
        Chat = "chat",
        /// Vectors for texts.
        Embeddings = "embeddings",
        /// Documents in the order of their relevance.
        Rerank = "rerank",
        /// Images from a description.
        Images = "images",
        /// How many tokens a conversation has, before it is sent: the reply is `{"input_tokens": 7}`.
        CountTokens = "count-tokens",
    }
}

open_enum! {
    /// The protocol in which a request is written.
    pub enum Dialect {
        /// OpenAI's chat completions: the canonical one.
        OpenaiChat = "openai-chat",
        /// Anthropic's messages.
        AnthropicMessages = "anthropic-messages",
    }
}

/// One request of a client, as far as an adapter needs to know it.
#[derive(Clone, Debug)]
pub struct Call<S> {
    /// What the client wants.
    pub operation: Operation,
    /// The dialect of the client's request: canonical, or one that the manifest names.
    pub dialect: Dialect,
    /// The model's name at the upstream.
    pub model: String,
    /// Whether the client asked for a stream.
    pub stream: bool,
    /// The provider's settings.
    pub settings: S,
    pub(crate) parameters: Vec<u8>,
}

// === impl Call ===

impl<S> Call<S> {
    /// The request's top-level members without the bulk (`messages`, `input`, `documents`, and `system` in
    /// Anthropic's dialect); in `prepare` only.
    ///
    /// The host may add members that came beside the body: `anthropic_beta`, a list of the names in the client's
    /// `anthropic-beta` header. Costs little however long the prompt is: prefer it to [`body`](Self::body).
    ///
    /// # Errors
    /// Of class client, if a member is not of the type that `T` wants.
    pub fn parameters<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        serde_json::from_slice(&self.parameters).map_err(|error| does_not_fit(&error))
    }

    /// The client's whole request; in `prepare` only. Copies it into the sandbox, so ask for it once.
    ///
    /// # Errors
    /// Of class client, if the request does not have the shape that `T` wants.
    pub fn body<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        serde_json::from_slice(&host::body()).map_err(|error| does_not_fit(&error))
    }
}

#[cold]
fn does_not_fit(error: &serde_json::Error) -> Failure {
    let fault = without_content(error);
    Failure::client(format!("the request does not have the right shape: {fault}"))
}

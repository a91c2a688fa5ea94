//! A client's request at any inference endpoint, read as far as the host needs to and not further.

use bytes::Bytes;
use serde_json::json;

use crate::error::{ErrorKind, GatewayError};
use jackfield_dialects::fault::RequestFault;
use jackfield_dialects::json::Members;
use jackfield_dialects::openai::{embeddings, images, request as chat, rerank};
use jackfield_dialects::{Dialect, anthropic};

/// Tokens of an answer to a request that sets no limit, for the credits that are held meanwhile.
const USUAL_OUTPUT: u64 = 1024;

/// What is asked for, and in whose words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Endpoint {
    /// `POST /v1/chat/completions`.
    Chat,
    /// `POST /v1/messages`; short: without an `anthropic-version`.
    Messages { short: bool },
    /// `POST /v1/messages/count_tokens`.
    CountTokens,
    /// `POST /v1/embeddings`.
    Embeddings,
    /// `POST /v1/rerank`.
    Rerank,
    /// `POST /v1/images/generations`.
    Images,
}

/// A request whose required fields are in place. The rest is the upstream's to judge.
pub(super) struct Asked<'a> {
    request: Request<'a>,
    /// The model's id.
    pub(super) model: String,
    /// A stream is asked for.
    pub(super) stream: bool,
    /// `stream_options.include_usage` is asked for.
    pub(super) include_usage: bool,
}

enum Request<'a> {
    Chat(chat::Request<'a>),
    Messages(anthropic::request::Request<'a>),
    Embeddings(embeddings::Request<'a>),
    Rerank(rerank::Request<'a>),
    Images(images::Request<'a>),
}

// === impl Endpoint ===

impl Endpoint {
    /// The operation's name in manifests, calls and the ledger.
    pub(super) fn operation(self) -> &'static str {
        match self {
            Self::Chat | Self::Messages { .. } => "chat",
            Self::CountTokens => "count-tokens",
            Self::Embeddings => "embeddings",
            Self::Rerank => "rerank",
            Self::Images => "images",
        }
    }

    /// What a model must be for, to be called here.
    pub(super) fn capability(self) -> &'static str {
        match self {
            Self::CountTokens => "chat",
            _ => self.operation(),
        }
    }

    /// The dialect that its clients speak.
    pub(super) fn dialect(self) -> Dialect {
        match self {
            Self::Messages { .. } | Self::CountTokens => Dialect::AnthropicMessages,
            _ => Dialect::OpenaiChat,
        }
    }

    /// Reads a body.
    ///
    /// # Errors
    /// `INVALID_REQUEST`, which names the field at fault.
    pub(super) fn read(self, body: &[u8]) -> Result<Asked<'_>, GatewayError> {
        let request = match self {
            Self::Chat => chat::Request::parse(body).map(Request::Chat),
            Self::Messages { .. } => anthropic::request::Request::parse(body).map(Request::Messages),
            Self::CountTokens => anthropic::request::Request::parse_count(body).map(Request::Messages),
            Self::Embeddings => embeddings::Request::parse(body).map(Request::Embeddings),
            Self::Rerank => rerank::Request::parse(body).map(Request::Rerank),
            Self::Images => images::Request::parse(body).map(Request::Images),
        };
        let asked = request.map(Asked::new).map_err(|fault| invalid(&fault))?;
        match asked.request {
            Request::Messages(_) if asked.members().get("thread").is_some() => Err(threads()),
            _ => Ok(asked),
        }
    }
}

// === impl Asked ===

impl<'a> Asked<'a> {
    fn new(request: Request<'a>) -> Self {
        let (model, stream, include_usage) = match &request {
            Request::Chat(it) => (&it.model, it.stream, it.include_usage),
            Request::Messages(it) => (&it.model, it.stream, true),
            Request::Embeddings(it) => (&it.model, false, false),
            Request::Rerank(it) => (&it.model, false, false),
            Request::Images(it) => (&it.model, false, false),
        };
        Self {
            model: model.clone(),
            stream,
            include_usage,
            request,
        }
    }

    /// True if the conversation must not change its backend midway, because it holds the result of a tool.
    pub(super) fn pinned(&self) -> bool {
        match &self.request {
            Request::Chat(chat) => chat.has_tool_message(),
            Request::Messages(messages) => messages.has_tool_result(),
            _ => false,
        }
    }

    /// The most tokens that the client wants, or a guess.
    pub(super) fn max_tokens(&self) -> u64 {
        let given = |key| self.members().get(key)?.get().parse().ok();
        match &self.request {
            Request::Chat(_) | Request::Messages(_) => ["max_completion_tokens", "max_tokens"]
                .into_iter()
                .find_map(given)
                .unwrap_or(USUAL_OUTPUT),
            _ => 0,
        }
    }

    /// The body's top level.
    pub(super) fn members(&self) -> &Members<'a> {
        match &self.request {
            Request::Chat(it) => &it.members,
            Request::Messages(it) => &it.members,
            Request::Embeddings(it) => &it.members,
            Request::Rerank(it) => &it.members,
            Request::Images(it) => &it.members,
        }
    }

    /// The body without its bulk, as JSON text.
    pub(super) fn parameters(&self) -> Vec<u8> {
        match &self.request {
            Request::Chat(it) => it.parameters(),
            Request::Messages(it) => it.parameters(),
            Request::Embeddings(it) => it.parameters(),
            Request::Rerank(it) => it.parameters(),
            Request::Images(it) => it.parameters(),
        }
    }

    /// The request in canonical words; none if the client's are.
    ///
    /// # Errors
    /// `INVALID_REQUEST` if it cannot be translated, naming the field at fault.
    pub(super) fn canonical(&self) -> Result<Option<Bytes>, GatewayError> {
        let text = match &self.request {
            Request::Messages(it) => it.canonical(),
            Request::Images(it) => it.canonical(),
            _ => return Ok(None),
        };
        text.map(|text| Some(text.into())).map_err(|fault| invalid(&fault))
    }
}

/// A thread is a conversation that the vendor keeps, so that later requests hold only what is new. Over a chain of
/// providers nobody keeps it. The SDKs know this refusal, and send the whole conversation instead.
fn threads() -> GatewayError {
    let message = "thread: conversations are not kept here; send all messages with each request";
    let mut error = GatewayError::new(ErrorKind::InvalidRequest, message);
    error.details = Some(Box::new(json!({
        "error_code": "thread_unsupported_request",
        "unsupported": ["thread"],
    })));
    error
}

fn invalid(fault: &RequestFault) -> GatewayError {
    GatewayError::new(ErrorKind::InvalidRequest, fault.to_string())
}

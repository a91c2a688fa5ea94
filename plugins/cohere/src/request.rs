//! Translates a canonical chat request to Cohere's.

mod content;
mod messages;
mod parameters;
mod reasoning;
mod thinking;
mod tools;
mod turn;

use jackfield_plugin_sdk::canonical::ChatRequest;
use jackfield_plugin_sdk::{Call, Draft, Exchange, Failure};
use serde::Serialize;

use crate::settings::Settings;
use turn::Turn;

/// Why a chat request cannot be translated: the client must fix it, or another target take it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RequestError {
    #[error("messages[{index}]: {source}")]
    Message { index: usize, source: Box<Self> },
    #[error("messages: at least one message must have text or another content")]
    NoMessages,
    #[error("the role \"{0}\" is not supported: use system, developer, user, assistant or tool")]
    Role(String),
    #[error("content: this provider takes text and images, and no \"{0}\"")]
    Part(String),
    #[error("content: this provider takes images only in the user's messages")]
    ImageElsewhere,
    #[error("content: an image must be an http(s) URL or a base64 data: URL")]
    Image,
    #[error("file: this provider takes files of text only, in file_data")]
    File,
    #[error("tool_call_id is missing")]
    NoToolCallId,
    #[error("the arguments of the call to \"{0}\" are not a JSON object")]
    Arguments(String),
    #[error("tools: this provider takes functions, and no \"{0}\"")]
    Tool(String),
    #[error("tool_choice: the function \"{0}\" is not among the tools")]
    UnknownTool(String),
    #[error("n: this provider returns one choice per request, but {0} were requested")]
    Choices(u32),
    #[error("response_format: json_schema.schema is missing")]
    NoSchema,
    #[error("response_format: \"{0}\" is not supported")]
    Format(String),
    #[error("response_format: this provider does not take it together with {0}")]
    FormatWith(&'static str),
    #[error("{0}: not supported by this provider")]
    Member(&'static str),
}

// === impl RequestError ===

impl RequestError {
    /// Whether OpenAI takes it, so that another target may too.
    fn is_unsupported(&self) -> bool {
        match self {
            Self::Message { source, .. } => source.is_unsupported(),
            Self::Part(_)
            | Self::ImageElsewhere
            | Self::File
            | Self::Tool(_)
            | Self::Choices(_)
            | Self::Format(_)
            | Self::FormatWith(_)
            | Self::Member(_) => true,
            _ => false,
        }
    }
}

impl From<RequestError> for Failure {
    fn from(error: RequestError) -> Self {
        if error.is_unsupported() {
            Self::unsupported(error.to_string())
        } else {
            Self::client(error.to_string())
        }
    }
}

/// The members without a struct that are sent, or named where they are read.
const KNOWN: [&str; 3] = [
    "thinking.token_budget",
    "web_search_options.*",
    "response_format.json_schema.*",
];

#[derive(Serialize)]
struct Conversation {
    messages: Vec<Turn>,
}

/// The exchange with the equivalent request.
///
/// Members that are not OpenAI's are sent if they are Cohere's own (`documents`, `safety_mode`, …), and named as dropped
/// if not, because the API refuses what it does not know.
///
/// # Errors
/// If the request asks for something the API cannot do.
pub(crate) fn exchange(call: &Call<Settings>) -> Result<Exchange, Failure> {
    let request: ChatRequest = call.chat()?;
    let model = call.settings.upstream_model(&call.model);
    let mut draft = Draft::new(model);
    if call.stream {
        draft.members.insert("stream", true);
    }
    let messages = translate(request, model, &mut draft)?;
    call.settings.apply(&call.operation, &mut draft);
    draft.exchange("/v2/chat", &Conversation { messages })
}

fn translate(mut request: ChatRequest, model: &str, draft: &mut Draft) -> Result<Vec<Turn>, RequestError> {
    if let Some(n) = request.n.filter(|n| *n != 1) {
        return Err(RequestError::Choices(n));
    }
    request.keep_allowed_tools();
    let is_own = request
        .response_format
        .as_ref()
        .is_some_and(|format| format.kind == "json_object");
    // A format in Cohere's own form has the schema in its place.
    let known = if is_own { KNOWN.as_slice() } else { &KNOWN[..2] };
    draft.name_unknown(&request, known);
    let thinks = reasoning::is_known_to(model);
    let messages = messages::translate(std::mem::take(&mut request.messages), thinks, draft)?;
    let tools = std::mem::take(&mut request.tools);
    tools::offer(tools, request.tool_choice.take(), draft)?;
    reasoning::set(&mut request, thinks, draft);
    if let Some(format) = request.response_format.take() {
        parameters::response_format(format, draft)?;
    }
    parameters::set(request, draft)?;
    if draft.members.contains_key("response_format") {
        parameters::check_format(&draft.members)?;
    }
    Ok(messages)
}

//! Translates a canonical chat request to a request for `generateContent`.
//!
//! In reading order: `conversation` makes turns of messages, with `content` and `media` for what a message holds, `said`
//! for what the model said in a turn, and `results` for what its tools answered; `part` is what a turn consists of.
//! `parameters`, `reasoning` and `tools` translate the rest.

mod content;
mod conversation;
mod media;
mod parameters;
mod part;
mod reasoning;
mod results;
mod said;
mod tools;

use jackfield_plugin_sdk::Failure;
use jackfield_plugin_sdk::canonical::{ChatRequest, Extra, Json, JsonSchemaFormat, ResponseFormat, Stop};
use serde::Serialize;

use crate::generation::Rules;
use crate::settings::Settings;
use crate::signature;
use conversation::Conversation;
use jackfield_plugin_sdk::Dropped;
pub(crate) use parameters::safety;
use part::{Part, Turn};

/// Why a chat request cannot be translated: the client must fix it, or another target take it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RequestError {
    #[error("messages[{index}]: {source}")]
    Message { index: usize, source: Box<Self> },
    #[error("messages: at least one message must have text or another content")]
    NoMessages,
    #[error("the role \"{0}\" is not supported: use system, developer, user, assistant or tool")]
    Role(String),
    #[error("{0} must be an https:, gs: or base64 data: URL")]
    Address(&'static str),
    #[error("a file must have a file_id or file_data")]
    NoFile,
    #[error("the audio format \"{0}\" is not supported")]
    Audio(String),
    #[error("a part of the type \"{0}\" is not supported")]
    Part(String),
    #[error("tool_call_id is missing")]
    NoToolCallId,
    #[error("the arguments of the call to \"{0}\" are not a JSON object")]
    Arguments(String),
    #[error("tools[{0}]: the type \"{1}\" is not supported")]
    Tool(usize, String),
    #[error("tool_choice: the type \"{0}\" is not supported")]
    Choice(String),
    #[error("modalities: {0} is not supported")]
    Modality(String),
    #[error("response_format: json_schema.schema is missing")]
    NoSchema,
}

// === impl RequestError ===

impl RequestError {
    /// Whether another vendor takes it, so that another target may.
    fn is_unsupported(&self) -> bool {
        match self {
            Self::Message { source, .. } => source.is_unsupported(),
            Self::Audio(_) | Self::Part(_) | Self::Tool(..) | Self::Choice(_) | Self::Modality(_) => true,
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

/// A request for `generateContent`.
#[derive(Debug, Serialize)]
pub(crate) struct Body {
    contents: Vec<Turn>,
    /// All other members.
    #[serde(flatten)]
    pub(crate) members: Extra,
}

/// A translated request, and what to know about it.
pub(crate) struct Translated {
    pub(crate) body: Body,
    /// What it leaves out of the client's request.
    pub(crate) dropped: Dropped,
}

/// The equivalent request.
///
/// # Errors
/// If the request asks for something the API cannot do.
pub(crate) fn translate(
    mut request: ChatRequest,
    model: &str,
    stream: bool,
    settings: &Settings,
) -> Result<Translated, RequestError> {
    let rules = settings.rules(model);
    let mut dropped = Dropped::default();
    request.keep_allowed_tools();
    request.name_unknown(&KNOWN, &mut dropped);
    let limit = request.token_limit();
    let mut conversation = Conversation::of(request.messages, signature::origin(settings), rules, &mut dropped)?;
    let mut config = Extra::new();
    config.extend(limit.map(|limit| ("maxOutputTokens".to_owned(), Json::from(limit))));
    parameters::set(&mut config, "temperature", request.temperature.as_ref());
    parameters::set(&mut config, "topP", request.top_p.as_ref());
    parameters::set(&mut config, "candidateCount", request.n.filter(|n| *n != 1).as_ref());
    parameters::set(&mut config, "stopSequences", request.stop.as_ref().map(Stop::sequences));
    let mut extra = request.extra;
    let effort = request.reasoning_effort;
    let thinking = reasoning::config(
        effort.as_deref(),
        &mut extra,
        rules,
        settings.include_thoughts,
        &mut dropped,
    );
    config.extend(thinking.map(|thinking| ("thinkingConfig".to_owned(), thinking.into())));
    let mut body = Extra::new();
    let offered = tools::offer(request.tools, request.tool_choice, &mut extra, &mut dropped)?;
    if request.parallel_tool_calls == Some(false) && offered.has_functions {
        dropped.add("parallel_tool_calls");
    }
    let functions = offered.has_functions;
    offered.write(&mut body, stream && settings.stream_tool_arguments);
    if let Some(format) = request.response_format {
        let instruction = response_format(format, &mut config, rules, functions)?;
        conversation.instruct(instruction, rules);
    }
    parameters::pass_through(&mut body, &mut config, extra, rules, &mut dropped)?;
    if request.user.is_some() {
        dropped.add("user");
    }
    if let Some(system) = conversation.system() {
        body.insert("systemInstruction", system);
    }
    if !config.is_empty() {
        body.insert("generationConfig", config);
    }
    parameters::safety(&mut body, &settings.safety_settings);
    settings.apply(&mut body);
    Ok(Translated {
        body: Body {
            contents: conversation.turns,
            members: body,
        },
        dropped,
    })
}

/// The members without a struct that are sent, or named where they are read.
const KNOWN: [&str; 7] = [
    "messages[].google_parts",
    "messages[].images",
    "messages[].is_error",
    "messages[].tool_calls[].extra_content",
    "thinking.display",
    "tools[].*",
    "tools[].function.*",
];

/// Holds the reply to JSON. Models that cannot be held to it while they have tools get an instruction instead.
///
/// Source: <https://ai.google.dev/gemini-api/docs/structured-output>.
fn response_format(
    format: ResponseFormat,
    config: &mut Extra,
    rules: Rules,
    functions: bool,
) -> Result<Option<Part>, RequestError> {
    let schema = match format.kind.as_str() {
        "json_schema" => {
            let schema = format.json_schema.and_then(JsonSchemaFormat::into_schema);
            Some(schema.filter(Json::is_object).ok_or(RequestError::NoSchema)?)
        }
        "json_object" => None,
        _ => return Ok(None),
    };
    if functions && !rules.schema_with_tools {
        let schema = schema.map(|schema| format!(" It must match this JSON schema: {}", schema.text()));
        let instruction = format!("{JSON_ONLY}{}", schema.unwrap_or_default());
        return Ok(Some(Part::text(instruction)));
    }
    config.insert("responseMimeType", "application/json");
    config.extend(schema.map(|schema| ("responseJsonSchema".to_owned(), schema)));
    Ok(None)
}

/// The instruction that replaces the JSON mode.
const JSON_ONLY: &str =
    "Unless you call a tool, answer with a single valid JSON object and nothing else: no prose, no code fence.";

#[cfg(test)]
mod tests;

//! Translates a canonical chat request to a Messages request.

mod block;
mod calls;
mod content;
mod media;
mod messages;
mod parameters;
mod reasoning;
mod thinking_blocks;
mod tools;
mod turn;
mod unsaid;
mod user_id;

use jackfield_plugin_sdk::canonical::{ChatRequest, Extra, Json, JsonSchemaFormat, ResponseFormat, Text};
use jackfield_plugin_sdk::strict_schema::{self, TooDeep};
use jackfield_plugin_sdk::{Dropped, Failure};
use serde::Serialize;

use crate::settings::Settings;
use block::Block;
use media::MediaError;
use messages::Conversation;
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
    #[error("an image {0}")]
    Image(MediaError),
    #[error("a file {0}")]
    File(MediaError),
    #[error("a file must have a file_id or file_data")]
    NoFile,
    #[error("the media type \"{0}\" is not supported: use JPEG, PNG, GIF or WebP images, PDF, or text")]
    MediaType(String),
    #[error("this model does not accept audio")]
    Audio,
    #[error("tool_call_id is missing")]
    NoToolCallId,
    #[error("the arguments of the call to \"{0}\" are not a JSON object")]
    Arguments(String),
    #[error("n: this model returns one choice per request, but {0} were requested")]
    Choices(u32),
    #[error("response_format: json_schema.schema is missing")]
    NoSchema,
    #[error(transparent)]
    DeepSchema(#[from] TooDeep),
}

// === impl RequestError ===

impl RequestError {
    /// Whether OpenAI takes it, so that another target may too.
    fn is_unsupported(&self) -> bool {
        match self {
            Self::Message { source, .. } => source.is_unsupported(),
            Self::Choices(_) | Self::Audio | Self::MediaType(_) => true,
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

/// A Messages request.
#[derive(Debug, Serialize)]
pub(crate) struct Body {
    /// All members but the conversation.
    #[serde(flatten)]
    pub(crate) members: Extra,
    messages: Vec<Turn>,
    /// What it leaves out of the client's request.
    #[serde(skip)]
    pub(crate) dropped: Dropped,
}

/// The equivalent Messages request.
///
/// `max_output` is the limit of a reply by the gateway's configuration, for a client that sets none.
///
/// Members that are not OpenAI's are passed through, because they may be Anthropic's own (`thinking`, `top_k`,
/// `mcp_servers`, …).
///
/// # Errors
/// If the request asks for something the API cannot do.
pub(crate) fn translate(
    mut request: ChatRequest,
    model: &str,
    stream: bool,
    max_output: Option<u64>,
    settings: &Settings,
) -> Result<Body, RequestError> {
    if let Some(n) = request.n.filter(|n| *n != 1) {
        return Err(RequestError::Choices(n));
    }
    let rules = settings.rules(model);
    request.keep_allowed_tools();
    let limit = request.token_limit();
    let mut dropped = Dropped::default();
    unsaid::name(&request, settings.origin.as_deref(), &mut dropped);
    let mut conversation = Conversation::of(request.messages, rules.prefill, settings.origin.as_deref())?;
    let system = &mut conversation.system;
    let mut body = Extra::new();
    body.insert("model", model);
    body.insert(
        "max_tokens",
        limit.unwrap_or_else(|| settings.default_limit(max_output, rules)),
    );
    if stream {
        body.insert("stream", true);
    }
    parameters::sampling(&mut body, request.temperature, request.top_p);
    parameters::stop(&mut body, request.stop.as_ref(), &mut dropped);
    let choice = tools::tool_choice(request.tool_choice, request.parallel_tool_calls);
    let offered = tools::offer(&mut body, request.tools, choice, rules.forced_tools, &mut dropped)?;
    system.extend(offered.instruction);
    parameters::pass_through(&mut body, request.extra, request.user, &mut dropped);
    if let Some(format) = request.response_format {
        response_format(format, &mut body, system, rules.schemas)?;
    }
    if !system.is_empty() {
        body.insert("system", system_prompt(system));
    }
    reasoning::convert(&mut body, rules, &mut dropped);
    if limit.is_none() {
        reasoning::raise_default_limit(&mut body, rules);
    }
    if let Some(effort) = &request.reasoning_effort {
        let prevented = offered.is_forced || conversation.is_begun();
        if !reasoning::apply(&mut body, effort, rules, prevented, &conversation.turns) {
            dropped.add("reasoning_effort");
        }
    }
    parameters::limit_sampling(&mut body, rules.sampling, &mut dropped);
    settings.apply(&mut body);
    Ok(Body {
        members: body,
        messages: conversation.turns,
        dropped,
    })
}

/// The system prompt: one string, or a list if any block is more than text, such as one with a cache breakpoint.
fn system_prompt(blocks: &[Block]) -> Json {
    let texts: Option<Vec<&Text>> = blocks.iter().map(plain_text).collect();
    match texts.as_deref() {
        Some([text]) => Json::of(*text),
        Some(texts) => Json::of(&texts.iter().map(|text| text.as_str()).collect::<Vec<_>>().join("\n\n")),
        None => Json::of(blocks),
    }
}

fn plain_text(block: &Block) -> Option<&Text> {
    match block {
        Block::Text { text, extra } if extra.is_empty() => Some(text),
        _ => None,
    }
}

/// Translates a schema to the API's structured output. Plain JSON mode has no equivalent, so the prompt asks for JSON;
/// so it does for a schema, if the model cannot be held to one.
///
/// Source: <https://platform.claude.com/docs/en/build-with-claude/structured-outputs>.
fn response_format(
    format: ResponseFormat,
    body: &mut Extra,
    system: &mut Vec<Block>,
    schemas: bool,
) -> Result<(), RequestError> {
    match format.kind.as_str() {
        "json_schema" => {
            let schema = format.json_schema.and_then(JsonSchemaFormat::into_schema);
            let schema: Option<Extra> = schema.and_then(|schema| schema.read());
            let schema = strict_schema::strict(schema.ok_or(RequestError::NoSchema)?)?;
            if !schemas {
                let schema = Json::from(schema);
                system.push(Block::own_text(&format!(
                    "{JSON_ONLY} It must match this JSON schema: {}",
                    schema.text()
                )));
                return Ok(());
            }
            let mut format = Extra::new();
            format.insert("type", "json_schema");
            format.insert("schema", schema);
            let mut config: Extra = body.read("output_config").unwrap_or_default();
            config.insert("format", format);
            body.insert("output_config", config);
        }
        "json_object" => system.push(Block::own_text(JSON_ONLY)),
        _ => {}
    }
    Ok(())
}

/// The instruction that replaces OpenAI's JSON mode.
const JSON_ONLY: &str = "Answer with a single valid JSON object and nothing else: no prose, no code fence.";

#[cfg(test)]
mod tests;

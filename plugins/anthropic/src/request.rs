//! Translates a canonical chat request to a Messages request.

mod content;
mod messages;
mod parameters;
mod reasoning;
mod thinking_blocks;
mod tools;

use jackfield_plugin_sdk::Failure;
use jackfield_plugin_sdk::canonical::{ChatRequest, ResponseFormat};
use serde_json::{Map, Value, json};

use crate::settings::Settings;
use messages::Conversation;

/// Why a chat request cannot be translated. Each is for the client to fix.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RequestError {
    #[error("messages[{index}]: {source}")]
    Message { index: usize, source: Box<Self> },
    #[error("the role \"{0}\" is not supported: use system, developer, user, assistant or tool")]
    Role(String),
    #[error("an image must be an http(s) URL or a base64 data: URL")]
    Image,
    #[error("a file must be a file_id, an http(s) URL, or a PDF as a base64 data: URL")]
    File,
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
}

// === impl RequestError ===

impl From<RequestError> for Failure {
    fn from(error: RequestError) -> Self {
        Self::client(error.to_string())
    }
}

/// The equivalent Messages request.
///
/// Members that are not OpenAI's are passed through, because they may be Anthropic's own (`thinking`, `top_k`,
/// `mcp_servers`, …).
///
/// # Errors
/// If the request asks for something the API cannot do.
pub(crate) fn translate(
    request: ChatRequest,
    model: &str,
    stream: bool,
    settings: &Settings,
) -> Result<Map<String, Value>, RequestError> {
    if let Some(n) = request.n.filter(|n| *n != 1) {
        return Err(RequestError::Choices(n));
    }
    let limit = request.token_limit();
    let Conversation { mut system, turns } = Conversation::of(request.messages)?;
    let mut body = Map::new();
    body.insert("model".to_owned(), Value::from(model));
    let max_tokens = limit.unwrap_or(settings.default_max_tokens);
    body.insert("max_tokens".to_owned(), Value::from(max_tokens));
    if stream {
        body.insert("stream".to_owned(), Value::Bool(true));
    }
    parameters::sampling(&mut body, request.temperature, request.top_p, request.stop);
    if !request.tools.is_empty() {
        // The API refuses a tool choice without tools.
        let choice = tools::tool_choice(request.tool_choice, request.parallel_tool_calls);
        body.insert("tools".to_owned(), tools::tools(request.tools));
        body.extend(choice.map(|choice| ("tool_choice".to_owned(), choice)));
    }
    parameters::pass_through(&mut body, request.extra, request.user);
    if let Some(format) = request.response_format {
        response_format(format, &mut body, &mut system)?;
    }
    if !system.is_empty() {
        body.insert("system".to_owned(), system_prompt(system));
    }
    if limit.is_none() {
        reasoning::raise_default_limit(&mut body);
    }
    if let Some(effort) = &request.reasoning_effort {
        reasoning::apply(&mut body, effort, settings.is_adaptive(model), &turns);
    }
    body.insert("messages".to_owned(), Conversation::messages(turns));
    for name in &settings.drop_parameters {
        body.shift_remove(name);
    }
    body.extend(settings.extra_parameters.clone());
    Ok(body)
}

/// The system prompt: one string, or a list if any block is more than text, such as one with a cache breakpoint.
fn system_prompt(blocks: Vec<Value>) -> Value {
    let texts: Option<Vec<&str>> = blocks.iter().map(plain_text).collect();
    match texts {
        Some(texts) => Value::String(texts.join("\n\n")),
        None => Value::Array(blocks),
    }
}

fn plain_text(block: &Value) -> Option<&str> {
    let members = block.as_object().filter(|members| members.len() == 2)?;
    members.get("text")?.as_str()
}

/// Translates a schema to the API's structured output. Plain JSON mode has no equivalent, so the prompt asks for JSON.
///
/// Source: <https://platform.claude.com/docs/en/build-with-claude/structured-outputs>.
fn response_format(
    format: ResponseFormat,
    body: &mut Map<String, Value>,
    system: &mut Vec<Value>,
) -> Result<(), RequestError> {
    match format.kind.as_str() {
        "json_schema" => {
            let schema = format.json_schema.and_then(|named| named.schema);
            let schema = schema.ok_or(RequestError::NoSchema)?;
            let config = body.entry("output_config").or_insert_with(|| json!({}));
            if let Value::Object(config) = config {
                config.insert(
                    "format".to_owned(),
                    Value::from_iter([("type", Value::from("json_schema")), ("schema", schema)]),
                );
            }
        }
        "json_object" => system.push(json!({"type": "text", "text": JSON_ONLY})),
        _ => {}
    }
    Ok(())
}

/// The instruction that replaces OpenAI's JSON mode.
const JSON_ONLY: &str = "Answer with a single valid JSON object and nothing else: no prose, no code fence.";

#[cfg(test)]
mod tests;

//! The reply to a chat: the last message repeated, or what its script asks for.

use jackfield_plugin_sdk::Failure;
use jackfield_plugin_sdk::canonical::{
    ChatCompletion, ChatRequest, Choice, Content, FinishReason, Json, Message, ResponseFormat, Role, Stop, ToolCall,
    ToolChoice, Usage,
};
use serde_json::{Value, json};

use crate::script::{Script, ScriptedCall, offers};
use crate::settings::Settings;
use crate::{digest, instance, words};

/// The maximum number of choices per request, as at OpenAI.
const CHOICES: u32 = 128;

/// The complete reply.
///
/// # Errors
/// If the script says `fail`. Of class client, if `n` is out of range or a named tool is not offered.
pub fn answer(request: &ChatRequest, settings: &Settings, model: &str) -> Result<ChatCompletion, Failure> {
    let mut script = match &settings.script {
        Some(text) => Script::parse(text, |name| offers(request, name)),
        None => Script::of(request),
    };
    if let Some(failure) = script.failure.take() {
        return Err(failure);
    }
    choose_tools(request, &mut script)?;
    let (message, finish_reason) = message(request, script);
    let count = count(request)?;
    let choice = |index| Choice {
        index,
        message: message.clone(),
        finish_reason: Some(finish_reason.clone()),
        ..Choice::default()
    };
    Ok(ChatCompletion {
        id: id(request, model),
        model: model.to_owned(),
        choices: (0..count).map(choice).collect(),
        usage: Some(usage(request, &message, count)),
        ..ChatCompletion::default()
    })
}

fn count(request: &ChatRequest) -> Result<u32, Failure> {
    match request.n.unwrap_or(1) {
        count @ 1..=CHOICES => Ok(count),
        _ => Err(Failure::client(format!("n: must be between 1 and {CHOICES}"))),
    }
}

/// Applies `tool_choice` and `parallel_tool_calls` to the scripted calls.
fn choose_tools(request: &ChatRequest, script: &mut Script) -> Result<(), Failure> {
    match &request.tool_choice {
        Some(ToolChoice::Mode(mode)) if mode == "none" => script.calls.clear(),
        Some(ToolChoice::Mode(mode)) if mode == "required" && script.calls.is_empty() => {
            let first = request.tools.iter().find_map(|tool| tool.function.as_ref());
            let first = first.ok_or_else(|| Failure::client("tool_choice: there are no tools"))?;
            script.calls.push(smallest_call(request, &first.name));
        }
        Some(ToolChoice::Named { function, .. }) => {
            if !offers(request, &function.name) {
                let name = &function.name;
                return Err(Failure::client(format!("tool_choice: there is no tool `{name}`")));
            }
            script.calls.retain(|call| call.name == function.name);
            if script.calls.is_empty() {
                script.calls.push(smallest_call(request, &function.name));
            }
        }
        _ => {}
    }
    if request.parallel_tool_calls == Some(false) {
        script.calls.truncate(1);
    }
    Ok(())
}

/// A call with the smallest arguments the tool's schema allows.
fn smallest_call(request: &ChatRequest, name: &str) -> ScriptedCall {
    let mut tools = request.tools.iter().filter_map(|tool| tool.function.as_ref());
    let schema = tools
        .find(|tool| tool.name == name)
        .and_then(|tool| tool.parameters.as_ref());
    let schema: Option<Value> = schema.and_then(Json::read);
    let arguments = schema.map_or_else(|| json!({}), |schema| instance::of(&schema));
    ScriptedCall {
        name: name.to_owned(),
        arguments: arguments.to_string(),
    }
}

fn message(request: &ChatRequest, script: Script) -> (Message, FinishReason) {
    let mut message = Message {
        role: Role::Assistant,
        reasoning_content: script.reasoning,
        ..Message::default()
    };
    if !script.calls.is_empty() {
        message.content = (!script.text.is_empty()).then_some(Content::Text(script.text.into()));
        message.tool_calls = script.calls.into_iter().zip(0..).map(tool_call).collect();
        return (message, FinishReason::ToolCalls);
    }
    let text = shaped(request.response_format.as_ref(), script.text);
    let text = before_stop(request, &text);
    let (text, cut) = words::first(text, request.token_limit().unwrap_or(u64::MAX));
    message.content = Some(Content::Text(text.into()));
    (message, if cut { FinishReason::Length } else { FinishReason::Stop })
}

/// The call at this index in its message. Its id depends only on the call and the index.
fn tool_call((call, place): (ScriptedCall, u32)) -> ToolCall {
    let place_text = place.to_string();
    let digest = digest::of([place_text.as_str(), &call.name, &call.arguments]);
    ToolCall::function(digest::id("call", digest), call.name, call.arguments)
}

/// The text in the response format the client asked for.
fn shaped(format: Option<&ResponseFormat>, text: String) -> String {
    match format.map(|format| (format.kind.as_str(), &format.json_schema)) {
        Some(("json_schema", Some(named))) => {
            let schema = named.schema.as_ref().and_then(Json::read);
            instance::of(&schema.unwrap_or(Value::Null)).to_string()
        }
        Some(("json_object", _)) => json!({ "text": text }).to_string(),
        _ => text,
    }
}

/// The text up to its first stop sequence.
fn before_stop<'a>(request: &ChatRequest, text: &'a str) -> &'a str {
    let sequences = request.stop.as_ref().map(Stop::sequences).unwrap_or_default();
    let places = sequences.iter().filter(|sequence| !sequence.is_empty());
    let end = places.filter_map(|sequence| text.find(sequence.as_str())).min();
    &text[..end.unwrap_or(text.len())]
}

fn id(request: &ChatRequest, model: &str) -> String {
    let texts: Vec<String> = request.messages.iter().map(spoken).collect();
    digest::id(
        "chatcmpl",
        digest::of([model].into_iter().chain(texts.iter().map(String::as_str))),
    )
}

/// The number of words in the conversation; each counts as a token.
pub fn prompt_tokens(request: &ChatRequest) -> u64 {
    let messages = request.messages.iter();
    messages.map(|message| words::count(&spoken(message))).sum()
}

fn usage(request: &ChatRequest, reply: &Message, choices: u32) -> Usage {
    let called: u64 = reply
        .tool_calls
        .iter()
        .map(|call| 1 + words::count(&call.function.arguments))
        .sum();
    let thought = reply.reasoning_content.as_deref().map_or(0, words::count);
    Usage::of(
        prompt_tokens(request),
        (words::count(&spoken(reply)) + called + thought) * u64::from(choices),
    )
}

fn spoken(message: &Message) -> String {
    message.content.as_ref().map(Content::joined_text).unwrap_or_default()
}

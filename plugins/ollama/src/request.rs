//! Translates a chat request: `messages` and `content` the conversation, `tools` what the model may call, `options` how
//! it samples, and `thinking` how much it thinks.
//!
//! Source: `ChatRequest` in `api/types.go`, and `openai/openai.go`, which translates the same way.

mod content;
mod messages;
mod options;
mod thinking;
mod tools;

use jackfield_plugin_sdk::canonical::{ChatRequest, Extra, Json, ResponseFormat};
use jackfield_plugin_sdk::{Call, Exchange, Failure};
use serde::Serialize;

use self::messages::Turn;
use crate::settings::Settings;
use jackfield_plugin_sdk::Dropped;

const PATH: &str = "/api/chat";

/// Members with one value that Ollama fulfils without being told.
const FULFILLED: [(&str, &str); 5] = [
    ("modalities", r#"["text"]"#),
    ("service_tier", r#""auto""#),
    ("service_tier", r#""default""#),
    ("store", "false"),
    ("verbosity", r#""medium""#),
];

/// Members that change the reply beyond recognition, so that leaving them out would be wrong.
const REFUSED: [&str; 3] = ["audio", "modalities", "web_search_options"];

/// A request in Ollama's form. The messages are written once, because they are long.
#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    messages: Vec<Turn>,
    #[serde(flatten)]
    members: Extra,
}

/// The request for Ollama.
///
/// # Errors
/// If the request makes no sense, or Ollama has no words for it.
pub(crate) fn translate(call: &Call<Settings>) -> Result<Exchange, Failure> {
    let mut request: ChatRequest = call.chat()?;
    let settings = &call.settings;
    let mut dropped = Dropped::default();
    if request.messages.is_empty() {
        return Err(Failure::client("messages: must not be empty"));
    }
    if request.n.is_some_and(|n| n > 1) {
        return Err(Failure::unsupported("n: this provider gives one choice"));
    }
    request.name_unknown(&["web_search_options.*"], &mut dropped);
    let tools = tools::offered(&request.tools, request.tool_choice.as_ref(), &mut dropped)?;
    let tools = (!tools.is_empty()).then(|| Json::of(&tools));
    let think = thinking::think(&mut request, settings)?;
    let named = request
        .response_format
        .as_ref()
        .and_then(|format| format.json_schema.as_ref());
    if named.is_some_and(|named| named.description.is_some()) {
        // The form is a grammar, which has no words.
        dropped.add("response_format.json_schema.description");
    }
    let format = request.response_format.take().map(format).transpose()?.flatten();
    let options = options::options(&mut request, settings, &mut dropped)?;
    let logprobs = (request.extra.remove("logprobs"), request.extra.remove("top_logprobs"));
    name_the_rest(&request, &mut dropped)?;

    let mut body = Body {
        model: settings.upstream_model(&call.model),
        messages: messages::translate(request.messages, &mut dropped)?,
        members: Extra::new(),
    };
    let members = &mut body.members;
    members.insert("stream", call.stream);
    let given = [
        ("tools", tools),
        ("format", format),
        ("think", think),
        ("logprobs", logprobs.0),
        ("top_logprobs", logprobs.1),
        ("keep_alive", settings.keep_alive.as_ref().map(Json::of)),
    ];
    let given = given.into_iter().filter_map(|(name, value)| Some((name, value?)));
    members.extend(
        given
            .map(|(name, value)| (name.to_owned(), value))
            .filter(|(_, value)| !value.is_null()),
    );
    if !settings.truncate {
        members.insert("truncate", false);
        members.insert("shift", false);
    }
    members.insert("options", options);
    Ok(dropped.note(Exchange::post(PATH).json(&body)?))
}

/// The reply's form: `"json"` or a schema; none for free text.
fn format(format: ResponseFormat) -> Result<Option<Json>, Failure> {
    match format.kind.as_str() {
        "text" => Ok(None),
        "json_object" => Ok(Some("json".into())),
        "json_schema" => match format.json_schema.and_then(|format| format.schema) {
            Some(schema) => Ok(Some(schema)),
            None => Err(Failure::client("response_format.json_schema.schema: is required")),
        },
        other => {
            let message = format!("response_format.type: this provider does not have {other:?}");
            Err(Failure::unsupported(message))
        }
    }
}

/// Names what nothing has read, or refuses it.
fn name_the_rest(request: &ChatRequest, dropped: &mut Dropped) -> Result<(), Failure> {
    if request.parallel_tool_calls == Some(false) {
        dropped.add("parallel_tool_calls");
    }
    if request.user.is_some() {
        dropped.add("user");
    }
    for (name, value) in request.extra.iter() {
        if value.is_null() || FULFILLED.contains(&(name, value.text())) {
            continue;
        }
        if REFUSED.contains(&name) {
            return Err(Failure::unsupported(format!("{name}: this provider does not have it")));
        }
        dropped.add(name);
    }
    Ok(())
}

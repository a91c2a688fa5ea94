//! Translates the tools the client offers, and the tool choice.
//!
//! Source: <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolConfiguration.html>.

use std::collections::BTreeSet;

use jackfield_plugin_sdk::canonical::{Extra, FunctionDefinition, Json, Tool, ToolChoice};
use jackfield_plugin_sdk::strict_schema;

use super::RequestError;
use super::block::Block;
use super::conversation::Conversation;
use super::tool_names::ToolNames;
use crate::model::Model;

/// What the prompt says where tools must be there, because earlier turns called them, but must not be called.
const NONE: &str = "Answer without calling a tool.";

/// How the tools are offered.
#[derive(Default)]
pub(super) struct Offer {
    /// `toolConfig`; none without tools.
    pub(super) config: Option<Extra>,
    /// Whether the model must call a tool.
    pub(super) is_forced: bool,
    /// What the prompt says in place of a choice that the API or the model does not have.
    pub(super) instruction: Option<String>,
}

/// The names that a client gives its tools.
pub(super) fn names(tools: &[Tool]) -> ToolNames {
    ToolNames::of(
        tools
            .iter()
            .filter_map(|tool| Some(tool.function.as_ref()?.name.as_str())),
    )
}

/// How to offer the tools. Where earlier turns have calls or results, the API refuses a request without tools: then
/// those that were called are there by their names.
///
/// # Errors
/// If a tool is none of the client's functions, the choice is unknown, or a strict schema is too deep.
pub(super) fn offer(
    tools: Vec<Tool>,
    choice: Option<ToolChoice>,
    conversation: &mut Conversation<'_>,
    model: &Model<'_>,
) -> Result<Offer, RequestError> {
    let is_forbidden = choice == Some(ToolChoice::Mode("none".to_owned()));
    let has_history = conversation.has_tools();
    let mut list: Vec<Json> = Vec::new();
    if !is_forbidden || has_history {
        for tool in tools {
            list.extend(specified(tool, conversation, model)?);
        }
    }
    if list.is_empty() && has_history {
        list = stubs(conversation);
        return Ok(Offer {
            config: Some(config(&list, None)),
            instruction: Some(NONE.to_owned()),
            is_forced: false,
        });
    }
    if list.is_empty() {
        return Ok(Offer::default());
    }
    let mut offer = Offer::default();
    let mut sent = None;
    match choice {
        None => {}
        Some(ToolChoice::Mode(mode)) => match mode.as_str() {
            "auto" => {}
            "none" => offer.instruction = Some(NONE.to_owned()),
            "required" | "any" if model.forces_tools(false) => {
                sent = Some(one("any", Extra::new()));
                offer.is_forced = true;
            }
            "required" | "any" => offer.instruction = Some("Answer with a call of one of the tools.".to_owned()),
            _ => return Err(RequestError::Choice),
        },
        Some(ToolChoice::Named { function, .. }) => {
            let name = conversation.names.send(&function.name);
            if model.forces_tools(true) {
                sent = Some(one("tool", one("name", name)));
                offer.is_forced = true;
            } else {
                offer.instruction = Some(format!("Answer with a call of the tool \"{name}\"."));
            }
        }
        Some(ToolChoice::Other(_)) => return Err(RequestError::Choice),
    }
    offer.config = Some(config(&list, sent));
    Ok(offer)
}

/// A single tool that the model must call.
pub(super) fn only(name: &str, description: Option<String>, schema: Extra) -> Extra {
    let tool = specification(name.to_owned(), description, schema, false);
    config(&[tool], Some(one("tool", one("name", name))))
}

/// An object with one member.
pub(super) fn one(name: &str, value: impl Into<Json>) -> Extra {
    let mut object = Extra::new();
    object.insert(name, value);
    object
}

fn config(tools: &[Json], choice: Option<Extra>) -> Extra {
    let mut config = Extra::new();
    config.set("tools", tools);
    config.extend(choice.map(|choice| ("toolChoice".to_owned(), choice.into())));
    config
}

/// The tools that earlier turns have called, of which nothing else is known.
fn stubs(conversation: &Conversation<'_>) -> Vec<Json> {
    let blocks = conversation.turns.iter().flat_map(|turn| &turn.content);
    let called: BTreeSet<&str> = blocks
        .filter_map(|block| match block {
            Block::ToolUse(call) => Some(call.name.as_str()),
            _ => None,
        })
        .collect();
    called
        .into_iter()
        .map(|name| specification(name.to_owned(), None, empty_schema(), false))
        .collect()
}

/// A tool, and the cache point after it.
fn specified(tool: Tool, conversation: &mut Conversation<'_>, model: &Model<'_>) -> Result<Vec<Json>, RequestError> {
    let kind = tool.kind.into_owned();
    let Some(function) = tool.function.filter(|_| kind == "function") else {
        return Err(RequestError::Tool(kind));
    };
    let mark = tool
        .extra
        .get("cache_control")
        .or_else(|| function.extra.get("cache_control"))
        .cloned();
    let mut list = vec![function_tool(function, conversation, model)?];
    if let Some(mark) = mark.filter(|mark| !mark.is_null()) {
        // Only Claude's tools are cached: "Supported models, Regions, and limits" of prompt caching.
        if model.is_claude() {
            list.push(Json::of(&Block::cache_point(&mark)));
        } else {
            conversation.scope.dropped.insert("cache_control");
        }
    }
    Ok(list)
}

fn function_tool(
    function: FunctionDefinition,
    conversation: &mut Conversation<'_>,
    model: &Model<'_>,
) -> Result<Json, RequestError> {
    let mut schema: Extra = function.parameters.and_then(|schema| schema.read()).unwrap_or_default();
    if schema.is_empty() {
        schema = empty_schema();
    }
    schema.insert_new("type", "object");
    let is_strict = function.strict == Some(true) && model.holds_schemas();
    if function.strict == Some(true) && !is_strict {
        conversation.scope.dropped.insert("tools[].function.strict");
    }
    if is_strict {
        schema = strict_schema::strict(schema)?;
    }
    let name = conversation.names.send(&function.name);
    let description = function.description.filter(|text| !text.trim().is_empty());
    Ok(specification(name, description, schema, is_strict))
}

fn specification(name: String, description: Option<String>, schema: Extra, is_strict: bool) -> Json {
    let mut specification = one("name", name);
    specification.extend(description.map(|text| ("description".to_owned(), text.into())));
    specification.insert("inputSchema", one("json", schema));
    if is_strict {
        specification.insert("strict", true);
    }
    one("toolSpec", specification).into()
}

/// The schema of arguments that are none.
fn empty_schema() -> Extra {
    let mut schema = one("type", "object");
    schema.insert("properties", Extra::new());
    schema
}

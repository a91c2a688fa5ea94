//! Checking a chat request as OpenAI does, and hearing what it asks for.

use serde_json::Value;

use super::{MODEL, functions, messages};
use crate::vendor::fault::{Fault, FaultKind, demand};
use crate::vendor::scenario::Heard;
use crate::vendor::schema::demand_closed;

/// The parameters of OpenAI's API reference, "Create chat completion".
const PARAMETERS: &[&str] = &[
    "audio",
    "frequency_penalty",
    "function_call",
    "functions",
    "logit_bias",
    "logprobs",
    "max_completion_tokens",
    "max_tokens",
    "messages",
    "metadata",
    "modalities",
    "model",
    "n",
    "parallel_tool_calls",
    "prediction",
    "presence_penalty",
    "prompt_cache_key",
    "reasoning_effort",
    "response_format",
    "safety_identifier",
    "seed",
    "service_tier",
    "stop",
    "store",
    "stream",
    "stream_options",
    "temperature",
    "tool_choice",
    "tools",
    "top_logprobs",
    "top_p",
    "user",
    "verbosity",
    "web_search_options",
];

/// What the request asks for, if OpenAI would serve it.
pub(super) fn read(body: &Value) -> Result<Heard, Fault> {
    model(body, &[MODEL])?;
    of_any_model(body, &[])
}

/// What the request asks for, if OpenAI would serve it by some model and had these parameters besides.
pub(super) fn of_any_model(body: &Value, besides: &[&str]) -> Result<Heard, Fault> {
    closed(body, &[PARAMETERS, besides].concat())?;
    numbers(body)?;
    stream_options(body)?;
    functions::check(body)?;
    let tools = tools(body)?;
    let schema = schema(&body["response_format"])?;
    let mut heard = messages::read(&body["messages"])?;
    heard.tools = tools;
    heard.schema = schema;
    heard.searches = body["web_search_options"].is_object();
    heard.thinks = body["reasoning_effort"].is_string();
    Ok(heard)
}

/// No member but the known ones.
pub(super) fn closed(body: &Value, known: &[&str]) -> Result<(), Fault> {
    let members = body
        .as_object()
        .ok_or_else(|| Fault::invalid("The body must be an object"))?;
    for name in members.keys() {
        let message = format!("Unrecognized request argument supplied: {name}");
        demand(known.contains(&name.as_str()), message)?;
    }
    Ok(())
}

/// One of the models that the operation has.
pub(super) fn model(body: &Value, models: &[&str]) -> Result<(), Fault> {
    let model = body["model"].as_str();
    let model = model.ok_or_else(|| Fault::invalid("you must provide a model parameter"))?;
    let message = format!("The model `{model}` does not exist or you do not have access to it.");
    if models.contains(&model) {
        Ok(())
    } else {
        Err(Fault::new(FaultKind::NotFound, message))
    }
}

fn numbers(body: &Value) -> Result<(), Fault> {
    let within = |name: &str, low: f64, high: f64| within(body, name, low, high);
    within("temperature", 0.0, 2.0)?;
    within("top_p", 0.0, 1.0)?;
    within("n", 1.0, 128.0)?;
    within("max_tokens", 1.0, 1e6)?;
    within("max_completion_tokens", 1.0, 1e6)?;
    within("frequency_penalty", -2.0, 2.0)?;
    within("presence_penalty", -2.0, 2.0)?;
    let both = body["max_tokens"].is_u64() && body["max_completion_tokens"].is_u64();
    demand(
        !both,
        "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.",
    )?;
    let effort = &body["reasoning_effort"];
    let known = ["none", "minimal", "low", "medium", "high", "xhigh"];
    let known = effort.is_null() || effort.as_str().is_some_and(|word| known.contains(&word));
    demand(known, "Invalid value for 'reasoning_effort'")
}

/// A number in this range, if it is given at all.
pub(super) fn within(body: &Value, name: &str, low: f64, high: f64) -> Result<(), Fault> {
    let value = &body[name];
    let fits = value.is_null() || value.as_f64().is_some_and(|v| (low..=high).contains(&v));
    demand(fits, format!("Invalid '{name}': expected a value from {low} to {high}"))
}

/// One of these words, if it is given at all.
pub(super) fn word(body: &Value, name: &str, words: &[&str]) -> Result<(), Fault> {
    let value = &body[name];
    let fits = value.is_null() || value.as_str().is_some_and(|word| words.contains(&word));
    demand(
        fits,
        format!("Invalid value: '{name}'. Supported values are: {}", words.join(", ")),
    )
}

fn stream_options(body: &Value) -> Result<(), Fault> {
    let message = "The 'stream_options' parameter is only allowed when 'stream' is enabled.";
    demand(body["stream_options"].is_null() || body["stream"] == true, message)
}

fn tools(body: &Value) -> Result<Vec<String>, Fault> {
    let tools = match &body["tools"] {
        Value::Null => {
            let message = "'tool_choice' is only allowed when 'tools' are specified.";
            demand(body["tool_choice"].is_null(), message)?;
            return Ok(Vec::new());
        }
        Value::Array(tools) if !tools.is_empty() => tools,
        _ => {
            return Err(Fault::invalid("Invalid 'tools': expected a non-empty array"));
        }
    };
    tools
        .iter()
        .enumerate()
        .map(|(index, tool)| tool_name(index, tool))
        .collect()
}

fn tool_name(index: usize, tool: &Value) -> Result<String, Fault> {
    demand(
        tool["type"] == "function",
        format!("Invalid value: 'tools[{index}].type'"),
    )?;
    let function = &tool["function"];
    let name = function["name"].as_str().unwrap_or_default();
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let named = (1..=64).contains(&name.len()) && name.chars().all(fits);
    demand(named, format!("Invalid 'tools[{index}].function.name'"))?;
    let parameters = &function["parameters"];
    let described = parameters.is_null() || parameters["type"] == "object";
    demand(described, format!("Invalid schema for function '{name}'"))?;
    if function["strict"] == true {
        demand_closed(parameters)?;
    }
    Ok(name.to_owned())
}

fn schema(format: &Value) -> Result<Option<Value>, Fault> {
    match format["type"].as_str() {
        None => {
            demand(format.is_null(), "Missing required parameter: 'response_format.type'.")?;
            Ok(None)
        }
        Some("text" | "json_object") => Ok(None),
        Some("json_schema") => {
            let wanted = &format["json_schema"];
            let named = wanted["name"].is_string();
            demand(named, "Missing required parameter: 'response_format.json_schema.name'.")?;
            if wanted["strict"] == true {
                demand_closed(&wanted["schema"])?;
            }
            Ok(Some(wanted["schema"].clone()))
        }
        Some(_) => Err(Fault::invalid("Invalid value: 'response_format.type'")),
    }
}

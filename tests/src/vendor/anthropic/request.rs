//! Checking a Messages request as Anthropic does, and hearing what it asks for.

use serde_json::Value;

use super::{MODEL, messages};
use crate::vendor::fault::{Fault, FaultKind, demand};
use crate::vendor::scenario::Heard;
use crate::vendor::schema::demand_closed;

/// The parameters of Anthropic's API reference, "Create a Message", without betas.
const PARAMETERS: &[&str] = &[
    "cache_control",
    "container",
    "inference_geo",
    "max_tokens",
    "messages",
    "metadata",
    "model",
    "output_config",
    "service_tier",
    "stop_sequences",
    "stream",
    "system",
    "temperature",
    "thinking",
    "tool_choice",
    "tools",
    "top_k",
    "top_p",
];

/// The members of a tool that the client runs.
const TOOL: &[&str] = &[
    "cache_control",
    "description",
    "input_examples",
    "input_schema",
    "name",
    "strict",
    "type",
];

/// What the request asks for, if Anthropic would serve it.
pub(super) fn read(body: &Value) -> Result<Heard, Fault> {
    let members = body
        .as_object()
        .ok_or_else(|| Fault::invalid("Input should be an object"))?;
    closed(members.keys(), PARAMETERS, "")?;
    model(&body["model"])?;
    let limit = body["max_tokens"].as_u64();
    let limit = limit.ok_or_else(|| Fault::invalid("max_tokens: Field required"))?;
    demand(
        limit > 0,
        "max_tokens: Input should be greater than or equal to 1",
    )?;
    sampling(body)?;
    system(&body["system"])?;
    metadata(&body["metadata"])?;
    let thinks = thinking(body, limit)?;
    let tools = tools(&body["tools"])?;
    tool_choice(body, thinks)?;
    let schema = schema(&body["output_config"])?;
    let heard = messages::read(&body["messages"])?;
    Ok(Heard {
        tools,
        schema,
        thinks,
        ..heard
    })
}

/// No member but the known ones.
pub(super) fn closed<'a>(
    names: impl IntoIterator<Item = &'a String>,
    known: &[&str],
    place: &str,
) -> Result<(), Fault> {
    for name in names {
        let message = format!("{place}{name}: Extra inputs are not permitted");
        demand(known.contains(&name.as_str()), message)?;
    }
    Ok(())
}

fn model(model: &Value) -> Result<(), Fault> {
    let model = model
        .as_str()
        .ok_or_else(|| Fault::invalid("model: Field required"))?;
    let unknown = || Fault::new(FaultKind::NotFound, format!("model: {model}"));
    if model == MODEL {
        Ok(())
    } else {
        Err(unknown())
    }
}

fn sampling(body: &Value) -> Result<(), Fault> {
    for name in ["temperature", "top_p"] {
        let value = &body[name];
        let fits = value.is_null() || value.as_f64().is_some_and(|v| (0.0..=1.0).contains(&v));
        demand(fits, format!("{name}: range: 0..1"))?;
    }
    let stops = &body["stop_sequences"];
    let texts = |stops: &Vec<Value>| {
        stops
            .iter()
            .all(|stop| stop.as_str().is_some_and(|text| !text.trim().is_empty()))
    };
    let fits = stops.is_null() || stops.as_array().is_some_and(texts);
    demand(
        fits,
        "stop_sequences: each stop sequence must contain non-whitespace",
    )
}

fn system(system: &Value) -> Result<(), Fault> {
    let Some(blocks) = system.as_array() else {
        let fits = system.is_null() || system.is_string();
        return demand(fits, "system: Input should be a valid string or list");
    };
    for block in blocks {
        let filled = block["text"].as_str().is_some_and(|text| !text.is_empty());
        let message = "system: text content blocks must be non-empty";
        demand(block["type"] == "text" && filled, message)?;
    }
    Ok(())
}

fn metadata(metadata: &Value) -> Result<(), Fault> {
    let names = metadata
        .as_object()
        .into_iter()
        .flat_map(|members| members.keys());
    closed(names, &["user_id"], "metadata.")
}

fn thinking(body: &Value, limit: u64) -> Result<bool, Fault> {
    let thinking = &body["thinking"];
    match thinking["type"].as_str() {
        None => demand(thinking.is_null(), "thinking.type: Field required").map(|()| false),
        Some("disabled") => Ok(false),
        Some("adaptive") => warm(body).map(|()| true),
        Some("enabled") => {
            let budget = thinking["budget_tokens"].as_u64().unwrap_or_default();
            let least =
                "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024";
            demand(budget >= 1024, least)?;
            let most = "`max_tokens` must be greater than `thinking.budget_tokens`";
            demand(limit > budget, most)?;
            warm(body).map(|()| true)
        }
        Some(_) => Err(Fault::invalid(
            "thinking.type: Input should be a known value",
        )),
    }
}

/// Thinking goes with the default temperature only.
fn warm(body: &Value) -> Result<(), Fault> {
    let temperature = &body["temperature"];
    let fits = temperature.is_null() || temperature.as_f64() == Some(1.0);
    demand(
        fits,
        "`temperature` may only be set to 1 when thinking is enabled",
    )?;
    demand(
        body["top_k"].is_null(),
        "`top_k` must be unset when thinking is enabled",
    )
}

fn tools(tools: &Value) -> Result<Vec<String>, Fault> {
    let tools = tools.as_array().into_iter().flatten().enumerate();
    tools.map(|(index, tool)| tool_name(index, tool)).collect()
}

fn tool_name(index: usize, tool: &Value) -> Result<String, Fault> {
    let place = format!("tools.{index}.custom.");
    let members = tool
        .as_object()
        .ok_or_else(|| Fault::invalid("tools: Input should be a list"))?;
    closed(members.keys(), TOOL, &place)?;
    let name = tool["name"].as_str().unwrap_or_default();
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let named = (1..=128).contains(&name.len()) && name.chars().all(fits);
    demand(
        named,
        format!("{place}name: String should match the pattern"),
    )?;
    let described = tool["input_schema"]["type"] == "object";
    demand(
        described,
        format!("{place}input_schema.type: Field required"),
    )?;
    if tool["strict"] == true {
        demand_closed(&tool["input_schema"])?;
    }
    Ok(name.to_owned())
}

fn tool_choice(body: &Value, thinks: bool) -> Result<(), Fault> {
    let choice = &body["tool_choice"];
    if choice.is_null() {
        return Ok(());
    }
    let message = "tool_choice may only be specified while providing tools";
    demand(body["tools"].get(0).is_some(), message)?;
    match choice["type"].as_str() {
        Some("auto" | "none") => Ok(()),
        Some("any" | "tool") => {
            demand(
                !thinks,
                "Thinking may not be enabled when tool_choice forces tool use.",
            )?;
            let named = choice["type"] == "any" || choice["name"].is_string();
            demand(named, "tool_choice.tool.name: Field required")
        }
        _ => Err(Fault::invalid(
            "tool_choice.type: Input should be a known value",
        )),
    }
}

/// Structured outputs, in the form that needs no beta header.
fn schema(config: &Value) -> Result<Option<Value>, Fault> {
    let names = config
        .as_object()
        .into_iter()
        .flat_map(|members| members.keys());
    closed(names, &["effort", "format"], "output_config.")?;
    let Some(format) = config["format"].as_object() else {
        return Ok(None);
    };
    closed(format.keys(), &["schema", "type"], "output_config.format.")?;
    demand(
        format.get("type") == Some(&"json_schema".into()),
        "output_config.format.type",
    )?;
    let schema = format.get("schema");
    let schema =
        schema.ok_or_else(|| Fault::invalid("output_config.format.schema: Field required"))?;
    demand_closed(schema)?;
    Ok(Some(schema.clone()))
}

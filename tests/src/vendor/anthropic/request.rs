//! Checking a Messages request as Anthropic does, and hearing what it asks for.

mod tools;

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

/// Those of them that "Count tokens in a Message" takes.
const COUNTED: &[&str] = &[
    "cache_control",
    "messages",
    "model",
    "output_config",
    "system",
    "thinking",
    "tool_choice",
    "tools",
];

/// What the request asks for, if Anthropic would serve it.
pub(super) fn read(body: &Value) -> Result<Heard, Fault> {
    model(&body["model"])?;
    of_any_model(body)
}

/// What the request asks for, if Anthropic would serve it by some model.
pub(super) fn of_any_model(body: &Value) -> Result<Heard, Fault> {
    closed(names(body)?, PARAMETERS, "")?;
    let limit = body["max_tokens"].as_u64();
    let limit = limit.ok_or_else(|| Fault::invalid("max_tokens: Field required"))?;
    demand(limit > 0, "max_tokens: Input should be greater than or equal to 1")?;
    sampling(body)?;
    metadata(&body["metadata"])?;
    prompt(body, limit)
}

/// What a request whose tokens are to be counted says, if Anthropic would count them.
pub(super) fn read_count(body: &Value) -> Result<Heard, Fault> {
    closed(names(body)?, COUNTED, "")?;
    model(&body["model"])?;
    prompt(body, u64::MAX)
}

fn names(body: &Value) -> Result<impl Iterator<Item = &String>, Fault> {
    let members = body.as_object();
    let members = members.ok_or_else(|| Fault::invalid("Input should be an object"))?;
    Ok(members.keys())
}

/// What the model would get to read, and how it is to answer.
fn prompt(body: &Value, limit: u64) -> Result<Heard, Fault> {
    system(&body["system"])?;
    let thinks = thinking(body, limit)?;
    let offered = tools::read(&body["tools"])?;
    tools::choice(body, thinks)?;
    let schema = schema(&body["output_config"])?;
    let heard = messages::read(&body["messages"])?;
    Ok(Heard {
        tools: offered.names,
        searches: offered.searches,
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
    let model = model.as_str().ok_or_else(|| Fault::invalid("model: Field required"))?;
    let unknown = || Fault::new(FaultKind::NotFound, format!("model: {model}"));
    if model == MODEL { Ok(()) } else { Err(unknown()) }
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
    demand(fits, "stop_sequences: each stop sequence must contain non-whitespace")
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
    let names = metadata.as_object().into_iter().flat_map(|members| members.keys());
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
            let least = "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024";
            demand(budget >= 1024, least)?;
            let most = "`max_tokens` must be greater than `thinking.budget_tokens`";
            demand(limit > budget, most)?;
            warm(body).map(|()| true)
        }
        Some(_) => Err(Fault::invalid("thinking.type: Input should be a known value")),
    }
}

/// Thinking goes with the default temperature only.
fn warm(body: &Value) -> Result<(), Fault> {
    let temperature = &body["temperature"];
    let fits = temperature.is_null() || temperature.as_f64() == Some(1.0);
    demand(fits, "`temperature` may only be set to 1 when thinking is enabled")?;
    demand(
        body["top_k"].is_null(),
        "`top_k` must be unset when thinking is enabled",
    )
}

/// Structured outputs, in the form that needs no beta header.
fn schema(config: &Value) -> Result<Option<Value>, Fault> {
    let names = config.as_object().into_iter().flat_map(|members| members.keys());
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
    let schema = schema.ok_or_else(|| Fault::invalid("output_config.format.schema: Field required"))?;
    demand_closed(schema)?;
    Ok(Some(schema.clone()))
}

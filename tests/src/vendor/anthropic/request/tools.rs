//! Checking tools and the choice of them as Anthropic does.

use serde_json::Value;

use super::closed;
use crate::vendor::fault::{Fault, demand};
use crate::vendor::schema::demand_closed;

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

/// The members of the vendor's own search.
const SEARCH: &[&str] = &[
    "allowed_domains",
    "blocked_domains",
    "cache_control",
    "max_uses",
    "name",
    "type",
    "user_location",
];

/// The type of the vendor's own search.
const SEARCH_TYPE: &str = "web_search_20250305";

/// The tools of a request.
#[derive(Default)]
pub(super) struct Offered {
    /// The names of those that the client runs.
    pub(super) names: Vec<String>,
    /// True if the vendor may search the web.
    pub(super) searches: bool,
}

/// The tools, if Anthropic would take them.
pub(super) fn read(tools: &Value) -> Result<Offered, Fault> {
    let mut offered = Offered::default();
    for (index, tool) in tools.as_array().into_iter().flatten().enumerate() {
        if tool["type"] == SEARCH_TYPE {
            let names = tool.as_object().into_iter().flat_map(|tool| tool.keys());
            closed(names, SEARCH, &format!("tools.{index}.{SEARCH_TYPE}."))?;
            let message = format!("tools.{index}.{SEARCH_TYPE}.name: Input should be 'web_search'");
            demand(tool["name"] == "web_search", message)?;
            offered.searches = true;
        } else {
            offered.names.push(name(index, tool)?);
        }
    }
    Ok(offered)
}

fn name(index: usize, tool: &Value) -> Result<String, Fault> {
    let place = format!("tools.{index}.custom.");
    let members = tool
        .as_object()
        .ok_or_else(|| Fault::invalid("tools: Input should be a list"))?;
    closed(members.keys(), TOOL, &place)?;
    let name = tool["name"].as_str().unwrap_or_default();
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let named = (1..=128).contains(&name.len()) && name.chars().all(fits);
    demand(named, format!("{place}name: String should match the pattern"))?;
    let described = tool["input_schema"]["type"] == "object";
    demand(described, format!("{place}input_schema.type: Field required"))?;
    if tool["strict"] == true {
        demand_closed(&tool["input_schema"])?;
    }
    Ok(name.to_owned())
}

/// Fails if Anthropic would refuse the choice of tools.
pub(super) fn choice(body: &Value, thinks: bool) -> Result<(), Fault> {
    let choice = &body["tool_choice"];
    if choice.is_null() {
        return Ok(());
    }
    let message = "tool_choice may only be specified while providing tools";
    demand(body["tools"].get(0).is_some(), message)?;
    match choice["type"].as_str() {
        Some("auto" | "none") => Ok(()),
        Some("any" | "tool") => {
            demand(!thinks, "Thinking may not be enabled when tool_choice forces tool use.")?;
            let named = choice["type"] == "any" || choice["name"].is_string();
            demand(named, "tool_choice.tool.name: Field required")
        }
        _ => Err(Fault::invalid("tool_choice.type: Input should be a known value")),
    }
}

//! The members of a request other than its conversation and its tools.

use serde_json::value::RawValue;

use crate::fault::RequestFault;
use crate::json::block::Block;
use crate::json::fields::{count, flag, given};
use crate::json::raw::is_given;
use crate::json::{Members, Object};
use crate::standard::Dropped;

/// A member of the canonical request: its name, and its value as JSON.
pub(super) type Member = (&'static str, Vec<u8>);

/// The members that mean the same in a chat.
const SAME: [&str; 7] = [
    "model",
    "stream",
    "temperature",
    "top_p",
    "prompt_cache_key",
    "safety_identifier",
    "user",
];

/// The members of which nothing is lost: others stand for them, or the gateway does what they ask for anyway.
const KNOWN: [&str; 18] = [
    "access_programs",
    "background",
    "client_metadata",
    "conversation",
    "include",
    "input",
    "instructions",
    "max_output_tokens",
    "metadata",
    "parallel_tool_calls",
    "previous_response_id",
    "prompt",
    "reasoning",
    "store",
    "stream_options",
    "text",
    "tool_choice",
    "tools",
];

/// How clients ask for summaries of what the model thinks. Thinking is shown as it comes, which is `auto`.
const SUMMARIES: [&str; 2] = ["summary", "generate_summary"];

/// The members that need what is stored at the vendor, and what to do instead.
const STORED: [(&str, &str); 3] = [
    (
        "previous_response_id",
        "responses are not stored here; leave it out, and send the whole conversation in `input`",
    ),
    (
        "conversation",
        "conversations are not stored here; leave it out, and send all items in `input`",
    ),
    (
        "prompt",
        "prompts are not stored here; leave it out, and send its text in `instructions` and `input`",
    ),
];

/// The members in the words of a chat. What a chat has no words for is listed.
///
/// # Errors
/// If one of them is not of its shape, or needs what is stored at the vendor.
pub(super) fn translate(members: &Members<'_>, dropped: &mut Dropped) -> Result<Vec<Member>, RequestFault> {
    refuse_stored(members)?;
    let mut set = Vec::new();
    for key in SAME {
        set.extend(given(members, key).map(|value| (key, value.into())));
    }
    if flag(members, "stream")? {
        // The last event always has the usage.
        set.push(("stream_options", br#"{"include_usage":true}"#.to_vec()));
    }
    if let Some(limit) = count(members, "max_output_tokens")? {
        set.push(("max_completion_tokens", limit.to_string().into()));
    }
    set.extend(effort(members, dropped)?);
    set.extend(text(members, dropped)?);
    for (key, value) in members.all() {
        let is_usual = key == "service_tier" && matches!(value.get(), "\"auto\"" | "\"default\"");
        if !SAME.contains(&key) && !KNOWN.contains(&key) && !is_usual && says(value) {
            dropped.add("", key);
        }
    }
    Ok(set)
}

/// True unless a member asks for nothing.
fn says(value: &RawValue) -> bool {
    is_given(value) && value.get() != "0"
}

fn refuse_stored(members: &Members<'_>) -> Result<(), RequestFault> {
    for (key, message) in STORED {
        if given(members, key).is_some() {
            return Err(RequestFault::new(key, message));
        }
    }
    if flag(members, "background")? {
        let message = "must be false or left out; responses are not stored here, so that none can be fetched later";
        return Err(RequestFault::new("background", message));
    }
    Ok(())
}

/// The effort of reasoning. The object itself is no member of a chat: some vendors refuse it.
fn effort(members: &Members<'_>, dropped: &mut Dropped) -> Result<Option<Member>, RequestFault> {
    let Some(reasoning) = object(members, "reasoning")? else {
        return Ok(None);
    };
    for key in SUMMARIES {
        if reasoning.get(key).is_some_and(|summary| summary != "\"auto\"") {
            dropped.add("reasoning", key);
        }
    }
    reasoning.pass_over(&["effort"]);
    dropped.add_all("reasoning", reasoning.unread());
    match reasoning.get("effort") {
        None => Ok(None),
        Some(effort) if effort.starts_with('"') => Ok(Some(("reasoning_effort", effort.into()))),
        Some(_) => Err(RequestFault::new("reasoning.effort", "must be a string")),
    }
}

/// How long the text is to be, and in which form.
fn text(members: &Members<'_>, dropped: &mut Dropped) -> Result<Vec<Member>, RequestFault> {
    let Some(text) = object(members, "text")? else {
        return Ok(Vec::new());
    };
    let mut set = Vec::new();
    set.extend(text.get("verbosity").map(|verbosity| ("verbosity", verbosity.into())));
    if text.get("format").is_some() {
        let format = text.object("format").and_then(|format| self::format(&format, dropped));
        set.extend(format.map_err(|fault| fault.within("text"))?);
    }
    dropped.add_all("text", text.unread());
    Ok(set)
}

/// The `response_format`; `None` for plain text.
fn format(format: &Block<'_>, dropped: &mut Dropped) -> Result<Option<Member>, RequestFault> {
    let value = match format.kind.as_str() {
        "text" => None,
        "json_object" => Some(br#"{"type":"json_object"}"#.to_vec()),
        "json_schema" => Some(schema(format).map_err(|fault| fault.within("format"))?),
        _ => {
            let message = "must be text, json_object or json_schema";
            return Err(RequestFault::new("format.type", message));
        }
    };
    dropped.add_all("text.format", format.unread());
    Ok(value.map(|value| ("response_format", value)))
}

fn schema(format: &Block<'_>) -> Result<Vec<u8>, RequestFault> {
    let name = format.name("name")?;
    let schema = format.get("schema").filter(|schema| schema.starts_with('{'));
    let schema = schema.ok_or_else(|| RequestFault::new("schema", "must be an object, the JSON Schema of the text"))?;
    Ok(Object::text(|written| {
        written.raw("type", "\"json_schema\"");
        written.object("json_schema", |named| {
            named.raw("name", name);
            for key in ["description", "strict"] {
                if let Some(value) = format.get(key) {
                    named.raw(key, value);
                }
            }
            named.raw("schema", schema);
        });
    }))
}

fn object<'a>(members: &Members<'a>, key: &'static str) -> Result<Option<Block<'a>>, RequestFault> {
    let given = members.get(key).filter(|value| value.get() != "null");
    given
        .map(|value| Block::read(value, "type").map_err(|fault| fault.within(key)))
        .transpose()
}

//! The members of a request in OpenAI's Responses: at its top, in its items and parts, and in its tools.

use serde_json::{Value, json};

use super::Member;
use crate::requests::{DATA_URL, PDF_DATA_URL, responses_tool};

/// The name that nobody knows.
const UNKNOWN: &str = "of_tomorrow";

/// All of them.
pub(crate) fn all() -> Vec<Member> {
    [at_top(), of_options(), of_items(), of_media(), of_tools()]
        .into_iter()
        .flatten()
        .collect()
}

fn unknown() -> Value {
    json!({ "a": 1 })
}

fn at_top() -> Vec<Member> {
    [
        ("instructions", json!("be brief")),
        ("max_output_tokens", json!(77)),
        ("max_tool_calls", json!(3)),
        ("moderation", json!("low")),
        (UNKNOWN, unknown()),
        ("prompt_cache_key", json!("k")),
        ("prompt_cache_retention", json!("24h")),
        ("safety_identifier", json!("s")),
        ("service_tier", json!("flex")),
        ("temperature", json!(0.5)),
        ("top_logprobs", json!(2)),
        ("top_p", json!(0.5)),
        ("user", json!("u-1")),
    ]
    .into_iter()
    .map(|(name, value)| Member::at_top(name, value))
    .collect()
}

fn of_options() -> Vec<Member> {
    let schema = json!({ "type": "object", "properties": { "q": { "type": "string" } }, "required": ["q"], "additionalProperties": false });
    let text = json!({ "text": { "format": { "type": "json_schema", "name": "n", "schema": schema } } });
    let reasoning = json!({ "reasoning": { "effort": "high" } });
    let chosen = json!({ "tools": [responses_tool()], "tool_choice": { "type": "function", "name": "look_up" } });
    let few = json!({ "type": "allowed_tools", "mode": "auto", "tools": [{ "type": "function", "name": "look_up" }] });
    let few = json!({ "tools": [responses_tool()], "tool_choice": few });
    vec![
        Member::within(&text, "/text", UNKNOWN, unknown()),
        Member::within(&text, "/text", "verbosity", json!("low")),
        Member::within(&text, "/text/format", UNKNOWN, unknown()),
        Member::within(&text, "/text/format", "description", json!("the answer")),
        Member::within(&reasoning, "/reasoning", UNKNOWN, unknown()),
        Member::within(&reasoning, "/reasoning", "summary", json!("detailed")),
        Member::within(&chosen, "/tool_choice", UNKNOWN, unknown()),
        Member::within(&few, "/tool_choice", UNKNOWN, unknown()),
        Member::within(&few, "/tool_choice/tools/0", UNKNOWN, unknown()),
    ]
}

/// A message of each side, and a call with its result.
fn conversation() -> Value {
    let said = |kind: &str, text: &str| json!([{ "type": kind, "text": text }]);
    json!({
        "tools": [responses_tool()],
        "input": [
            { "type": "message", "role": "developer", "content": said("input_text", "be brief") },
            { "type": "message", "role": "user", "content": said("input_text", "look") },
            { "type": "message", "role": "assistant", "content": said("output_text", "I look") },
            { "type": "function_call", "call_id": "c1", "name": "look_up", "arguments": "{\"q\":\"x\"}" },
            { "type": "function_call_output", "call_id": "c1", "output": said("input_text", "found") },
            { "type": "message", "role": "user", "content": said("input_text", "and?") },
        ],
    })
}

fn of_items() -> Vec<Member> {
    let places = [
        "/input/0",
        "/input/0/content/0",
        "/input/1",
        "/input/1/content/0",
        "/input/2",
        "/input/2/content/0",
        "/input/3",
        "/input/4",
        "/input/4/output/0",
    ];
    let within = |place| Member::within(&conversation(), place, UNKNOWN, unknown());
    places.into_iter().map(within).collect()
}

fn of_media() -> Vec<Member> {
    let asked = |part: Value| {
        let text = json!({ "type": "input_text", "text": "hi" });
        json!({ "input": [{ "type": "message", "role": "user", "content": [part, text] }] })
    };
    let image = asked(json!({ "type": "input_image", "image_url": DATA_URL }));
    let file = asked(json!({ "type": "input_file", "file_data": PDF_DATA_URL, "filename": "a.pdf" }));
    let place = "/input/0/content/0";
    vec![
        Member::within(&image, place, UNKNOWN, unknown()),
        Member::within(&image, place, "detail", json!("low")),
        Member::within(&file, place, UNKNOWN, unknown()),
        Member::within(&file, place, "filename", json!("b.pdf")),
    ]
}

fn of_tools() -> Vec<Member> {
    let request = json!({ "tools": [responses_tool()] });
    vec![
        Member::within(&request, "/tools/0", UNKNOWN, unknown()),
        Member::within(&request, "/tools/0", "description", json!("Other.")),
        Member::within(&request, "/tools/0", "strict", json!(true)),
        Member::within(&request, "/tools/0/parameters", UNKNOWN, unknown()),
    ]
}

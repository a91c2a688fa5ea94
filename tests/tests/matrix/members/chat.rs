//! The members within a chat's messages, parts, calls and tools: OpenAI's own, those that other vendors have added, and one
//! that nobody knows.

use jackfield_tests::vendor::scenario::SIGNATURE;
use serde_json::{Value, json};

use super::Member;
use crate::requests::{DATA_URL, PDF_DATA_URL, WAV, openai_tool};

/// The name that nobody knows.
const UNKNOWN: &str = "of_tomorrow";

/// The text of a file that vendors without files can say.
const TEXT_DATA_URL: &str = "data:text/plain;base64,YWxwaGE=";

/// All of them.
pub(crate) fn all() -> Vec<Member> {
    [
        of_messages(),
        of_parts(),
        of_media(),
        of_calls(),
        of_tools(),
        of_options(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn said(messages: &Value) -> Value {
    json!({ "messages": messages })
}

fn unknown() -> Value {
    json!({ "a": 1 })
}

fn mark() -> Value {
    json!({ "type": "ephemeral" })
}

/// A message of each role, and a call with its result.
fn conversation() -> Value {
    let call =
        json!({ "id": "c1", "type": "function", "function": { "name": "look_up", "arguments": "{\"q\":\"x\"}" } });
    let texts = |text: &str| json!([{ "type": "text", "text": text }]);
    let mut request = said(&json!([
        { "role": "system", "content": texts("be brief") },
        { "role": "user", "content": texts("look") },
        { "role": "assistant", "content": texts("I look"), "tool_calls": [call] },
        { "role": "tool", "tool_call_id": "c1", "content": texts("found") },
        { "role": "user", "content": texts("and?") },
    ]));
    request["tools"] = json!([openai_tool()]);
    request
}

fn of_messages() -> Vec<Member> {
    let within = |place, name, value| Member::within(&conversation(), place, name, value);
    let mut members: Vec<Member> = ["/messages/0", "/messages/1", "/messages/2", "/messages/3"]
        .into_iter()
        .flat_map(|place| {
            [
                within(place, UNKNOWN, unknown()),
                within(place, "cache_control", mark()),
            ]
        })
        .collect();
    members.extend([
        within("/messages/0", "name", json!("ann")),
        within("/messages/1", "name", json!("ann")),
        within("/messages/2", "name", json!("ann")),
        within("/messages/2", "annotations", json!([annotation()])),
        within("/messages/2", "audio", json!({ "id": "a1" })),
        within("/messages/2", "refusal", json!("no")),
        within("/messages/2", "reasoning_content", json!("hm")),
        within(
            "/messages/2",
            "thinking_blocks",
            json!([{ "type": "thinking", "thinking": "hm", "signature": SIGNATURE }]),
        ),
        within("/messages/2", "citations", json!([{ "type": "char_location" }])),
        within(
            "/messages/2",
            "images",
            json!([{ "type": "image_url", "image_url": { "url": DATA_URL } }]),
        ),
        within("/messages/3", "is_error", json!(true)),
    ]);
    members
}

fn annotation() -> Value {
    json!({ "type": "url_citation", "url_citation": { "url": "https://example.com", "title": "t", "start_index": 0, "end_index": 1 } })
}

fn of_parts() -> Vec<Member> {
    let places = [
        "/messages/0/content/0",
        "/messages/1/content/0",
        "/messages/2/content/0",
        "/messages/3/content/0",
    ];
    let within = |place, name, value| Member::within(&conversation(), place, name, value);
    let texts = places.into_iter().flat_map(|place| {
        [
            within(place, UNKNOWN, unknown()),
            within(place, "cache_control", mark()),
            within(place, "citations", json!([{ "type": "char_location" }])),
        ]
    });
    texts.collect()
}

fn of_media() -> Vec<Member> {
    let image = json!({ "type": "image_url", "image_url": { "url": DATA_URL } });
    let file = |data: &str, name: &str| json!({ "type": "file", "file": { "file_data": data, "filename": name } });
    let sound = json!({ "type": "input_audio", "input_audio": { "data": WAV, "format": "wav" } });
    let mut members = Vec::new();
    for (part, inner) in [
        (image, "image_url"),
        (file(PDF_DATA_URL, "a.pdf"), "file"),
        (file(TEXT_DATA_URL, "a.txt"), "file"),
        (sound, "input_audio"),
    ] {
        let request = said(&json!([{ "role": "user", "content": [part, { "type": "text", "text": "hi" }] }]));
        let place = "/messages/0/content/0";
        let inner = format!("{place}/{inner}");
        members.push(Member::within(&request, place, UNKNOWN, unknown()));
        members.push(Member::within(&request, place, "cache_control", mark()));
        members.push(Member::within(&request, &inner, UNKNOWN, unknown()));
        if inner.ends_with("image_url") {
            members.push(Member::within(&request, &inner, "detail", json!("low")));
        }
        if inner.ends_with("file") {
            members.push(Member::within(&request, &inner, "filename", json!("b.txt")));
            members.push(Member::within(&request, &inner, "file_id", json!("f1")));
        }
    }
    members
}

fn of_calls() -> Vec<Member> {
    let within = |place, name, value| Member::within(&conversation(), place, name, value);
    let (call, function) = ("/messages/2/tool_calls/0", "/messages/2/tool_calls/0/function");
    vec![
        within(call, UNKNOWN, unknown()),
        within(call, "cache_control", mark()),
        within(function, UNKNOWN, unknown()),
    ]
}

fn of_tools() -> Vec<Member> {
    let (tool, function, schema) = ("/tools/0", "/tools/0/function", "/tools/0/function/parameters");
    let mut forced = conversation();
    forced["tool_choice"] = json!({ "type": "function", "function": { "name": "look_up" } });
    let mut members = vec![
        Member::within(&forced, "/tool_choice", UNKNOWN, unknown()),
        Member::within(&forced, "/tool_choice/function", UNKNOWN, unknown()),
    ];
    let within = |place, name, value| Member::within(&conversation(), place, name, value);
    members.extend([
        within(tool, UNKNOWN, unknown()),
        within(tool, "cache_control", mark()),
        within(tool, "defer_loading", json!(true)),
        within(function, UNKNOWN, unknown()),
        within(function, "strict", json!(true)),
        within(function, "description", json!("Other.")),
        within(schema, UNKNOWN, unknown()),
        within(schema, "$comment", json!("x")),
    ]);
    members
}

fn of_options() -> Vec<Member> {
    let schema = json!({ "type": "object", "properties": { "q": { "type": "string" } }, "required": ["q"], "additionalProperties": false });
    let format =
        json!({ "response_format": { "type": "json_schema", "json_schema": { "name": "n", "schema": schema } } });
    let named = "/response_format/json_schema";
    let search = json!({ "web_search_options": {} });
    let location = json!({ "type": "approximate", "approximate": { "country": "DE" } });
    let thinking = json!({ "thinking": { "type": "enabled", "budget_tokens": 2048 } });
    vec![
        Member::within(&format, "/response_format", UNKNOWN, unknown()),
        Member::within(&format, named, UNKNOWN, unknown()),
        Member::within(&format, named, "description", json!("the answer")),
        Member::within(&search, "/web_search_options", UNKNOWN, unknown()).held_by("web_search_options"),
        Member::within(&search, "/web_search_options", "search_context_size", json!("low"))
            .held_by("web_search_options"),
        Member::within(&search, "/web_search_options", "user_location", location).held_by("web_search_options"),
        Member::within(&thinking, "/thinking", UNKNOWN, unknown()),
        Member::within(&json!({ "stop": "###" }), "", "stop", json!(["###", "+++"])),
    ]
}

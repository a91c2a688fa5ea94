//! The members of a request in Anthropic's dialect: at its top, in its messages and blocks, and in its tools.

use serde_json::{Value, json};

use super::Member;
use crate::requests::{PDF, PIXEL, anthropic_tool};

/// The name that nobody knows.
const UNKNOWN: &str = "of_tomorrow";

/// All of them.
pub(crate) fn all() -> Vec<Member> {
    [
        at_top(),
        of_options(),
        of_blocks(),
        of_media(),
        of_documents(),
        of_tools(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn unknown() -> Value {
    json!({ "a": 1 })
}

fn mark() -> Value {
    json!({ "type": "ephemeral" })
}

fn at_top() -> Vec<Member> {
    [
        ("cache_control", mark()),
        ("container", json!("c1")),
        (
            "context_management",
            json!({ "edits": [{ "type": "clear_tool_uses_20250919" }] }),
        ),
        ("inference_geo", json!("us")),
        (
            "mcp_servers",
            json!([{ "type": "url", "url": "https://example.com", "name": "m" }]),
        ),
        (UNKNOWN, unknown()),
        ("output_config", json!({ "effort": "low" })),
        ("speed", json!("fast")),
        ("stop_sequences", json!(["###"])),
        ("system", json!("be brief")),
        ("temperature", json!(0.5)),
        ("top_k", json!(5)),
        ("top_p", json!(0.5)),
    ]
    .into_iter()
    .map(|(name, value)| Member::at_top(name, value))
    .chain([Member::at_top("metadata", json!({ "user_id": "u-1" })).held_by("user")])
    .collect()
}

fn of_options() -> Vec<Member> {
    let schema = json!({ "type": "object", "properties": { "q": { "type": "string" } }, "required": ["q"], "additionalProperties": false });
    let output = json!({ "output_config": { "format": { "type": "json_schema", "schema": schema } } });
    let thinking = json!({ "thinking": { "type": "enabled", "budget_tokens": 2048 } });
    let chosen = json!({ "tools": [anthropic_tool()], "tool_choice": { "type": "auto" } });
    let user = json!({ "metadata": { "user_id": "u-1" } });
    vec![
        Member::within(&output, "/output_config", UNKNOWN, unknown()),
        Member::within(
            &output,
            "/output_config",
            "task_budget",
            json!({ "type": "tokens", "total": 20_000 }),
        ),
        Member::within(&output, "/output_config/format", UNKNOWN, unknown()),
        Member::within(&thinking, "/thinking", UNKNOWN, unknown()),
        Member::within(&thinking, "/thinking", "display", json!("omitted")),
        Member::within(&chosen, "/tool_choice", UNKNOWN, unknown()),
        Member::within(&user, "/metadata", UNKNOWN, unknown()).held_by("metadata"),
    ]
}

/// A text of each side, thinking, and a call with its result.
fn conversation() -> Value {
    let text = |text: &str| json!({ "type": "text", "text": text });
    let thought = json!({ "type": "thinking", "thinking": "hm", "signature": "s" });
    let call = json!({ "type": "tool_use", "id": "c1", "name": "look_up", "input": { "q": "x" } });
    let result = json!({ "type": "tool_result", "tool_use_id": "c1", "content": [text("found")] });
    json!({
        "system": [text("be brief")],
        "tools": [anthropic_tool()],
        "messages": [
            { "role": "user", "content": [text("look")] },
            { "role": "assistant", "content": [thought, text("I look"), call] },
            { "role": "user", "content": [result, text("and?")] },
        ],
    })
}

fn of_blocks() -> Vec<Member> {
    let within = |place, name, value| Member::within(&conversation(), place, name, value);
    let (thought, call, result) = (
        "/messages/1/content/0",
        "/messages/1/content/2",
        "/messages/2/content/0",
    );
    let texts = [
        "/system/0",
        "/messages/0/content/0",
        "/messages/1/content/1",
        "/messages/2/content/0/content/0",
        "/messages/2/content/1",
    ];
    let cited = json!([{ "type": "char_location", "cited_text": "x", "document_index": 0, "document_title": null, "start_char_index": 0, "end_char_index": 1 }]);
    let texts = texts.into_iter().flat_map(|place| {
        [
            within(place, UNKNOWN, unknown()),
            within(place, "cache_control", mark()),
            within(place, "citations", cited.clone()),
        ]
    });
    texts
        .chain([
            within("/messages/0", UNKNOWN, unknown()),
            within("/messages/1", UNKNOWN, unknown()),
            within(thought, UNKNOWN, unknown()).held_by("thinking"),
            within(call, UNKNOWN, unknown()),
            within(call, "cache_control", mark()),
            within(call, "caller", json!({ "type": "direct" })),
            within(result, UNKNOWN, unknown()),
            within(result, "cache_control", mark()),
            within(result, "is_error", json!(true)),
        ])
        .collect()
}

fn asked(block: &Value) -> Value {
    json!({ "messages": [{ "role": "user", "content": [block, { "type": "text", "text": "hi" }] }] })
}

fn of_media() -> Vec<Member> {
    let image =
        asked(&json!({ "type": "image", "source": { "type": "base64", "media_type": "image/png", "data": PIXEL } }));
    let place = "/messages/0/content/0";
    vec![
        Member::within(&image, place, UNKNOWN, unknown()),
        Member::within(&image, place, "cache_control", mark()),
        Member::within(&image, "/messages/0/content/0/source", UNKNOWN, unknown()),
    ]
}

fn of_documents() -> Vec<Member> {
    let document = |source: Value| asked(&json!({ "type": "document", "source": source }));
    let block = json!({ "type": "text", "text": "alpha" });
    let found = asked(&json!({ "type": "search_result", "source": "s", "title": "t", "content": [block] }));
    let place = "/messages/0/content/0";
    let mut members = vec![
        Member::within(&found, place, UNKNOWN, unknown()),
        Member::within(&found, place, "cache_control", mark()),
        Member::within(&found, place, "citations", json!({ "enabled": true })),
        Member::within(&found, place, "title", json!("other")),
        Member::within(&found, place, "source", json!("other")),
        Member::within(&found, "/messages/0/content/0/content/0", UNKNOWN, unknown()),
    ];
    for source in [
        json!({ "type": "base64", "media_type": "application/pdf", "data": PDF }),
        json!({ "type": "text", "media_type": "text/plain", "data": "alpha" }),
        json!({ "type": "content", "content": [block] }),
    ] {
        let request = document(source);
        members.extend([
            Member::within(&request, place, UNKNOWN, unknown()),
            Member::within(&request, place, "cache_control", mark()),
            Member::within(&request, place, "citations", json!({ "enabled": true })),
            Member::within(&request, place, "context", json!("of last year")),
            Member::within(&request, place, "title", json!("b.pdf")).held_by("file.filename"),
            Member::within(&request, "/messages/0/content/0/source", UNKNOWN, unknown()),
        ]);
    }
    members
}

fn of_tools() -> Vec<Member> {
    let request = json!({ "tools": [anthropic_tool()] });
    [
        ("allowed_callers", json!(["direct"])),
        ("cache_control", mark()),
        ("defer_loading", json!(true)),
        ("description", json!("Other.")),
        ("eager_input_streaming", json!(true)),
        ("input_examples", json!([{ "q": "x" }])),
        (UNKNOWN, unknown()),
        ("strict", json!(true)),
    ]
    .into_iter()
    .map(|(name, value)| Member::within(&request, "/tools/0", name, value))
    .chain([Member::within(&request, "/tools/0/input_schema", UNKNOWN, unknown())])
    .collect()
}

//! The features of requests.

use serde_json::{Value, json};

use crate::feature::Feature;

/// One red pixel.
const PIXEL: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";
/// The beginning of a PDF, which nobody here reads.
const PDF: &str = "JVBERi0xLjQK";

/// Every feature of requests, in the order of the table.
pub(crate) fn all() -> Vec<Feature> {
    let groups = [texts(), media(), tools(), results(), reasoning(), parameters()];
    groups.into_iter().flatten().collect()
}

fn texts() -> Vec<Feature> {
    vec![
        Feature::of_requests("text", "messages")
            .openai(
                json!({ "messages": [user("good morning")] }),
                vec![("/messages/0/content", json!("good morning"))],
            )
            .anthropic(
                json!({ "messages": [{ "role": "user", "content": [{ "type": "text", "text": "good morning" }] }] }),
                vec![("/messages/0/content/0/text", json!("good morning"))],
            ),
        Feature::of_requests("system prompt", "system")
            .openai(
                json!({ "messages": [{ "role": "system", "content": "be brief" }, user("hello")] }),
                vec![
                    ("/messages/0/role", json!("system")),
                    ("/messages/0/content", json!("be brief")),
                ],
            )
            .anthropic(json!({ "system": "be brief" }), vec![("/system", json!("be brief"))]),
    ]
}

fn media() -> Vec<Feature> {
    let data_url = format!("data:image/png;base64,{PIXEL}");
    let image = json!({ "type": "image", "source": { "type": "base64", "media_type": "image/png", "data": PIXEL } });
    let linked = json!({ "type": "image", "source": { "type": "url", "url": "https://example.com/a.png" } });
    let pdf =
        json!({ "type": "document", "source": { "type": "base64", "media_type": "application/pdf", "data": PDF } });
    let linked_pdf = json!({ "type": "document", "source": { "type": "url", "url": "https://example.com/a.pdf" } });
    let plain = json!({ "type": "document", "title": "notes", "source": { "type": "text", "media_type": "text/plain", "data": "alpha" } });
    let file = json!({ "type": "file", "file": { "filename": "document.pdf", "file_data": format!("data:application/pdf;base64,{PDF}") } });
    vec![
        Feature::of_requests("image, inline", "image")
            .openai(
                said([json!({ "type": "image_url", "image_url": { "url": data_url } })]),
                vec![("/messages/0/content/0/image_url/url", json!(data_url))],
            )
            .anthropic(said([image.clone()]), vec![("/messages/0/content/0/source/data", json!(PIXEL))]),
        Feature::of_requests("image, by URL", "image")
            .openai(
                said([json!({ "type": "image_url", "image_url": { "url": "https://example.com/a.png" } })]),
                vec![("/messages/0/content/0/image_url/url", json!("https://example.com/a.png"))],
            )
            .anthropic(
                said([linked]),
                vec![("/messages/0/content/0/source/url", json!("https://example.com/a.png"))],
            ),
        Feature::of_requests("image in a tool's result", "image")
            .at_openai(vec![
                ("/messages/2/role", json!("tool")),
                ("/messages/3/role", json!("user")),
                ("*", json!(data_url)),
            ])
            .anthropic(
                json!({ "tools": [anthropic_tool()], "messages": [user("look"), used("c1"), result("c1", &json!([image]), false)] }),
                vec![("/messages/2/content/0/content/0/source/data", json!(PIXEL))],
            ),
        Feature::of_requests("document, PDF inline", "document")
            .openai(said([file.clone()]), vec![("/messages/0/content/0/file/file_data", file["file"]["file_data"].clone())])
            .anthropic(said([pdf]), vec![("/messages/0/content/0/source/data", json!(PDF))]),
        Feature::of_requests("document, PDF by URL", "document")
            .anthropic(
                said([linked_pdf]),
                vec![("/messages/0/content/0/source/url", json!("https://example.com/a.pdf"))],
            ),
        Feature::of_requests("document, plain text", "document")
            .at_openai(vec![("*", json!("alpha"))])
            .anthropic(said([plain]), vec![("/messages/0/content/0/source/data", json!("alpha"))]),
    ]
}

fn tools() -> Vec<Feature> {
    let choice = |openai: Value, anthropic: Value| {
        let signs = (openai.clone(), anthropic.clone());
        (
            json!({ "tools": [openai_tool()], "tool_choice": openai }),
            json!({ "tools": [anthropic_tool()], "tool_choice": anthropic }),
            signs,
        )
    };
    let forced = choice(
        json!({ "type": "function", "function": { "name": "look_up" } }),
        json!({ "type": "tool", "name": "look_up" }),
    );
    let any = choice(json!("required"), json!({ "type": "any" }));
    let none = choice(json!("none"), json!({ "type": "none" }));
    let chosen = |name, (openai, anthropic, signs): (Value, Value, (Value, Value))| {
        Feature::of_requests(name, "tool_choice")
            .openai(openai, vec![("/tool_choice", signs.0)])
            .anthropic(
                anthropic,
                vec![
                    ("/tool_choice/type", signs.1["type"].clone()),
                    ("/tool_choice/name", signs.1["name"].clone()),
                ],
            )
    };
    vec![
        Feature::of_requests("tools", "tools")
            .openai(json!({ "tools": [openai_tool()] }), vec![
                ("/tools/0/function/name", json!("look_up")),
                ("/tools/0/function/parameters", schema()),
            ])
            .anthropic(json!({ "tools": [anthropic_tool()] }), vec![
                ("/tools/0/name", json!("look_up")),
                ("/tools/0/input_schema", schema()),
            ]),
        chosen("forced tool", forced),
        chosen("any tool", any),
        chosen("forbidden tools", none),
        Feature::of_requests("one tool at a time", "parallel")
            .openai(json!({ "tools": [openai_tool()], "parallel_tool_calls": false }), vec![("/parallel_tool_calls", json!(false))])
            .anthropic(
                json!({ "tools": [anthropic_tool()], "tool_choice": { "type": "auto", "disable_parallel_tool_use": true } }),
                vec![("/tool_choice/disable_parallel_tool_use", json!(true))],
            ),
    ]
}

fn results() -> Vec<Feature> {
    let call = |id: &str| json!({ "id": id, "type": "function", "function": { "name": "look_up", "arguments": "{\"q\":\"x\"}" } });
    let answer = |id: &str| json!({ "role": "tool", "tool_call_id": id, "content": "found" });
    vec![
        Feature::of_requests("parallel calls and their results", "messages")
            .openai(
                json!({ "tools": [openai_tool()], "messages": [
                    user("both"), { "role": "assistant", "content": null, "tool_calls": [call("c1"), call("c2")] }, answer("c1"), answer("c2")
                ] }),
                vec![
                    ("/messages/1/tool_calls/1/id", json!("c2")),
                    ("/messages/2/tool_call_id", json!("c1")),
                    ("/messages/3/tool_call_id", json!("c2")),
                ],
            )
            .anthropic(
                json!({ "tools": [anthropic_tool()], "messages": [
                    user("both"),
                    { "role": "assistant", "content": [use_block("c1"), use_block("c2")] },
                    { "role": "user", "content": [result_block("c1", &json!("found"), false), result_block("c2", &json!("found"), false)] }
                ] }),
                vec![
                    ("/messages/1/content/1/id", json!("c2")),
                    ("/messages/2/content/0/tool_use_id", json!("c1")),
                    ("/messages/2/content/1/tool_use_id", json!("c2")),
                ],
            ),
        Feature::of_requests("failed tool", "is_error")
            .at_openai(vec![("/messages/2/content", json!("Error: no network"))])
            .anthropic(
                json!({ "tools": [anthropic_tool()], "messages": [user("look"), used("c1"), result("c1", &json!("no network"), true)] }),
                vec![("/messages/2/content/0/is_error", json!(true))],
            ),
        Feature::of_requests("the vendor's own tool", "web_search")
            .anthropic(
                json!({ "tools": [{ "type": "web_search_20250305", "name": "web_search" }] }),
                vec![("/tools/0/type", json!("web_search_20250305"))],
            ),
    ]
}

fn reasoning() -> Vec<Feature> {
    let thought = |signature: &str| {
        let mut block = json!({ "type": "thinking", "thinking": "hm", "signature": signature });
        if signature.is_empty() {
            block.as_object_mut().unwrap().remove("signature");
        }
        json!({ "messages": [user("hello"), { "role": "assistant", "content": [block, { "type": "text", "text": "hi" }] }, user("and?")] })
    };
    vec![
        Feature::of_requests("effort", "effort")
            .openai(
                json!({ "reasoning_effort": "high" }),
                vec![("/reasoning_effort", json!("high"))],
            )
            .anthropic(
                json!({ "max_tokens": 64000, "thinking": { "type": "enabled", "budget_tokens": 31999 } }),
                vec![("/thinking/type", json!("enabled"))],
            ),
        Feature::of_requests("earlier reasoning, signed", "thinking").anthropic(
            thought("c2ln"),
            vec![("/messages/1/content/0/signature", json!("c2ln"))],
        ),
        Feature::of_requests("earlier reasoning, unsigned", "thinking")
            .anthropic(thought(""), vec![("/messages/1/content/0/thinking", json!("hm"))]),
    ]
}

fn parameters() -> Vec<Feature> {
    let format = json!({ "type": "json_schema", "json_schema": { "name": "answer", "schema": schema() } });
    vec![
        Feature::of_requests("structured output", "format")
            .openai(
                json!({ "response_format": format }),
                vec![(
                    "/response_format/json_schema/schema/properties",
                    schema()["properties"].clone(),
                )],
            )
            .anthropic(
                json!({ "output_config": { "format": { "type": "json_schema", "schema": schema() } } }),
                vec![(
                    "/output_config/format/schema/properties",
                    schema()["properties"].clone(),
                )],
            ),
        Feature::of_requests("stop sequences", "stop")
            .openai(json!({ "stop": ["###"] }), vec![("/stop/0", json!("###"))])
            .anthropic(
                json!({ "stop_sequences": ["###"] }),
                vec![("/stop_sequences/0", json!("###"))],
            ),
        Feature::of_requests("temperature", "temperature")
            .openai(json!({ "temperature": 0.5 }), vec![("/temperature", json!(0.5))])
            .anthropic(json!({ "temperature": 0.5 }), vec![("/temperature", json!(0.5))]),
        Feature::of_requests("cache_control", "cache_control")
            .at_openai(vec![("/messages/0/content/0/cache_control/type", json!("ephemeral"))])
            .anthropic(
                said([json!({ "type": "text", "text": "long", "cache_control": { "type": "ephemeral" } })]),
                vec![("/messages/0/content/0/cache_control/type", json!("ephemeral"))],
            ),
        Feature::of_requests("top_k", "top_k")
            .at_openai(vec![("/top_k", json!(5))])
            .anthropic(json!({ "top_k": 5 }), vec![("/top_k", json!(5))]),
    ]
}

/// Members that say this in one user message.
fn said(parts: impl Into<Vec<Value>>) -> Value {
    json!({ "messages": [{ "role": "user", "content": parts.into() }] })
}

fn user(text: &str) -> Value {
    json!({ "role": "user", "content": text })
}

fn used(id: &str) -> Value {
    json!({ "role": "assistant", "content": [use_block(id)] })
}

fn use_block(id: &str) -> Value {
    json!({ "type": "tool_use", "id": id, "name": "look_up", "input": { "q": "x" } })
}

fn result(id: &str, content: &Value, failed: bool) -> Value {
    json!({ "role": "user", "content": [result_block(id, content, failed)] })
}

fn result_block(id: &str, content: &Value, failed: bool) -> Value {
    let mut block = json!({ "type": "tool_result", "tool_use_id": id, "content": content });
    if failed {
        block["is_error"] = json!(true);
    }
    block
}

fn schema() -> Value {
    json!({ "type": "object", "properties": { "q": { "type": "string" } }, "required": ["q"], "additionalProperties": false })
}

fn openai_tool() -> Value {
    json!({ "type": "function", "function": { "name": "look_up", "description": "Looks up.", "parameters": schema() } })
}

fn anthropic_tool() -> Value {
    json!({ "name": "look_up", "description": "Looks up.", "input_schema": schema() })
}

//! Cohere, by version 2 of its API.

use std::collections::HashMap;

use jackfield_tests::vendor::cohere;
use serde_json::json;

use super::{Adapter, openai};
use crate::feature::Signs;
use crate::requests::{DATA_URL, schema};

pub(super) fn adapter() -> Adapter {
    let mut signs = contents();
    signs.extend(tools());
    signs.extend(openai::modern());
    Adapter {
        name: "cohere",
        model: "command-a-reasoning-08-2025",
        base: "",
        provider: "api_key: double-key",
        speaks: None,
        unsaid: &["pages that a search found", "ended by the filter"],
        say: cohere::say,
        signs,
    }
}

fn contents() -> HashMap<&'static str, Signs> {
    let image = "/messages/0/content/0/image_url/url";
    HashMap::from([
        (
            "earlier reasoning, the vendor's own",
            vec![("/messages/1/content/0/thinking", json!("let me see"))],
        ),
        (
            "JSON without a schema",
            vec![("/response_format/type", json!("json_object"))],
        ),
        ("log probabilities", vec![("/logprobs", json!(true))]),
        ("top_p", vec![("/p", json!(0.5))]),
        ("seed", vec![("/seed", json!(7))]),
        (
            "penalties",
            vec![("/frequency_penalty", json!(0.5)), ("/presence_penalty", json!(0.5))],
        ),
        (
            "text",
            vec![("*", json!("good morning")), ("/messages/0/role", json!("user"))],
        ),
        (
            "system prompt",
            vec![
                ("/messages/0/role", json!("system")),
                ("/messages/0/content", json!("be brief")),
            ],
        ),
        ("image, inline", vec![(image, json!(DATA_URL))]),
        ("image, by URL", vec![(image, json!("https://example.com/a.png"))]),
        ("image in a tool's result", vec![("*", json!(DATA_URL))]),
        ("document, plain text", vec![("*", json!("alpha"))]),
        ("effort", vec![("/thinking/type", json!("enabled"))]),
        (
            "earlier reasoning, unsigned",
            vec![("/messages/1/content/0/thinking", json!("hm"))],
        ),
        (
            "structured output",
            vec![
                ("/response_format/type", json!("json_object")),
                (
                    "/response_format/json_schema/properties",
                    schema()["properties"].clone(),
                ),
            ],
        ),
        ("stop sequences", vec![("/stop_sequences/0", json!("###"))]),
        ("temperature", vec![("/temperature", json!(0.5))]),
        ("top_k", vec![("/k", json!(5))]),
    ])
}

fn tools() -> HashMap<&'static str, Signs> {
    HashMap::from([
        ("strict tool", vec![("/strict_tools", json!(true))]),
        (
            "tools",
            vec![
                ("/tools/0/function/name", json!("look_up")),
                ("/tools/0/function/parameters", schema()),
            ],
        ),
        // It becomes the only tool.
        (
            "forced tool",
            vec![
                ("/tool_choice", json!("REQUIRED")),
                ("/tools/0/function/name", json!("look_up")),
                ("/tools/1", json!(null)),
            ],
        ),
        ("any tool", vec![("/tool_choice", json!("REQUIRED"))]),
        ("forbidden tools", vec![("/tool_choice", json!("NONE"))]),
        (
            "parallel calls and their results",
            vec![
                ("/messages/1/tool_calls/1/id", json!("c2")),
                ("/messages/2/tool_call_id", json!("c1")),
                ("/messages/2/content", json!("one")),
                ("/messages/3/tool_call_id", json!("c2")),
                ("/messages/3/content", json!("two")),
            ],
        ),
        ("failed tool", vec![("/messages/2/content", json!("Error: no network"))]),
    ])
}

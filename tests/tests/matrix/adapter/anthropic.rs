//! Anthropic.

use std::collections::HashMap;

use jackfield_tests::vendor::anthropic;
use jackfield_tests::vendor::scenario::SIGNATURE;
use serde_json::json;

use super::Adapter;
use crate::client::Dialect;
use crate::feature::Signs;
use crate::requests::{PDF, PIXEL, schema};

pub(super) fn adapter() -> Adapter {
    let mut signs = contents();
    signs.extend(tools());
    signs.extend(parameters());
    Adapter {
        name: "anthropic",
        model: "claude-sonnet-4-5",
        base: "/v1",
        provider: "api_key: double-key",
        speaks: Some(Dialect::Messages),
        unsaid: &[],
        say: anthropic::say,
        signs,
    }
}

fn contents() -> HashMap<&'static str, Signs> {
    let source = |member, value| vec![(member, json!(value))];
    let (data, url) = ("/messages/0/content/0/source/data", "/messages/0/content/0/source/url");
    HashMap::from([
        (
            "document, to be cited",
            vec![("/messages/0/content/0/citations/enabled", json!(true))],
        ),
        (
            "earlier reasoning, the vendor's own",
            vec![
                ("/messages/1/content/0/thinking", json!("let me see")),
                ("/messages/1/content/0/signature", json!(SIGNATURE)),
            ],
        ),
        (
            "text",
            vec![("*", json!("good morning")), ("/messages/0/role", json!("user"))],
        ),
        ("system prompt", vec![("/system", json!("be brief"))]),
        ("image, inline", source(data, PIXEL)),
        ("image, by URL", source(url, "https://example.com/a.png")),
        (
            "image in a tool's result",
            source("/messages/2/content/0/content/0/source/data", PIXEL),
        ),
        ("document, PDF inline", source(data, PDF)),
        ("document, PDF by URL", source(url, "https://example.com/a.pdf")),
        ("document, plain text", source(data, "alpha")),
        (
            "earlier reasoning, signed",
            vec![("/messages/1/content/0/signature", json!(SIGNATURE))],
        ),
        (
            "cache_control",
            vec![("/messages/0/content/0/cache_control/type", json!("ephemeral"))],
        ),
    ])
}

fn tools() -> HashMap<&'static str, Signs> {
    let (kind, one) = ("/tool_choice/type", "/tool_choice/disable_parallel_tool_use");
    HashMap::from([
        ("strict tool", vec![("/tools/0/strict", json!(true))]),
        (
            "tools",
            vec![("/tools/0/name", json!("look_up")), ("/tools/0/input_schema", schema())],
        ),
        (
            "deprecated functions",
            vec![
                ("/tools/0/name", json!("look_up")),
                ("/tools/0/input_schema", schema()),
                (one, json!(true)),
            ],
        ),
        (
            "a deprecated function's result",
            vec![
                ("/messages/1/content/0/name", json!("look_up")),
                ("/messages/2/content/0/type", json!("tool_result")),
                ("*", json!("\"one\"")),
            ],
        ),
        (
            "forced tool",
            vec![(kind, json!("tool")), ("/tool_choice/name", json!("look_up"))],
        ),
        ("any tool", vec![(kind, json!("any"))]),
        ("forbidden tools", vec![(kind, json!("none"))]),
        ("one tool at a time", vec![(one, json!(true))]),
        (
            "parallel calls and their results",
            vec![
                ("/messages/1/content/1/id", json!("c2")),
                ("/messages/2/content/0/tool_use_id", json!("c1")),
                ("/messages/2/content/1/tool_use_id", json!("c2")),
                ("*", json!("one")),
                ("*", json!("two")),
            ],
        ),
        ("failed tool", vec![("/messages/2/content/0/is_error", json!(true))]),
        ("web search", vec![("/tools/0/name", json!("web_search"))]),
    ])
}

fn parameters() -> HashMap<&'static str, Signs> {
    let schema_at = "/output_config/format/schema/properties";
    HashMap::from([
        // The prompt asks for it.
        (
            "JSON without a schema",
            vec![("*", json!("a single valid JSON object"))],
        ),
        ("top_p", vec![("/top_p", json!(0.5))]),
        ("the end user's id", vec![("/metadata/user_id", json!("u-1"))]),
        ("effort", vec![("/thinking/type", json!("enabled"))]),
        ("structured output", vec![(schema_at, schema()["properties"].clone())]),
        ("stop sequences", vec![("/stop_sequences/0", json!("###"))]),
        ("temperature", vec![("/temperature", json!(0.5))]),
        ("top_k", vec![("/top_k", json!(5))]),
    ])
}

//! OpenAI, and the signs of its API, which other vendors have too.

use std::collections::HashMap;

use jackfield_tests::vendor::openai;
use serde_json::json;

use super::Adapter;
use crate::client::Dialect;
use crate::feature::Signs;
use crate::requests::{DATA_URL, PDF_DATA_URL, WAV, schema};

pub(super) fn adapter() -> Adapter {
    Adapter {
        name: "openai",
        model: "gpt-5",
        base: "/v1",
        provider: "api_key: double-key",
        speaks: Some(Dialect::Chat),
        unsaid: &["ended at a stop sequence"],
        say: openai::say,
        signs: signs(),
    }
}

/// What shows in a request of chat completions that a feature arrived.
pub(super) fn signs() -> HashMap<&'static str, Signs> {
    let mut signs = contents();
    signs.extend(tools());
    signs.extend(parameters());
    signs
}

fn contents() -> HashMap<&'static str, Signs> {
    let image = "/messages/0/content/0/image_url/url";
    HashMap::from([
        (
            "sound, inline",
            vec![("/messages/0/content/0/input_audio/data", json!(WAV))],
        ),
        (
            "earlier reasoning, the vendor's own",
            vec![("/messages/1/reasoning_content", json!("let me see"))],
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
        (
            "image in a tool's result",
            vec![
                ("/messages/2/role", json!("tool")),
                ("/messages/3/role", json!("user")),
                ("*", json!(DATA_URL)),
            ],
        ),
        (
            "document, PDF inline",
            vec![("/messages/0/content/0/file/file_data", json!(PDF_DATA_URL))],
        ),
        ("document, plain text", vec![("*", json!("alpha"))]),
    ])
}

fn tools() -> HashMap<&'static str, Signs> {
    HashMap::from([
        (
            "deprecated functions",
            vec![("/functions/0/name", json!("look_up")), ("/tools", json!(null))],
        ),
        (
            "a deprecated function's result",
            vec![
                ("/messages/1/function_call/name", json!("look_up")),
                ("/messages/2/role", json!("function")),
                ("/messages/2/content", json!("one")),
            ],
        ),
        ("strict tool", vec![("/tools/0/function/strict", json!(true))]),
        ("web search", vec![("/web_search_options", json!({}))]),
        (
            "tools",
            vec![
                ("/tools/0/function/name", json!("look_up")),
                ("/tools/0/function/parameters", schema()),
            ],
        ),
        (
            "forced tool",
            vec![
                ("/tool_choice/type", json!("function")),
                ("/tool_choice/function/name", json!("look_up")),
            ],
        ),
        ("any tool", vec![("/tool_choice", json!("required"))]),
        ("forbidden tools", vec![("/tool_choice", json!("none"))]),
        ("one tool at a time", vec![("/parallel_tool_calls", json!(false))]),
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

/// What shows that functions arrived as tools, at a vendor that knows tools alone.
pub(super) fn modern() -> HashMap<&'static str, Signs> {
    HashMap::from([
        (
            "deprecated functions",
            vec![
                ("/tools/0/function/name", json!("look_up")),
                ("/tools/0/function/parameters", schema()),
                ("/functions", json!(null)),
            ],
        ),
        (
            "a deprecated function's result",
            vec![
                ("/messages/1/tool_calls/0/function/name", json!("look_up")),
                ("/messages/2/role", json!("tool")),
                ("/messages/2/content", json!("one")),
            ],
        ),
    ])
}

fn parameters() -> HashMap<&'static str, Signs> {
    let schema_at = "/response_format/json_schema/schema/properties";
    HashMap::from([
        (
            "JSON without a schema",
            vec![("/response_format/type", json!("json_object"))],
        ),
        ("several choices", vec![("/n", json!(2))]),
        (
            "log probabilities",
            vec![("/logprobs", json!(true)), ("/top_logprobs", json!(2))],
        ),
        ("top_p", vec![("/top_p", json!(0.5))]),
        ("seed", vec![("/seed", json!(7))]),
        (
            "penalties",
            vec![("/frequency_penalty", json!(0.5)), ("/presence_penalty", json!(0.5))],
        ),
        ("the end user's id", vec![("*", json!("u-1"))]),
        ("a cheaper tier", vec![("/service_tier", json!("flex"))]),
        ("effort", vec![("/reasoning_effort", json!("high"))]),
        (
            "structured output",
            vec![
                ("/response_format/type", json!("json_schema")),
                (schema_at, schema()["properties"].clone()),
            ],
        ),
        ("stop sequences", vec![("/stop/0", json!("###"))]),
        ("temperature", vec![("/temperature", json!(0.5))]),
    ])
}

//! Claude on Bedrock, by Converse.

use std::collections::HashMap;

use jackfield_tests::vendor::bedrock;
use jackfield_tests::vendor::scenario::SIGNATURE;
use serde_json::json;

use super::Adapter;
use crate::feature::Signs;
use crate::requests::{PDF, PIXEL, WAV, schema};

pub(super) fn adapter() -> Adapter {
    let mut signs = contents();
    signs.extend(tools());
    signs.extend(parameters());
    Adapter {
        name: "bedrock",
        model: "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        base: "",
        provider: "api_key: double-key, auth: { scheme: bearer }",
        speaks: None,
        unsaid: &["pages that a search found"],
        say: bedrock::say,
        signs,
    }
}

fn contents() -> HashMap<&'static str, Signs> {
    let block = |member, value| vec![(member, json!(value))];
    HashMap::from([
        ("sound, inline", block("/messages/0/content/0/audio/source/bytes", WAV)),
        ("text", block("/messages/0/content/0/text", "good morning")),
        ("system prompt", block("/system/0/text", "be brief")),
        (
            "image, inline",
            block("/messages/0/content/0/image/source/bytes", PIXEL),
        ),
        (
            "image in a tool's result",
            block("/messages/2/content/0/toolResult/content/0/image/source/bytes", PIXEL),
        ),
        (
            "document, PDF inline",
            vec![("*", json!(PDF)), ("*", json!("\"format\":\"pdf\""))],
        ),
        ("document, plain text", block("*", "alpha")),
        (
            "cache_control",
            block("/messages/0/content/1/cachePoint/type", "default"),
        ),
    ])
}

fn tools() -> HashMap<&'static str, Signs> {
    HashMap::from([
        (
            "strict tool",
            vec![("/toolConfig/tools/0/toolSpec/strict", json!(true))],
        ),
        (
            "tools",
            vec![
                ("/toolConfig/tools/0/toolSpec/name", json!("look_up")),
                ("/toolConfig/tools/0/toolSpec/inputSchema/json", schema()),
            ],
        ),
        (
            "deprecated functions",
            vec![
                ("/toolConfig/tools/0/toolSpec/name", json!("look_up")),
                ("/toolConfig/tools/0/toolSpec/inputSchema/json", schema()),
            ],
        ),
        (
            "a deprecated function's result",
            vec![
                ("/messages/1/content/0/toolUse/name", json!("look_up")),
                ("/messages/2/content/0/toolResult/content/0/text", json!("one")),
            ],
        ),
        (
            "forced tool",
            vec![("/toolConfig/toolChoice/tool/name", json!("look_up"))],
        ),
        ("any tool", vec![("/toolConfig/toolChoice/any", json!({}))]),
        // The tools are left out.
        ("forbidden tools", vec![("/toolConfig", json!(null))]),
        (
            "one tool at a time",
            vec![(
                "/additionalModelRequestFields/tool_choice/disable_parallel_tool_use",
                json!(true),
            )],
        ),
        (
            "parallel calls and their results",
            vec![
                ("/messages/1/content/1/toolUse/toolUseId", json!("c2")),
                ("/messages/2/content/0/toolResult/toolUseId", json!("c1")),
                ("/messages/2/content/0/toolResult/content/0/text", json!("one")),
                ("/messages/2/content/1/toolResult/toolUseId", json!("c2")),
                ("/messages/2/content/1/toolResult/content/0/text", json!("two")),
            ],
        ),
        (
            "failed tool",
            vec![("/messages/2/content/0/toolResult/status", json!("error"))],
        ),
    ])
}

fn parameters() -> HashMap<&'static str, Signs> {
    HashMap::from([
        (
            "earlier reasoning, the vendor's own",
            vec![(
                "/messages/1/content/0/reasoningContent/reasoningText/signature",
                json!(SIGNATURE),
            )],
        ),
        // The prompt asks for it.
        (
            "JSON without a schema",
            vec![("*", json!("a single valid JSON object"))],
        ),
        ("top_p", vec![("/inferenceConfig/topP", json!(0.5))]),
        ("a cheaper tier", vec![("/serviceTier/type", json!("flex"))]),
        (
            "effort",
            vec![("/additionalModelRequestFields/thinking/type", json!("enabled"))],
        ),
        (
            "earlier reasoning, signed",
            vec![(
                "/messages/1/content/0/reasoningContent/reasoningText/signature",
                json!(SIGNATURE),
            )],
        ),
        (
            "structured output",
            vec![
                ("/outputConfig/textFormat/type", json!("json_schema")),
                ("*", json!("additionalProperties")),
            ],
        ),
        (
            "stop sequences",
            vec![("/inferenceConfig/stopSequences/0", json!("###"))],
        ),
        ("temperature", vec![("/inferenceConfig/temperature", json!(0.5))]),
        ("top_k", vec![("/additionalModelRequestFields/top_k", json!(5))]),
    ])
}

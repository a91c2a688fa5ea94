//! Ollama, by its own API.

use std::collections::HashMap;

use jackfield_tests::vendor::ollama;
use serde_json::json;

use super::{Adapter, openai};
use crate::feature::Signs;
use crate::requests::{PIXEL, WAV, schema};

pub(super) fn adapter() -> Adapter {
    let mut signs = contents();
    signs.extend(tools());
    signs.extend(openai::modern());
    Adapter {
        name: "ollama",
        model: "qwen3:8b",
        base: "",
        provider: "api_key: double-key",
        speaks: None,
        // It counts no cached tokens.
        unsaid: &[
            "pages that a search found",
            "cached tokens",
            "ended at a stop sequence",
            "ended by the filter",
        ],
        say: ollama::say,
        signs,
    }
}

fn contents() -> HashMap<&'static str, Signs> {
    HashMap::from([
        ("sound, inline", vec![("/messages/0/images/0", json!(WAV))]),
        (
            "earlier reasoning, the vendor's own",
            vec![("/messages/1/thinking", json!("let me see"))],
        ),
        ("JSON without a schema", vec![("/format", json!("json"))]),
        (
            "log probabilities",
            vec![("/logprobs", json!(true)), ("/top_logprobs", json!(2))],
        ),
        ("top_p", vec![("/options/top_p", json!(0.5))]),
        ("seed", vec![("/options/seed", json!(7))]),
        (
            "penalties",
            vec![
                ("/options/frequency_penalty", json!(0.5)),
                ("/options/presence_penalty", json!(0.5)),
            ],
        ),
        ("text", vec![("/messages/0/content", json!("good morning"))]),
        (
            "system prompt",
            vec![
                ("/messages/0/role", json!("system")),
                ("/messages/0/content", json!("be brief")),
            ],
        ),
        ("image, inline", vec![("/messages/0/images/0", json!(PIXEL))]),
        ("image in a tool's result", vec![("*", json!(PIXEL))]),
        ("document, plain text", vec![("*", json!("alpha"))]),
        ("effort", vec![("/think", json!("high"))]),
        ("earlier reasoning, signed", vec![("/messages/1/thinking", json!("hm"))]),
        (
            "earlier reasoning, unsigned",
            vec![("/messages/1/thinking", json!("hm"))],
        ),
        (
            "structured output",
            vec![("/format/properties", schema()["properties"].clone())],
        ),
        ("stop sequences", vec![("/options/stop/0", json!("###"))]),
        ("temperature", vec![("/options/temperature", json!(0.5))]),
        ("top_k", vec![("/options/top_k", json!(5))]),
    ])
}

fn tools() -> HashMap<&'static str, Signs> {
    HashMap::from([
        (
            "tools",
            vec![
                ("/tools/0/function/name", json!("look_up")),
                ("/tools/0/function/parameters", schema()),
            ],
        ),
        // The tools are left out.
        ("forbidden tools", vec![("/tools", json!(null))]),
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

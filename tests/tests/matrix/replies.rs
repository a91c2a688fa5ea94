//! The features of replies: what a client sees of a turn.

use jackfield_tests::vendor::Turn;
use serde_json::{Value, json};

use crate::feature::Feature;

/// Every feature of replies, in the order of the table.
pub(crate) fn all() -> Vec<Feature> {
    let tool = json!({ "tools": [{ "type": "function", "function": { "name": "look_up", "parameters": { "type": "object", "properties": {} } } }] });
    let own_tool = json!({ "tools": [{ "name": "look_up", "input_schema": { "type": "object", "properties": {} } }] });
    let one = Turn::says(&["let me", " see"]).calls("1", "look_up", &["{\"q\":", "12345678901234567890}"]);
    let two = one.clone().calls("2", "look_up", &["{\"q\": 10.10}"]);
    vec![
        Feature::of_replies("reply: text", Turn::says(&["good", " morning"]))
            .openai(
                json!({}),
                vec![
                    ("/choices/0/message/content", json!("good morning")),
                    ("/choices/0/finish_reason", json!("stop")),
                ],
            )
            .anthropic(
                json!({}),
                vec![
                    ("/content/0/text", json!("good morning")),
                    ("/stop_reason", json!("end_turn")),
                ],
            ),
        Feature::of_replies("reply: a tool call", one)
            .openai(
                tool.clone(),
                vec![
                    ("/choices/0/message/tool_calls/0/function/name", json!("look_up")),
                    ("/choices/0/finish_reason", json!("tool_calls")),
                ],
            )
            .anthropic(
                own_tool.clone(),
                vec![
                    ("/content/1/name", json!("look_up")),
                    ("/content/1/input/q", json!(12_345_678_901_234_567_890_u64)),
                    ("/stop_reason", json!("tool_use")),
                ],
            ),
        Feature::of_replies("reply: parallel tool calls", two)
            .openai(
                tool,
                vec![("/choices/0/message/tool_calls/1/function/name", json!("look_up"))],
            )
            .anthropic(own_tool, vec![("/content/2/input/q", json!(10.10))]),
        Feature::of_replies(
            "reply: reasoning",
            Turn::says(&["42"]).thinks(&["let me", " see"], "c2ln"),
        )
        .openai(
            json!({}),
            vec![("/choices/0/message/reasoning_content", json!("let me see"))],
        )
        .anthropic(
            json!({}),
            vec![
                ("/content/0/thinking", json!("let me see")),
                ("/content/1/text", json!("42")),
            ],
        ),
        Feature::of_replies("reply: cut by the limit", Turn::says(&["once"]).too_long())
            .openai(json!({}), vec![("/choices/0/finish_reason", json!("length"))])
            .anthropic(json!({}), vec![("/stop_reason", json!("max_tokens"))]),
        Feature::of_replies("reply: usage", Turn::says(&["yes"]))
            .openai(
                json!({}),
                usage([("/usage/prompt_tokens", 11), ("/usage/completion_tokens", 7)]),
            )
            .anthropic(
                json!({}),
                usage([("/usage/input_tokens", 7), ("/usage/output_tokens", 7)]),
            ),
        Feature::of_replies("reply: cached tokens", Turn::says(&["yes"]))
            .openai(json!({}), usage([("/usage/prompt_tokens_details/cached_tokens", 4)]))
            .anthropic(json!({}), usage([("/usage/cache_read_input_tokens", 4)])),
    ]
}

fn usage<const N: usize>(counts: [(&'static str, u64); N]) -> Vec<(&'static str, Value)> {
    counts
        .into_iter()
        .map(|(pointer, count)| (pointer, json!(count)))
        .collect()
}

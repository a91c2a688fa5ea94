//! The features of replies: what a client sees of a turn.

use jackfield_tests::vendor::{Finish, Turn};
use serde_json::json;

use crate::client::Dialect::{Chat, Gemini, Messages, Responses};
use crate::feature::{Feature, Signs};

/// The page that a search found.
const PAGE: &str = "https://weather.example";

/// Every feature of replies, in the order of the tables.
pub(crate) fn all() -> Vec<Feature> {
    [said(), called(), counted()].into_iter().flatten().collect()
}

fn said() -> Vec<Feature> {
    let incomplete = "/incomplete_details/reason";
    let thinks = Turn::says(&["42"]).thinks(&["let me", " see"], "c2ln");
    vec![
        seen(
            "text",
            Turn::says(&["good", " morning"]),
            vec![
                ("/choices/0/message/content", json!("good morning")),
                ("/choices/0/finish_reason", json!("stop")),
            ],
            vec![
                ("/content/0/text", json!("good morning")),
                ("/stop_reason", json!("end_turn")),
            ],
            vec![
                ("/output/0/content/0/text", json!("good morning")),
                ("/status", json!("completed")),
            ],
            vec![
                ("/candidates/0/content/parts/0/text", json!("good morning")),
                ("/candidates/0/finishReason", json!("STOP")),
            ],
        ),
        seen(
            "reasoning",
            thinks,
            vec![
                ("/choices/0/message/reasoning_content", json!("let me see")),
                ("/choices/0/message/content", json!("42")),
            ],
            vec![
                ("/content/0/thinking", json!("let me see")),
                ("/content/1/text", json!("42")),
            ],
            vec![
                ("/output/0/summary/0/text", json!("let me see")),
                ("/output/1/content/0/text", json!("42")),
            ],
            vec![
                ("/candidates/0/content/parts/0/text", json!("let me see")),
                ("/candidates/0/content/parts/1/text", json!("42")),
            ],
        ),
        seen(
            "pages that a search found",
            Turn::says(&["Oslo is ", "cold."]).searches("s1", "oslo", PAGE, "Weather"),
            vec![("*", json!(PAGE)), ("*", json!("url_citation"))],
            vec![("*", json!(PAGE)), ("*", json!("web_search_result_location"))],
            vec![("*", json!(PAGE)), ("*", json!("url_citation"))],
            vec![
                ("/candidates/0/groundingMetadata/groundingChunks/0/web/uri", json!(PAGE)),
                (
                    "/candidates/0/groundingMetadata/groundingSupports/0/groundingChunkIndices",
                    json!([0]),
                ),
            ],
        ),
        seen(
            "cut by the limit",
            Turn::says(&["once"]).too_long(),
            vec![("/choices/0/finish_reason", json!("length"))],
            vec![("/stop_reason", json!("max_tokens"))],
            vec![(incomplete, json!("max_output_tokens"))],
            vec![("/candidates/0/finishReason", json!("MAX_TOKENS"))],
        ),
        Feature::of_replies("ended at a stop sequence", Turn::says(&["once"]).ends(Finish::Sequence))
            .messages(json!({ "stop_sequences": ["###"] }))
            .shows(Messages, vec![("/stop_reason", json!("stop_sequence"))]),
        seen(
            "ended by the filter",
            Turn::says(&["once"]).ends(Finish::Filter),
            vec![("/choices/0/finish_reason", json!("content_filter"))],
            vec![("/stop_reason", json!("refusal"))],
            vec![(incomplete, json!("content_filter"))],
            vec![("/candidates/0/finishReason", json!("SAFETY"))],
        ),
    ]
}

fn called() -> Vec<Feature> {
    let one = Turn::says(&["let me", " see"]).calls("1", "look_up", &["{\"q\":", "12345678901234567890}"]);
    let two = one.clone().calls("2", "look_up", &["{\"q\": 10.10}"]);
    let tool = json!({ "type": "object", "properties": {} });
    let chat = json!({ "tools": [{ "type": "function", "function": { "name": "look_up", "parameters": tool } }] });
    let messages = json!({ "tools": [{ "name": "look_up", "input_schema": tool }] });
    let responses = json!({ "tools": [{ "type": "function", "name": "look_up", "parameters": tool }] });
    let gemini = json!({ "tools": [{ "functionDeclarations": [{ "name": "look_up" }] }] });
    let called = |name, turn, first: Signs, second: Signs, third: Signs, fourth: Signs| {
        Feature::of_replies(name, turn)
            .chat(chat.clone())
            .shows(Chat, first)
            .messages(messages.clone())
            .shows(Messages, second)
            .responses(responses.clone())
            .shows(Responses, third)
            .gemini(gemini.clone())
            .shows(Gemini, fourth)
    };
    vec![
        called(
            "a tool call",
            one.clone(),
            vec![
                ("/choices/0/message/tool_calls/0/function/name", json!("look_up")),
                ("/choices/0/finish_reason", json!("tool_calls")),
            ],
            vec![
                ("/content/1/name", json!("look_up")),
                ("/content/1/input/q", json!(12_345_678_901_234_567_890_u64)),
                ("/stop_reason", json!("tool_use")),
            ],
            vec![
                ("/output/1/type", json!("function_call")),
                ("/output/1/name", json!("look_up")),
            ],
            vec![
                ("/candidates/0/content/parts/1/functionCall/name", json!("look_up")),
                (
                    "/candidates/0/content/parts/1/functionCall/args/q",
                    json!(12_345_678_901_234_567_890_u64),
                ),
            ],
        ),
        Feature::of_replies("a deprecated function's call", one.clone())
            .chat(json!({ "functions": [{ "name": "look_up", "parameters": tool }] }))
            .shows(
                Chat,
                vec![
                    ("/choices/0/message/function_call/name", json!("look_up")),
                    (
                        "/choices/0/message/function_call/arguments",
                        json!("{\"q\":12345678901234567890}"),
                    ),
                    ("/choices/0/message/tool_calls", json!(null)),
                    ("/choices/0/finish_reason", json!("function_call")),
                ],
            ),
        called(
            "parallel tool calls",
            two,
            vec![("/choices/0/message/tool_calls/1/function/name", json!("look_up"))],
            vec![("/content/2/input/q", json!(10.10))],
            vec![("/output/2/name", json!("look_up"))],
            vec![("/candidates/0/content/parts/2/functionCall/args/q", json!(10.10))],
        ),
    ]
}

fn counted() -> Vec<Feature> {
    let cached = Turn::says(&["yes"]);
    let mut uncached = cached.clone();
    uncached.usage.cached_tokens = 0;
    vec![
        seen(
            "usage",
            uncached,
            vec![
                ("/usage/prompt_tokens", json!(11)),
                ("/usage/completion_tokens", json!(7)),
            ],
            vec![("/usage/input_tokens", json!(11)), ("/usage/output_tokens", json!(7))],
            vec![("/usage/input_tokens", json!(11)), ("/usage/output_tokens", json!(7))],
            vec![
                ("/usageMetadata/promptTokenCount", json!(11)),
                ("/usageMetadata/candidatesTokenCount", json!(7)),
            ],
        ),
        seen(
            "cached tokens",
            cached,
            vec![("/usage/prompt_tokens_details/cached_tokens", json!(4))],
            vec![("/usage/cache_read_input_tokens", json!(4))],
            vec![("/usage/input_tokens_details/cached_tokens", json!(4))],
            vec![("/usageMetadata/cachedContentTokenCount", json!(4))],
        ),
    ]
}

/// A feature that clients need not ask for, and what shows it to them.
fn seen(name: &'static str, turn: Turn, chat: Signs, messages: Signs, responses: Signs, gemini: Signs) -> Feature {
    let shown = json!({ "generationConfig": { "thinkingConfig": { "includeThoughts": true } } });
    Feature::of_replies(name, turn)
        .chat(json!({}))
        .shows(Chat, chat)
        .messages(json!({}))
        .shows(Messages, messages)
        .responses(json!({}))
        .shows(Responses, responses)
        .gemini(shown)
        .shows(Gemini, gemini)
}

//! Tools in requests: offered, chosen, called and answered.

use serde_json::{Value, json};

use super::user;
use crate::feature::Feature;

/// Tools that are offered, and how the model is to choose among them.
pub(super) fn offered() -> Vec<Feature> {
    let chosen = |name, chat: Value, messages: Value, responses: Value, calling: Value| {
        Feature::of_requests(name, &["tool_choice"])
            .chat(json!({ "tools": [openai_tool()], "tool_choice": chat }))
            .messages(json!({ "tools": [anthropic_tool()], "tool_choice": messages }))
            .responses(json!({ "tools": [responses_tool()], "tool_choice": responses }))
            .gemini(json!({ "tools": [gemini_tool()], "toolConfig": { "functionCallingConfig": calling } }))
    };
    let (mut strict_chat, mut strict_message) = (openai_tool(), anthropic_tool());
    let mut strict_response = responses_tool();
    strict_response["strict"] = json!(true);
    strict_chat["function"]["strict"] = json!(true);
    strict_message["strict"] = json!(true);
    let alone = json!({ "type": "auto", "disable_parallel_tool_use": true });
    vec![
        Feature::of_requests("tools", &["tools"])
            .chat(json!({ "tools": [openai_tool()] }))
            .messages(json!({ "tools": [anthropic_tool()] }))
            .responses(json!({ "tools": [responses_tool()] }))
            .gemini(json!({ "tools": [gemini_tool()] })),
        Feature::of_requests("deprecated functions", &["functions"])
            .chat(json!({ "functions": [openai_tool()["function"]], "function_call": "auto" })),
        chosen(
            "forced tool",
            json!({ "type": "function", "function": { "name": "look_up" } }),
            json!({ "type": "tool", "name": "look_up" }),
            json!({ "type": "function", "name": "look_up" }),
            json!({ "mode": "ANY", "allowedFunctionNames": ["look_up"] }),
        ),
        chosen(
            "any tool",
            json!("required"),
            json!({ "type": "any" }),
            json!("required"),
            json!({ "mode": "ANY" }),
        ),
        chosen(
            "forbidden tools",
            json!("none"),
            json!({ "type": "none" }),
            json!("none"),
            json!({ "mode": "NONE" }),
        ),
        Feature::of_requests("one tool at a time", &["parallel"])
            .chat(json!({ "tools": [openai_tool()], "parallel_tool_calls": false }))
            .messages(json!({ "tools": [anthropic_tool()], "tool_choice": alone }))
            .responses(json!({ "tools": [responses_tool()], "parallel_tool_calls": false })),
        Feature::of_requests("strict tool", &["strict"])
            .chat(json!({ "tools": [strict_chat] }))
            .messages(json!({ "tools": [strict_message] }))
            .responses(json!({ "tools": [strict_response] })),
        Feature::of_requests("web search", &["web_search", "googleSearch"])
            .chat(json!({ "web_search_options": {} }))
            .messages(json!({ "tools": [{ "type": "web_search_20250305", "name": "web_search" }] }))
            .responses(json!({ "tools": [{ "type": "web_search" }] }))
            .gemini(json!({ "tools": [{ "googleSearch": {} }] })),
    ]
}

/// Calls of earlier turns, and their results.
pub(super) fn turns() -> Vec<Feature> {
    let call = |id: &str| json!({ "id": id, "type": "function", "function": { "name": "look_up", "arguments": "{\"q\":\"x\"}" } });
    let answer = |id: &str, text: &str| json!({ "role": "tool", "tool_call_id": id, "content": text });
    let calls = json!({ "role": "assistant", "content": null, "tool_calls": [call("c1"), call("c2")] });
    let results = [result("c1", &json!("one"), false), result("c2", &json!("two"), false)];
    let failure = result("c1", &json!("no network"), true);
    vec![
        Feature::of_requests("parallel calls and their results", &["messages"])
            .chat(json!({
                "tools": [openai_tool()],
                "messages": [user("both"), calls, answer("c1", "one"), answer("c2", "two")]
            }))
            .messages(json!({
                "tools": [anthropic_tool()],
                "messages": [user("both"), used(&["c1", "c2"]), { "role": "user", "content": results }]
            }))
            .responses(json!({
                "tools": [responses_tool()],
                "input": [
                    user("both"),
                    called("c1"),
                    called("c2"),
                    output("c1", &json!("one")),
                    output("c2", &json!("two")),
                ]
            }))
            .gemini(answering(2, &[json!({ "output": "one" }), json!({ "output": "two" })])),
        Feature::of_requests("a deprecated function's result", &["function"]).chat(json!({
            "functions": [openai_tool()["function"]],
            "messages": [
                user("look"),
                { "role": "assistant", "content": null, "function_call": call("c1")["function"] },
                { "role": "function", "name": "look_up", "content": "one" },
            ]
        })),
        Feature::of_requests("failed tool", &["is_error"])
            .messages(json!({
                "tools": [anthropic_tool()],
                "messages": [user("look"), used(&["c1"]), { "role": "user", "content": [failure] }]
            }))
            .gemini(answering(1, &[json!({ "error": "no network" })])),
    ]
}

/// The assistant's turn that calls the tool with these ids.
pub(super) fn used(ids: &[&str]) -> Value {
    let used = |id: &&str| json!({ "type": "tool_use", "id": id, "name": "look_up", "input": { "q": "x" } });
    json!({ "role": "assistant", "content": ids.iter().map(used).collect::<Vec<_>>() })
}

/// The block that answers a call.
pub(super) fn result(id: &str, content: &Value, failed: bool) -> Value {
    let mut block = json!({ "type": "tool_result", "tool_use_id": id, "content": content });
    if failed {
        block["is_error"] = json!(true);
    }
    block
}

/// The item of responses that calls the tool.
pub(super) fn called(id: &str) -> Value {
    json!({ "type": "function_call", "call_id": id, "name": "look_up", "arguments": "{\"q\":\"x\"}" })
}

/// The item of responses that answers a call.
pub(super) fn output(id: &str, output: &Value) -> Value {
    json!({ "type": "function_call_output", "call_id": id, "output": output })
}

/// The content of the model that calls the tool so often.
pub(super) fn calling(times: usize) -> Value {
    let call = |number: usize| json!({ "functionCall": { "id": format!("c{number}"), "name": "look_up", "args": { "q": "x" } } });
    let mut parts: Vec<Value> = (1..=times).map(call).collect();
    // Without a signature, which only the vendor can make, it refuses calls.
    parts[0]["thoughtSignature"] = json!("skip_thought_signature_validator");
    json!({ "role": "model", "parts": parts })
}

/// A conversation in Google's dialect in which the tool was called so often, with these results.
fn answering(times: usize, results: &[Value]) -> Value {
    let result = |(place, response): (usize, &Value)| {
        let id = format!("c{}", place + 1);
        json!({ "functionResponse": { "id": id, "name": "look_up", "response": response } })
    };
    let results: Vec<Value> = results.iter().enumerate().map(result).collect();
    json!({
        "tools": [gemini_tool()],
        "contents": [
            { "role": "user", "parts": [{ "text": "look" }] },
            calling(times),
            { "role": "user", "parts": results },
        ]
    })
}

/// The schema of the tool's arguments, and of structured output.
pub(crate) fn schema() -> Value {
    json!({ "type": "object", "properties": { "q": { "type": "string" } }, "required": ["q"], "additionalProperties": false })
}

pub(crate) fn openai_tool() -> Value {
    json!({ "type": "function", "function": { "name": "look_up", "description": "Looks up.", "parameters": schema() } })
}

pub(crate) fn anthropic_tool() -> Value {
    json!({ "name": "look_up", "description": "Looks up.", "input_schema": schema() })
}

pub(crate) fn responses_tool() -> Value {
    json!({ "type": "function", "name": "look_up", "description": "Looks up.", "parameters": schema(), "strict": false })
}

pub(crate) fn gemini_tool() -> Value {
    let function = json!({ "name": "look_up", "description": "Looks up.", "parametersJsonSchema": schema() });
    json!({ "functionDeclarations": [function] })
}

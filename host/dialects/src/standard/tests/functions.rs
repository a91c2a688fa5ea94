//! Deprecated functions: tools for targets that do not accept them, and calls of functions for their clients.

use serde_json::{Value, json};

use super::try_sent;
use crate::accepts::{Accepts, Extension};
use crate::json::Members;
use crate::standard::{FunctionCalls, Restoration};

fn sent(members: &Value) -> super::Sent {
    try_sent(crate::canonical(), &body(members), Accepts::NONE).unwrap()
}

fn body(members: &Value) -> String {
    let mut body = json!({"model": "m", "messages": [{"role": "user", "content": "Hi"}]});
    for (name, value) in members.as_object().unwrap() {
        body[name] = value.clone();
    }
    body.to_string()
}

fn refused(members: &Value) -> String {
    let fault = try_sent(crate::canonical(), &body(members), Accepts::NONE).unwrap_err();
    fault.to_string()
}

/// What replies to a request with these members get back.
fn restoration(members: &Value, accepts: Accepts) -> Restoration {
    let body = body(members);
    let request = Members::of(&body).unwrap();
    crate::canonical()
        .standard(&request, accepts, false)
        .unwrap()
        .restoration
}

#[test]
fn functions_become_tools_that_are_called_one_at_a_time() {
    let function = json!({"name": "f", "description": "d", "parameters": {"type": "object"}});
    for (choice, expected) in [
        (Value::Null, Value::Null),
        (json!("auto"), json!("auto")),
        (json!("none"), json!("none")),
        (
            json!({"name": "f"}),
            json!({"type": "function", "function": {"name": "f"}}),
        ),
    ] {
        let sent = sent(&json!({"functions": [function], "function_call": choice, "temperature": 0.5}));
        let tool = json!({"type": "function", "function": function});
        assert_eq!(sent.body["tools"], json!([tool]));
        assert_eq!(sent.body["tool_choice"], expected);
        assert_eq!(sent.body["parallel_tool_calls"], json!(false));
        assert_eq!(sent.body["temperature"], json!(0.5));
        assert!(sent.body.get("functions").is_none() && sent.body.get("function_call").is_none());
        assert_eq!(sent.dropped, "");
    }
}

#[test]
fn calls_of_functions_and_their_results_find_each_other() {
    let call = |name: &str| json!({"role": "assistant", "content": null, "function_call": {"name": name, "arguments": "{\"a\": 1.0}"}});
    let result = |name: &str| json!({"role": "function", "name": name, "content": "42"});
    let said = json!({"role": "user", "content": "Hi"});
    let sent = sent(&json!({
        "messages": [said, call("f"), result("f"), call("g"), result("g"), call("f"), result("f"), said],
    }));
    let made = |place: u64, name: &str| {
        json!({"role": "assistant", "content": null, "tool_calls": [{"id": format!("call_{place}"), "type": "function",
            "function": {"name": name, "arguments": "{\"a\": 1.0}"}}]})
    };
    let got = |place: u64| json!({"role": "tool", "content": "42", "tool_call_id": format!("call_{place}")});
    let expected = json!([
        said,
        made(1, "f"),
        got(1),
        made(3, "g"),
        got(3),
        made(5, "f"),
        got(5),
        said
    ]);
    assert_eq!(sent.body["messages"], expected);
}

#[test]
fn functions_stay_where_they_are_accepted() {
    let body = body(&json!({"functions": [{"name": "f"}], "function_call": "auto"}));
    let accepts = Accepts::NONE.with(Extension::Functions);
    assert_eq!(try_sent(crate::canonical(), &body, accepts).unwrap().text, body);
    assert!(restoration(&json!({"functions": [{"name": "f"}]}), accepts).is_empty());
}

#[test]
fn what_is_no_function_is_refused_by_its_name() {
    for functions in [
        json!({}),
        json!(["f"]),
        json!([{"description": "nameless"}]),
        json!([{"name": 1}]),
    ] {
        assert_eq!(
            refused(&json!({"functions": functions})),
            "functions: must be a list of objects with a name"
        );
    }
    assert_eq!(
        refused(&json!({"function_call": "auto"})),
        "function_call: is allowed only beside `functions`"
    );
    assert_eq!(sent(&json!({"functions": []})).body.get("functions"), None);
}

#[test]
fn a_reply_calls_a_function() {
    let restoration = restoration(&json!({"functions": [{"name": "f"}]}), Accepts::NONE);
    let call =
        |id: &str, name: &str| json!({"id": id, "type": "function", "function": {"name": name, "arguments": "{}"}});
    let reply = |message: Value, reason: &str| json!({"id": "x", "choices": [{"index": 0, "message": message, "finish_reason": reason}]});
    let calls = json!({"role": "assistant", "content": null, "tool_calls": [call("a", "f"), call("b", "g")]});
    let restored = |reply: &Value| -> Value {
        serde_json::from_slice(&restoration.restore(reply.to_string().as_bytes()).unwrap()).unwrap()
    };
    let called = json!({"role": "assistant", "content": null, "function_call": {"name": "f", "arguments": "{}"}});
    assert_eq!(restored(&reply(calls, "tool_calls")), reply(called, "function_call"));
    let text = reply(json!({"role": "assistant", "content": "Hi"}), "stop");
    assert_eq!(restored(&text), text);
    assert_eq!(restoration.restore(b"no reply").unwrap().as_ref(), b"no reply");
    // A client that only tells of earlier calls expects none.
    let history = json!({"messages": [{"role": "assistant", "function_call": {"name": "f", "arguments": "{}"}}]});
    assert!(self::restoration(&history, Accepts::NONE).is_empty());
}

#[test]
fn a_stream_calls_the_first_function_alone() {
    let restoration = restoration(&json!({"functions": [{"name": "f"}]}), Accepts::NONE);
    let mut known = FunctionCalls::default();
    let mut restored = |delta: Value| -> Value {
        let chunk = json!({"choices": [{"index": 0, "delta": delta, "finish_reason": null}]}).to_string();
        let restored = restoration.restore_piece(chunk.as_bytes(), &mut known).unwrap();
        let chunk: Value = serde_json::from_slice(&restored).unwrap();
        chunk["choices"][0]["delta"].clone()
    };
    let piece = |call: Value| json!({"tool_calls": [call]});
    let begun = |index: u64, id: &str, name: &str| {
        piece(json!({"index": index, "id": id, "type": "function", "function": {"name": name, "arguments": ""}}))
    };
    let more = |index: u64, text: &str| piece(json!({"index": index, "function": {"arguments": text}}));
    let function = |call: Value| json!({"function_call": call});
    assert_eq!(restored(json!({"role": "assistant"})), json!({"role": "assistant"}));
    assert_eq!(
        restored(begun(0, "a", "f")),
        function(json!({"name": "f", "arguments": ""}))
    );
    assert_eq!(restored(more(0, "{\"q\":")), function(json!({"arguments": "{\"q\":"})));
    assert_eq!(restored(more(0, "1}")), function(json!({"arguments": "1}"})));
    assert_eq!(restored(begun(1, "b", "g")), json!({}));
    assert_eq!(restored(more(1, "{}")), json!({}));
    let end = json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]}).to_string();
    let end = restoration
        .restore_piece(end.as_bytes(), &mut known)
        .unwrap()
        .into_owned();
    assert!(
        String::from_utf8(end)
            .unwrap()
            .contains(r#""finish_reason":"function_call""#)
    );
}

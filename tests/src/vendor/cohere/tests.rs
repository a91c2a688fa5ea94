//! What the double refuses.

use serde_json::{Value, json};

use super::request::check;

fn refusal(body: Value) -> Option<String> {
    check(&body).err().map(|fault| fault.message)
}

#[test]
fn unknown_members_and_numbers_out_of_range_are_refused() {
    let hello = json!([{ "role": "user", "content": "hello" }]);
    assert_eq!(refusal(json!({ "model": "m", "messages": hello, "p": 0.5 })), None);
    let unknown = refusal(json!({ "model": "m", "messages": hello, "user": "u" }));
    assert_eq!(unknown.as_deref(), Some("the request has no member \"user\""));
    assert!(refusal(json!({ "model": "m", "messages": hello, "p": 1.0 })).is_some());
    assert!(refusal(json!({ "model": "m", "messages": hello, "tool_choice": "auto" })).is_some());
}

#[test]
fn results_match_their_calls() {
    let call = json!({ "id": "c1", "type": "function", "function": { "name": "f", "arguments": "{}" } });
    let called = json!({ "role": "assistant", "tool_calls": [call] });
    let result = |id: &str| json!({ "role": "tool", "tool_call_id": id, "content": "1" });
    let of = |result: Value| refusal(json!({ "model": "m", "messages": [called, result] }));
    assert_eq!(of(result("c1")), None);
    assert!(of(result("c2")).is_some());
    assert!(of(json!({ "role": "user", "content": "well?" })).is_some());
}

//! What the double refuses.

use serde_json::{Value, json};

use super::request::check;

fn refusal(body: Value) -> Option<String> {
    check(&body).err().map(|fault| fault.message)
}

#[test]
fn roles_alternate_and_texts_are_not_blank() {
    let said = |role: &str, text: &str| json!({ "role": role, "content": [{ "text": text }] });
    let hello = said("user", "hello");
    assert_eq!(refusal(json!({ "messages": [hello] })), None);
    assert_eq!(
        refusal(json!({ "messages": [hello], "mood": 1 })).as_deref(),
        Some("the request has no member \"mood\"")
    );
    for wrong in [json!([hello, hello]), json!([said("user", " ")]), json!([])] {
        assert!(refusal(json!({ "messages": wrong })).is_some(), "{wrong}");
    }
}

#[test]
fn calls_need_their_tools_and_their_results() {
    let hello = json!({ "role": "user", "content": [{ "text": "hello" }] });
    let call = json!({ "toolUse": { "toolUseId": "c1", "name": "f", "input": {} } });
    let call = json!({ "role": "assistant", "content": [call] });
    let answer = json!({ "toolResult": { "toolUseId": "c1", "content": [{ "text": "1" }] } });
    let answer = json!({ "role": "user", "content": [answer] });
    let tools = json!({ "tools": [{ "toolSpec": { "name": "f", "inputSchema": { "json": {} } } }] });
    let turns = [&hello, &call, &answer];
    assert_eq!(refusal(json!({ "messages": turns, "toolConfig": tools })), None);
    assert!(refusal(json!({ "messages": turns })).is_some());
    assert!(refusal(json!({ "messages": [hello, call, hello], "toolConfig": tools })).is_some());
}

//! What the double refuses, and what it says.

use bytes::Bytes;
use http::HeaderMap;
use serde_json::{Value, json};

use super::{events, method, reply};
use crate::upstream::Request;
use crate::vendor::Turn;

fn refusal(contents: Value) -> Option<String> {
    let mut headers = HeaderMap::new();
    headers.insert("x-goog-api-key", "double-key".parse().expect("a value"));
    headers.insert("content-type", "application/json".parse().expect("a value"));
    let request = Request {
        method: http::Method::POST,
        path: "/v1beta/models/gemini-3-pro:generateContent".to_owned(),
        headers,
        body: Bytes::from(json!({ "contents": contents }).to_string()),
    };
    method(&request).err().map(|fault| fault.message)
}

fn user(part: Value) -> Value {
    json!({ "role": "user", "parts": [part] })
}

#[test]
fn a_call_needs_its_signature_and_its_response() {
    let call = json!({ "functionCall": { "name": "f", "args": {} } });
    let signed = json!({ "functionCall": { "name": "f", "args": {} }, "thoughtSignature": "s" });
    let model = |part: &Value| json!({ "role": "model", "parts": [part] });
    let answer = user(json!({ "functionResponse": { "name": "f", "response": {} } }));
    let hello = user(json!({ "text": "hello" }));
    assert_eq!(refusal(json!([hello, model(&signed), answer])), None);
    let unsigned = refusal(json!([hello, model(&call), answer]));
    assert!(unsigned.is_some_and(|message| message.contains("thought_signature")));
    let unanswered = refusal(json!([hello, model(&signed), hello]));
    assert!(unanswered.is_some_and(|message| message.contains("number of function response parts")));
}

#[test]
fn an_unknown_member_and_an_empty_turn_are_refused() {
    assert_eq!(
        refusal(json!([user(json!({ "text": "hello", "mood": 1 }))])).as_deref(),
        Some("a part has no member \"mood\"")
    );
    assert!(refusal(json!([{ "role": "user", "parts": [] }])).is_some());
    assert!(refusal(json!([])).is_some());
}

#[test]
fn the_events_say_what_the_whole_reply_says() {
    let turn = Turn::says(&["let me", " see"])
        .thinks(&["hm", "m"], "c2ln")
        .calls("1", "f", &["{\"a\":", "1}"]);
    let texts = |responses: &[Value], thought: bool| -> String {
        let parts = responses.iter().flat_map(|response| {
            response["candidates"][0]["content"]["parts"]
                .as_array()
                .expect("parts")
                .clone()
        });
        let said = parts.filter(|part| (part["thought"] == true) == thought);
        said.map(|part| part["text"].as_str().unwrap_or_default().to_owned())
            .collect()
    };
    let (whole, events) = (vec![reply(&turn)], events(&turn));
    for thought in [false, true] {
        assert_eq!(texts(&whole, thought), texts(&events, thought));
    }
    assert_eq!(
        whole[0]["usageMetadata"],
        events.last().expect("an end")["usageMetadata"]
    );
}

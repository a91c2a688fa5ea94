//! What the double refuses, and what it says.

use serde_json::{Value, json};

use super::request::check;
use super::{chunks, completion};
use crate::vendor::Turn;

fn refusal(body: Value) -> Option<String> {
    check(&body).err().map(|fault| fault.message)
}

#[test]
fn ids_have_nine_characters_and_the_order_is_strict() {
    let user = json!({ "role": "user", "content": "hello" });
    let called = |id: &str| {
        let call = json!({ "id": id, "function": { "name": "f", "arguments": "{}" } });
        json!({ "role": "assistant", "content": "", "tool_calls": [call] })
    };
    let result = json!({ "role": "tool", "tool_call_id": "abcdefghi", "content": "1" });
    let of = |messages: Value| refusal(json!({ "model": "m", "messages": messages }));
    assert_eq!(of(json!([user, called("abcdefghi"), result])), None);
    for wrong in [
        json!([user, called("call_1")]),
        json!([user, called("abcdefghi"), user]),
        json!([user, called("abcdefghi"), result, user]),
        json!([user, { "role": "assistant", "content": "hi" }]),
        json!([{ "role": "user", "content": "hello", "name": "n" }]),
    ] {
        assert!(of(wrong.clone()).is_some(), "{wrong}");
    }
}

#[test]
fn thinking_is_a_part_of_the_content() {
    let turn = Turn::says(&["4", "2"]).thinks(&["six", " times"], "c2ln");
    let content = &completion(&turn)["choices"][0]["message"]["content"];
    assert_eq!(content[0]["thinking"][0]["text"], "six times");
    let chunks = chunks(&turn);
    assert_eq!(
        chunks[1]["choices"][0]["delta"]["content"][0]["thinking"][0]["text"],
        "six"
    );
    let last = chunks.last().expect("a last chunk");
    assert_eq!(
        (&last["choices"][0]["finish_reason"], &last["usage"]["prompt_tokens"]),
        (&json!("stop"), &json!(11))
    );
}

//! What holds for any conversation, whatever its items and their order.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{chat, fields, read, translated};
use crate::operation::Operation;

/// An item of any kind; calls and results share few ids.
fn any_item() -> impl Strategy<Value = Value> {
    let id = prop::sample::select(vec!["a", "b", "c"]);
    let kind = prop::sample::select(vec![("custom_tool_call", "input"), ("function_call", "arguments")]);
    let call = (id.clone(), kind).prop_map(|(id, (kind, member))| {
        let mut call = json!({"type": kind, "call_id": id, "name": "f"});
        call[member] = "{}".into();
        call
    });
    let output = id.prop_map(|id| json!({"type": "function_call_output", "call_id": id, "output": "done"}));
    prop_oneof![
        3 => call,
        3 => output,
        1 => Just(json!({"role": "user", "content": "Hi"})),
        1 => Just(json!({"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "I"}]})),
        1 => Just(json!({"type": "reasoning", "summary": [], "encrypted_content": "gAAAA"})),
        1 => Just(json!({"type": "web_search_call", "id": "ws"})),
        1 => Just(json!({"type": "of_tomorrow"})),
    ]
}

proptest! {
    #[test]
    fn each_result_stands_right_behind_its_call_and_ids_are_unique(items in prop::collection::vec(any_item(), 1..12)) {
        // There may be nothing that a chat has words for.
        let Ok((chat, _)) = chat(&json!({ "input": items })) else {
            return Ok(());
        };
        let messages = chat["messages"].as_array().unwrap();
        let (mut open, mut ids): (Vec<Value>, BTreeSet<String>) = (Vec::new(), BTreeSet::new());
        for message in messages {
            if message["role"] == "tool" {
                let place = open.iter().position(|id| *id == message["tool_call_id"]);
                prop_assert!(place.is_some(), "{chat}");
                open.remove(place.unwrap());
                continue;
            }
            prop_assert!(open.is_empty(), "a call has no result: {chat}");
            for call in message["tool_calls"].as_array().into_iter().flatten() {
                prop_assert!(ids.insert(call["id"].to_string()), "an id is there twice: {chat}");
                open.push(call["id"].clone());
            }
            let is_empty = message["content"].is_null() || message["content"] == "";
            prop_assert!(!is_empty || message["tool_calls"].is_array(), "{chat}");
        }
        prop_assert!(!chat.to_string().contains("gAAAA"));
    }

    #[test]
    fn no_bytes_make_it_panic(data in "[{}\\[\\]\":,a-d1 \n]{0,24}", input in "[{}\\[\\]\":,a-d1 \n]{0,24}") {
        let whole = format!("{{\"model\":\"m\",\"input\":[{input}],\"tools\":[{data}]}}");
        for body in [data.as_bytes(), whole.as_bytes()] {
            if let Ok(request) = fields::body(body).and_then(|members| read(Operation::Chat, members)) {
                let _ = translated(&request.members, &|_| true);
            }
        }
    }
}

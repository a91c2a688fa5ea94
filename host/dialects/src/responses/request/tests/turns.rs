//! Items as messages: who says what, in the order that chats demand.

use serde_json::{Value, json};

use super::{chat, chat_of, messages};
use crate::sealed::seal;

fn call(id: &str, arguments: &str) -> Value {
    json!({"type": "function_call", "id": "fc_1", "call_id": id, "name": "f", "arguments": arguments, "status": "completed"})
}

fn output(id: &str, text: &str) -> Value {
    json!({"type": "function_call_output", "call_id": id, "output": text})
}

fn called(id: &str, arguments: &str) -> Value {
    json!({"id": id, "type": "function", "function": {"name": "f", "arguments": arguments}})
}

fn answered(id: &str, text: &str) -> Value {
    json!({"role": "tool", "tool_call_id": id, "content": text})
}

fn user(text: &str) -> Value {
    json!({"role": "user", "content": text})
}

#[test]
fn what_the_model_said_in_one_turn_is_one_message_with_the_results_behind_it() {
    let reasoning = json!({"type": "reasoning", "id": "rs_1", "summary": []});
    let items = json!([
        user("Go"),
        reasoning,
        {"type": "message", "role": "assistant", "id": "msg_1", "content": [{"type": "output_text", "text": "I look.", "annotations": []}]},
        call("a", "{\"x\":1}"),
        {"type": "web_search_call", "id": "ws_1"},
        call("b", ""),
        output("b", "two"),
        reasoning,
        output("a", "one"),
        {"type": "message", "role": "assistant", "content": "Done."},
    ]);
    let turn =
        json!({"role": "assistant", "content": "I look.", "tool_calls": [called("a", "{\"x\":1}"), called("b", "{}")]});
    let done = json!({"role": "assistant", "content": "Done."});
    assert_eq!(
        messages(&items),
        json!([user("Go"), turn, answered("a", "one"), answered("b", "two"), done])
    );
    let (_, dropped) = chat(&json!({ "input": items })).unwrap();
    assert_eq!(dropped, "input[type=reasoning], input[type=web_search_call]");
}

#[test]
fn calls_and_results_that_belong_to_nothing_are_left_out() {
    let items = json!([
        user("Go"),
        call("a", "{}"),
        output("x", "?"),
        user("Well?"),
        call("b", "{}")
    ]);
    let last = json!({"role": "assistant", "content": null, "tool_calls": [called("b", "{}")]});
    assert_eq!(messages(&items), json!([user("Go"), user("Well?"), last]));
    let (_, dropped) = chat(&json!({ "input": items })).unwrap();
    assert_eq!(dropped, "input[type=function_call], input[type=function_call_output]");
}

#[test]
fn ids_of_calls_that_come_twice_are_told_apart() {
    let items = json!([call("a", "{}"), output("a", "1"), call("a", "{}"), output("a", "2")]);
    let turn = |id: &str| json!({"role": "assistant", "content": null, "tool_calls": [called(id, "{}")]});
    assert_eq!(
        messages(&items),
        json!([turn("a"), answered("a", "1"), turn("a_2"), answered("a_2", "2")])
    );
}

#[test]
fn custom_tools_and_namespaces_are_called_by_their_names_in_a_chat() {
    let items = json!([
        {"type": "custom_tool_call", "call_id": "a", "name": "patch", "input": "*** \"x\"\n"},
        {"type": "custom_tool_call_output", "call_id": "a", "output": [{"type": "input_text", "text": "ok"}]},
        {"type": "function_call", "call_id": "b", "name": "f", "namespace": "ns", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "b", "output": "ok"},
    ]);
    let messages = messages(&items);
    assert_eq!(
        messages[0]["tool_calls"][0]["function"],
        json!({"name": "patch", "arguments": "{\"input\":\"*** \\\"x\\\"\\n\"}"})
    );
    assert_eq!(messages[1], answered("a", "ok"));
    assert_eq!(messages[2]["tool_calls"][0]["function"]["name"], "ns__f");
}

#[test]
fn contents_are_translated_part_by_part() {
    let items = json!([
        {"type": "message", "role": "developer", "content": [{"type": "input_text", "text": "a"}, {"type": "input_text", "text": "b"}]},
        {"role": "user", "content": [
            {"type": "input_text", "text": "What?"},
            {"type": "input_image", "image_url": "data:image/png;base64,AA==", "detail": "low"},
            {"type": "input_file", "filename": "a.pdf", "file_data": "data:application/pdf;base64,AA=="},
            {"type": "input_file", "file_url": "https://x/y.pdf"},
        ]},
        {"role": "assistant", "content": [{"type": "output_text", "text": "I"}, {"type": "output_text", "text": " see"}]},
        {"role": "assistant", "content": [{"type": "output_text", "text": "More"}]},
        {"role": "user", "content": "So?"},
        {"role": "assistant", "content": [{"type": "refusal", "refusal": "no"}]},
    ]);
    assert_eq!(
        messages(&items),
        json!([
            {"role": "developer", "content": "a\n\nb"},
            {"role": "user", "content": [
                {"type": "text", "text": "What?"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA==", "detail": "low"}},
                {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,AA=="}},
                {"type": "file", "file": {"file_data": "https://x/y.pdf"}},
            ]},
            {"role": "assistant", "content": "I see\n\nMore"},
            {"role": "user", "content": "So?"},
            {"role": "assistant", "content": [{"type": "refusal", "refusal": "no"}]},
        ])
    );
}

#[test]
fn thinking_goes_back_to_its_own_provider_only_and_no_vendors_own_goes_anywhere() {
    let blocks = json!([
        {"type": "thinking", "thinking": "Hm", "signature": "s"},
        {"type": "redacted_thinking", "data": "x"},
        {"type": "thinking", "thinking": "."},
    ]);
    let reasoning =
        |sealed: &str| json!({"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": sealed});
    let items = |sealed: &str| json!({"input": [user("Go"), reasoning(sealed), call("a", "{}"), output("a", "1")]});
    let ours = seal("claude", blocks.to_string().as_bytes());
    let (chat, dropped) = chat_of(&items(&ours), &|provider| provider == "claude").unwrap();
    let turn = &chat["messages"][1];
    assert_eq!(
        (&turn["reasoning_content"], &turn["thinking_blocks"][1]),
        (&json!("Hm."), &blocks[1])
    );
    assert_eq!(turn["thinking_blocks"].as_array().unwrap().len(), 2);
    assert_eq!(dropped, "");
    let deep = seal("claude", format!("{}{}", "[".repeat(200), "]".repeat(200)).as_bytes());
    for (sealed, provider) in [
        (&*ours, "gpt"),
        ("gAAAAABk", "claude"),
        (&*deep, "claude"),
        ("jf1.claude.e30", "claude"),
    ] {
        let (chat, dropped) = chat_of(&items(sealed), &|it| it == provider).unwrap();
        let turn = json!({"role": "assistant", "content": null, "tool_calls": [called("a", "{}")]});
        assert_eq!(chat["messages"][1], turn, "{sealed}");
        assert_eq!(dropped, "input[type=reasoning]");
    }
}

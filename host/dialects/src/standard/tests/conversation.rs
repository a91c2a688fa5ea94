//! Messages and what is in them.

use serde_json::{Value, json};

use super::{messages_body, refused, sent, try_sent};
use crate::accepts::{Accepts, Extension};

fn png() -> Value {
    json!({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AA=="}})
}

fn result(id: &str, content: &Value) -> Value {
    json!({"type": "tool_result", "tool_use_id": id, "content": content})
}

/// The messages that become of a call's result, which is followed by these blocks.
fn after_call(blocks: &Value) -> Value {
    let messages = json!([
        {"role": "assistant", "content": [{"type": "tool_use", "id": "t", "name": "f", "input": {}}]},
        {"role": "user", "content": blocks},
    ]);
    let mut sent = sent(&json!({ "messages": messages }));
    assert_eq!(sent.dropped, "");
    let mut messages = sent.body["messages"].take();
    messages.as_array_mut().unwrap().drain(..1);
    messages
}

#[test]
fn an_image_in_a_result_follows_the_run_of_results() {
    let image = json!({"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}});
    let label = |id: &str| json!({"type": "text", "text": format!("Result of the tool call {id}:")});
    let text = |text: &str| json!({"type": "text", "text": text});
    let after = after_call(&json!([
        result("t", &json!([{"type": "text", "text": "taken"}, png()])),
        result("u", &json!([png(), png()])),
        result("v", &json!("plain")),
    ]));
    let follows = "The result follows in the next message of the user.";
    assert_eq!(
        after,
        json!([
            {"role": "tool", "tool_call_id": "t", "content": "taken"},
            {"role": "tool", "tool_call_id": "u", "content": follows},
            {"role": "tool", "tool_call_id": "v", "content": "plain"},
            {"role": "user", "content": [label("t"), image, label("u"), image, image]},
        ])
    );
    let after = after_call(&json!([result("t", &json!([png()])), {"type": "text", "text": "What is it?"}]));
    assert_eq!(
        after[1],
        json!({"role": "user", "content": [label("t"), image, text("What is it?")]})
    );
}

#[test]
fn an_image_comes_before_the_next_turn_of_the_model() {
    let turn = json!([{"type": "tool_use", "id": "t", "name": "f", "input": {}}]);
    let sent = sent(&json!({"messages": [
        {"role": "assistant", "content": turn},
        {"role": "user", "content": [result("t", &json!([png()]))]},
        {"role": "assistant", "content": "A cat."},
        {"role": "user", "content": "Sure?"},
    ]}));
    let roles: Vec<&str> = sent.body["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["role"].as_str().unwrap())
        .collect();
    assert_eq!(roles, ["assistant", "tool", "user", "assistant", "user"]);
}

#[test]
fn a_failed_result_says_so_in_its_text() {
    for (content, expected) in [
        (json!("42"), json!("Error: 42")),
        (json!([{"type": "text", "text": "42"}]), json!("Error: 42")),
        (json!("error: no such file"), json!("error: no such file")),
        (json!(""), json!("Error")),
        (json!([]), json!("Error")),
        (Value::Null, json!("Error")),
        (
            json!([png()]),
            json!("Error: The result follows in the next message of the user."),
        ),
    ] {
        let mut failed = result("t", &content);
        failed["is_error"] = json!(true);
        let after = after_call(&json!([failed]));
        assert_eq!(
            after[0],
            json!({"role": "tool", "tool_call_id": "t", "content": expected}),
            "{content}"
        );
    }
    let mut fine = result("t", &json!("42"));
    fine["is_error"] = json!(false);
    assert_eq!(
        after_call(&json!([fine]))[0],
        json!({"role": "tool", "tool_call_id": "t", "content": "42"})
    );
}

#[test]
fn marks_of_the_cache_are_left_out_wherever_they_are() {
    let cache = json!({"type": "ephemeral"});
    let text = |text: &str| json!({"type": "text", "text": text, "cache_control": cache});
    let mut image = png();
    image["cache_control"] = cache.clone();
    let mut marked = result("t", &json!([text("r")]));
    marked["cache_control"] = cache.clone();
    let sent = sent(&json!({
        "system": [text("a"), text("b")],
        "messages": [
            {"role": "user", "content": [text("x")]},
            {"role": "user", "content": [image]},
            {"role": "assistant", "content": [text("y"), {"type": "tool_use", "id": "t", "name": "f", "input": {}, "cache_control": cache}]},
            {"role": "user", "content": [marked]},
        ],
    }));
    assert!(!sent.text.contains("cache_control"), "{}", sent.text);
    assert_eq!(sent.body["messages"][0], json!({"role": "system", "content": "a\n\nb"}));
    assert_eq!(sent.body["messages"][1], json!({"role": "user", "content": "x"}));
    assert_eq!(
        sent.dropped,
        "system[].cache_control, messages[].content[].cache_control"
    );
}

#[test]
fn earlier_thinking_and_the_vendors_blocks_are_left_out_and_named() {
    let sent = sent(&json!({"messages": [
        {"role": "user", "content": "x"},
        {"role": "assistant", "content": [
            {"type": "thinking", "thinking": "hm", "signature": "s"},
            {"type": "redacted_thinking", "data": "d"},
            {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}},
            {"type": "web_search_tool_result", "tool_use_id": "s", "content": []},
            {"type": "text", "text": "y", "citations": [{"type": "web_search_result_location"}]},
        ]},
        {"role": "user", "content": "z"},
    ]}));
    let assistant = |content: &str| json!({"role": "assistant", "content": content});
    let messages = sent.body["messages"].as_array().unwrap();
    assert!(messages.contains(&assistant("y")), "{messages:?}");
    assert_eq!(
        sent.dropped,
        "messages[].content[].thinking, messages[].content[type=server_tool_use], \
         messages[].content[type=web_search_tool_result], messages[].content[].citations"
    );
}

#[test]
fn documents_become_texts_and_files() {
    let text = |text: &str| json!({"type": "text", "text": text});
    let document = |source: Value| json!({"type": "document", "title": "notes", "context": "of May", "source": source});
    let image = json!({"type": "image_url", "image_url": {"url": "https://a/b.png"}});
    let file = |name: &str| json!({"type": "file", "file": {"filename": name, "file_data": "data:application/pdf;base64,AA=="}});
    let pdf = json!({"type": "base64", "media_type": "application/pdf", "data": "AA=="});
    let plain = json!({"type": "text", "media_type": "text/plain", "data": "al\"pha"});
    let blocks = json!([
        {"type": "text", "text": "alpha"},
        {"type": "image", "source": {"type": "url", "url": "https://a/b.png"}},
        {"type": "text", "text": "beta"},
    ]);
    for (block, expected) in [
        (document(plain.clone()), json!([text("# notes\n\nof May\n\nal\"pha")])),
        (json!({"type": "document", "source": plain}), json!([text("al\"pha")])),
        (
            document(json!({"type": "content", "content": "alpha"})),
            json!([text("# notes\n\nof May\n\nalpha")]),
        ),
        (
            document(json!({"type": "content", "content": blocks})),
            json!([text("# notes\n\nof May\n\nalpha"), image, text("beta")]),
        ),
        (document(pdf.clone()), json!([text("of May"), file("notes")])),
        (
            json!({"type": "document", "source": pdf}),
            json!([file("document.pdf")]),
        ),
        (
            json!({"type": "search_result", "title": "T", "source": "https://a", "content": [{"type": "text", "text": "alpha"}]}),
            json!([text("# T\n\nhttps://a\n\nalpha")]),
        ),
    ] {
        let content = json!([block, {"type": "text", "text": "sum up"}]);
        let sent = sent(&json!({"messages": [{"role": "user", "content": content}]}));
        let mut expected = expected;
        expected.as_array_mut().unwrap().push(text("sum up"));
        assert_eq!(sent.body["messages"][0]["content"], expected, "{block}");
        assert_eq!(sent.dropped, "", "{block}");
    }
}

#[test]
fn what_has_no_standard_form_is_refused_by_name() {
    let place = "messages[].content[]";
    for (block, refusal) in [
        (
            json!({"type": "document", "source": {"type": "url", "url": "https://a/b.pdf"}}),
            "this provider takes documents as data and not by URL; send the document itself, as base64",
        ),
        (
            json!({"type": "document", "source": {"type": "base64", "media_type": "text/csv", "data": "AA=="}}),
            "this provider takes documents as plain text or as a PDF in base64",
        ),
        (
            json!({"type": "image", "source": {"type": "file", "file_id": "f"}}),
            "this provider has no content of type `image`",
        ),
        (
            json!({"type": "container_upload", "file_id": "f"}),
            "this provider has no content of type `container_upload`",
        ),
    ] {
        for content in [json!([block]), json!([result("t", &json!([block]))])] {
            let refused = refused(&json!({"messages": [{"role": "user", "content": content}]}));
            assert_eq!(refused, format!("{place}: {refusal}"), "{content}");
        }
    }
}

#[test]
fn texts_and_calls_are_in_openais_order() {
    let sent = sent(&json!({"messages": [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": [
            {"type": "tool_use", "id": "t", "name": "f", "input": {}},
            {"type": "text", "text": "calling"},
        ]},
        {"role": "user", "content": [{"type": "text", "text": "note"}, result("t", &json!("r"))]},
    ]}));
    let messages = sent.body["messages"].as_array().unwrap();
    let roles: Vec<&str> = messages
        .iter()
        .map(|message| message["role"].as_str().unwrap())
        .collect();
    assert_eq!(roles, ["user", "assistant", "tool", "user"]);
    assert_eq!(messages[1]["content"], "calling");
}

#[test]
fn what_a_text_cannot_say_of_its_document_is_listed_for_every_target() {
    let source = json!({"type": "text", "media_type": "text/plain", "data": "alpha"});
    let found = json!([{"type": "text", "text": "beta"}]);
    for (block, dropped) in [
        (
            json!({"type": "document", "source": source, "citations": {"enabled": true}}),
            "messages[].content[].citations",
        ),
        (
            json!({"type": "search_result", "source": "https://a", "title": "A", "content": found, "citations": {"enabled": true}}),
            "messages[].content[].citations",
        ),
        (
            json!({"type": "document", "source": source, "citations": {"enabled": false}}),
            "",
        ),
    ] {
        let body = messages_body(&json!({"messages": [{"role": "user", "content": [block]}]}));
        for accepts in [Accepts::NONE, Accepts::NONE.with(Extension::VendorMembers)] {
            let sent = try_sent(crate::all()[1], &body, accepts).unwrap();
            assert_eq!(sent.dropped, dropped, "{body}");
        }
    }
}

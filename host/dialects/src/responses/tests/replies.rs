//! Buffered replies.

use serde_json::{Value, json};

use crate::fault::StreamFault;
use crate::json::Members;
use crate::operation::Operation;
use crate::responses::reply::finish_reply;
use crate::sealed::open;
use crate::tests::facts;

fn reply_to(request: &Value, message: &Value, reason: &str) -> Value {
    let request = request.to_string();
    let members = Members::of(&request).unwrap();
    let facts = crate::facts::ReplyFacts {
        request: &members,
        ..facts(Operation::Chat, "route/m")
    };
    let usage = json!({"prompt_tokens": 9, "completion_tokens": 4});
    let body = json!({"id": "c", "choices": [{"message": message, "finish_reason": reason}], "usage": usage});
    let (reply, summary) = finish_reply(body.to_string().as_bytes(), &facts).unwrap();
    assert_eq!(summary.usage.input_tokens, Some(9));
    serde_json::from_slice(&reply).unwrap()
}

#[test]
fn a_reply_is_a_response_with_all_that_its_clients_read() {
    let request = json!({"instructions": "Be brief.", "tools": [{"type": "function", "name": "f"}], "temperature": 0.5, "store": true});
    let response = reply_to(&request, &json!({"content": "Hi"}), "stop");
    let text = json!({"type": "output_text", "annotations": [], "logprobs": [], "text": "Hi"});
    let message =
        json!({"id": "msg_r-1_0", "type": "message", "status": "completed", "role": "assistant", "content": [text]});
    for (key, value) in [
        ("id", json!("resp_r-1")),
        ("object", json!("response")),
        ("created_at", json!(1_700)),
        ("status", json!("completed")),
        ("error", Value::Null),
        ("incomplete_details", Value::Null),
        ("model", json!("route/m")),
        ("output", json!([message])),
        ("store", json!(false)),
        ("instructions", json!("Be brief.")),
        ("tools", json!([{"type": "function", "name": "f"}])),
        ("tool_choice", json!("auto")),
        ("parallel_tool_calls", json!(true)),
        ("temperature", json!(0.5)),
        ("metadata", json!({})),
        ("previous_response_id", Value::Null),
        ("text", json!({"format": {"type": "text"}})),
    ] {
        assert_eq!(response[key], value, "{key}");
    }
    assert_eq!(response["usage"]["total_tokens"], 13);
    assert_eq!(response["usage"]["output_tokens_details"]["reasoning_tokens"], 0);
}

#[test]
fn thinking_text_and_calls_are_items_of_their_own() {
    let request = json!({"tools": [
        {"type": "custom", "name": "patch"},
        {"type": "namespace", "name": "ns", "tools": [{"type": "function", "name": "f"}]},
    ]});
    let call =
        |id: &str, name: &str, arguments: &str| json!({"id": id, "function": {"name": name, "arguments": arguments}});
    let blocks =
        json!([{"type": "thinking", "thinking": "Hm", "signature": "s"}, {"type": "redacted_thinking", "data": "x"}]);
    let message = json!({
        "reasoning_content": "Hm", "thinking_blocks": blocks, "content": "I edit.",
        "tool_calls": [call("a", "patch", "{\"input\":\"*** x\"}"), call("b", "ns__f", ""), call("a", "g", "{\"x\":1}")],
    });
    let response = reply_to(&request, &message, "tool_calls");
    let output = response["output"].as_array().unwrap();
    let kinds: Vec<&str> = output.iter().map(|item| item["type"].as_str().unwrap()).collect();
    assert_eq!(
        kinds,
        [
            "reasoning",
            "message",
            "custom_tool_call",
            "function_call",
            "function_call"
        ]
    );
    assert_eq!(output[0]["summary"], json!([{"type": "summary_text", "text": "Hm"}]));
    let sealed = open(output[0]["encrypted_content"].as_str().unwrap(), &|provider| {
        provider == "p"
    })
    .unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&sealed).unwrap(), blocks);
    assert_eq!(
        output[2],
        json!({"id": "ctc_r-1_2", "type": "custom_tool_call", "status": "completed", "call_id": "a", "name": "patch", "input": "*** x"})
    );
    assert_eq!(
        output[3],
        json!({"id": "fc_r-1_3", "type": "function_call", "status": "completed", "call_id": "b", "name": "f", "namespace": "ns", "arguments": "{}"})
    );
    assert_eq!(output[4]["call_id"], "call_r-1_4", "ids of calls are told apart");
    assert_eq!(output[4]["name"], "g");
}

#[test]
fn a_reply_that_was_cut_off_is_incomplete() {
    for (reason, why) in [("length", "max_output_tokens"), ("content_filter", "content_filter")] {
        let message =
            json!({"content": "Hal", "tool_calls": [{"id": "a", "function": {"name": "f", "arguments": "{\"x"}}]});
        let response = reply_to(&json!({}), &message, reason);
        assert_eq!(response["status"], "incomplete");
        assert_eq!(response["incomplete_details"], json!({ "reason": why }));
        assert_eq!(response["output"][0]["status"], "completed");
        assert_eq!(response["output"][1]["status"], "incomplete");
        assert_eq!(response["output"][1]["arguments"], "{\"x");
    }
}

#[test]
fn a_refusal_is_a_part_of_its_own() {
    let response = reply_to(&json!({}), &json!({"content": null, "refusal": "No."}), "stop");
    assert_eq!(
        response["output"][0]["content"],
        json!([{"type": "refusal", "refusal": "No."}])
    );
}

#[test]
fn what_is_no_reply_is_a_fault() {
    let finish = |body: &str| finish_reply(body.as_bytes(), &facts(Operation::Chat, "m")).unwrap_err();
    for body in [
        "",
        "{}",
        r#"{"choices":[]}"#,
        r#"{"choices":[{"message":{"content":"x"}}]}"#,
        r#"{"choices":[{"message":{"content":7},"finish_reason":"stop"}]}"#,
        r#"{"choices":[{"message":{"tool_calls":[{"id":"a","function":{}}]},"finish_reason":"stop"}]}"#,
    ] {
        assert!(matches!(finish(body), StreamFault::Malformed(_)), "{body}");
    }
    assert!(matches!(
        finish(r#"{"error":{"message":"no"}}"#),
        StreamFault::Upstream { .. }
    ));
}

#[test]
fn pages_and_passages_are_annotations_of_the_text() {
    let page = json!({"type": "url_citation", "url_citation": {"start_index": 0, "end_index": 2, "url": "https://a", "title": "A"}});
    let other = json!({"type": "file_citation", "file_citation": {}});
    let passage = json!({"type": "page_location", "cited_text": "x", "document_index": 0, "document_title": null,
        "file_id": "file_1", "start_page_number": 1, "end_page_number": 2});
    let response = reply_to(
        &json!({}),
        &json!({"content": "Hi", "annotations": [page, other], "citations": [passage]}),
        "stop",
    );
    assert_eq!(
        response["output"][0]["content"][0]["annotations"],
        json!([
            {"type": "url_citation", "start_index": 0, "end_index": 2, "url": "https://a", "title": "A"},
            {"type": "file_citation", "file_id": "file_1", "filename": "", "index": 0},
        ])
    );
}

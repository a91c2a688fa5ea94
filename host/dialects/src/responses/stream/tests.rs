//! Canonical streams as the events of a response.

mod citations;
mod properties;

use serde_json::{Value, json};

use super::ResponseReader;
use crate::detail::ErrorDetail;
use crate::fault::StreamFault;
use crate::interruption::Interruption;
use crate::json::Members;
use crate::reader::StreamReader;
use crate::responses::tests::assembled::{events, partial, response};
use crate::tests::stream_facts;

const STOP: &str = r#"{"id":"chatcmpl-1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;
const USAGE: &str = r#"{"id":"chatcmpl-1","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":4,"prompt_tokens_details":{"cached_tokens":6}}}"#;
const TOOLS: &[u8] = br#"{"tools":[{"type":"function","name":"f"},{"type":"custom","name":"patch"}]}"#;

fn reader() -> ResponseReader {
    let members = Members::parse(TOOLS).unwrap();
    ResponseReader::new(&crate::facts::StreamFacts {
        request: &members,
        ..stream_facts("route/m")
    })
}

fn read(chunks: &[&str]) -> Result<String, StreamFault> {
    let (mut reader, mut out) = (reader(), Vec::new());
    for chunk in chunks {
        reader.push(chunk.as_bytes(), &mut out)?;
    }
    reader.finish(42, &mut out)?;
    Ok(String::from_utf8(out).unwrap())
}

fn delta(delta: &Value) -> String {
    json!({"id": "chatcmpl-1", "choices": [{"index": 0, "delta": delta}]}).to_string()
}

/// The stream that these deltas and a finish reason become.
fn stream(deltas: &[Value]) -> String {
    let mut chunks: Vec<String> = deltas.iter().map(delta).collect();
    chunks.push(STOP.to_owned());
    let chunks: Vec<&str> = chunks.iter().map(String::as_str).collect();
    read(&chunks).unwrap()
}

fn output(deltas: &[Value]) -> Value {
    response(&stream(deltas))["output"].take()
}

fn kinds(stream: &str) -> Vec<String> {
    let kind = |event: &Value| {
        event["type"]
            .as_str()
            .unwrap()
            .strip_prefix("response.")
            .unwrap()
            .to_owned()
    };
    events(stream).iter().map(kind).collect()
}

fn call(index: u64, id: &str, name: &str, arguments: &str) -> Value {
    json!({"tool_calls": [{"index": index, "id": id, "function": {"name": name, "arguments": arguments}}]})
}

#[test]
fn a_text_is_told_from_its_beginning_to_its_end() {
    let stream = stream(&[
        json!({"role": "assistant", "content": ""}),
        json!({"content": "h\u{e9}"}),
        json!({"content": "\n"}),
    ]);
    assert_eq!(
        kinds(&stream),
        [
            "created",
            "in_progress",
            "output_item.added",
            "content_part.added",
            "output_text.delta",
            "output_text.delta",
            "output_text.done",
            "content_part.done",
            "output_item.done",
            "completed",
        ]
    );
    let events = events(&stream);
    assert_eq!(
        events[4],
        json!({"type": "response.output_text.delta", "sequence_number": 4, "item_id": "msg_r-1_0", "output_index": 0, "content_index": 0, "delta": "h\u{e9}", "logprobs": []})
    );
    assert_eq!(events[6]["text"], "h\u{e9}\n");
    assert!(!stream.contains("[DONE]"));
}

#[test]
fn thinking_and_calls_are_told_in_the_vendors_order() {
    let stream = stream(&[
        json!({"reasoning_content": "Hm"}),
        json!({"content": "So"}),
        call(0, "a", "f", ""),
        call(0, "", "", "{\"x\""),
        call(0, "", "", ":1}"),
        call(1, "b", "patch", "{\"input\":"),
        call(1, "", "", "\"*** x\"}"),
    ]);
    assert_eq!(
        kinds(&stream)[2..],
        [
            "output_item.added",
            "reasoning_summary_part.added",
            "reasoning_summary_text.delta",
            "reasoning_summary_text.done",
            "reasoning_summary_part.done",
            "output_item.done",
            "output_item.added",
            "content_part.added",
            "output_text.delta",
            "output_item.added",
            "function_call_arguments.delta",
            "function_call_arguments.delta",
            "output_text.done",
            "content_part.done",
            "output_item.done",
            "function_call_arguments.done",
            "output_item.done",
            "output_item.added",
            "custom_tool_call_input.delta",
            "custom_tool_call_input.done",
            "output_item.done",
            "completed",
        ]
    );
    let output = &response(&stream)["output"];
    assert_eq!(
        (&output[2]["call_id"], &output[2]["arguments"]),
        (&json!("a"), &json!("{\"x\":1}"))
    );
    assert_eq!(
        (&output[3]["type"], &output[3]["input"]),
        (&json!("custom_tool_call"), &json!("*** x"))
    );
}

#[test]
fn calls_that_upstreams_mix_keep_their_own_indexes() {
    let output = output(&[
        call(0, "a", "f", "{\"x\""),
        call(1, "b", "f", "{\"y\""),
        call(0, "", "", ":1}"),
        call(1, "", "", ":2}"),
        json!({"content": "Both."}),
        call(2, "c", "f", ""),
    ]);
    assert_eq!(output[0]["arguments"], "{\"x\":1}");
    assert_eq!(output[1]["arguments"], "{\"y\":2}");
    assert_eq!(output[2]["content"][0]["text"], "Both.");
    assert_eq!(
        output[3]["arguments"], "{}",
        "a call without arguments has an empty object"
    );
}

#[test]
fn a_call_whose_name_or_id_comes_late_or_twice_is_one_of_its_own() {
    let output = output(&[
        json!({"tool_calls": [{"index": 0, "function": {"arguments": "{\"x\":"}}]}),
        json!({"tool_calls": [{"index": 0, "function": {"name": "f", "arguments": "1}"}}]}),
        call(1, "a", "f", "{}"),
        call(2, "a", "f", "\"{\\\"z\\\":3}\""),
    ]);
    assert_eq!(
        (&output[0]["arguments"], &output[0]["call_id"]),
        (&json!("{\"x\":1}"), &json!("call_r-1_0"))
    );
    assert_eq!(output[1]["call_id"], "a");
    assert_eq!(
        (&output[2]["arguments"], &output[2]["call_id"]),
        (&json!("{\"z\":3}"), &json!("call_r-1_2"))
    );
}

#[test]
fn arguments_that_are_no_object_are_the_clients_to_judge() {
    for odd in ["[1", "{\"x\":", "nonsense"] {
        assert_eq!(output(&[call(0, "a", "f", odd)])[0]["arguments"], odd);
    }
    assert_eq!(output(&[call(0, "a", "f", "null")])[0]["arguments"], "{}");
}

#[test]
fn signed_thinking_is_sealed_and_told_once() {
    let piece = |thinking: &str, signature: &str| json!({"thinking_blocks": [{"type": "thinking", "index": 0, "thinking": thinking, "signature": signature}]});
    let whole = json!({"thinking_blocks": [{"type": "thinking", "thinking": "Hm.", "signature": "s"}]});
    for deltas in [
        vec![piece("Hm", ""), piece(".", ""), piece("", "s"), json!({"content": "x"})],
        vec![
            json!({"reasoning_content": "Hm"}),
            json!({"reasoning": "."}),
            whole,
            json!({"content": "x"}),
        ],
    ] {
        let output = output(&deltas);
        assert_eq!(output.as_array().unwrap().len(), 2);
        assert_eq!(output[0]["summary"], json!([{"type": "summary_text", "text": "Hm."}]));
        let sealed = output[0]["encrypted_content"].as_str().unwrap();
        let blocks = crate::sealed::open(sealed, &|_| true).unwrap();
        let blocks: Value = serde_json::from_slice(&blocks).unwrap();
        assert_eq!(
            blocks,
            json!([{"type": "thinking", "thinking": "Hm.", "signature": "s"}])
        );
    }
}

#[test]
fn the_usage_is_in_the_last_event_and_the_end_waits_for_it() {
    let (mut reader, mut out) = (reader(), Vec::new());
    let hello = delta(&json!({"content": "hello"}));
    for chunk in [&*hello, STOP, USAGE] {
        reader.push(chunk.as_bytes(), &mut out).unwrap();
    }
    assert!(!String::from_utf8_lossy(&out).contains("done"));
    assert_eq!((reader.usage().input_tokens, reader.produced_bytes()), (Some(9), 5));
    reader.finish(42, &mut out).unwrap();
    let once = out.clone();
    reader.push(hello.as_bytes(), &mut out).unwrap();
    reader.finish(42, &mut out).unwrap();
    assert_eq!(out, once, "what follows the end is ignored");
    let response = response(&String::from_utf8(out).unwrap());
    assert_eq!(response["usage"]["input_tokens_details"]["cached_tokens"], 6);
    assert_eq!(response["usage"]["total_tokens"], 13);
}

#[test]
fn a_limit_makes_the_response_incomplete() {
    let hello = delta(&json!({"content": "hel"}));
    let stream = read(&[&hello, &STOP.replace("stop", "length")]).unwrap();
    let response = response(&stream);
    assert_eq!(response["incomplete_details"], json!({"reason": "max_output_tokens"}));
    assert_eq!(response["output"][0]["status"], "incomplete");
    assert!(stream.contains("event: response.incomplete\n"));
}

#[test]
fn a_stream_that_breaks_off_fails_and_never_looks_finished() {
    let hello = delta(&json!({"content": "hello"}));
    let call = delta(&call(0, "a", "f", "{}"));
    for chunks in [&[][..], &[&*hello], &[&*hello, &*call]] {
        let (mut reader, mut out) = (reader(), Vec::new());
        for chunk in chunks {
            reader.push(chunk.as_bytes(), &mut out).unwrap();
        }
        let before = out.clone();
        assert_eq!(reader.finish(42, &mut out), Err(StreamFault::Truncated));
        assert_eq!(out, before);
        let detail = ErrorDetail::read(br#"{"code":"context_length_exceeded"}"#);
        let by = Interruption::Failed {
            message: "It broke.",
            upstream: Some(&detail),
            retry_after: None,
        };
        out.extend(reader.interrupted(by).unwrap());
        let events = events(&String::from_utf8(out).unwrap());
        partial(&events);
        let last = events.last().unwrap();
        assert_eq!(
            (&last["type"], &last["response"]["status"]),
            (&json!("response.failed"), &json!("failed"))
        );
        let error = json!({"code": "context_length_exceeded", "message": "It broke."});
        assert_eq!(last["response"]["error"], error);
    }
}

#[test]
fn an_error_in_the_stream_is_a_fault_and_writes_nothing() {
    let (mut reader, mut out) = (reader(), Vec::new());
    let fault = reader.push(br#"{"error":{"message":"oh","code":500}}"#, &mut out);
    assert!(matches!(fault, Err(StreamFault::Upstream { .. })));
    for chunk in [
        "{",
        "[]",
        r#"{"choices":7}"#,
        r#"{"choices":[{"delta":{"content":"x","tool_calls":7}}]}"#,
    ] {
        let fault = reader.push(chunk.as_bytes(), &mut out);
        assert!(matches!(fault, Err(StreamFault::Malformed(_))), "{chunk}");
    }
    assert!(out.is_empty());
    let nameless = delta(&json!({"tool_calls": [{"index": 0, "id": "a", "function": {"arguments": "{}"}}]}));
    assert!(matches!(read(&[&nameless, STOP]), Err(StreamFault::Malformed(_))));
}

#[test]
fn pages_that_a_text_cites_are_told_while_it_is_open() {
    let page = |url: &str| json!([{"index": 0, "type": "url_citation", "url_citation": {"url": url, "title": "A", "start_index": 0, "end_index": 2}}]);
    let said = stream(&[
        json!({"content": "Hi"}),
        json!({"annotations": page("https://a")}),
        json!({"content": ".", "annotations": page("https://b")}),
    ]);
    let told = kinds(&said);
    let told: Vec<&String> = told.iter().filter(|kind| kind.ends_with("annotation.added")).collect();
    assert_eq!(told.len(), 2);
    let output = response(&said)["output"].take();
    let annotations = &output[0]["content"][0]["annotations"];
    assert_eq!(
        annotations[0],
        json!({"type": "url_citation", "start_index": 0, "end_index": 2, "url": "https://a", "title": "A"})
    );
    assert_eq!(annotations[1]["url"], "https://b");
    let output = output_after_call(&page("https://a"));
    assert_eq!(output.as_array().unwrap().len(), 1, "a citation alone is no text");
}

fn output_after_call(annotations: &Value) -> Value {
    let call = json!([{"index": 0, "id": "c1", "function": {"name": "f", "arguments": "{}"}}]);
    output(&[json!({ "tool_calls": call }), json!({ "annotations": annotations })])
}

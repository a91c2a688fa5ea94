//! Replies and streams that are in this dialect already.

use serde_json::{Value, json};

use super::assembled::events;
use crate::fault::StreamFault;
use crate::interruption::Interruption;
use crate::operation::Operation;
use crate::reader::StreamReader;
use crate::responses::native::finish_reply;
use crate::responses::native_stream::NativeReader;
use crate::tests::{facts, stream_facts};

const CREATED: &str = r#"{"type":"response.created","sequence_number":0,"response":{"id":"resp_v","model":"up","output":[],"of_tomorrow":1.0}}"#;
const ADDED: &str =
    r#"{"type":"response.output_item.added","sequence_number":1,"output_index":0,"item":{"type":"message"}}"#;
const DELTA: &str = r#"{"type":"response.output_text.delta","sequence_number":2,"delta":"hi"}"#;
const COMPLETED: &str = r#"{"type":"response.completed","sequence_number":3,"response":{"id":"resp_v","model":"up","output":[],"usage":{"input_tokens":5,"output_tokens":2,"input_tokens_details":{"cached_tokens":1}}}}"#;

fn read(reader: &mut NativeReader, data: &[&str]) -> Result<(String, Vec<bool>), StreamFault> {
    let (mut out, mut content) = (Vec::new(), Vec::new());
    for data in data {
        content.push(reader.push(data.as_bytes(), &mut out)?.content);
    }
    Ok((String::from_utf8(out).unwrap(), content))
}

#[test]
fn a_reply_passes_byte_for_byte_but_for_its_model() {
    let body = r#"{"id":"resp_v", "model": "up", "output":[{"type":"message","content":[{"type":"output_text","text":"hi"}]},{"type":"web_search_call"}],"usage":{"input_tokens":5,"output_tokens":2},"x":1.0}"#;
    let (reply, summary) = finish_reply(body.as_bytes(), &facts(Operation::Chat, "route/m")).unwrap();
    assert_eq!(String::from_utf8(reply).unwrap(), body.replace("\"up\"", "\"route/m\""));
    assert_eq!((summary.usage.input_tokens, summary.produced_bytes), (Some(5), 2));
    let served = summary.usage.served_model;
    assert_eq!(served.as_ref().map(crate::words::name::Name::as_str), Some("up"));
    let fault = |body: &str| finish_reply(body.as_bytes(), &facts(Operation::Chat, "m")).unwrap_err();
    assert!(matches!(fault("{}"), StreamFault::Malformed(_)));
    assert!(matches!(
        fault(r#"{"error":{"message":"no"},"output":[]}"#),
        StreamFault::Upstream { .. }
    ));
}

#[test]
fn a_stream_passes_byte_for_byte_but_for_its_model_and_its_end_waits() {
    let mut reader = NativeReader::new(&stream_facts("route/m"));
    let (mut out, content) = read(&mut reader, &[CREATED, ADDED, DELTA, COMPLETED]).unwrap();
    assert_eq!(content, [false, false, true, true]);
    assert!(!out.contains("response.completed") && reader.done());
    let mut rest = Vec::new();
    reader.finish(1, &mut rest).unwrap();
    out.push_str(&String::from_utf8(rest).unwrap());
    let expected = [CREATED, ADDED, DELTA, COMPLETED].map(|data| {
        let event: Value = serde_json::from_str(data).unwrap();
        let kind = event["type"].as_str().unwrap();
        format!("event: {kind}\ndata: {}\n\n", data.replace("\"up\"", "\"route/m\""))
    });
    assert_eq!(out, expected.concat());
    assert_eq!((reader.usage().cached_tokens, reader.produced_bytes()), (Some(1), 2));
}

#[test]
fn a_stream_that_breaks_off_fails_under_its_own_id() {
    let mut reader = NativeReader::new(&stream_facts("m"));
    let (out, _) = read(&mut reader, &[CREATED, ADDED, DELTA]).unwrap();
    assert_eq!(reader.finish(1, &mut Vec::new()), Err(StreamFault::Truncated));
    let last = reader.interrupted(Interruption::Killed).unwrap();
    let events = events(&(out + &String::from_utf8(last).unwrap()));
    let last = events.last().unwrap();
    assert_eq!(
        (&last["type"], &last["response"]["id"]),
        (&json!("response.failed"), &json!("resp_v"))
    );
    let mut unbegun = NativeReader::new(&stream_facts("m"));
    assert_eq!(unbegun.interrupted(Interruption::Killed), None);
}

#[test]
fn the_vendors_failure_is_a_fault() {
    let failed = r#"{"type":"response.failed","response":{"id":"resp_v","error":{"code":"rate_limit_exceeded","message":"slow"}}}"#;
    let error = r#"{"type":"error","code":"server_error","message":"oh"}"#;
    for data in [failed, error] {
        let fault = read(&mut NativeReader::new(&stream_facts("m")), &[CREATED, data]).unwrap_err();
        assert!(matches!(fault, StreamFault::Upstream { .. }), "{data}");
    }
    for data in [
        &["{"][..],
        &[DELTA],
        &[CREATED, r#"{"type":"response.failed","response":{}}"#],
    ] {
        let fault = read(&mut NativeReader::new(&stream_facts("m")), data).unwrap_err();
        assert!(matches!(fault, StreamFault::Malformed(_)), "{data:?}");
    }
    let mut done = NativeReader::new(&stream_facts("m"));
    read(&mut done, &[CREATED, "[DONE]"]).unwrap();
    assert!(matches!(
        done.finish(1, &mut Vec::new()),
        Err(StreamFault::Malformed(_))
    ));
}

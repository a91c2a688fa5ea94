//! Streams of the vendor's own: what passes, what waits, and what is no stream.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::NativeReader;
use crate::anthropic::tests::assembled::{events, message, recordings};
use crate::fault::StreamFault;
use crate::reader::StreamReader;
use crate::tests::stream_facts;
use crate::words::name::ServedModel;
use crate::words::usage::Usage;

const START: &str = r#"{"type":"message_start","message":{"id":"msg_1","type":"message", "model":"up","content":[],"usage":{"input_tokens":3,"output_tokens":1}},"x":1.0}"#;
const PING: &str = r#"{"type": "ping"}"#;
const OPEN: &str = r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#;
const HELLO: &str = r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"hello"}}"#;
const CLOSE: &str = r#"{"type":"content_block_stop","index":0}"#;
const END: &str =
    r#"{"type":"message_delta","delta":{"stop_reason":"max_tokens","stop_sequence":null},"usage":{"output_tokens":7}}"#;
const STOP: &str = r#"{"type":"message_stop"}"#;
const ALL: [&str; 8] = [START, PING, OPEN, HELLO, CLOSE, END, PING, STOP];

/// What the client gets of these events, and of the end if it was earned.
fn read(data: &[&str]) -> Result<String, StreamFault> {
    let (mut reader, mut out) = (NativeReader::new(&stream_facts("route/m")), Vec::new());
    for data in data {
        reader.push(data.as_bytes(), &mut out)?;
    }
    reader.finish(42, &mut out)?;
    Ok(String::from_utf8(out).unwrap())
}

/// The events as they must arrive.
fn sent(data: &[&str]) -> String {
    let event = |data: &&str| {
        let kind: Value = serde_json::from_str(data).unwrap();
        let data = data.replace("\"up\"", "\"route/m\"");
        format!("event: {}\ndata: {data}\n\n", kind["type"].as_str().unwrap())
    };
    data.iter().map(event).collect()
}

fn is_content(data: &str) -> bool {
    let (mut reader, mut out) = (NativeReader::new(&stream_facts("m")), Vec::new());
    for before in [START, OPEN] {
        reader.push(before.as_bytes(), &mut out).unwrap();
    }
    reader.push(data.as_bytes(), &mut out).unwrap().content
}

#[test]
fn events_pass_through_but_for_the_model() {
    assert_eq!(read(&ALL), Ok(sent(&ALL)));
    let lines = HELLO.replace("\"index\"", "\n \"index\"");
    let stream = read(&[START, OPEN, &lines, "", CLOSE, END, STOP]).unwrap();
    assert!(stream.contains(&lines.replace('\n', " ")));
}

#[test]
fn the_end_waits_until_it_is_earned() {
    let (mut reader, mut out) = (NativeReader::new(&stream_facts("route/m")), Vec::new());
    for data in ALL {
        reader.push(data.as_bytes(), &mut out).unwrap();
    }
    assert_eq!(String::from_utf8_lossy(&out), sent(&ALL[..5]));
    assert!(reader.done());
    reader.push(HELLO.as_bytes(), &mut out).unwrap();
    reader.finish(42, &mut out).unwrap();
    reader.finish(42, &mut out).unwrap();
    assert_eq!(String::from_utf8_lossy(&out), sent(&ALL));
}

#[test]
fn usage_and_text_are_read_on_the_way() {
    let (mut reader, mut out) = (NativeReader::new(&stream_facts("m")), Vec::new());
    for data in ALL {
        reader.push(data.as_bytes(), &mut out).unwrap();
    }
    let usage = Usage {
        input_tokens: Some(3),
        output_tokens: Some(7),
        served_model: ServedModel::new("up"),
        ..Usage::default()
    };
    assert_eq!(reader.usage(), usage);
    assert_eq!(reader.produced_bytes(), 5);
}

#[test]
fn a_stream_that_is_cut_never_looks_finished() {
    for len in 0..ALL.len() {
        let (mut reader, mut out) = (NativeReader::new(&stream_facts("m")), Vec::new());
        for data in &ALL[..len] {
            reader.push(data.as_bytes(), &mut out).unwrap();
        }
        assert_eq!(reader.finish(42, &mut out), Err(StreamFault::Truncated));
        reader.push(b"[DONE]", &mut out).unwrap();
        let end = reader.finish(42, &mut out);
        assert!(matches!(end, Err(StreamFault::Malformed(_))), "{len}");
        let out = String::from_utf8(out).unwrap();
        assert!(!out.contains("message_stop") && !out.contains("stop_reason"));
    }
    assert!(read(&[&ALL[..], &["[DONE]"]].concat()).is_ok());
}

#[test]
fn an_error_event_is_the_upstreams_fault() {
    let error = r#"{"type":"error","error":{"type":"overloaded_error","message":"slow"}}"#;
    let fault = StreamFault::Upstream {
        message: "slow".to_owned(),
        detail: Box::new(crate::ErrorDetail::read(br#"{"type":"overloaded_error"}"#)),
    };
    assert_eq!(read(&[error]), Err(fault.clone()));
    assert_eq!(read(&[START, END, error]), Err(fault));
}

#[test]
fn what_is_no_stream_is_malformed() {
    for data in [
        &["{"][..],
        &["[]"],
        &["7"],
        &["{}"],
        &[HELLO],
        &[r#"{"type":"ping\nevent: message_stop"}"#],
        &[r#"{"type":"error"}"#],
        &[r#"{"type":"message_start"}"#],
        &[r#"{"type":"message_start","message":{"type":"poem"}}"#],
        &[START, OPEN, START],
        &[START, r#"{"type":"message_delta","delta":[null]}"#],
    ] {
        let fault = read(data);
        assert!(matches!(fault, Err(StreamFault::Malformed(_))), "{data:?}");
    }
    assert_eq!(
        read(&[START, &START.replace("msg_1", "msg_2")]),
        Err(StreamFault::Malformed("the upstream restarted the reply".to_owned()))
    );
}

#[test]
fn a_message_without_an_end_never_looks_finished() {
    let end = read(&[START, OPEN, HELLO, CLOSE, STOP]);
    assert!(matches!(end, Err(StreamFault::Malformed(_))), "{end:?}");
    let broken = END.replace("max_tokens", "error");
    let end = read(&[START, OPEN, HELLO, CLOSE, &broken, STOP]);
    assert!(matches!(end, Err(StreamFault::Upstream { .. })), "{end:?}");
}

#[test]
fn blocks_go_out_contiguous_and_closed_whatever_their_numbers_are() {
    let at = |event: &str, index: &str| event.replace("\"index\":0", index);
    let said = |stream: &str| message(stream)["content"].take();
    let hellos = json!([{"type": "text", "text": "hello"}, {"type": "text", "text": "hello"}]);
    for [first, second] in [
        ["\"index\":0", "\"index\":0"],
        ["\"index\":1", "\"index\":7"],
        ["\"x\":1", "\"x\":1"],
    ] {
        let two = [first, second].map(|index| [OPEN, HELLO, CLOSE].map(|event| at(event, index)));
        let mut events = vec![START];
        events.extend(two.iter().flatten().map(String::as_str));
        events.extend([END, STOP]);
        assert_eq!(said(&read(&events).unwrap()), hellos, "{first} {second}");
    }
    let unclosed = read(&[START, OPEN, HELLO, OPEN, HELLO, END, STOP]).unwrap();
    assert_eq!(said(&unclosed), hellos);
    for orphan in [
        &[START, HELLO][..],
        &[START, CLOSE],
        &[START, OPEN, CLOSE, HELLO],
        &[START, OPEN, CLOSE, CLOSE],
        &[START, OPEN, &at(HELLO, "\"index\":1")],
    ] {
        let fault = read(orphan);
        assert!(matches!(fault, Err(StreamFault::Malformed(_))), "{orphan:?}: {fault:?}");
    }
}

#[test]
fn an_input_in_a_string_becomes_an_object() {
    let call = |input: &str| {
        let block = format!(r#"{{"type":"tool_use","id":"t","name":"f","input":{input}}}"#);
        OPEN.replace(r#"{"type":"text","text":""}"#, &block)
    };
    let stream = read(&[START, &call(r#""{\"x\":10.10}""#), CLOSE, END, STOP]).unwrap();
    assert!(stream.contains(&call(r#"{"x":10.10}"#)), "{stream}");
}

#[test]
fn half_a_surrogate_pair_passes() {
    let [one, two] = ["hi \\ud83d", "\\ude00"].map(|half| HELLO.replace("hello", half));
    let stream = read(&[START, OPEN, &one, &two, CLOSE, END, STOP]).unwrap();
    for half in [one, two] {
        assert!(stream.contains(&format!("data: {half}\n\n")), "{stream}");
    }
}

#[test]
fn a_start_that_is_repeated_goes_out_once() {
    assert_eq!(
        read(&[START, START, OPEN, HELLO, CLOSE, END, STOP]),
        read(&[START, OPEN, HELLO, CLOSE, END, STOP])
    );
}

#[test]
fn content_is_what_a_client_would_show() {
    for data in [PING, OPEN, CLOSE, r#"{"type":"of_tomorrow"}"#] {
        assert!(!is_content(data), "{data}");
    }
    let empty = HELLO.replace("hello", "");
    assert!(!is_content(&empty));
    let call = OPEN.replace("\"text\",\"text\":\"\"", "\"tool_use\",\"input\":{}");
    let signature = HELLO.replace("\"text_delta\",\"text\"", "\"signature_delta\",\"signature\"");
    for data in [HELLO, END, &call, &signature] {
        assert!(is_content(data), "{data}");
    }
    assert!(is_content(&OPEN.replace("\"\"", "\"hi\"")));
}

#[test]
fn every_recording_arrives_as_it_was_and_ends_only_with_its_end() {
    for (file, text) in recordings("anthropic", ".chunks.txt") {
        if file.ends_with("spliced-message-start.chunks.txt") {
            assert!(read(&text.lines().collect::<Vec<_>>()).is_err());
            continue;
        }
        let lines: Vec<&str> = text.lines().collect();
        for turn in lines.split_inclusive(|line| line.contains("\"message_stop\"")) {
            let stream = read(turn).unwrap();
            let mut expected: Vec<Value> = turn.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
            expected.dedup_by(|a, b| a["type"] == "message_start" && a == b);
            expected[0]["message"]["model"] = "route/m".into();
            assert_eq!(events(&stream), expected, "{}", file.display());
            message(&stream);
            let cut = read(&turn[..turn.len() - 1]);
            assert_eq!(cut, Err(StreamFault::Truncated), "{}", file.display());
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_are_written_as_one_valid_event_or_refused(data in "[{}\\[\\]\":,type1 \n]{0,24}") {
        let (mut reader, mut out) = (NativeReader::new(&stream_facts("m")), Vec::new());
        reader.push(START.as_bytes(), &mut out).unwrap();
        out.clear();
        if reader.push(data.as_bytes(), &mut out).is_ok() && !out.is_empty() {
            prop_assert_eq!(events(&String::from_utf8(out).unwrap()).len(), 1);
        } else {
            prop_assert!(out.is_empty());
        }
    }
}

#[test]
fn endless_events_after_the_end_and_endless_open_blocks_are_malformed() {
    let (mut reader, mut out) = (NativeReader::new(&stream_facts("m")), Vec::new());
    for event in [START, OPEN, CLOSE, END] {
        reader.push(event.as_bytes(), &mut out).unwrap();
    }
    out.clear();
    let fault = (0..100_000).find_map(|_| reader.push(PING.as_bytes(), &mut out).err());
    assert!(
        fault
            .unwrap()
            .to_string()
            .contains("262144 bytes after its stop_reason")
    );
    assert!(out.is_empty());
    let mut reader = NativeReader::new(&stream_facts("m"));
    reader.push(START.as_bytes(), &mut out).unwrap();
    let open = |index: u64| OPEN.replace("\"index\":0", &format!("\"index\":{index}"));
    let fault = (0..100_000).find_map(|index| reader.push(open(index).as_bytes(), &mut out).err());
    assert!(fault.unwrap().to_string().contains("more than 1024 open blocks"));
}

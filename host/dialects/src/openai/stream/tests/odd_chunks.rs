//! Chunks that vendors write in words or shapes of their own, and those that are none.

use super::{HELLO, STOP, USAGE, push, read, reader, sent};
use crate::fault::StreamFault;
use crate::reader::StreamReader;

#[test]
fn a_choice_that_breaks_off_is_a_fault_and_writes_nothing() {
    for (members, code) in [
        (
            r#""delta":{"content":""},"finish_reason":"error","error":{"code":502,"message":"gone"}"#,
            "502",
        ),
        (
            r#""delta":{},"finish_reason":"insufficient_system_resource""#,
            "insufficient_system_resource",
        ),
        (
            r#""delta":{"content":"x"},"finish_reason":null,"error":{"code":"server_error"}"#,
            "server_error",
        ),
        (r#""delta":{"content":"x"},"finish_reason":"ABORT""#, "abort"),
    ] {
        let (mut reader, mut out) = (reader(true), Vec::new());
        let chunk = format!(r#"{{"choices":[{{"index":0,{members}}}]}}"#);
        let fault = reader.push(chunk.as_bytes(), &mut out).unwrap_err();
        assert!(matches!(fault, StreamFault::Upstream { .. }), "{chunk}: {fault:?}");
        let detail = fault.detail();
        let told = detail.code.or(detail.status.map(|status| status.to_string()));
        assert_eq!(told.as_deref(), Some(code));
        assert!(out.is_empty());
    }
}

#[test]
fn an_object_that_has_nothing_of_a_chunk_is_left_out_unless_it_says_what_went_wrong() {
    for data in ["{}", r#"{"type":"ping"}"#, r#"{"choices":null,"id":null}"#] {
        assert_eq!(push(data), "", "{data}");
    }
    for data in [r#"{"detail":"not loaded"}"#, r#"{"message":"slow","code":503}"#] {
        let fault = reader(true).push(data.as_bytes(), &mut Vec::new());
        assert!(matches!(fault, Err(StreamFault::Upstream { .. })), "{data}: {fault:?}");
    }
    let usage = push(r#"{"created":1,"choices":null,"usage":{"prompt_tokens":3}}"#);
    assert!(usage.contains(r#""choices":[],"usage":{"prompt_tokens":3}"#), "{usage}");
}

#[test]
fn azures_frames_around_an_answer_are_chunks() {
    let filter = r#"{"choices":[],"created":0,"id":"","model":"","prompt_filter_results":[{"prompt_index":0}]}"#;
    let offsets = r#"{"id":"","created":0,"model":"","choices":[{"index":0,"finish_reason":null,"content_filter_offsets":{"check_offset":1}}]}"#;
    let stream = read(false, &[filter, HELLO, STOP, offsets, "[DONE]"]).unwrap();
    assert_eq!(stream.matches("data: {").count(), 4, "{stream}");
    assert!(stream.contains("prompt_filter_results") && stream.ends_with("data: [DONE]\n\n"));
}

#[test]
fn a_last_chunk_by_another_name_is_a_chunk_for_openais_sdks() {
    for (object, arrives) in [
        ("chat.completion.done", "chat.completion.chunk"),
        ("chat.completion.chunk", "chat.completion.chunk"),
        ("", ""),
    ] {
        let chunk = |object: &str| format!(r#"{{"object":"{object}","created":1,"model":"route/m","choices":[]}}"#);
        assert_eq!(push(&chunk(object)), format!("data: {}\n\n", chunk(arrives)));
    }
}

#[test]
fn reasoning_under_another_name_arrives_under_ours_as_well() {
    let delta = |delta: &str| format!(r#"{{"created":1,"model":"route/m","choices":[{{"delta":{{{delta}}}}}]}}"#);
    for (said, arrives) in [
        (r#""reasoning":"a""#, r#""reasoning":"a","reasoning_content":"a""#),
        (r#""reasoning":"","content":"b""#, r#""reasoning":"","content":"b""#),
        (
            r#""reasoning":"a","reasoning_details":[{"type":"reasoning.text","text":"a"}]"#,
            r#""reasoning":"a","reasoning_content":"a","reasoning_details":[{"type":"reasoning.text","text":"a"}]"#,
        ),
        (
            r#""reasoning_details":[{"type":"reasoning.encrypted","data":"x"}]"#,
            r#""reasoning_details":[{"type":"reasoning.encrypted","data":"x"}]"#,
        ),
    ] {
        assert_eq!(push(&delta(said)), format!("data: {}\n\n", delta(arrives)));
    }
}

#[test]
fn thinking_among_the_parts_of_a_content_goes_where_clients_read_it() {
    let delta = |content: &str| {
        format!(r#"{{"created":1,"model":"m","choices":[{{"delta":{{"role":"assistant","content":{content}}}}}]}}"#)
    };
    let parts = delta(r#"[{"type":"thinking","thinking":[{"type":"text","text":"Let me see."}]}]"#);
    let expected = delta(r#""","reasoning_content":"Let me see.""#).replace("\"m\"", "\"route/m\"");
    assert_eq!(push(&parts), format!("data: {expected}\n\n"));
    let fault = reader(true).push(delta("5").as_bytes(), &mut Vec::new());
    assert!(matches!(fault, Err(StreamFault::Malformed(_))));
}

#[test]
fn the_usage_is_found_in_a_choice_and_what_later_chunks_leave_out_stays() {
    let told = STOP.replace("}]}", ",\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4.0}}]}");
    let chunks = [
        HELLO,
        &told,
        &HELLO.replace("\"hello\"", "null").replace("}}]}", "}}],\"usage\":{}}"),
    ];
    let mut reader = reader(true);
    for chunk in chunks {
        reader.push(chunk.as_bytes(), &mut Vec::new()).unwrap();
    }
    let usage = reader.usage();
    assert_eq!((usage.input_tokens, usage.output_tokens), (Some(3), Some(4)));
    let mut out = Vec::new();
    reader.finish(42, &mut out).unwrap();
    let out = String::from_utf8(out).unwrap();
    assert!(
        out.contains(r#""choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4.0}"#),
        "{out}"
    );
}

#[test]
fn half_a_surrogate_pair_passes() {
    for half in [r"hi \ud83d", r"\ude00"] {
        let chunk = HELLO.replace("hello", half);
        assert_eq!(push(&chunk), sent(&[&chunk]));
    }
}

#[test]
fn a_stream_that_does_not_end_after_its_finish_is_malformed() {
    let (mut reader, mut out) = (reader(true), Vec::new());
    reader.push(STOP.as_bytes(), &mut out).unwrap();
    let pushed = (0..10_000).try_for_each(|_| reader.push(USAGE.as_bytes(), &mut out).map(|_| ()));
    assert!(matches!(pushed, Err(StreamFault::Malformed(_))), "{pushed:?}");
    assert!(out.is_empty());
}

#[test]
fn endless_choices_and_endless_words_after_the_end_are_malformed() {
    let (mut reader, mut out) = (reader(true), Vec::new());
    let chunk = |index: u64| format!(r#"{{"choices":[{{"index":{index},"delta":{{"content":"x"}}}}]}}"#);
    let fault = (0..10_000).find_map(|index| reader.push(chunk(index).as_bytes(), &mut out).err());
    assert!(fault.unwrap().to_string().contains("more than 1024 choices"));
    let at_once: Vec<String> = (0..10_000).map(|index| format!(r#"{{"index":{index}}}"#)).collect();
    let at_once = format!(r#"{{"choices":[{}]}}"#, at_once.join(","));
    let mut reader = super::reader(true);
    let fault = reader.push(at_once.as_bytes(), &mut out).unwrap_err();
    assert!(fault.to_string().contains("more than 1024 entries"), "{fault}");
    let mut reader = super::reader(true);
    reader.push(STOP.as_bytes(), &mut out).unwrap();
    let nothing = r#"{"choices":[]}"#.as_bytes();
    let fault = (0..100_000).find_map(|_| reader.push(nothing, &mut out).err());
    assert!(matches!(fault, Some(StreamFault::Malformed(_))));
}

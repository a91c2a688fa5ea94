//! Streams from their first chunk to `[DONE]`, and those that never get there.

mod odd_chunks;
mod properties;
mod recordings;
mod repeats;

use super::ChatReader;
use crate::facts::StreamFacts;
use crate::fault::StreamFault;
use crate::operation::Operation;
use crate::reader::StreamReader;
use crate::tests::stream_facts;
use crate::words::name::ServedModel;
use crate::words::usage::Usage;

const ROLE: &str = r#"{"id":"c1","created":5,"model":"up","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}],"usage":null}"#;
const HELLO: &str = r#"{"id":"c1","created":5,"model":"up","choices":[{"index":0,"delta":{"content":"hello"}}]}"#;
const STOP: &str = r#"{"id":"c1","created":5,"model":"up","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;
const USAGE: &str =
    r#"{"id":"c1","created":5,"model":"up","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4}}"#;
const END: &str = r#","latency_ms":42,"provider":"crof"}"#;

fn reader(include_usage: bool) -> ChatReader {
    ChatReader::new(&StreamFacts {
        operation: Operation::Chat,
        provider: "crof",
        include_usage,
        ..stream_facts("route/m")
    })
}

/// What the client gets of a whole stream.
fn read(include_usage: bool, chunks: &[&str]) -> Result<String, StreamFault> {
    let (mut reader, mut out) = (reader(include_usage), Vec::new());
    for chunk in chunks {
        reader.push(chunk.as_bytes(), &mut out)?;
    }
    reader.finish(42, &mut out)?;
    Ok(String::from_utf8(out).unwrap())
}

/// The events of these chunks, the upstream's model renamed.
fn sent(chunks: &[&str]) -> String {
    let event = |chunk: &&str| ["data: ", &chunk.replace("\"up\"", "\"route/m\""), "\n\n"].concat();
    chunks.iter().map(event).collect()
}

/// A chunk as the last before `[DONE]`.
fn last(chunk: &str) -> String {
    chunk.strip_suffix('}').unwrap().to_owned() + END
}

/// Pushes one chunk into a fresh reader and returns what it wrote.
fn push(chunk: &str) -> String {
    let mut out = Vec::new();
    reader(true).push(chunk.as_bytes(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn is_content(chunk: &str) -> bool {
    reader(true).push(chunk.as_bytes(), &mut Vec::new()).unwrap().content
}

#[test]
fn an_empty_id_is_made_of_the_requests() {
    for empty in ["\"\"", "null"] {
        let unnamed = |chunk: &str| chunk.replace("\"c1\"", empty);
        let named = |chunk: &str| chunk.replace("\"c1\"", "\"chatcmpl-r-1\"");
        let chunks = [ROLE, HELLO, STOP, USAGE].map(unnamed);
        let stream = read(true, &chunks.each_ref().map(String::as_str)).unwrap();
        let [role, hello, stop, usage] = [ROLE, HELLO, STOP, USAGE].map(named);
        let expected = sent(&[&role, &hello, &stop, &last(&usage)]) + "data: [DONE]\n\n";
        assert_eq!(stream, expected);
    }
    // The usage that the host tells in a chunk of its own.
    let stop = STOP
        .replace("\"c1\"", "\"\"")
        .replace("\"up\"", r#""up","usage":{"prompt_tokens":3}"#);
    let stream = read(true, &[HELLO, &stop]).unwrap();
    assert_eq!(stream.matches("chatcmpl-r-1").count(), 2, "{stream}");
}

#[test]
fn a_stream_ends_with_the_extensions_on_its_last_chunk() {
    let expected = sent(&[ROLE, HELLO, &last(STOP), "[DONE]"]);
    assert_eq!(read(false, &[ROLE, HELLO, STOP, "[DONE]"]), Ok(expected.clone()));
    assert_eq!(read(false, &[ROLE, HELLO, STOP]), Ok(expected), "[DONE] may be missing");
}

#[test]
fn the_usage_chunk_goes_only_to_a_client_that_asked_for_it() {
    let chunks = [HELLO, STOP, USAGE, "[DONE]"];
    assert_eq!(read(true, &chunks), Ok(sent(&[HELLO, STOP, &last(USAGE), "[DONE]"])));
    assert_eq!(read(false, &chunks), Ok(sent(&[HELLO, &last(STOP), "[DONE]"])));
}

#[test]
fn usage_is_read_whether_or_not_it_is_shown() {
    let usage = Usage {
        input_tokens: Some(3),
        output_tokens: Some(4),
        served_model: ServedModel::new("up"),
        ..Usage::default()
    };
    for include_usage in [true, false] {
        let mut reader = reader(include_usage);
        assert_eq!(reader.usage(), Usage::default());
        for chunk in [HELLO, STOP, USAGE, ROLE] {
            reader.push(chunk.as_bytes(), &mut Vec::new()).unwrap();
        }
        assert_eq!(reader.usage(), usage);
    }
}

#[test]
fn a_usage_chunk_is_made_if_the_usage_rode_on_another() {
    let stop = STOP.replace("}]}", "}],\"usage\":{\"prompt_tokens\":\n3}}");
    let flat = stop.replace('\n', " ");
    let made = r#"{"id":"c1","object":"chat.completion.chunk","created":5,"model":"up","choices":[],"usage":{"prompt_tokens": 3}}"#;
    let expected = sent(&[HELLO, &flat, &last(made), "[DONE]"]);
    assert_eq!(read(true, &[HELLO, &stop]), Ok(expected));
    assert_eq!(read(false, &[HELLO, &stop]), Ok(sent(&[HELLO, &last(&flat), "[DONE]"])));
    assert_eq!(
        read(true, &[STOP]),
        Ok(sent(&[&last(STOP), "[DONE]"])),
        "there is no usage to show"
    );
}

#[test]
fn content_flows_at_once_and_the_end_waits() {
    let (mut reader, mut out) = (reader(true), Vec::new());
    reader.push(HELLO.as_bytes(), &mut out).unwrap();
    assert_eq!(String::from_utf8_lossy(&out), sent(&[HELLO]));
    reader.push(STOP.as_bytes(), &mut out).unwrap();
    assert_eq!(String::from_utf8_lossy(&out), sent(&[HELLO]));
    reader.push(USAGE.as_bytes(), &mut out).unwrap();
    assert_eq!(
        String::from_utf8_lossy(&out),
        sent(&[HELLO]),
        "the finish waits with the usage"
    );
}

#[test]
fn no_finish_goes_out_before_an_error() {
    let error = r#"{"error":{"message":"gone","code":502}}"#;
    for include_usage in [true, false] {
        for chunks in [&[HELLO, STOP][..], &[HELLO, STOP, USAGE], &[HELLO, STOP, USAGE, USAGE]] {
            let (mut reader, mut out) = (reader(include_usage), Vec::new());
            for chunk in chunks {
                reader.push(chunk.as_bytes(), &mut out).unwrap();
            }
            assert!(reader.push(error.as_bytes(), &mut out).is_err());
            assert_eq!(String::from_utf8_lossy(&out), sent(&[HELLO]));
        }
    }
}

#[test]
fn content_that_follows_a_finish_goes_out_behind_it() {
    let (mut reader, mut out) = (reader(true), Vec::new());
    for chunk in [STOP, USAGE, HELLO] {
        reader.push(chunk.as_bytes(), &mut out).unwrap();
    }
    assert_eq!(String::from_utf8_lossy(&out), sent(&[STOP, USAGE]));
    let always = HELLO.replace("}}]", "},\"finish_reason\":\"stop\"}]");
    assert_eq!(
        read(false, &[&always, &always]),
        Ok(sent(&[&always, &last(&always), "[DONE]"]))
    );
}

#[test]
fn several_choices_each_need_their_finish_reason() {
    let (hello_1, stop_1) = (
        HELLO.replace("\"index\":0", "\"index\":1"),
        STOP.replace("\"index\":0", "\"index\":1"),
    );
    assert_eq!(
        read(false, &[HELLO, STOP, &hello_1, &stop_1]),
        Ok(sent(&[HELLO, STOP, &hello_1, &last(&stop_1), "[DONE]"]))
    );
    assert_eq!(read(false, &[HELLO, &hello_1, STOP]), Err(StreamFault::Truncated));
    assert_eq!(read(false, &[HELLO, STOP, &hello_1]), Err(StreamFault::Truncated));
}

#[test]
fn an_incomplete_stream_never_ends_well() {
    for chunks in [&[][..], &[ROLE], &[ROLE, HELLO], &[USAGE], &["{}"]] {
        let (mut reader, mut out) = (reader(true), Vec::new());
        for chunk in chunks {
            reader.push(chunk.as_bytes(), &mut out).unwrap();
        }
        let before = out.clone();
        assert_eq!(reader.finish(42, &mut out), Err(StreamFault::Truncated), "{chunks:?}");
        reader.push(b"[DONE]", &mut out).unwrap();
        assert!(reader.done());
        let end = reader.finish(42, &mut out);
        assert!(matches!(end, Err(StreamFault::Malformed(_))), "{chunks:?}: {end:?}");
        assert_eq!(out, before, "{chunks:?}");
    }
}

#[test]
fn an_empty_finish_reason_is_none() {
    let chunk = HELLO.replace("}}]", "},\"finish_reason\":\"\"}]");
    assert_eq!(read(false, &[&chunk]), Err(StreamFault::Truncated));
}

#[test]
fn what_follows_the_end_is_ignored() {
    assert_eq!(read(false, &[STOP, " [DONE] ", HELLO, "garbage"]), read(false, &[STOP]));
    let (mut reader, mut out) = (reader(false), Vec::new());
    reader.push(STOP.as_bytes(), &mut out).unwrap();
    reader.finish(42, &mut out).unwrap();
    let once = out.clone();
    reader.push(HELLO.as_bytes(), &mut out).unwrap();
    reader.finish(42, &mut out).unwrap();
    assert_eq!(out, once);
}

#[test]
fn an_error_in_the_stream_is_a_fault_and_the_held_end_stays_back() {
    let (mut reader, mut out) = (reader(false), Vec::new());
    reader.push(STOP.as_bytes(), &mut out).unwrap();
    let fault = reader
        .push(br#"{"error":{"message":"oh","code":500}}"#, &mut out)
        .unwrap_err();
    assert_eq!(
        fault,
        StreamFault::Upstream {
            message: "oh".into(),
            detail: Box::new(crate::ErrorDetail::read(br#"{"code":500}"#))
        }
    );
    assert!(out.is_empty());
    assert!(read(false, &[r#"{"error":"oh"}"#]).is_err());
    let harmless = STOP.replace("\"created\"", "\"error\":null,\"created\"");
    assert!(read(false, &[&harmless]).is_ok());
}

#[test]
fn what_is_no_chunk_is_malformed() {
    // Nine nulls are what serde would take for the members of a chunk in their order.
    let nulls = "[null,null,null,null,null,null,null,null,null]";
    for chunk in [
        "{",
        "[]",
        nulls,
        "7",
        "DONE",
        "{}{}",
        r#"{"choices":7}"#,
        "{\"a\":\"\n\"}",
    ] {
        let fault = reader(false).push(chunk.as_bytes(), &mut Vec::new());
        assert!(matches!(fault, Err(StreamFault::Malformed(_))), "{chunk}: {fault:?}");
    }
    assert!(reader(false).push(b"{\"a\":\"\xFF\"}", &mut Vec::new()).is_err());
}

#[test]
fn content_is_what_a_client_would_show() {
    let delta = |delta: &str| format!(r#"{{"choices":[{{"delta":{delta}}}]}}"#);
    for member in [
        "content",
        "reasoning_content",
        "reasoning",
        "refusal",
        "function_call",
        "audio",
    ] {
        assert!(is_content(&delta(&format!("{{\"{member}\":\"x\"}}"))), "{member}");
        assert!(!is_content(&delta(&format!("{{\"{member}\":\"\"}}"))), "{member}");
        assert!(!is_content(&delta(&format!("{{\"{member}\":null}}"))), "{member}");
    }
    for member in ["tool_calls", "thinking_blocks", "content"] {
        assert!(is_content(&delta(&format!("{{\"{member}\":[{{}}]}}"))), "{member}");
        assert!(!is_content(&delta(&format!("{{\"{member}\":[]}}"))), "{member}");
    }
    assert!(is_content(STOP));
    for chunk in [ROLE, USAGE, "{}", "[DONE]", "", &delta("null"), r#"{"choices":null}"#] {
        assert!(!is_content(chunk), "{chunk}");
    }
}

#[test]
fn a_missing_model_and_time_are_filled_in() {
    assert_eq!(
        push(r#"{"choices":[]}"#),
        "data: {\"choices\":[],\"model\":\"route/m\",\"created\":1700}\n\n"
    );
    assert_eq!(
        push(r#"{"created" : 0, "model": null, "choices":[]}"#),
        "data: {\"created\" : 1700, \"model\": \"route/m\", \"choices\":[]}\n\n"
    );
}

#[test]
fn a_chunk_on_several_lines_becomes_one_line() {
    assert_eq!(
        push("{\n \"model\":\"a\\n\",\r\n \"created\":1,\"choices\":[]\n}\n"),
        "data: {  \"model\":\"route/m\",   \"created\":1,\"choices\":[] }\n\n"
    );
}

#[test]
fn an_upstreams_own_provider_is_replaced_on_the_last_chunk_only() {
    let named = |chunk: &str| chunk.replace("\"created\"", "\"provider\":\"Fireworks\",\"created\"");
    let renamed = named(STOP)
        .replace("Fireworks", "crof")
        .replace("}]}", "}],\"latency_ms\":42}");
    assert_eq!(
        read(false, &[&named(HELLO), &named(STOP)]),
        Ok(sent(&[&named(HELLO), &renamed, "[DONE]"]))
    );
}

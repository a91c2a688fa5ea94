//! Streams of upstreams: read in both forms and written in every dialect. One that is cut never ends well.

use jackfield_dialects::json::Members;
use jackfield_dialects::{Dialect, Form, Interruption, Operation, StreamFacts, StreamFault};
use serde_json::Value;

use super::variants;

/// Words of chunks and events.
pub const WORDS: &[&str] = &[
    "\n",
    "\n[DONE]\n",
    "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n",
    "{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n",
    "{\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}\n",
    "\"tool_calls\":[{\"index\":0,\"id\":\"t\",\"function\":{\"name\":\"n\",\"arguments\":\"{\"}}]",
    "\"reasoning_content\":\"a\"",
    "\"thinking_blocks\":[{\"type\":\"thinking\",\"signature\":\"s\"}]",
    "{\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"content\":[],\"usage\":{\"input_tokens\":1}}}\n",
    "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n",
    "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"a\"}}\n",
    "{\"type\":\"content_block_stop\",\"index\":0}\n",
    "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":2}}\n",
    "{\"type\":\"message_stop\"}\n",
    "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"a\"}}\n",
    "{\"type\":\"ping\"}\n",
    "{\"error\":{\"message\":\"a\"}}\n",
    "{\"candidates\":[{\"index\":0,\"content\":{\"parts\":[{\"text\":\"a\"}]}}]}\n",
    "{\"candidates\":[{\"finishReason\":\"STOP\"}],\"usageMetadata\":{\"promptTokenCount\":1}}\n",
    "\"index\":18446744073709551615",
    "null",
];

/// What an upstream must say to end a stream, in either form.
const ENDINGS: [&str; 5] = ["finish_reason", "[DONE]", "message_stop", "finishReason", "blockReason"];

/// What a client reads as the end of a stream.
const ENDED: [&str; 2] = ["data: [DONE]", "event: message_stop"];

/// The chunks of one attempt, one a line.
pub fn run(data: &[u8]) {
    for dialect in variants() {
        for form in [Form::Native, Form::Canonical] {
            for include_usage in [false, true] {
                check(dialect, form, include_usage, data);
            }
        }
    }
}

fn check(dialect: Dialect, form: Form, include_usage: bool, data: &[u8]) {
    let facts = StreamFacts {
        operation: Operation::Chat,
        model: "fuzz/model",
        provider: "p",
        request_id: "r",
        created: 1,
        include_usage,
        request: Members::empty(),
    };
    let mut reader = dialect.stream(form, &facts);
    let mut out = Vec::new();
    for chunk in data.split(|byte| *byte == b'\n') {
        let before = out.len();
        if reader.push(chunk, &mut out).is_err() {
            assert_eq!(out.len(), before, "a chunk with a fault writes nothing");
            check_interrupted(dialect, out);
            return;
        }
    }
    assert!(!is_ended(&out), "the end is held back until the stream is finished");
    let before = out.len();
    match reader.finish(2, &mut out) {
        Ok(()) => {
            assert!(may_end(data), "a stream that was cut ended well");
            check_events(&out);
        }
        Err(fault) => {
            assert_eq!(out.len(), before, "a stream that is cut is not ended");
            let cut = matches!(fault, StreamFault::Truncated | StreamFault::Malformed(_));
            assert!(cut || may_end(data), "{fault}");
            check_interrupted(dialect, out);
        }
    }
}

/// What a client gets of a stream that failed: whole events, the last of them an error.
fn check_interrupted(dialect: Dialect, mut out: Vec<u8>) {
    let message = "a \"message\"\nof two lines";
    out.extend(dialect.interrupted(Interruption::Failed {
        message,
        upstream: None,
        retry_after: None,
    }));
    check_events(&out);
}

/// Server-sent events as browsers and SDKs read them: blocks of fields, the data of each one line of JSON.
fn check_events(out: &[u8]) {
    let text = std::str::from_utf8(out).expect("events are UTF-8");
    assert!(text.is_empty() || text.ends_with("\n\n"), "the last event is whole");
    for line in text.split('\n') {
        match line.split_once(": ") {
            Some(("event", _) | ("data", "[DONE]")) => {}
            Some(("data", data)) => {
                let read = serde_json::from_str::<&serde_json::value::RawValue>(data);
                assert!(read.is_ok(), "an event's data is JSON: {data}");
            }
            _ => assert!(line.is_empty(), "no other field is sent: {line}"),
        }
    }
}

fn is_ended(out: &[u8]) -> bool {
    let text = String::from_utf8_lossy(out);
    text.lines().any(|line| ENDED.contains(&line))
}

/// Whether the upstream may have ended the stream. A name may be written with escapes, so that only chunks without
/// those say for certain that it has not.
fn may_end(data: &[u8]) -> bool {
    let text = String::from_utf8_lossy(data);
    text.contains("\\u") || ENDINGS.iter().any(|ending| text.contains(ending)) && has_end(&text)
}

/// Whether one of the chunks is an end: a finish reason that is given, or an end's own chunk.
fn has_end(text: &str) -> bool {
    text.split('\n').any(|chunk| {
        let chunk = chunk.trim();
        let is_end = |value: Value| {
            let listed = |name: &str| value[name].as_array().into_iter().flatten();
            value["type"] == "message_stop"
                || listed("choices").any(|choice| choice["finish_reason"].is_string())
                || listed("candidates").any(|candidate| candidate["finishReason"].is_string())
                || value["promptFeedback"]["blockReason"].is_string()
        };
        chunk == "[DONE]" || serde_json::from_str(chunk).is_ok_and(is_end)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How a reader in the dialect of that form ends after these chunks.
    fn ends_well(dialect: Dialect, form: Form, chunks: &[&str]) -> bool {
        let facts = StreamFacts {
            operation: Operation::Chat,
            model: "m",
            provider: "p",
            request_id: "r",
            created: 1,
            include_usage: true,
            request: Members::empty(),
        };
        let (mut reader, mut out) = (dialect.stream(form, &facts), Vec::new());
        let read = |chunk: &&str| reader.push(chunk.as_bytes(), &mut out).is_ok();
        chunks.iter().all(read) && reader.finish(1, &mut out).is_ok()
    }

    #[test]
    fn the_seeds_reach_the_end_and_no_cut_before_it_does() {
        let openai = include_str!("../../corpus/streams/openai_tools.jsonl");
        let anthropic = include_str!("../../corpus/streams/anthropic_blocks.jsonl");
        for dialect in variants() {
            let canonical = if dialect.is_canonical() {
                Form::Native
            } else {
                Form::Canonical
            };
            let chunks: Vec<&str> = openai.lines().collect();
            assert!(ends_well(dialect, canonical, &chunks), "{dialect:?}");
            // The last two chunks are the finish reason and `[DONE]`.
            for cut in 0..chunks.len() - 2 {
                assert!(!ends_well(dialect, canonical, &chunks[..cut]), "{dialect:?} {cut}");
            }
            // Each seed in a dialect of its own.
            if dialect.name() == "anthropic-messages" {
                let chunks: Vec<&str> = anthropic.lines().collect();
                assert!(ends_well(dialect, Form::Native, &chunks), "{dialect:?}");
                for cut in 0..chunks.len() - 1 {
                    assert!(!ends_well(dialect, Form::Native, &chunks[..cut]), "{dialect:?} {cut}");
                }
            }
        }
    }
}

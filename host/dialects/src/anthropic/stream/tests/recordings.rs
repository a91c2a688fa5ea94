//! Streams of real vendors: those that are canonical, and Anthropic's own after the adapter made them so.

use serde_json::Value;

use super::{read, reader};
use crate::anthropic::tests::assembled::{gist, goldens, message, partial, recordings, snapshot};
use crate::fault::StreamFault;
use crate::reader::StreamReader;

#[test]
fn what_the_adapter_made_canonical_is_the_same_message_again() {
    let originals = goldens("stream", ".sse");
    for (file, chunks) in goldens("stream", ".snap") {
        // A recording in another framing holds no events of Anthropic's.
        let recording = file.with_extension("sse");
        let Some((_, original)) = originals.iter().find(|(file, _)| *file == recording) else {
            continue;
        };
        // Clients of Anthropic's have no functions of the older kind; and blocks overlap in no message of theirs.
        let others = ["function_call", "alternating_blocks", "half_a_character"];
        if others.iter().any(|name| file.file_stem().unwrap() == *name) {
            continue;
        }
        let chunks: Vec<&str> = snapshot(&chunks).lines().collect();
        let translated = message(&read(&chunks).unwrap());
        let mut events: Vec<Value> = original
            .lines()
            .filter_map(|line| line.strip_prefix("data: "))
            .map(|data| serde_json::from_str(data).unwrap())
            .collect();
        events.dedup_by(|a, b| a["type"] == "message_start" && b["type"] == "message_start");
        // A block of the vendor's own grows in ways of its own, which the adapter's tests know, and an imitator's signatures
        // are marked as such.
        let own = [
            "compaction",
            "server_tools",
            "of_tomorrow",
            "content_at_the_start",
            "origin",
        ];
        if own.iter().any(|name| file.file_stem().unwrap() == *name) {
            continue;
        }
        let original = partial(&events);
        assert_eq!(gist(&translated), gist(&original), "{}", file.display());
        assert_eq!(translated["stop_reason"], original["stop_reason"]);
        let output = &original["usage"]["output_tokens"];
        assert_eq!(&translated["usage"]["output_tokens"], output);
    }
}

#[test]
fn every_canonical_recording_becomes_a_message_that_says_the_same() {
    for vendor in ["alibaba", "deepseek", "groq", "moonshotai", "perplexity", "xai"] {
        for (file, recording) in recordings(vendor, ".chunks.txt") {
            let chunks: Vec<&str> = recording.lines().filter(|it| !it.is_empty()).collect();
            let message = message(&read(&chunks).unwrap());
            let gist = gist(&message);
            let (mut text, mut calls) = (String::new(), String::new());
            for chunk in &chunks {
                let chunk: Value = serde_json::from_str(chunk).unwrap();
                let delta = &chunk["choices"][0]["delta"];
                text.push_str(delta["content"].as_str().unwrap_or_default());
                for call in delta["tool_calls"].as_array().into_iter().flatten() {
                    calls.push_str(call["function"]["name"].as_str().unwrap_or_default());
                }
            }
            assert_eq!(gist["text"], text, "{}", file.display());
            let names = gist["calls"].as_array().unwrap().iter();
            let names: String = names.map(|call| call["name"].as_str().unwrap()).collect();
            assert_eq!(names, calls, "{}", file.display());
            assert!(message["usage"]["output_tokens"].as_u64() > Some(0));
        }
    }
}

#[test]
fn a_recording_that_is_cut_before_its_finish_reason_never_ends_well() {
    for (file, recording) in recordings("deepseek", ".chunks.txt") {
        let chunks: Vec<&str> = recording.lines().filter(|it| !it.is_empty()).collect();
        let (mut reader, mut out) = (reader(), Vec::new());
        for chunk in chunks {
            let is_last = serde_json::from_str(chunk).is_ok_and(|chunk: Value| {
                let reason = chunk["choices"][0]["finish_reason"].as_str();
                reason.is_some_and(|reason| !reason.is_empty())
            });
            if is_last {
                break;
            }
            reader.push(chunk.as_bytes(), &mut out).unwrap();
            let end = reader.finish(1, &mut out);
            assert_eq!(end, Err(StreamFault::Truncated), "{}", file.display());
        }
        let out = String::from_utf8(out).unwrap();
        assert!(!out.contains("message_stop") && !out.contains("message_delta"));
    }
}

//! Tests that recorded replies of the vendor decode without panics or losses; skipped without the recordings.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "clippy does not recognise helper functions as test code"
)]

#[path = "fixtures/joined.rs"]
mod joined;
#[path = "fixtures/summary.rs"]
mod summary;

use std::fs;
use std::path::{Path, PathBuf};

use anthropic::Anthropic;
use jackfield_plugin_sdk::golden::{self, Case, Replay};
use jackfield_plugin_sdk::{Event, FailureClass};
use joined::{completion, message};
use serde_json::{Value, json};
use summary::Summary;

/// Two replies spliced into one: it must fail.
const SPLICED: &str = "spliced-message-start.chunks.txt";

/// The recordings with this file ending, which are kept outside the workspace.
fn recordings(ending: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures/anthropic");
    let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    files.retain(|file| file.to_string_lossy().ends_with(ending));
    files.sort();
    if files.is_empty() {
        eprintln!("skipped: no recordings in {}", folder.display());
    }
    files
}

fn read_json(file: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap()
}

/// The streams in a file, which may hold several turns of one conversation.
fn streams(file: &Path) -> Vec<Vec<Value>> {
    let text = fs::read_to_string(file).unwrap();
    let events: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let turns = events.split_inclusive(|event| event["type"] == "message_stop");
    turns.map(<[Value]>::to_vec).collect()
}

fn event(event: &Value) -> Event {
    Event {
        name: event["type"].as_str().unwrap().to_owned(),
        data: event.to_string().into_bytes(),
    }
}

/// Replays the stream; the runner requires the same result for every split.
fn replay(stream: &[Value]) -> Replay {
    let events: Vec<Event> = stream.iter().map(event).collect();
    golden::replay::<Anthropic>(&Case::default(), &events).unwrap()
}

fn decode(message: &Value) -> Value {
    let case = json!({"reply": {"body": message}}).to_string();
    let step = golden::decode::<Anthropic>(&Case::parse(&case).unwrap()).unwrap();
    step["done"].clone()
}

#[test]
fn every_buffered_reply_keeps_all_that_the_message_says() {
    for file in recordings(".json") {
        let message = read_json(&file);
        assert_eq!(
            Summary::of_completion(&decode(&message)),
            Summary::of_message(&message),
            "{}",
            file.display()
        );
    }
}

#[test]
fn every_stream_becomes_what_the_same_message_in_one_piece_becomes() {
    for file in recordings(".chunks.txt") {
        if file.ends_with(SPLICED) {
            continue;
        }
        for stream in streams(&file) {
            let replay = replay(&stream);
            assert_eq!(replay.end, Ok(()), "{}", file.display());
            let message = message(&stream);
            let streamed = Summary::of_completion(&completion(&replay.chunks));
            assert_eq!(streamed, Summary::of_message(&message), "{}", file.display());
            assert_eq!(
                streamed,
                Summary::of_completion(&decode(&message)),
                "{}",
                file.display()
            );
        }
    }
}

#[test]
fn two_replies_spliced_into_one_fail() {
    for file in recordings(SPLICED) {
        let replay = replay(&streams(&file).concat());
        assert_eq!(replay.end.unwrap_err().class, FailureClass::Malformed);
    }
}

#[test]
fn the_answer_to_a_recorded_reply_goes_back_as_it_came() {
    for file in recordings(".json") {
        let message = read_json(&file);
        let body = json!({"model": "m", "messages": [
            {"role": "user", "content": "Go on."},
            decode(&message)["choices"][0]["message"],
        ]});
        let case = Case::parse(&json!({"body": body}).to_string()).unwrap();
        let prepared = golden::prepare::<Anthropic>(&case).unwrap();
        let turn = &prepared["exchange"]["body"]["bytes"]["messages"][1];
        let blocks = |content: &Value, kind: &str| -> Vec<Value> {
            let all = content.as_array().into_iter().flatten();
            all.filter(|block| block["type"] == kind).cloned().collect()
        };
        for kind in [
            "thinking",
            "tool_use",
            "server_tool_use",
            "compaction",
            "mcp_tool_result",
        ] {
            let (sent, got) = (blocks(&turn["content"], kind), blocks(&message["content"], kind));
            assert_eq!(sent, got, "{}", file.display());
        }
    }
}

//! Tests that recorded replies of the vendor decode without panics or losses; skipped without the recordings.

#![allow(
    clippy::unwrap_used,
    reason = "clippy does not recognise helper functions as test code"
)]

#[path = "fixtures/joined.rs"]
mod joined;
#[path = "fixtures/summary.rs"]
mod summary;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use gemini::Gemini;
use jackfield_plugin_sdk::golden::{self, Case, Replay};
use jackfield_plugin_sdk::{Event, FailureClass};
use joined::{completion, reply};
use serde_json::{Value, json};
use summary::Summary;

/// Recordings of another API, the Interactions API.
const INTERACTIONS: &str = "google-search";

/// The error among the recordings.
const TOO_MANY: &str = "google-429-retry-info.json";

/// The recordings with this file ending, which are kept outside the workspace.
fn recordings(ending: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures/google");
    let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    files.retain(|file| {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        name.ends_with(ending) && !name.starts_with(INTERACTIONS)
    });
    files.sort();
    if files.is_empty() {
        eprintln!("skipped: no recordings in {}", folder.display());
    }
    files
}

fn replies() -> impl Iterator<Item = (PathBuf, Value)> {
    let files = recordings(".json").into_iter().filter(|file| !file.ends_with(TOO_MANY));
    files.map(|file| {
        let reply = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        (file, reply)
    })
}

fn events(file: &Path) -> Vec<Value> {
    let text = fs::read_to_string(file).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Replays the stream; the runner requires the same result for every split.
fn replay(stream: &[Value]) -> Replay {
    let event = |event: &Value| Event {
        name: String::new(),
        data: event.to_string().into_bytes(),
    };
    let events: Vec<Event> = stream.iter().map(event).collect();
    golden::replay::<Gemini>(&Case::default(), &events).unwrap()
}

fn decode(reply: &Value) -> Value {
    let case = json!({"reply": {"body": reply}}).to_string();
    let step = golden::decode::<Gemini>(&Case::parse(&case).unwrap()).unwrap();
    step["done"].clone()
}

#[test]
fn every_buffered_reply_keeps_all_that_it_says() {
    for (file, reply) in replies() {
        let completion = Summary::of_completion(&decode(&reply));
        assert_eq!(completion, Summary::of_reply(&reply), "{}", file.display());
    }
}

#[test]
fn every_stream_becomes_what_the_same_reply_in_one_piece_becomes() {
    for file in recordings(".chunks.txt") {
        let stream = events(&file);
        let replay = replay(&stream);
        assert_eq!(replay.end, Ok(()), "{}", file.display());
        let whole = reply(&stream);
        let streamed = completion(&replay.chunks);
        assert_eq!(streamed, completion_of(&whole), "{}", file.display());
        assert_eq!(
            Summary::of_completion(&streamed),
            Summary::of_reply(&whole),
            "{}",
            file.display()
        );
    }
}

/// The completion of a buffered reply, without what only a buffered one has.
fn completion_of(reply: &Value) -> Value {
    let mut completion = decode(reply);
    let members = completion.as_object_mut().unwrap();
    members.retain(|name, _| !matches!(name.as_str(), "object" | "created"));
    for choice in completion["choices"].as_array_mut().unwrap() {
        let message = choice["message"].as_object_mut().unwrap();
        message.retain(|_, value| !value.is_null());
    }
    completion
}

#[test]
fn a_stream_that_is_cut_fails() {
    for file in recordings(".chunks.txt") {
        let stream = events(&file);
        for end in (0..stream.len() - 1).step_by(stream.len().div_ceil(4)) {
            let cut = replay(&stream[..end]);
            let class = cut.end.map_err(|failure| failure.class);
            assert_eq!(class, Err(FailureClass::Malformed), "{} {end}", file.display());
        }
    }
}

#[test]
fn the_answer_to_a_recorded_reply_goes_back_as_it_came() {
    let streams = recordings(".chunks.txt").into_iter().map(|file| {
        let stream = events(&file);
        (file, reply(&stream), completion(&replay(&stream).chunks))
    });
    let buffered = replies().map(|(file, reply)| {
        let completion = decode(&reply);
        (file, reply, completion)
    });
    for (file, reply, completion) in streams.chain(buffered) {
        let body = json!({"model": "gemini-3-pro-preview", "messages": [
            {"role": "user", "content": "Go on."},
            completion["choices"][0]["message"],
        ]});
        let case = Case::parse(&json!({ "body": body }).to_string()).unwrap();
        let prepared = golden::prepare::<Gemini>(&case).unwrap();
        let sent = &prepared["exchange"]["body"]["bytes"]["contents"][1]["parts"];
        let mut said = reply["candidates"][0]["content"]["parts"].as_array().unwrap().clone();
        // Thoughts without a signature are summaries for people.
        said.retain(|part| part["thought"] != true);
        assert_eq!(sent, &json!(said), "{}", file.display());
    }
}

#[test]
fn the_recorded_error_tells_how_long_to_wait() {
    for file in recordings(TOO_MANY) {
        let body = fs::read_to_string(file).unwrap();
        let case = json!({"reply": {"status": 429, "body": body}}).to_string();
        let failure = golden::decode::<Gemini>(&Case::parse(&case).unwrap()).unwrap_err();
        assert_eq!(failure.class, FailureClass::RateLimited);
        assert_eq!(failure.retry_after, Some(Duration::from_millis(34_400)));
    }
}

//! Tests that recorded replies of the vendor decode without panics or losses; skipped without the recordings.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "clippy does not recognise helper functions as test code"
)]

#[path = "fixtures/joined.rs"]
mod joined;

use std::fs;
use std::path::{Path, PathBuf};

use cohere::Cohere;
use jackfield_plugin_sdk::Event;
use jackfield_plugin_sdk::golden::{self, Case};
use serde_json::{Value, json};

/// The recordings whose names contain `part` and end so, which are kept outside the workspace.
fn recordings(part: &str, ending: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures/cohere");
    let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    files.retain(|file| {
        let name = file.file_name().unwrap().to_string_lossy();
        name.contains(part) && name.ends_with(ending)
    });
    files.sort();
    if files.is_empty() {
        eprintln!("skipped: no recordings in {}", folder.display());
    }
    files
}

/// The buffered replies to chats.
fn chats() -> Vec<(PathBuf, Value)> {
    let mut files = recordings("", ".json");
    files.retain(|file| {
        !["embedding", "reranking"]
            .iter()
            .any(|other| file.to_string_lossy().contains(other))
    });
    let read = |file: PathBuf| {
        (
            file.clone(),
            serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap(),
        )
    };
    files.into_iter().map(read).collect()
}

fn decode(operation: &str, body: &Value) -> Value {
    let case = json!({
        "operation": operation, "model": "m",
        "body": {"model": "m", "input": ["a"], "query": "q", "documents": ["a"], "messages": [{"role": "user", "content": "a"}]},
        "reply": {"body": body},
    });
    let step = golden::decode::<Cohere>(&Case::parse(&case.to_string()).unwrap()).unwrap();
    step["done"].clone()
}

/// All texts of this kind in a message's content.
fn texts(message: &Value, kind: &str) -> String {
    let blocks = message["content"].as_array().into_iter().flatten();
    blocks.filter_map(|block| block[kind].as_str()).collect()
}

#[test]
fn every_buffered_reply_keeps_all_that_the_message_says() {
    for (file, reply) in chats() {
        let (said, completion) = (&reply["message"], decode("chat", &reply));
        let message = &completion["choices"][0]["message"];
        let name = file.display();
        let text = texts(said, "text") + said["tool_plan"].as_str().unwrap_or_default();
        assert_eq!(message["content"].as_str().unwrap_or_default(), text, "{name}");
        assert_eq!(
            message["reasoning_content"].as_str().unwrap_or_default(),
            texts(said, "thinking"),
            "{name}"
        );
        assert_eq!(completion["id"], reply["id"], "{name}");
        let usage = &completion["usage"];
        assert_eq!(
            usage["prompt_tokens"], reply["usage"]["tokens"]["input_tokens"],
            "{name}"
        );
        assert_eq!(
            usage["completion_tokens"], reply["usage"]["tokens"]["output_tokens"],
            "{name}"
        );
        assert_eq!(
            usage["prompt_tokens_details"]["cached_tokens"], reply["usage"]["cached_tokens"],
            "{name}"
        );
        for (made, call) in list(&message["tool_calls"]).iter().zip(list(&said["tool_calls"])) {
            assert_eq!(
                (&made["id"], &made["function"]["name"]),
                (&call["id"], &call["function"]["name"]),
                "{name}"
            );
            let arguments: Value = serde_json::from_str(made["function"]["arguments"].as_str().unwrap()).unwrap();
            assert!(arguments.is_object(), "{name}");
        }
        assert_eq!(
            list(&message["tool_calls"]).len(),
            list(&said["tool_calls"]).len(),
            "{name}"
        );
        let characters: Vec<char> = text.chars().collect();
        for annotation in list(&message["annotations"]) {
            let place = |name: &str| usize::try_from(annotation["url_citation"][name].as_u64().unwrap()).unwrap();
            let cited: String = characters[place("start_index")..place("end_index")].iter().collect();
            assert_eq!(annotation["text"], cited, "{name}");
        }
        assert_eq!(
            list(&message["annotations"]).len(),
            list(&said["citations"]).len(),
            "{name}"
        );
    }
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_default()
}

#[test]
fn every_stream_becomes_what_the_same_message_in_one_piece_becomes() {
    for file in recordings("", ".chunks.txt") {
        let text = fs::read_to_string(&file).unwrap();
        let stream: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let event = |event: &Value| Event {
            name: event["type"].as_str().unwrap().to_owned(),
            data: event.to_string().into_bytes(),
        };
        let mut events: Vec<Event> = stream.iter().map(event).collect();
        events.push(Event {
            name: String::new(),
            data: b"[DONE]".to_vec(),
        });
        // The runner requires the same result for every split.
        let replay = golden::replay::<Cohere>(&Case::default(), &events).unwrap();
        assert_eq!(replay.end, Ok(()), "{}", file.display());
        let whole = decode("chat", &joined::reply(&stream));
        let streamed = joined::completion(&replay.chunks);
        for member in ["id", "usage", "choices"] {
            assert_eq!(streamed[member], whole[member], "{}", file.display());
        }
    }
}

#[test]
fn the_answer_to_a_recorded_reply_goes_back_as_it_came() {
    for (file, reply) in chats() {
        let body = json!({"model": "m", "messages": [
            {"role": "user", "content": "Go on."},
            decode("chat", &reply)["choices"][0]["message"],
        ]});
        let case = Case::parse(&json!({ "body": body }).to_string()).unwrap();
        let prepared = golden::prepare::<Cohere>(&case).unwrap();
        let (sent, said) = (&prepared["exchange"]["body"]["bytes"]["messages"][1], &reply["message"]);
        let name = file.display();
        assert_eq!(sent["tool_plan"], said["tool_plan"], "{name}");
        assert_eq!(texts(sent, "thinking"), texts(said, "thinking"), "{name}");
        let text = sent["content"]
            .as_str()
            .map_or_else(|| texts(sent, "text"), str::to_owned);
        assert_eq!(text, texts(said, "text"), "{name}");
        let ids = |message: &Value| -> Vec<Value> {
            list(&message["tool_calls"])
                .iter()
                .map(|call| call["id"].clone())
                .collect()
        };
        assert_eq!(ids(sent), ids(said), "{name}");
    }
}

#[test]
fn embeddings_and_rankings_keep_their_numbers() {
    for file in recordings("embedding", ".json") {
        let reply: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
        let embeddings = decode("embeddings", &reply);
        let vectors = list(&reply["embeddings"]["float"]);
        assert_eq!(list(&embeddings["data"]).len(), vectors.len());
        for (made, vector) in list(&embeddings["data"]).iter().zip(&vectors) {
            let floats = |value: &Value| -> Vec<f32> { serde_json::from_value(value.clone()).unwrap() };
            assert_eq!(floats(&made["embedding"]), floats(vector));
        }
        assert_eq!(
            embeddings["usage"]["prompt_tokens"],
            reply["meta"]["billed_units"]["input_tokens"]
        );
    }
    for file in recordings("reranking", ".json") {
        let reply: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
        let ranking = decode("rerank", &reply);
        assert_eq!(ranking["results"], reply["results"]);
        assert_eq!(
            ranking["usage"]["search_units"],
            reply["meta"]["billed_units"]["search_units"]
        );
    }
}

//! Recorded streams of vendors that speak the canonical dialect, where the machine has them.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{read, reader};
use crate::fault::StreamFault;
use crate::reader::StreamReader;

/// The recorded streams: of each the file and its chunks.
fn recordings() -> Vec<(PathBuf, String)> {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/fixtures"));
    ["alibaba", "deepseek", "groq", "moonshotai", "perplexity", "xai"]
        .into_iter()
        .filter_map(|vendor| std::fs::read_dir(root.join(vendor)).ok())
        .flatten()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().ends_with(".chunks.txt"))
        .map(|path| (path.clone(), std::fs::read_to_string(path).unwrap()))
        .collect()
}

/// A chunk as it must arrive: the model renamed, reasoning also under our name for it, its tokens among those of the
/// completion, no name for itself but that of a chunk, and nothing else changed.
fn renamed(chunk: &str) -> Value {
    let mut chunk: Value = serde_json::from_str(chunk).unwrap();
    chunk["model"] = "route/m".into();
    if chunk.get("object").is_some() {
        chunk["object"] = "chat.completion.chunk".into();
    }
    if let Some(reasoning) = chunk.pointer("/choices/0/delta/reasoning").cloned() {
        chunk["choices"][0]["delta"]["reasoning_content"] = reasoning;
    }
    let count = |name: &str| chunk.pointer(&format!("/usage/{name}")).and_then(Value::as_u64);
    let counts = ["completion_tokens", "completion_tokens_details/reasoning_tokens"].map(count);
    if let ([Some(completion), Some(reasoning)], Some(prompt)) = (counts, count("prompt_tokens"))
        && count("total_tokens") == Some(prompt + completion + reasoning)
    {
        chunk["usage"]["completion_tokens"] = (completion + reasoning).into();
    }
    chunk
}

#[test]
fn every_chunk_of_a_recording_arrives_and_only_the_last_is_extended() {
    for (path, recording) in recordings() {
        let chunks: Vec<&str> = recording.lines().filter(|line| !line.is_empty()).collect();
        let stream = read(true, &chunks).unwrap();
        let mut events: Vec<&str> = stream
            .split_terminator("\n\n")
            .map(|event| event.strip_prefix("data: ").unwrap())
            .collect();
        assert_eq!(events.pop(), Some("[DONE]"), "{}", path.display());
        let mut arrived: Vec<Value> = events
            .iter()
            .map(|event| serde_json::from_str(event).unwrap())
            .collect();
        let last = arrived.last_mut().unwrap().as_object_mut().unwrap();
        assert_eq!(last.shift_remove("latency_ms"), Some(42.into()), "{}", path.display());
        assert_eq!(last.shift_remove("provider"), Some("crof".into()), "{}", path.display());
        // A usage chunk was made if the recording has none of its own.
        let made = arrived.len() - chunks.len();
        assert!(made <= 1, "{}", path.display());
        for (chunk, arrived) in chunks.iter().zip(&arrived) {
            assert_eq!(renamed(chunk), *arrived, "{}", path.display());
        }
    }
}

#[test]
fn every_recording_has_content_an_end_and_a_usage() {
    for (path, recording) in recordings() {
        let mut reader = reader(false);
        let mut content = false;
        for chunk in recording.lines() {
            content |= reader.push(chunk.as_bytes(), &mut Vec::new()).unwrap().content;
        }
        assert!(content, "{}", path.display());
        assert!(reader.finish(42, &mut Vec::new()).is_ok(), "{}", path.display());
        assert!(reader.usage().input_tokens.is_some(), "{}", path.display());
        assert!(reader.usage().output_tokens.is_some(), "{}", path.display());
    }
}

#[test]
fn a_recording_that_is_cut_before_its_finish_reason_never_ends_well() {
    for (path, recording) in recordings() {
        let chunks: Vec<&str> = recording.lines().filter(|line| !line.is_empty()).collect();
        let finish = chunks.iter().position(|chunk| {
            let chunk: Value = serde_json::from_str(chunk).unwrap();
            chunk["choices"][0]["finish_reason"]
                .as_str()
                .is_some_and(|reason| !reason.is_empty())
        });
        let end = read(true, &chunks[..finish.unwrap()]);
        assert_eq!(end, Err(StreamFault::Truncated), "{}", path.display());
    }
}

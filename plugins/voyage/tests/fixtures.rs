//! Tests that recorded replies of the vendor keep their numbers; skipped without the recordings.

#![allow(
    clippy::unwrap_used,
    reason = "clippy does not recognise helper functions as test code"
)]

use std::fs;
use std::path::Path;

use jackfield_plugin_sdk::golden::{self, Case};
use serde_json::{Value, json};
use voyage::Voyage;

/// A recorded reply, which is kept outside the workspace, and what the plugin makes of it.
fn recorded(operation: &str, file: &str) -> Option<(Value, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures/voyage");
    let Ok(text) = fs::read_to_string(folder.join(file)) else {
        eprintln!("skipped: no {file} in {}", folder.display());
        return None;
    };
    let reply: Value = serde_json::from_str(&text).unwrap();
    let case = json!({
        "operation": operation,
        "model": "m",
        "body": {"model": "m", "input": ["a", "b"], "query": "q", "documents": ["a", "b"]},
        "reply": {"body": reply},
    });
    let step = golden::decode::<Voyage>(&Case::parse(&case.to_string()).unwrap()).unwrap();
    Some((reply, step["done"].clone()))
}

#[test]
fn a_recorded_embedding_keeps_its_vectors_and_its_tokens() {
    let Some((reply, embeddings)) = recorded("embeddings", "voyage-embedding.json") else {
        return;
    };
    let vectors = |value: &Value| -> Vec<Vec<f32>> {
        let entries = value["data"].as_array().unwrap().iter();
        entries
            .map(|entry| serde_json::from_value(entry["embedding"].clone()).unwrap())
            .collect()
    };
    assert_eq!(vectors(&embeddings), vectors(&reply));
    let total = &reply["usage"]["total_tokens"];
    assert_eq!(
        embeddings["usage"],
        json!({"prompt_tokens": total, "total_tokens": total})
    );
}

#[test]
fn a_recorded_ranking_keeps_its_scores_and_its_tokens() {
    let Some((reply, ranking)) = recorded("rerank", "voyage-reranking.1.json") else {
        return;
    };
    let results = ranking["results"]
        .as_array()
        .unwrap()
        .iter()
        .zip(reply["data"].as_array().unwrap());
    for (result, recorded) in results {
        assert_eq!(result["index"], recorded["index"]);
        assert_eq!(result["relevance_score"], recorded["relevance_score"]);
    }
    assert_eq!(ranking["usage"]["prompt_tokens"], reply["usage"]["total_tokens"]);
}

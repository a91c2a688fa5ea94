//! Tests that recorded rerank replies of all vendors decode to one shape; skipped without the recordings.

#![allow(
    clippy::unwrap_used,
    reason = "clippy does not recognise helper functions as test code"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use jackfield_plugin_sdk::canonical::Json;
use jackfield_plugin_sdk::golden::{self, Case, CaseReply};
use openai::OpenAi;
use serde_json::Value;

/// The recordings, which are kept outside the workspace.
const RECORDINGS: [&str; 4] = [
    "amazon-bedrock/amazon-bedrock-reranking.1.json",
    "cohere/cohere-reranking.1.json",
    "togetherai/togetherai-reranking.1.json",
    "voyage/voyage-reranking.1.json",
];

/// The reply the host gets: the plugin's, or the upstream's if that is canonical.
fn decoded(reply: &Value) -> Value {
    let case = Case {
        operation: Some("rerank".to_owned()),
        reply: Some(CaseReply {
            status: 200,
            headers: BTreeMap::default(),
            body: Json::of(reply),
            state: None,
        }),
        ..Case::default()
    };
    let decoded = golden::decode::<OpenAi>(&case).unwrap();
    decoded.get("done").unwrap_or(reply).clone()
}

#[test]
fn every_vendors_results_come_out_in_one_shape() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures");
    for recording in RECORDINGS {
        let Ok(text) = fs::read_to_string(folder.join(recording)) else {
            eprintln!("skipped: no {recording} in {}", folder.display());
            continue;
        };
        let decoded = decoded(&serde_json::from_str(&text).unwrap());
        let results = decoded["results"].as_array().unwrap();
        assert!(!results.is_empty(), "{recording}");
        for result in results {
            assert!(result["index"].is_u64(), "{recording}: {result}");
            assert!(result["relevance_score"].is_number(), "{recording}: {result}");
        }
    }
}

//! Reranking by shared words.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::{digest, words};

/// The members of a rerank request that matter here.
///
/// Source: <https://docs.cohere.com/reference/rerank>.
#[derive(Debug, Deserialize)]
pub struct RerankRequest {
    /// The text to rank the documents against.
    pub query: String,
    /// Strings, or objects with a `text`.
    pub documents: Vec<Value>,
    /// The number of best results to return; all if absent.
    #[serde(default)]
    pub top_n: Option<usize>,
    /// Whether to return the documents with their scores; false if absent.
    #[serde(default)]
    pub return_documents: bool,
}

/// The complete reply. A document's score is the share of the query's words it contains.
pub fn answer(request: &RerankRequest, model: &str) -> Value {
    let query = vocabulary(&request.query);
    let score = |document: &Value| {
        let shared = vocabulary(text(document)).intersection(&query).count();
        f64::from(shared as u32) / f64::from(query.len().max(1) as u32)
    };
    let mut scores: Vec<(usize, f64)> = request.documents.iter().map(score).enumerate().collect();
    // The sort is stable, so equal scores keep their order.
    scores.sort_by(|one, other| other.1.total_cmp(&one.1));
    scores.truncate(request.top_n.unwrap_or(usize::MAX));
    let result = |(index, score): &(usize, f64)| {
        let mut result = json!({ "index": index, "relevance_score": score });
        if request.return_documents {
            result["document"] = json!({ "text": text(&request.documents[*index]) });
        }
        result
    };
    let documents = request.documents.iter().map(|document| words::count(text(document)));
    let texts = request.documents.iter().map(text);
    let digest = digest::of([model, &request.query].into_iter().chain(texts));
    let tokens = documents.sum::<u64>() + words::count(&request.query);
    json!({
        "id": digest::id("rerank", digest),
        "results": scores.iter().map(result).collect::<Vec<_>>(),
        "model": model,
        "usage": { "prompt_tokens": tokens, "total_tokens": tokens },
    })
}

fn text(document: &Value) -> &str {
    document
        .as_str()
        .or_else(|| document["text"].as_str())
        .unwrap_or_default()
}

fn vocabulary(text: &str) -> BTreeSet<String> {
    let words = text.split(|letter: char| !letter.is_alphanumeric());
    words.filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

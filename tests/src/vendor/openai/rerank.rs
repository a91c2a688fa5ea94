//! Reranking, which OpenAI does not have: as Jina's API does it, or in a word of the query, as Voyage's does.
//!
//! `as-data` in the query: the results are called `data`. `unsorted`: they are in the order of the documents.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::request::{closed, model, within};
use super::{RERANK_MODEL, Served};
use crate::vendor::fault::{Fault, demand};
use crate::vendor::scenario::words;

const PARAMETERS: &[&str] = &["documents", "model", "query", "return_documents", "top_n"];

/// The answer to a request that such a vendor would serve.
pub(super) fn serve(body: &Value) -> Result<Served, Fault> {
    closed(body, PARAMETERS)?;
    model(body, &[RERANK_MODEL])?;
    within(body, "top_n", 1.0, 1e6)?;
    let returns = &body["return_documents"];
    demand(
        returns.is_null() || returns.is_boolean(),
        "return_documents: Input should be a valid boolean",
    )?;
    let query = body["query"].as_str().filter(|query| !query.is_empty());
    let query = query.ok_or_else(|| Fault::invalid("query: Field required"))?;
    let documents = documents(&body["documents"])?;
    let reply = render(body, query, &ranked(body, query, &documents), &documents);
    Ok(Served {
        text: query.to_owned(),
        reply,
    })
}

fn documents(documents: &Value) -> Result<Vec<&str>, Fault> {
    let documents = documents.as_array().filter(|documents| !documents.is_empty());
    let documents = documents.ok_or_else(|| Fault::invalid("documents: Field required"))?;
    let mut texts = Vec::with_capacity(documents.len());
    for (index, document) in documents.iter().enumerate() {
        let text = document.as_str().or_else(|| document["text"].as_str());
        let message = format!("documents.{index}: Input should be a valid string");
        texts.push(text.ok_or_else(|| Fault::invalid(message))?);
    }
    Ok(texts)
}

/// Documents by their place, each with the share of the query's words in it.
fn ranked(body: &Value, query: &str, documents: &[&str]) -> Vec<(usize, f64)> {
    let vocabulary = |text: &str| -> BTreeSet<String> {
        let words = words(text).filter(|word| !word.is_empty());
        words.map(str::to_lowercase).collect()
    };
    let wanted = vocabulary(query);
    let score = |document: &&str| {
        let shared = vocabulary(document).intersection(&wanted).count();
        f64::from(shared as u32) / f64::from(wanted.len().max(1) as u32)
    };
    let mut ranked: Vec<(usize, f64)> = documents.iter().map(score).enumerate().collect();
    if !asks(query, "unsorted") {
        ranked.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    }
    let most = body["top_n"].as_u64().and_then(|most| usize::try_from(most).ok());
    ranked.truncate(most.unwrap_or(usize::MAX));
    ranked
}

fn asks(query: &str, word: &str) -> bool {
    words(query).any(|candidate| candidate == word)
}

fn render(body: &Value, query: &str, ranked: &[(usize, f64)], documents: &[&str]) -> Value {
    let as_data = asks(query, "as-data");
    let result = |(index, score): &(usize, f64)| {
        let mut result = json!({ "index": index, "relevance_score": score });
        let text = documents[*index];
        if body["return_documents"] == true {
            result["document"] = if as_data { json!(text) } else { json!({ "text": text }) };
        }
        result
    };
    let results: Vec<Value> = ranked.iter().map(result).collect();
    let texts = documents.iter().chain([&query]);
    let tokens: usize = texts.map(|text| text.split_whitespace().count()).sum();
    let usage = json!({ "total_tokens": tokens });
    let name = if as_data { "data" } else { "results" };
    json!({ "model": RERANK_MODEL, "object": "list", "usage": usage, name: results })
}

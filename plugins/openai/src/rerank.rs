//! Reranking, which OpenAI does not have: vendors follow Cohere, and this module normalises the differences.
//!
//! Sources: <https://docs.cohere.com/reference/rerank>, <https://docs.voyageai.com/reference/reranker-api>,
//! <https://api.jina.ai/redoc>, <https://docs.together.ai/reference/rerank-1>.

use jackfield_plugin_sdk::{Call, Failure, Reply, Step};
use serde::Deserialize;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value, json};

use crate::settings::{DocumentForm, Settings};

/// The request's documents.
#[derive(Deserialize)]
struct Documents {
    documents: Vec<Value>,
}

/// The documents in the form the upstream expects, as a member for the patch; none if they stay unchanged.
///
/// # Errors
/// Of class client, if a document is neither a string nor an object with a `text`.
pub fn documents(call: &Call<Settings>) -> Result<Option<(String, Box<RawValue>)>, Failure> {
    let form = call.settings.rerank_documents;
    if form == DocumentForm::Keep {
        return Ok(None);
    }
    let Documents { documents } = call.body()?;
    let documents = documents.into_iter().enumerate();
    let documents: Result<Vec<Value>, Failure> = documents
        .map(|(index, document)| formed(document, form).ok_or_else(|| no_text(index)))
        .collect();
    Ok(Some(("documents".to_owned(), to_raw_value(&documents?)?)))
}

/// The document in this form; none if it has no text.
fn formed(mut document: Value, form: DocumentForm) -> Option<Value> {
    let text = match &mut document {
        Value::String(_) => &mut document,
        Value::Object(members) => members.get_mut("text")?,
        _ => return None,
    };
    if !text.is_string() {
        return None;
    }
    match form {
        DocumentForm::Text => Some(text.take()),
        DocumentForm::Object if document.is_string() => Some(Value::from_iter([("text", document)])),
        DocumentForm::Object | DocumentForm::Keep => Some(document),
    }
}

fn no_text(index: usize) -> Failure {
    Failure::client(format!(
        "documents[{index}]: must be a string or an object with a `text`"
    ))
}

/// The reply as `results[] {index, relevance_score}`, with everything else unchanged.
///
/// Vendors may name the results `data` or return a bare list of them, name a score `score`, return a document as a
/// string instead of an object, and report usage in other places.
///
/// # Errors
/// If the body is an error despite its status, or a result lacks an index or a score.
pub fn read(reply: &Reply) -> Result<Step, Failure> {
    let body: Value = reply.json()?;
    let error = body.get("error");
    if error.is_some_and(|error| error.is_object() || error.is_string()) {
        return Err(Failure::from_reply(reply));
    }
    let canonical = Value::Object(canonical(body.clone())?);
    if canonical == body {
        return Ok(Step::Canonical);
    }
    Step::done(&canonical)
}

fn canonical(body: Value) -> Result<Map<String, Value>, Failure> {
    let nothing = || Failure::malformed("the reply has no list of results");
    let mut body = match body {
        list @ Value::Array(_) => Map::from_iter([("results".to_owned(), list)]),
        Value::Object(members) => members,
        _ => return Err(nothing()),
    };
    if !body.contains_key("results") {
        let data = body.shift_remove("data").ok_or_else(nothing)?;
        body.insert("results".to_owned(), data);
    }
    let results = body.get_mut("results").and_then(Value::as_array_mut);
    for (place, result) in results.ok_or_else(nothing)?.iter_mut().enumerate() {
        normalize(result).ok_or_else(|| Failure::malformed(format!("result {place} lacks an index or a score")))?;
    }
    normalize_usage(&mut body);
    Ok(body)
}

/// Converts one result to Cohere's form; none if it lacks an index or a score.
fn normalize(result: &mut Value) -> Option<()> {
    let result = result.as_object_mut()?;
    result.get("index").filter(|index| index.is_u64())?;
    if !result.contains_key("relevance_score") {
        let named = ["score", "relevanceScore"];
        let score = named.iter().find_map(|name| result.shift_remove(*name))?;
        result.insert("relevance_score".to_owned(), score);
    }
    result.get("relevance_score").filter(|score| score.is_number())?;
    let text = |value: &Value| value.is_string().then(|| json!({ "text": value }));
    let document = match result.get("document") {
        Some(document) => text(document),
        None => result.shift_remove("text").as_ref().and_then(text),
    };
    result.extend(document.map(|document| ("document".to_owned(), document)));
    Some(())
}

/// Moves the token counts to OpenAI's `usage`: Voyage and Jina report only the total, Cohere reports them in `meta`.
fn normalize_usage(body: &mut Map<String, Value>) {
    let meta = body.get("meta").unwrap_or(&Value::Null);
    let places = [&meta["tokens"]["input_tokens"], &meta["billed_units"]["input_tokens"]];
    let in_meta = places.iter().find_map(|place| place.as_u64());
    if let (None, Some(tokens)) = (body.get("usage"), in_meta) {
        body.insert("usage".to_owned(), json!({ "total_tokens": tokens }));
    }
    if let Some(usage) = body.get_mut("usage").and_then(Value::as_object_mut)
        && let Some(total) = usage.get("total_tokens").cloned()
    {
        usage.entry("prompt_tokens").or_insert(total);
    }
}

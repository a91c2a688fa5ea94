//! Reranking, which OpenAI does not have: vendors follow Cohere, and this module normalises the differences.
//!
//! Sources: <https://docs.cohere.com/reference/rerank>, <https://docs.voyageai.com/reference/reranker-api>,
//! <https://api.jina.ai/redoc>, <https://docs.together.ai/reference/rerank-1>.

use jackfield_plugin_sdk::canonical::{Extra, Json};
use jackfield_plugin_sdk::{Call, Failure, Reply, Step};
use serde::Deserialize;
use serde_json::value::{RawValue, to_raw_value};

use crate::settings::{DocumentForm, Settings};

/// The request's documents.
#[derive(Deserialize)]
struct Documents {
    documents: Vec<Json>,
}

/// A reply that has been read, and whether it differs from what the upstream wrote.
struct Ranking {
    body: Extra,
    is_changed: bool,
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
    let mut formed = Vec::with_capacity(documents.len());
    for (index, document) in documents.into_iter().enumerate() {
        formed.push(as_formed(document, form).ok_or_else(|| no_text(index))?);
    }
    Ok(Some(("documents".to_owned(), to_raw_value(&formed)?)))
}

/// The document in this form; none if it has no text.
fn as_formed(document: Json, form: DocumentForm) -> Option<Json> {
    if document.is_string() {
        return Some(match form {
            DocumentForm::Object => of("text", document).into(),
            DocumentForm::Text | DocumentForm::Keep => document,
        });
    }
    let text = document.read::<Extra>()?.remove("text").filter(Json::is_string)?;
    Some(match form {
        DocumentForm::Text => text,
        DocumentForm::Object | DocumentForm::Keep => document,
    })
}

/// An object with one member.
fn of(name: &str, value: Json) -> Extra {
    let mut object = Extra::new();
    object.insert(name, value);
    object
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
    let mut ranking = Ranking::of(reply.json()?)?;
    let error = ranking.body.get("error");
    if error.is_some_and(|error| error.is_object() || error.is_string()) {
        return Err(Failure::from_reply(reply));
    }
    ranking.name_results()?;
    ranking.normalize_results()?;
    ranking.normalize_usage();
    if ranking.is_changed {
        Step::done(&ranking.body)
    } else {
        Ok(Step::Canonical)
    }
}

fn no_results() -> Failure {
    Failure::malformed("the reply has no list of results")
}

// === impl Ranking ===

impl Ranking {
    fn of(body: Json) -> Result<Self, Failure> {
        let is_list = body.is_array();
        let object = if is_list {
            Some(of("results", body))
        } else {
            body.read()
        };
        Ok(Self {
            body: object.ok_or_else(no_results)?,
            is_changed: is_list,
        })
    }

    fn name_results(&mut self) -> Result<(), Failure> {
        if !self.body.contains_key("results") {
            let data = self.body.remove("data").ok_or_else(no_results)?;
            self.body.insert("results", data);
            self.is_changed = true;
        }
        Ok(())
    }

    fn normalize_results(&mut self) -> Result<(), Failure> {
        let results: Vec<Json> = self.body.read("results").ok_or_else(no_results)?;
        let mut normal = Vec::with_capacity(results.len());
        let mut is_changed = false;
        for (place, result) in results.into_iter().enumerate() {
            let lacks = || Failure::malformed(format!("result {place} lacks an index or a score"));
            let mut read: Extra = result.read().ok_or_else(lacks)?;
            if normalize(&mut read).ok_or_else(lacks)? {
                is_changed = true;
                normal.push(read.into());
            } else {
                normal.push(result);
            }
        }
        if is_changed {
            self.body.set("results", &normal);
            self.is_changed = true;
        }
        Ok(())
    }

    /// Moves the counts to OpenAI's `usage`: Voyage and Jina report only the total, Cohere reports tokens and searches in
    /// `meta`.
    fn normalize_usage(&mut self) {
        let (mut usage, mut is_changed) = match self.body.get("usage") {
            Some(usage) => (usage.read().unwrap_or_default(), false),
            None => self.usage_in_meta(),
        };
        let total = usage.get("total_tokens").cloned();
        if let (Some(total), false) = (total, usage.contains_key("prompt_tokens")) {
            usage.insert("prompt_tokens", total);
            is_changed = true;
        }
        if is_changed {
            self.body.insert("usage", usage);
            self.is_changed = true;
        }
    }

    /// The counts in `meta`, and whether there are any.
    fn usage_in_meta(&self) -> (Extra, bool) {
        let meta: Extra = self.body.read("meta").unwrap_or_default();
        let counted = |place: &str, name: &str| meta.read::<Extra>(place)?.remove(name).filter(is_count);
        let tokens = counted("tokens", "input_tokens").or_else(|| counted("billed_units", "input_tokens"));
        let mut usage = tokens.map(|tokens| of("total_tokens", tokens)).unwrap_or_default();
        if let Some(searches) = counted("billed_units", "search_units") {
            usage.insert("search_units", searches);
        }
        let is_told = usage.contains_key("total_tokens") || usage.contains_key("search_units");
        (usage, is_told)
    }
}

/// Converts one result to Cohere's form. Returns whether it has changed; none if it lacks an index or a score.
fn normalize(result: &mut Extra) -> Option<bool> {
    let mut is_changed = false;
    result.get("index").filter(|index| is_count(index))?;
    if !result.contains_key("relevance_score") {
        let mut named = ["score", "relevanceScore"].into_iter();
        let score = named.find_map(|name| result.remove(name))?;
        result.insert("relevance_score", score);
        is_changed = true;
    }
    result.get("relevance_score").filter(|score| score.is_number())?;
    let document = match result.get("document") {
        Some(document) => Some(document),
        None => result.get("text").filter(|text| text.is_string()),
    };
    if let Some(document) = document.filter(|document| document.is_string()).cloned() {
        if !result.contains_key("document") {
            result.remove("text");
        }
        result.insert("document", of("text", document));
        is_changed = true;
    }
    Some(is_changed)
}

fn is_count(value: &Json) -> bool {
    value.read::<u64>().is_some()
}

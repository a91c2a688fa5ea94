//! Reranking, which OpenAI does not have: vendors follow Cohere, and this module normalises the differences.
//!
//! Sources: <https://docs.cohere.com/reference/rerank>, <https://docs.voyageai.com/reference/reranker-api>,
//! <https://api.jina.ai/redoc>, <https://docs.together.ai/reference/rerank-1>.

use jackfield_plugin_sdk::{Call, Failure, Reply, Step};
use serde::Deserialize;
use serde_json::value::{RawValue, to_raw_value};

use crate::object::Object;
use crate::settings::{DocumentForm, Settings};

/// The request's documents.
#[derive(Deserialize)]
struct Documents {
    documents: Vec<Box<RawValue>>,
}

/// A reply that has been read, and whether it differs from what the upstream wrote.
struct Ranking {
    body: Object,
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
        formed.push(as_formed(document, form)?.ok_or_else(|| no_text(index))?);
    }
    Ok(Some(("documents".to_owned(), to_raw_value(&formed)?)))
}

/// The document in this form; none if it has no text.
fn as_formed(document: Box<RawValue>, form: DocumentForm) -> Result<Option<Box<RawValue>>, Failure> {
    if is_string(&document) {
        return Ok(Some(match form {
            DocumentForm::Object => Object::of("text", &document).to_raw()?,
            DocumentForm::Text | DocumentForm::Keep => document,
        }));
    }
    let text = Object::read(&document).and_then(|mut document| document.remove("text"));
    Ok(text.filter(|text| is_string(text)).map(|text| match form {
        DocumentForm::Text => text,
        DocumentForm::Object | DocumentForm::Keep => document,
    }))
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
    let body: Box<RawValue> = reply.json()?;
    let mut ranking = Ranking::of(&body)?;
    let error = ranking.body.get("error").map(RawValue::get);
    if error.is_some_and(|error| error.starts_with(['{', '"'])) {
        return Err(Failure::from_reply(reply));
    }
    ranking.name_results()?;
    ranking.normalize_results()?;
    ranking.normalize_usage()?;
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
    fn of(body: &RawValue) -> Result<Self, Failure> {
        let is_list = body.get().starts_with('[');
        let object = if is_list {
            Some(Object::of("results", body))
        } else {
            Object::read(body)
        };
        Ok(Self {
            body: object.ok_or_else(no_results)?,
            is_changed: is_list,
        })
    }

    fn name_results(&mut self) -> Result<(), Failure> {
        if self.body.get("results").is_none() {
            let data = self.body.remove("data").ok_or_else(no_results)?;
            self.body.set("results", data);
            self.is_changed = true;
        }
        Ok(())
    }

    fn normalize_results(&mut self) -> Result<(), Failure> {
        let results = self.body.get("results").map(RawValue::get).unwrap_or_default();
        let results: Vec<Box<RawValue>> = serde_json::from_str(results).map_err(|_| no_results())?;
        let mut normal = Vec::with_capacity(results.len());
        let mut is_changed = false;
        for (place, result) in results.into_iter().enumerate() {
            let lacks = || Failure::malformed(format!("result {place} lacks an index or a score"));
            let mut read = Object::read(&result).ok_or_else(lacks)?;
            if normalize(&mut read)?.ok_or_else(lacks)? {
                is_changed = true;
                normal.push(read.to_raw()?);
            } else {
                normal.push(result);
            }
        }
        if is_changed {
            self.body.set("results", to_raw_value(&normal)?);
            self.is_changed = true;
        }
        Ok(())
    }

    /// Moves the token counts to OpenAI's `usage`: Voyage and Jina report only the total, Cohere reports them in
    /// `meta`.
    fn normalize_usage(&mut self) -> Result<(), Failure> {
        let usage = match self.body.get("usage") {
            Some(usage) => Object::read(usage),
            None => self.tokens_in_meta().map(|tokens| Object::of("total_tokens", &tokens)),
        };
        let Some(mut usage) = usage else { return Ok(()) };
        let total = usage.get("total_tokens").map(ToOwned::to_owned);
        if let (Some(total), None) = (total, usage.get("prompt_tokens")) {
            usage.set("prompt_tokens", total);
            self.body.set("usage", usage.to_raw()?);
            self.is_changed = true;
        }
        Ok(())
    }

    fn tokens_in_meta(&self) -> Option<Box<RawValue>> {
        let meta = Object::read(self.body.get("meta")?)?;
        let in_place = |place: &str| {
            let mut counts = Object::read(meta.get(place)?)?;
            counts.remove("input_tokens").filter(|count| is_count(count))
        };
        in_place("tokens").or_else(|| in_place("billed_units"))
    }
}

/// Converts one result to Cohere's form. Returns whether it has changed; none if it lacks an index or a score.
fn normalize(result: &mut Object) -> Result<Option<bool>, Failure> {
    let mut is_changed = false;
    if !result.get("index").is_some_and(is_count) {
        return Ok(None);
    }
    if result.get("relevance_score").is_none() {
        let mut named = ["score", "relevanceScore"].into_iter();
        let Some(score) = named.find_map(|name| result.remove(name)) else {
            return Ok(None);
        };
        result.set("relevance_score", score);
        is_changed = true;
    }
    if !result.get("relevance_score").is_some_and(is_number) {
        return Ok(None);
    }
    let document = match result.get("document") {
        Some(document) => Some(document.to_owned()),
        None => result.get("text").filter(|text| is_string(text)).map(ToOwned::to_owned),
    };
    if let Some(document) = document.filter(|document| is_string(document)) {
        if result.get("document").is_none() {
            result.remove("text");
        }
        result.set("document", Object::of("text", &document).to_raw()?);
        is_changed = true;
    }
    Ok(Some(is_changed))
}

fn is_string(value: &RawValue) -> bool {
    value.get().starts_with('"')
}

fn is_number(value: &RawValue) -> bool {
    value.get().starts_with(|c: char| c == '-' || c.is_ascii_digit())
}

fn is_count(value: &RawValue) -> bool {
    value.get().parse::<u64>().is_ok()
}

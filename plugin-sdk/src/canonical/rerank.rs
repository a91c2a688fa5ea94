//! Reranking: documents ranked by relevance to a query. OpenAI has no such operation, and vendors follow Cohere.
//!
//! Source: <https://docs.cohere.com/reference/rerank>.

use serde::Serialize;

use super::members::object;
use super::{Extra, InputUsage, Json};
use crate::{Dropped, Failure};

/// A request to rank documents.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RerankRequest {
    /// The client's name for the model; the upstream's is in [`Call::model`](crate::Call::model).
    pub model: String,
    /// The text to rank the documents against.
    pub query: String,
    /// The documents: strings, or objects with a `text`. See [`texts`](Self::texts).
    pub documents: Vec<Json>,
    /// How many of the best documents to return; all if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_n: Option<u32>,
    /// Whether to return the documents with their scores; false if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub return_documents: Option<bool>,
    /// Unknown fields, such as `max_tokens_per_doc`.
    #[serde(flatten)]
    pub extra: Extra,
}

/// The reply to a request to rank documents.
///
/// ```
/// use jackfield_plugin_sdk::canonical::{RankedDocument, Ranking};
///
/// let reply = Ranking { results: vec![RankedDocument::of(2, 0.93)], ..Ranking::default() };
/// assert_eq!(serde_json::to_string(&reply).unwrap(), r#"{"results":[{"index":2,"relevance_score":0.93}]}"#);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Ranking {
    /// The upstream's id for the reply.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The documents, the most relevant first.
    pub results: Vec<RankedDocument>,
    /// The upstream's name for the model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The tokens used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage: Option<InputUsage>,
    /// Unknown fields, such as Cohere's `meta`.
    #[serde(flatten)]
    pub extra: Extra,
}

/// One document of a ranking.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RankedDocument {
    /// The document's index in the request, from 0.
    pub index: u32,
    /// How relevant it is, in general from 0 to 1.
    pub relevance_score: f64,
    /// The document as an object with a `text`, if the client asked for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<Json>,
    /// Unknown fields.
    #[serde(flatten)]
    pub extra: Extra,
}

object! {
    RerankRequest {
        "model" => model,
        "query" => query,
        "documents" => documents,
        "top_n" => top_n,
        "return_documents" => return_documents,
    } requires "query", "documents"
}

object! {
    Ranking {
        "id" => id,
        "results" => results,
        "model" => model,
        "usage" => usage,
    } requires "results"
}

object! {
    RankedDocument {
        "index" => index,
        "relevance_score" => relevance_score,
        "document" => document,
    } requires "index", "relevance_score"
}

// === impl RerankRequest ===

impl RerankRequest {
    /// The texts of the documents, for an upstream that takes nothing else. Names what else they have.
    ///
    /// # Errors
    /// Of class client, if a document is neither a string nor an object with a `text`.
    ///
    /// ```
    /// use jackfield_plugin_sdk::{Dropped, canonical::RerankRequest};
    ///
    /// # fn main() -> Result<(), jackfield_plugin_sdk::Failure> {
    /// let request = r#"{"model": "m", "query": "q", "documents": ["a", {"text": "b", "title": "B"}]}"#;
    /// let request: RerankRequest = serde_json::from_str(request)?;
    /// let mut dropped = Dropped::default();
    /// assert_eq!(request.texts(&mut dropped)?, ["a", "b"]);
    /// assert_eq!(dropped.names(), ["documents[].title"]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn texts(&self, dropped: &mut Dropped) -> Result<Vec<String>, Failure> {
        let documents = self.documents.iter().enumerate();
        let texts = documents.map(|(index, document)| {
            let message = || format!("documents[{index}]: must be a string or an object with a `text`");
            text(document, dropped).ok_or_else(|| Failure::client(message()))
        });
        texts.collect()
    }
}

/// The text of a document, and the names of what else it has.
fn text(document: &Json, dropped: &mut Dropped) -> Option<String> {
    if let Some(text) = document.as_str() {
        return Some(text);
    }
    let members: Extra = document.read()?;
    for (name, value) in members.iter().filter(|(name, _)| *name != "text") {
        dropped.add_said(format!("documents[].{name}"), value);
    }
    members.text("text")
}

// === impl RankedDocument ===

impl RankedDocument {
    /// A document by its index, without its text.
    pub fn of(index: u32, relevance_score: f64) -> Self {
        Self {
            index,
            relevance_score,
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_document_is_a_string_or_has_a_text() {
        let mut dropped = Dropped::default();
        let mut text = |document| super::text(&Json::of(&document), &mut dropped);
        assert_eq!(text(json!("a")).as_deref(), Some("a"));
        assert_eq!(text(json!({"id": 1, "text": "a", "title": null})).as_deref(), Some("a"));
        assert_eq!(text(json!({"title": "a"})), None);
        assert_eq!(text(json!(1)), None);
        assert_eq!(dropped.names(), ["documents[].id", "documents[].title"]);
    }

    #[test]
    fn a_request_and_a_reply_keep_what_they_do_not_know() {
        let request =
            json!({"model": "m", "query": "q", "documents": ["a", {"text": "b"}], "top_n": 1, "truncation": true});
        let read: RerankRequest = serde_json::from_value(request.clone()).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), request);
        let reply = json!({
            "results": [{"index": 1, "relevance_score": 0.5, "document": {"text": "b"}, "rank": 1}],
            "meta": {"billed_units": {"search_units": 1}},
        });
        let read: Ranking = serde_json::from_value(reply.clone()).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), reply);
        assert!(serde_json::from_value::<Ranking>(json!({"results": [{"index": 1}]})).is_err());
    }
}

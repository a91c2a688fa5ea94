//! Reranking: the client's request, and the reply on its way to it.
//!
//! OpenAI has no such operation; the form is Cohere's, which the others share.
//! Source: <https://docs.cohere.com/reference/rerank>.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::envelope::{Envelope, Stamp};
use crate::fault::{RequestFault, StreamFault};
use crate::json::fields;
use crate::json::{Edit, List, Members, place_of, set_members};
use crate::summary::ReplySummary;
use crate::words::usage::Usage;

/// A request whose fields are in place. The body is canonical as it is.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// The model that the client asks for; never empty.
    pub model: String,
    /// The request's top level, for patches.
    pub members: Members<'a>,
}

#[derive(Deserialize)]
struct Document {
    text: Option<String>,
}

/// The part of a reply that has to be there.
#[derive(Deserialize)]
struct Results<'a> {
    #[serde(borrow)]
    results: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "the index only has to be there")]
struct Ranked {
    index: u64,
    relevance_score: f64,
}

// === impl Request ===

impl<'a> Request<'a> {
    /// Reads the client's body.
    ///
    /// # Errors
    /// If the body is not a JSON object, or `model`, `query`, `documents`, `top_n` or `return_documents` is missing or
    /// of the wrong type.
    pub fn parse(body: &'a [u8]) -> Result<Self, RequestFault> {
        let members = fields::body(body)?;
        let model = fields::model(&members)?;
        fields::required_text(&members, "query", "the text to compare the documents with")?;
        let documents = fields::required_list(&members, "documents", "document")?;
        for (index, document) in documents.iter().enumerate() {
            if !is_document(document.get()) {
                let message = "must be a string or an object with a text";
                return Err(RequestFault::new(format!("documents[{index}]"), message));
            }
        }
        fields::count(&members, "top_n")?;
        fields::flag(&members, "return_documents")?;
        Ok(Self { model, members })
    }

    /// The request without its bulk (`documents`), as a JSON object.
    pub fn parameters(&self) -> Vec<u8> {
        self.members.without(&["documents"])
    }
}

fn is_document(document: &str) -> bool {
    let has_text = || {
        let document: Option<Document> = serde_json::from_str(document).ok();
        document.is_some_and(|document| document.text.is_some())
    };
    document.starts_with('"') || (document.starts_with('{') && has_text())
}

/// Checks a reply, puts its results into descending order of their scores, and sets `model` and `provider`. All else
/// stays byte for byte.
///
/// # Errors
/// `Malformed` if `body` has no list of results, or one has no `index` or `relevance_score`; `Upstream` if it reports an
/// error, whatever the status was.
pub fn finish_reply(body: &[u8], model: &str, provider: &str) -> Result<(Vec<u8>, ReplySummary), StreamFault> {
    let (text, reply) = Envelope::<serde::de::IgnoredAny>::read(body)?;
    let raw = serde_json::from_str::<Results<'_>>(text)?
        .results
        .ok_or_else(|| StreamFault::malformed("it has no results"))?;
    let results = String::from_utf8(in_order(raw)?).unwrap_or_default();
    let (stamp, places) = (Stamp::new(model, provider, 0), reply.places(text));
    let results = Edit {
        key: "results",
        at: Some(place_of(text, raw.get())),
        value: &results,
    };
    let mut out = Vec::with_capacity(text.len() + model.len() + provider.len() + 32);
    let edits = [results, stamp.set_model(&places), stamp.set_provider(&places)];
    set_members(text, &edits, &mut out);
    let usage = reply.usage().map(Usage::of_input).unwrap_or_default();
    Ok((out, ReplySummary::of_usage(usage)))
}

/// The list with the best first. Equal scores stay in the upstream's order.
fn in_order(results: &RawValue) -> Result<Vec<u8>, StreamFault> {
    let malformed = |error| StreamFault::malformed(format!("results: {error}"));
    let results: Vec<&RawValue> = serde_json::from_str(results.get()).map_err(malformed)?;
    let mut scored = Vec::with_capacity(results.len());
    for result in results {
        // serde would read an array as the struct's fields in order.
        if !result.get().starts_with('{') {
            return Err(StreamFault::malformed("results: one is not an object"));
        }
        let ranked: Ranked = serde_json::from_str(result.get()).map_err(malformed)?;
        scored.push((ranked.relevance_score, result.get()));
    }
    scored.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    let mut list = List::default();
    for (_, result) in scored {
        list.push(result);
    }
    Ok(list.into_text())
}

#[cfg(test)]
mod tests {
    use super::{Request, finish_reply};
    use crate::fault::StreamFault;

    #[test]
    fn a_fault_names_the_field_and_the_remedy() {
        for (members, sentence) in [
            ("", "query: is missing; give the text to compare the documents with"),
            (r#","query":7"#, "query: must be a string"),
            (
                r#","query":"q""#,
                "documents: is missing; give a list of at least one document",
            ),
            (
                r#","query":"q","documents":"d""#,
                "documents: must be a list of at least one document",
            ),
            (
                r#","query":"q","documents":[]"#,
                "documents: is empty; give a list of at least one document",
            ),
            (
                r#","query":"q","documents":["d",{"title":"t"}]"#,
                "documents[1]: must be a string or an object with a text",
            ),
            (
                r#","query":"q","documents":["d"],"top_n":1.5"#,
                "top_n: must be a whole number of at least 1",
            ),
            (
                r#","query":"q","documents":["d"],"return_documents":1"#,
                "return_documents: must be true or false",
            ),
        ] {
            let body = format!("{{\"model\":\"m\"{members}}}");
            let fault = Request::parse(body.as_bytes()).unwrap_err();
            assert_eq!(fault.to_string(), sentence, "{body}");
        }
    }

    #[test]
    fn documents_are_bulk() {
        let body = br#"{"model":"m","query":"q","documents":["d",{"text":"e"}],"top_n":1}"#;
        let request = Request::parse(body).unwrap();
        assert_eq!(request.parameters(), br#"{"model":"m","query":"q","top_n":1}"#);
    }

    #[test]
    fn the_best_result_comes_first() {
        let body = br#"{"id":"r","results":[{"index":0,"relevance_score":0.1},{"index":1,"relevance_score":9e-1,"document":{"text":"x"}},{"index":2,"relevance_score":0.1}],"meta":{}}"#;
        let (reply, _) = finish_reply(body, "route/r", "p").unwrap();
        assert_eq!(
            String::from_utf8(reply).unwrap(),
            r#"{"id":"r","results":[{"index":1,"relevance_score":9e-1,"document":{"text":"x"}},{"index":0,"relevance_score":0.1},{"index":2,"relevance_score":0.1}],"meta":{},"model":"route/r","provider":"p"}"#
        );
    }

    #[test]
    fn what_has_no_scores_is_malformed() {
        for body in [
            "{}",
            r#"{"results":{}}"#,
            r#"{"results":[{"index":0}]}"#,
            r#"{"results":[{"relevance_score":0.5}]}"#,
            r#"{"results":[[0,0.5]]}"#,
        ] {
            let fault = finish_reply(body.as_bytes(), "m", "p");
            assert!(matches!(fault, Err(StreamFault::Malformed(_))), "{body}");
        }
    }
}

//! Reranking: the client's request, and the reply on its way to it.
//!
//! OpenAI has no such operation; the form is Cohere's, which other vendors share.
//! Source: <https://docs.cohere.com/reference/rerank>.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::envelope::{Envelope, Stamp};
use crate::facts::ReplyFacts;
use crate::fault::{RequestFault, StreamFault};
use crate::json::{Edit, List, fields, place_of, set_members};
use crate::operation::Operation;
use crate::request::ParsedRequest;
use crate::summary::ReplySummary;
use crate::words::usage::Usage;

#[derive(Deserialize)]
struct Document {
    text: Option<String>,
}

/// The part of a reply that must be there.
#[derive(Deserialize)]
struct Results<'a> {
    #[serde(borrow)]
    results: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "the index has to be there but is not read")]
struct Ranked {
    index: u64,
    relevance_score: f64,
}

/// Reads the body of `POST /v1/rerank`, which is canonical as it is.
///
/// # Errors
/// If the body is not a JSON object, or `model`, `query`, `documents`, `top_n` or `return_documents` is missing or of
/// the wrong type.
pub(super) fn parse(body: &[u8]) -> Result<ParsedRequest<'_>, RequestFault> {
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
    Ok(ParsedRequest {
        operation: Operation::Rerank,
        model,
        stream: false,
        include_usage: false,
        pinned: false,
        members,
        bulk: &["documents"],
    })
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
/// `Malformed` if `body` has no list of results, or one has no `index` or `relevance_score`; `Upstream` if it reports
/// an error, whatever the status was.
pub(super) fn finish_reply(body: &[u8], facts: &ReplyFacts<'_>) -> Result<(Vec<u8>, ReplySummary), StreamFault> {
    let (text, reply) = Envelope::<serde::de::IgnoredAny>::read(body)?;
    let raw = serde_json::from_str::<Results<'_>>(text)?
        .results
        .ok_or_else(|| StreamFault::malformed("it has no results"))?;
    let results = String::from_utf8(in_order(raw)?).unwrap_or_default();
    let stamp = Stamp::new(facts.model, facts.provider, 0);
    let places = reply.places(text);
    let results = Edit {
        key: "results",
        at: Some(place_of(text, raw.get())),
        value: &results,
    };
    let mut out = Vec::with_capacity(text.len() + facts.model.len() + facts.provider.len() + 32);
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
    use super::{Operation, finish_reply, parse};
    use crate::fault::StreamFault;
    use crate::tests::facts;

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
            let fault = parse(body.as_bytes()).unwrap_err();
            assert_eq!(fault.to_string(), sentence, "{body}");
        }
    }

    #[test]
    fn documents_are_bulk() {
        let body = br#"{"model":"m","query":"q","documents":["d",{"text":"e"}],"top_n":1}"#;
        let request = parse(body).unwrap();
        assert_eq!(request.parameters(), br#"{"model":"m","query":"q","top_n":1}"#);
    }

    #[test]
    fn the_best_result_comes_first() {
        let body = br#"{"id":"r","results":[{"index":0,"relevance_score":0.1},{"index":1,"relevance_score":9e-1,"document":{"text":"x"}},{"index":2,"relevance_score":0.1}],"meta":{}}"#;
        let (reply, _) = finish_reply(body, &facts(Operation::Rerank, "route/r")).unwrap();
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
            let fault = finish_reply(body.as_bytes(), &facts(Operation::Rerank, "m"));
            assert!(matches!(fault, Err(StreamFault::Malformed(_))), "{body}");
        }
    }
}

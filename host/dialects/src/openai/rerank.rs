//! Reranking: the client's request, and the reply on its way to it.
//!
//! OpenAI has no such operation; the form is Cohere's, which other vendors share.
//! Source: <https://docs.cohere.com/reference/rerank>.

mod reply;
#[cfg(test)]
mod tests;

use serde::Deserialize;
use serde_json::value::RawValue;

pub(super) use self::reply::finish_reply;
use crate::fault::RequestFault;
use crate::json::{Members, fields};
use crate::operation::Operation;
use crate::request::ParsedRequest;

#[derive(Deserialize)]
struct Document<'a> {
    #[serde(borrow)]
    text: Option<&'a RawValue>,
}

/// Reads the body of `POST /v1/rerank`, which is canonical as it is.
///
/// # Errors
/// If `model`, `query`, `documents`, `top_n` or `return_documents` is missing or of
/// the wrong type.
pub(super) fn read(members: Members<'_>) -> Result<ParsedRequest<'_>, RequestFault> {
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
    fields::no_stream(&members, "rerankings")?;
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
        let document: Option<Document<'_>> = serde_json::from_str(document).ok();
        let text = document.and_then(|document| document.text);
        text.is_some_and(|text| text.get().starts_with('"'))
    };
    document.starts_with('"') || (document.starts_with('{') && has_text())
}

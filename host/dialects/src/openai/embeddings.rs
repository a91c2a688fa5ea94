//! Embeddings: the client's request, and the reply on its way to it.
//!
//! Source: <https://platform.openai.com/docs/api-reference/embeddings>.

mod reply;
#[cfg(test)]
mod tests;
mod vector;

use serde_json::value::RawValue;

pub(super) use self::reply::finish_reply;
use crate::fault::RequestFault;
use crate::json::{Members, fields};
use crate::operation::Operation;
use crate::request::ParsedRequest;

/// Reads the body of `POST /v1/embeddings`, which is canonical as it is.
///
/// # Errors
/// If `model`, `input`, `encoding_format` or `dimensions` is missing or of the wrong
/// type.
pub(super) fn read(members: Members<'_>) -> Result<ParsedRequest<'_>, RequestFault> {
    let model = fields::model(&members)?;
    check_input(fields::given(&members, "input"))?;
    fields::word(&members, "encoding_format", &["float", "base64"])?;
    fields::count(&members, "dimensions")?;
    fields::no_stream(&members, "embeddings")?;
    Ok(ParsedRequest {
        operation: Operation::Embeddings,
        model,
        stream: false,
        include_usage: false,
        pinned: false,
        members,
        bulk: &["input"],
    })
}

/// A string, or a list of strings, of tokens, or of lists of tokens.
fn check_input(input: Option<&str>) -> Result<(), RequestFault> {
    let fault = |message: &str| Err(RequestFault::new("input", message));
    let Some(input) = input else {
        return fault("is missing; give a string or a list of strings");
    };
    if input.starts_with('"') {
        return Ok(());
    }
    let starts =
        |entries: &[&RawValue], with: fn(char) -> bool| entries.iter().all(|entry| entry.get().starts_with(with));
    match fields::entries(input) {
        Some(entries) if entries.is_empty() => fault("is empty; give a string or a list of strings"),
        Some(entries)
            if starts(&entries, |c| c == '"')
                || starts(&entries, |c| c.is_ascii_digit())
                || starts(&entries, |c| c == '[') =>
        {
            Ok(())
        }
        _ => fault("must be a string, a list of strings, or lists of tokens"),
    }
}

/// How many vectors a request asks for. A list of numbers holds the tokens of one text.
fn inputs(input: Option<&RawValue>) -> usize {
    let entries = input.and_then(|input| fields::entries(input.get()));
    let is_token = |entry: &&RawValue| entry.get().starts_with(|c: char| c.is_ascii_digit());
    match entries {
        Some(entries) if !entries.first().is_some_and(is_token) => entries.len(),
        _ => 1,
    }
}

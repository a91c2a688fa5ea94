//! The count of a prompt's tokens.
//!
//! Source: <https://platform.openai.com/docs/api-reference/responses/input-tokens>.

use serde_json::json;

use crate::fault::StreamFault;
use crate::json::Members;
use crate::summary::ReplySummary;
use crate::words::tokens::estimate_tokens;

/// The word for a count.
const OBJECT: &str = "\"response.input_tokens\"";

/// The members that make up the prompt.
const PROMPT: [&str; 3] = ["instructions", "input", "tools"];

/// Checks the reply to a count, and says what it is.
///
/// # Errors
/// `Upstream` if it is an error, `Malformed` if it holds no count.
pub(super) fn finish_reply(body: &[u8]) -> Result<(Vec<u8>, ReplySummary), StreamFault> {
    let (count, summary) = crate::count::finish_reply(body)?;
    let members = Members::parse(&count).map_err(|error| StreamFault::malformed(error.to_string()))?;
    Ok((members.with(&[("object", Some(OBJECT))]), summary))
}

/// The count by the size of the prompt.
pub(super) fn estimate(request: &Members<'_>) -> Vec<u8> {
    let members = PROMPT.iter().filter_map(|key| request.get(key));
    let bytes: usize = members.map(|member| member.get().len()).sum();
    let tokens = estimate_tokens(bytes as u64);
    let count = json!({ "object": "response.input_tokens", "input_tokens": tokens, "estimated": true });
    count.to_string().into_bytes()
}

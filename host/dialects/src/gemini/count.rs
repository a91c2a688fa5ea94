//! The count of a prompt's tokens.
//!
//! Source: <https://ai.google.dev/api/tokens>.

use super::spelled::value;
use crate::fault::StreamFault;
use crate::json::fields::given;
use crate::json::{Members, Object};
use crate::summary::ReplySummary;
use crate::words::tokens::estimate_tokens;

/// The members that make up the prompt, or hold the request that has them.
const PROMPT: [&str; 4] = ["systemInstruction", "contents", "tools", "generateContentRequest"];

/// Checks the reply to a count, and writes it in the words of this API.
///
/// # Errors
/// `Upstream` if it is an error, `Malformed` if it holds no count.
pub(super) fn finish_reply(body: &[u8]) -> Result<(Vec<u8>, ReplySummary), StreamFault> {
    let (count, summary) = crate::count::finish_reply(body)?;
    let members = Members::parse(&count).map_err(|error| StreamFault::malformed(error.to_string()))?;
    Ok((total(given(&members, "input_tokens").unwrap_or("0")), summary))
}

/// The count by the size of the prompt.
pub(super) fn estimate(request: &Members<'_>) -> Vec<u8> {
    let members = PROMPT.iter().filter_map(|name| value(request, name));
    let bytes: usize = members.map(|member| member.get().len()).sum();
    total(&estimate_tokens(bytes as u64).to_string())
}

fn total(tokens: &str) -> Vec<u8> {
    Object::text(|count| count.raw("totalTokens", tokens))
}

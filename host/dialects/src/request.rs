//! A client's request, read as far as the host needs to and not further.

use crate::json::Members;
use crate::operation::Operation;

/// A request whose required fields are in place. The rest is the upstream's to judge.
#[derive(Debug, Clone)]
pub struct ParsedRequest<'a> {
    /// What the client asks for.
    pub operation: Operation,
    /// The id of the model; never empty.
    pub model: String,
    /// The client asks for a stream.
    pub stream: bool,
    /// The client asks for the usage in the stream.
    pub include_usage: bool,
    /// The conversation holds the result of a tool, so that it must not change its backend midway.
    pub pinned: bool,
    /// The body's top level.
    pub members: Members<'a>,
    /// The members that a plugin gets only if it asks for the whole body.
    pub(crate) bulk: &'static [&'static str],
}

// === impl ParsedRequest ===

impl ParsedRequest<'_> {
    /// The most tokens that the client wants in the answer. `None` if it sets no limit, or if answers to the operation
    /// have no tokens.
    pub fn max_tokens(&self) -> Option<u64> {
        match self.operation.capability() {
            Operation::Chat => max_tokens(&self.members),
            _ => None,
        }
    }

    /// The request without its bulk, such as `messages`, as a JSON object.
    pub fn parameters(&self) -> Vec<u8> {
        self.members.without(self.bulk)
    }
}

/// The limit on an answer's tokens that a request sets: `max_completion_tokens`, else `max_tokens`. A value that makes
/// no sense is left to the upstream to judge.
pub(crate) fn max_tokens(request: &Members<'_>) -> Option<u64> {
    let read = |key| request.get(key)?.get().parse().ok();
    ["max_completion_tokens", "max_tokens"].into_iter().find_map(read)
}

#[cfg(test)]
mod tests {
    use super::{Members, Operation, ParsedRequest};

    #[test]
    fn the_newer_limit_overrides_the_older_and_only_answers_with_tokens_have_one() {
        for (operation, text, limit) in [
            (Operation::Chat, r#"{"max_tokens":5}"#, Some(5)),
            (
                Operation::Chat,
                r#"{"max_tokens":5,"max_completion_tokens":7}"#,
                Some(7),
            ),
            (
                Operation::Chat,
                r#"{"max_tokens":5,"max_completion_tokens":null}"#,
                Some(5),
            ),
            (Operation::Chat, r#"{"max_tokens":"many"}"#, None),
            (Operation::CountTokens, r#"{"max_tokens":5}"#, Some(5)),
            (Operation::Embeddings, r#"{"max_tokens":5}"#, None),
        ] {
            let request = ParsedRequest {
                operation,
                model: "m".to_owned(),
                stream: false,
                include_usage: false,
                pinned: false,
                members: Members::parse(text.as_bytes()).unwrap(),
                bulk: &[],
            };
            assert_eq!(request.max_tokens(), limit, "{operation} {text}");
        }
    }
}

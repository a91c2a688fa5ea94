//! A count of a prompt's tokens: the same object in every dialect.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::fault::StreamFault;
use crate::json::raw::{is_given, object_text};
use crate::summary::ReplySummary;

/// The members that the host reads.
#[derive(Deserialize)]
struct TokenCount<'a> {
    input_tokens: Option<u64>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

/// Checks the reply to a count. It is passed on as it is.
///
/// # Errors
/// `Upstream` if it is an error, `Malformed` if it holds no count.
pub(crate) fn finish_reply(body: &[u8]) -> Result<(Vec<u8>, ReplySummary), StreamFault> {
    let text = object_text(body)?;
    let count: TokenCount<'_> = serde_json::from_str(text)?;
    if let Some(error) = count.error.filter(|error| is_given(error)) {
        return Err(StreamFault::from_error(error.get()));
    }
    match count.input_tokens {
        Some(_) => Ok((text.as_bytes().to_vec(), ReplySummary::default())),
        None => Err(StreamFault::malformed("it has no input_tokens")),
    }
}

#[cfg(test)]
mod tests {
    use super::finish_reply;
    use crate::fault::StreamFault;

    #[test]
    fn a_count_is_passed_on_as_it_is() {
        let body = br#" {"input_tokens": 3, "of_tomorrow": 1.0} "#;
        let (reply, _) = finish_reply(body).unwrap();
        assert_eq!(reply, body.trim_ascii());
    }

    #[test]
    fn what_holds_no_count_is_malformed_and_an_error_is_the_upstreams() {
        for body in [
            "",
            "3",
            "[3]",
            "{",
            "{}",
            r#"{"input_tokens":"many"}"#,
            r#"{"input_tokens":null}"#,
        ] {
            let fault = finish_reply(body.as_bytes());
            assert!(matches!(fault, Err(StreamFault::Malformed(_))), "{body}");
        }
        let fault = finish_reply(br#"{"type":"error","error":{"type":"api_error","message":"no"}}"#);
        assert!(matches!(fault, Err(StreamFault::Upstream { .. })));
    }
}

//! Classifies the API's errors.
//!
//! Source: <https://docs.voyageai.com/docs/error-codes>. An error is `{"detail": "…"}`.

use jackfield_plugin_sdk::{Failure, FailureClass, Reply};

/// What the API writes if the input is too long and may not be truncated, in lower case.
const TOO_LONG: [&str; 2] = ["too many tokens", "max allowed tokens per submitted batch"];

/// The failure for an error reply.
pub(crate) fn of_reply(reply: &Reply) -> Failure {
    let mut failure = Failure::from_reply(reply);
    let message = failure.message.to_ascii_lowercase();
    if failure.class == FailureClass::Client && TOO_LONG.iter().any(|words| message.contains(words)) {
        failure.class = FailureClass::ContextLength;
    }
    failure
}

#[cfg(test)]
mod tests {
    use jackfield_plugin_sdk::{FailureClass, Reply};
    use serde_json::json;

    use super::of_reply;

    #[test]
    fn the_status_and_the_words_give_the_class() {
        let long = "The example at index 0 in your batch has too many tokens and does not fit into the model's context window of 32000 tokens.";
        let batch =
            "The max allowed tokens per submitted batch is 120000. Your batch has 130000 tokens after truncation.";
        for (status, detail, class) in [
            (400, "Model x is not supported.", FailureClass::Client),
            (400, long, FailureClass::ContextLength),
            (400, batch, FailureClass::ContextLength),
            (401, "Provided API key is invalid.", FailureClass::Refused),
            (403, "Forbidden", FailureClass::Refused),
            (429, "Rate limit", FailureClass::RateLimited),
            (500, "Server error", FailureClass::Overloaded),
            (503, long, FailureClass::Overloaded),
        ] {
            let mut reply = Reply::default();
            reply.status = status;
            reply.body = json!({ "detail": detail }).to_string().into_bytes();
            let failure = of_reply(&reply);
            assert_eq!((failure.class, &*failure.message), (class, detail), "{status}");
        }
    }
}

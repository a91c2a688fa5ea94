//! Classifies the API's errors.
//!
//! Source: <https://docs.cohere.com/reference/errors>. An error is `{"message": "…"}`; only the status and the words tell
//! errors apart.

use jackfield_plugin_sdk::{Failure, FailureClass, Reply};

/// The failure for an error reply.
///
/// Beside what statuses mean everywhere, 498 is input or output that the vendor blocks, and 499 a request that was ended
/// from outside: we did not end it, so the next try may succeed.
pub(crate) fn of_reply(reply: &Reply) -> Failure {
    let mut failure = Failure::from_reply(reply);
    failure.class = match reply.status {
        498 => FailureClass::ContentPolicy,
        499 => FailureClass::Overloaded,
        501 => FailureClass::Refused,
        429 if is_spent(&failure.message) => FailureClass::Refused,
        _ => failure.class,
    };
    failure
}

/// The failure for an error that came with a status of success: nothing tells more of it than its message.
pub(crate) fn of_reply_with_success(reply: &Reply) -> Failure {
    let mut failure = Failure::from_reply(reply);
    failure.class = FailureClass::Overloaded;
    failure
}

/// A trial key has a number of calls a month, whose end is reported like any other limit. Waiting does not help then.
fn is_spent(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    ["/ month", "per month", "monthly"]
        .iter()
        .any(|word| message.contains(word))
}

#[cfg(test)]
mod tests {
    use jackfield_plugin_sdk::{FailureClass, Reply};
    use serde_json::json;

    use super::of_reply;

    fn class(status: u16, message: &str) -> FailureClass {
        let mut reply = Reply::default();
        reply.status = status;
        reply.body = json!({"message": message}).to_string().into_bytes();
        let failure = of_reply(&reply);
        assert_eq!(failure.message, message);
        failure.class
    }

    #[test]
    fn the_status_gives_the_class() {
        for (status, expected) in [
            (400, FailureClass::Client),
            (401, FailureClass::Refused),
            (402, FailureClass::Refused),
            (403, FailureClass::Refused),
            (404, FailureClass::Refused),
            (422, FailureClass::Client),
            (429, FailureClass::RateLimited),
            (498, FailureClass::ContentPolicy),
            (499, FailureClass::Overloaded),
            (500, FailureClass::Overloaded),
            (501, FailureClass::Refused),
            (503, FailureClass::Overloaded),
            (504, FailureClass::Timeout),
        ] {
            assert_eq!(class(status, "no"), expected, "{status}");
        }
    }

    #[test]
    fn the_message_tells_of_length_and_of_a_spent_month() {
        let long = "too many tokens: total number of tokens in the prompt cannot exceed 4081";
        assert_eq!(class(400, long), FailureClass::ContextLength);
        let month = "You are using a Trial key, which is limited to 1000 API calls / month.";
        assert_eq!(class(429, month), FailureClass::Refused);
        let minute = "You are using a Trial key, which is limited to 20 API calls / minute.";
        assert_eq!(class(429, minute), FailureClass::RateLimited);
    }
}

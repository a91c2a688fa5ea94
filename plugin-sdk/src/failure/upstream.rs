//! Turns an upstream's error reply into a failure, for errors in OpenAI's form and its variants.

use std::time::Duration;

use serde_json::Value;

use super::{Failure, FailureClass, FailureDetail, message};
use crate::Reply;

/// A number of a header, whose whole numbers may begin with zeros. A fraction is read as JSON: the standard library has tables of
/// its own for it, which would be copied into each instance.
fn number(text: &str) -> Option<f64> {
    let whole = text.parse::<u32>().map(f64::from);
    whole.or_else(|_| serde_json::from_str(text)).ok()
}

// === impl Failure ===

impl Failure {
    /// The failure for an error reply. The status and the error's code or type give the class, the body the message.
    ///
    /// | reply | class |
    /// |---|---|
    /// | any status with a [word](FailureClass::WORDS) of class refused: our account, our key, the model | refused |
    /// | any status with a word of class context-length or content-policy | by the word |
    /// | a status that blames the client, with a [phrase](FailureClass::PHRASES) in its message | by the phrase |
    /// | a web page, with a status that blames the client | refused: it comes from what stands in front of the upstream |
    /// | an error status | [by the status](FailureClass::of_status) |
    /// | any other status with a known word | by the word |
    /// | anything else | malformed |
    pub fn from_reply(reply: &Reply) -> Self {
        let body = message::body(reply);
        let message = message::message(&body).unwrap_or_else(|| message::excerpt(reply));
        let class = match class(reply.status, &body).refined(&message) {
            FailureClass::Client if message::is_page(reply) => FailureClass::Refused,
            class => class,
        };
        Self::new(class, message)
            .retry_after(reply.retry_after())
            .detail(FailureDetail::of_body(&body))
    }
}

// === impl FailureClass ===

impl FailureClass {
    /// The class of an error reply by its HTTP status alone.
    ///
    /// | status | class |
    /// |---|---|
    /// | 400, 413, 415, 422 | client |
    /// | 408, 504 | timeout |
    /// | 429 | rate-limited |
    /// | other 4xx | refused |
    /// | other 5xx | overloaded |
    /// | anything else | malformed |
    pub fn of_status(status: u16) -> Self {
        match status {
            400 | 413 | 415 | 422 => Self::Client,
            408 | 504 => Self::Timeout,
            429 => Self::RateLimited,
            401..=499 => Self::Refused,
            500..=599 => Self::Overloaded,
            _ => Self::Malformed,
        }
    }
}

// === impl Reply ===

impl Reply {
    /// How long the upstream asks us to wait: `retry-after-ms`, or `retry-after` in seconds.
    ///
    /// A date in `retry-after` (RFC 9110, section 10.2.3) is ignored, because a plugin has no clock.
    pub fn retry_after(&self) -> Option<Duration> {
        let number = |name| number(self.header(name)?.trim());
        let seconds = match number("retry-after-ms") {
            Some(milliseconds) => milliseconds / 1000.0,
            None => number("retry-after")?,
        };
        Duration::try_from_secs_f64(seconds).ok()
    }
}

/// The class of an error reply. A word of class refused overrides the status, because another target may succeed, and
/// so do those that name the client's fault. Other words count only without an error status: vendors use
/// `invalid_request_error` for almost any 4xx.
fn class(status: u16, body: &Value) -> FailureClass {
    let error = &body["error"];
    let words = [&error["code"], &error["type"], &body["code"], &body["type"]];
    let by_word = || words.iter().filter_map(|word| FailureClass::of_word(word.as_str()?));
    let overriding = [
        FailureClass::Refused,
        FailureClass::ContextLength,
        FailureClass::ContentPolicy,
    ];
    for class in overriding {
        if by_word().any(|known| known == class) {
            return class;
        }
    }
    match FailureClass::of_status(status) {
        FailureClass::Malformed => by_word().next().unwrap_or(FailureClass::Malformed),
        by_status => by_status,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn reply(status: u16, body: &str) -> Reply {
        Reply {
            status,
            body: body.as_bytes().to_vec(),
            ..Reply::default()
        }
    }

    #[test]
    fn the_status_gives_the_class() {
        let table = [
            (302, FailureClass::Malformed),
            (400, FailureClass::Client),
            (401, FailureClass::Refused),
            (402, FailureClass::Refused),
            (403, FailureClass::Refused),
            (404, FailureClass::Refused),
            (408, FailureClass::Timeout),
            (409, FailureClass::Refused),
            (413, FailureClass::Client),
            (415, FailureClass::Client),
            (422, FailureClass::Client),
            (429, FailureClass::RateLimited),
            (500, FailureClass::Overloaded),
            (503, FailureClass::Overloaded),
            (504, FailureClass::Timeout),
            (529, FailureClass::Overloaded),
        ];
        for (status, class) in table {
            assert_eq!(Failure::from_reply(&reply(status, "{}")).class, class, "{status}");
        }
    }

    #[test]
    fn a_word_of_class_refused_overrides_the_status() {
        let words = FailureClass::WORDS.into_iter();
        for (code, _) in words.filter(|(_, class)| *class == FailureClass::Refused) {
            let body = json!({"error": {"message": "no", "code": code}}).to_string();
            assert_eq!(Failure::from_reply(&reply(429, &body)).class, FailureClass::Refused);
            assert_eq!(Failure::from_reply(&reply(400, &body)).class, FailureClass::Refused);
        }
    }

    #[test]
    fn a_request_that_is_too_long_or_not_accepted_is_known_by_word_or_message() {
        for (body, class) in [
            (
                json!({"error": {"message": "no", "code": "context_length_exceeded", "param": "messages"}}),
                FailureClass::ContextLength,
            ),
            (
                json!({"error": {"message": "no", "code": 400, "type": "exceed_context_size_error"}}),
                FailureClass::ContextLength,
            ),
            (
                json!({"object": "error", "message": "the maximum context length is 8", "code": 400}),
                FailureClass::ContextLength,
            ),
            (
                json!({"error": {"message": "no", "code": "content_filter", "innererror": {}}}),
                FailureClass::ContentPolicy,
            ),
            (
                json!({"error": {"message": "Content Exists Risk"}}),
                FailureClass::ContentPolicy,
            ),
        ] {
            assert_eq!(
                Failure::from_reply(&reply(400, &body.to_string())).class,
                class,
                "{body}"
            );
        }
        // A message alone does not override who is at fault by the status.
        let body = json!({"error": {"message": "maximum context length"}}).to_string();
        assert_eq!(Failure::from_reply(&reply(503, &body)).class, FailureClass::Overloaded);
    }

    #[test]
    fn what_the_error_says_to_programs_is_kept() {
        let body = r#"{"error": {"message": "no", "type": "t", "param": "p", "code": "c"}}"#;
        let detail = Failure::from_reply(&reply(400, body)).detail;
        assert_eq!(
            serde_json::to_string(&detail).unwrap(),
            r#"{"code":"c","param":"p","type":"t"}"#
        );
        assert_eq!(*Failure::from_reply(&reply(400, "no")).detail, FailureDetail::default());
    }

    #[test]
    fn other_words_count_only_without_an_error_status() {
        let body = r#"{"error": {"message": "no", "type": "invalid_request_error", "code": null}}"#;
        let class = |status| Failure::from_reply(&reply(status, body)).class;
        assert_eq!(class(401), FailureClass::Refused);
        assert_eq!(class(429), FailureClass::RateLimited);
        assert_eq!(class(200), FailureClass::Client);
    }

    #[test]
    fn a_page_is_not_the_clients_fault() {
        let class = |status| Failure::from_reply(&reply(status, "<html>Bad Request</html>")).class;
        assert_eq!(class(400), FailureClass::Refused);
        assert_eq!(class(413), FailureClass::Refused);
        assert_eq!(class(429), FailureClass::RateLimited);
        assert_eq!(class(502), FailureClass::Overloaded);
        assert_eq!(
            Failure::from_reply(&reply(400, "Bad Request")).class,
            FailureClass::Client
        );
    }

    #[test]
    fn the_time_to_wait_comes_from_either_header() {
        let with = |name: &str, value: &str| {
            let headers = vec![(name.to_owned(), value.to_owned())];
            Reply {
                headers,
                ..reply(429, "")
            }
            .retry_after()
        };
        assert_eq!(with("Retry-After", "7"), Some(Duration::from_secs(7)));
        assert_eq!(with("retry-after-ms", "250"), Some(Duration::from_millis(250)));
        assert_eq!(with("retry-after", "Wed, 21 Oct 2026 07:28:00 GMT"), None);
        assert_eq!(with("retry-after", "05"), Some(Duration::from_secs(5)));
        assert_eq!(with("retry-after", "0.5"), Some(Duration::from_millis(500)));
        assert_eq!(with("retry-after", "-1"), None);
        assert_eq!(with("retry-after", "1e300"), None);
    }
}

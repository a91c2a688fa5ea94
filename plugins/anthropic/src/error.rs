//! Classifies the upstream's errors, in replies and in streams.

use jackfield_plugin_sdk::canonical::Extra;
use jackfield_plugin_sdk::{Event, Failure, FailureClass, FailureDetail, Reply};

/// The parts of the API's error object: `{"type": "error", "error": {"type", "message"}}`.
struct ErrorDetail {
    kind: String,
    message: String,
}

/// The failure for a buffered error, classified by its type, or by its status if the type is unknown.
pub(crate) fn of_reply(reply: &Reply) -> Failure {
    let mut failure = Failure::from_reply(reply);
    if let Ok(body) = reply.json() {
        failure.class = class(&read(&body)).unwrap_or(failure.class);
    }
    failure
}

/// The failure for an `error` event in a stream. An error that we cannot read is an error.
pub(crate) fn of_event(event: &Event) -> Failure {
    failure(&event.json().unwrap_or_default())
}

/// The failure that a reply of successful status reports, if it does.
pub(crate) fn reported(reply: &Reply) -> Option<Failure> {
    let body: Extra = reply.json().ok()?;
    is_error(&body).then(|| failure(&body))
}

/// An error of unknown type is taken as the upstream's fault: the next target may succeed.
fn failure(body: &Extra) -> Failure {
    let error = read(body);
    let class = class(&error).unwrap_or(FailureClass::Overloaded);
    Failure::new(class, error.message).detail(detail(error.kind))
}

/// Whether a body without the API's `type` is an error nevertheless, as proxies send it.
pub(crate) fn is_error(body: &Extra) -> bool {
    body.get("error").is_some_and(|error| !error.is_null())
}

/// What an error object says, or the string that some proxies send in its place.
fn read(body: &Extra) -> ErrorDetail {
    let error: Extra = body.read("error").unwrap_or_default();
    let message = error.text("message").or_else(|| body.text("error"));
    let message = message
        .or_else(|| body.text("message"))
        .filter(|message| !message.trim().is_empty());
    ErrorDetail {
        kind: error.text("type").unwrap_or_default(),
        message: message.unwrap_or_else(|| "the upstream reported an error without a message".to_owned()),
    }
}

/// The class of an error by its type; none if the type is unknown.
fn class(error: &ErrorDetail) -> Option<FailureClass> {
    if error.kind == "invalid_request_error" && concerns_the_account(&error.message) {
        return Some(FailureClass::Refused);
    }
    // The API has no word of its own for a prompt that is too long, or for content that it blocks.
    FailureClass::of_word(&error.kind).map(|class| class.refined(&error.message))
}

fn detail(kind: String) -> FailureDetail {
    FailureDetail {
        kind: Some(kind).filter(|kind| !kind.is_empty()),
        ..FailureDetail::default()
    }
}

/// The API reports an empty account and a spent budget as invalid requests too; only the message tells them apart.
fn concerns_the_account(message: &str) -> bool {
    message.contains("credit balance") || message.contains("API usage limits")
}

#[cfg(test)]
mod tests {
    use jackfield_plugin_sdk::{Event, FailureClass, Reply};
    use serde_json::json;

    use super::{of_event, of_reply, reported};

    fn event(kind: &str, message: &str) -> Event {
        let body = json!({"type": "error", "error": {"type": kind, "message": message}});
        Event {
            name: "error".to_owned(),
            data: body.to_string().into_bytes(),
        }
    }

    #[test]
    fn the_type_of_an_error_gives_its_class() {
        for (kind, class) in [
            ("invalid_request_error", FailureClass::Client),
            ("request_too_large", FailureClass::Client),
            ("authentication_error", FailureClass::Refused),
            ("billing_error", FailureClass::Refused),
            ("permission_error", FailureClass::Refused),
            ("not_found_error", FailureClass::Refused),
            ("invalid_api_key", FailureClass::Refused),
            ("rate_limit_error", FailureClass::RateLimited),
            ("timeout_error", FailureClass::Timeout),
            ("overloaded_error", FailureClass::Overloaded),
            ("api_error", FailureClass::Overloaded),
            ("brand_new_error", FailureClass::Overloaded),
        ] {
            assert_eq!(of_event(&event(kind, "no")).class, class, "{kind}");
        }
    }

    #[test]
    fn an_error_in_another_form_is_an_error() {
        for (data, message) in [
            (r#"{"error":"busy"}"#, "busy"),
            (r#"{"message":"busy"}"#, "busy"),
            (
                r#"{"error":{"message":null}}"#,
                "the upstream reported an error without a message",
            ),
            ("busy", "the upstream reported an error without a message"),
        ] {
            let event = Event {
                name: "error".to_owned(),
                data: data.into(),
            };
            let failure = of_event(&event);
            assert_eq!((failure.class, &*failure.message), (FailureClass::Overloaded, message));
        }
    }

    #[test]
    fn an_error_with_a_status_of_success_is_one() {
        let mut reply = Reply::default();
        reply.status = 200;
        reply.body = event("rate_limit_error", "slow").data;
        assert_eq!(
            reported(&reply).map(|failure| failure.class),
            Some(FailureClass::RateLimited)
        );
        reply.body = b"{\"content\": []}".to_vec();
        assert_eq!(reported(&reply), None);
    }

    #[test]
    fn an_empty_account_is_not_the_clients_fault() {
        for message in [
            "Your credit balance is too low to access the Anthropic API.",
            "You have reached your specified API usage limits.",
        ] {
            let failure = of_event(&event("invalid_request_error", message));
            assert_eq!(failure.class, FailureClass::Refused);
        }
    }

    #[test]
    fn the_message_tells_of_length_and_of_policy() {
        for (message, class) in [
            (
                "prompt is too long: 213462 tokens > 200000 maximum",
                FailureClass::ContextLength,
            ),
            (
                "input length and `max_tokens` exceed context limit: 188240 + 21333 > 200000",
                FailureClass::ContextLength,
            ),
            (
                "Output blocked by content filtering policy",
                FailureClass::ContentPolicy,
            ),
        ] {
            let failure = of_event(&event("invalid_request_error", message));
            assert_eq!(failure.class, class, "{message}");
            assert_eq!(failure.detail.kind.as_deref(), Some("invalid_request_error"));
        }
    }

    #[test]
    fn the_status_decides_where_the_type_is_unknown() {
        for (status, body, class) in [
            (529, "", FailureClass::Overloaded),
            (400, r#"{"error":{"message":"no"}}"#, FailureClass::Client),
            (
                429,
                r#"{"type":"error","error":{"type":"brand_new"}}"#,
                FailureClass::RateLimited,
            ),
        ] {
            let mut reply = Reply::default();
            reply.status = status;
            reply.body = body.into();
            assert_eq!(of_reply(&reply).class, class, "{status}");
        }
    }
}

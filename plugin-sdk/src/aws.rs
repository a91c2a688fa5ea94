//! Classifies AWS's errors, in replies and in streams, by their types.
//!
//! Sources: the errors of Amazon Bedrock, in
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html>;
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/troubleshooting-api-error-codes.html>;
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/CommonErrors.html>; where the type is:
//! <https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html>, "Operation error serialization".

use crate::canonical::{Extra, Json};
use crate::{Event, Failure, FailureClass, FailureDetail, Reply};

/// The header that names an error's type.
const TYPE_HEADER: &str = "x-amzn-errortype";

/// The classes of errors by their types, without `Exception`.
const TYPES: [(&str, FailureClass); 22] = [
    ("AccessDenied", FailureClass::Refused),
    ("ExpiredToken", FailureClass::Refused),
    ("IncompleteSignature", FailureClass::Refused),
    ("InternalFailure", FailureClass::Overloaded),
    ("InternalServer", FailureClass::Overloaded),
    ("InvalidClientTokenId", FailureClass::Refused),
    ("InvalidSignature", FailureClass::Refused),
    ("MissingAuthenticationToken", FailureClass::Refused),
    ("ModelError", FailureClass::Overloaded),
    ("ModelNotReady", FailureClass::Overloaded),
    ("ModelStreamError", FailureClass::Overloaded),
    ("ModelTimeout", FailureClass::Timeout),
    ("NotAuthorized", FailureClass::Refused),
    ("OptInRequired", FailureClass::Refused),
    ("RequestExpired", FailureClass::Refused),
    ("ResourceNotFound", FailureClass::Refused),
    ("ServiceQuotaExceeded", FailureClass::RateLimited),
    ("ServiceUnavailable", FailureClass::Overloaded),
    ("Throttling", FailureClass::RateLimited),
    ("UnknownOperation", FailureClass::Refused),
    ("UnrecognizedClient", FailureClass::Refused),
    ("Validation", FailureClass::Client),
];

/// What the messages of validation errors say, in lower case, when the request is too long.
const TOO_LONG: [&str; 4] = [
    "input is too long",
    "number of input tokens exceeds",
    "input tokens exceeded",
    "too many input tokens",
];

/// What they say when the model, the account or the region is at fault: another target may do it.
const NOT_HERE: [&str; 7] = [
    "doesn't support",
    "does not support",
    "isn't supported",
    "isn\u{2019}t supported",
    "model identifier is invalid",
    "operation not allowed",
    "reached the end of its life",
];

/// The failure for an error reply.
pub fn failure_of_reply(reply: &Reply) -> Failure {
    let body: Extra = reply.json().unwrap_or_default();
    let in_body = || body.text("__type").or_else(|| body.text("code"));
    let kind = reply.header(TYPE_HEADER).map(str::to_owned).or_else(in_body);
    let mut failure = Failure::from_reply(reply);
    let Some(kind) = kind.as_deref().map(bare).filter(|kind| !kind.is_empty()) else {
        return failure;
    };
    if let Some(message) = message(&body) {
        failure.message = message;
    }
    failure.class = class(kind, &failure.message).unwrap_or(failure.class);
    if failure.class == FailureClass::Overloaded {
        failure.class = models_own(&body, &failure.message).unwrap_or(failure.class);
    }
    failure.detail(detail(kind))
}

/// The failure for an exception inside a stream; none if the event is something else. An exception of unknown type is
/// the upstream's fault.
pub fn failure_of_event(event: &Event) -> Option<Failure> {
    let kind = bare(&event.name);
    let known = class(kind, "").is_some();
    if !known && !event.name.ends_with("Exception") && !event.name.ends_with("Error") {
        return None;
    }
    let body: Extra = event
        .json::<Json>()
        .ok()
        .and_then(|body| body.read())
        .unwrap_or_default();
    let message = message(&body).unwrap_or_else(|| format!("the stream ended with {kind}"));
    let class = class(kind, &message).unwrap_or(FailureClass::Overloaded);
    let class = models_own(&body, &message)
        .filter(|_| class == FailureClass::Overloaded)
        .unwrap_or(class);
    Some(Failure::new(class, message).detail(detail(kind)))
}

/// The class of an error that the model itself reported, by the status that it gave: `ModelErrorException` and
/// `ModelStreamErrorException` only pass it on.
fn models_own(body: &Extra, message: &str) -> Option<FailureClass> {
    let class = FailureClass::of_status(body.read("originalStatusCode")?);
    (class != FailureClass::Malformed).then(|| class.refined(message))
}

/// The type without its namespace and address: `com.amazon.coral.service#ThrottlingException:http://…`.
fn bare(kind: &str) -> &str {
    let kind = kind.split(':').next().unwrap_or_default();
    kind.rsplit('#').next().unwrap_or_default().trim()
}

fn message(body: &Extra) -> Option<String> {
    let texts = [body.text("message"), body.text("Message"), body.text("originalMessage")];
    texts.into_iter().flatten().find(|text| !text.trim().is_empty())
}

fn class(kind: &str, message: &str) -> Option<FailureClass> {
    let name = kind.strip_suffix("Exception").unwrap_or(kind);
    let (_, class) = TYPES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
    if *class != FailureClass::Client {
        return Some(*class);
    }
    let lower = message.to_ascii_lowercase();
    let has = |phrases: &[&str]| phrases.iter().any(|phrase| lower.contains(phrase));
    Some(match class.refined(message) {
        FailureClass::Client if has(&TOO_LONG) => FailureClass::ContextLength,
        FailureClass::Client if has(&NOT_HERE) => FailureClass::Refused,
        refined => refined,
    })
}

/// The type as AWS writes it in replies: in streams it begins with a small letter.
fn detail(kind: &str) -> FailureDetail {
    let mut letters = kind.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    FailureDetail {
        kind: Some(first.into_iter().chain(letters).collect()),
        ..FailureDetail::default()
    }
}

#[cfg(test)]
mod tests {
    use crate::{Event, FailureClass, Reply};
    use serde_json::json;

    use super::{failure_of_event, failure_of_reply};

    fn reply(status: u16, kind: &str, message: &str) -> Reply {
        Reply {
            status,
            headers: vec![("x-amzn-ErrorType".to_owned(), kind.to_owned())],
            body: json!({ "message": message }).to_string().into_bytes(),
            ..Reply::default()
        }
    }

    #[test]
    fn the_type_gives_the_class_whatever_stands_around_it() {
        for (status, kind, class) in [
            (429, "ThrottlingException", FailureClass::RateLimited),
            (
                429,
                "ThrottlingException:http://internal.amazon.com/coral/",
                FailureClass::RateLimited,
            ),
            (429, "ModelNotReadyException", FailureClass::Overloaded),
            (400, "ServiceQuotaExceededException", FailureClass::RateLimited),
            (
                400,
                "com.amazon.coral.service#ExpiredTokenException",
                FailureClass::Refused,
            ),
            (403, "UnrecognizedClientException", FailureClass::Refused),
            (404, "ResourceNotFoundException", FailureClass::Refused),
            (408, "ModelTimeoutException", FailureClass::Timeout),
            (424, "ModelErrorException", FailureClass::Overloaded),
            (500, "InternalServerException", FailureClass::Overloaded),
            (400, "ValidationException", FailureClass::Client),
            (418, "BrandNewException", FailureClass::Refused),
        ] {
            assert_eq!(failure_of_reply(&reply(status, kind, "no")).class, class, "{kind}");
        }
    }

    #[test]
    fn the_message_tells_what_a_validation_error_means() {
        for (message, class) in [
            ("Input is too long for requested model.", FailureClass::ContextLength),
            (
                "Input Tokens Exceeded: Number of input tokens exceeds maximum length.",
                FailureClass::ContextLength,
            ),
            (
                "The model returned the following errors: prompt is too long: 213462 tokens > 200000 maximum",
                FailureClass::ContextLength,
            ),
            (
                "Invocation of model ID a with on-demand throughput isn\u{2019}t supported.",
                FailureClass::Refused,
            ),
            (
                "This model doesn't support tool use in streaming mode.",
                FailureClass::Refused,
            ),
            (
                "messages.0.content.0: text content blocks must be non-empty",
                FailureClass::Client,
            ),
        ] {
            assert_eq!(
                failure_of_reply(&reply(400, "ValidationException", message)).class,
                class,
                "{message}"
            );
        }
    }

    #[test]
    fn an_exception_in_a_stream_is_a_failure() {
        let event = |name: &str, data: &str| Event {
            name: name.to_owned(),
            data: data.into(),
        };
        for (name, class) in [
            ("throttlingException", FailureClass::RateLimited),
            ("modelStreamErrorException", FailureClass::Overloaded),
            ("modelTimeoutException", FailureClass::Timeout),
            ("validationException", FailureClass::Client),
            ("InternalFailure", FailureClass::Overloaded),
            ("brandNewException", FailureClass::Overloaded),
        ] {
            let failure = failure_of_event(&event(name, r#"{"message":"no"}"#)).unwrap();
            assert_eq!((failure.class, &*failure.message), (class, "no"), "{name}");
        }
        for (status, class) in [
            (429, FailureClass::RateLimited),
            (400, FailureClass::Client),
            (529, FailureClass::Overloaded),
            (0, FailureClass::Overloaded),
        ] {
            let data = json!({"message": "no", "originalStatusCode": status, "originalMessage": "why"}).to_string();
            let failure = failure_of_event(&event("modelStreamErrorException", &data)).unwrap();
            assert_eq!(failure.class, class, "{status}");
        }
        assert!(failure_of_event(&event("contentBlockDelta", "{}")).is_none());
        let silent = failure_of_event(&event("throttlingException", "")).unwrap();
        assert_eq!(silent.detail.kind.as_deref(), Some("ThrottlingException"));
    }
}

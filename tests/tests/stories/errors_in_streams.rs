//! Errors that upstreams report inside a stream, after a status of success: each has the class that its words have, whichever
//! vendor's words they are.

use jackfield_tests::gateway::{FREE, Gateway};
use jackfield_tests::upstream::{Reply, Upstream, raw, sse, sse_named, status};
use serde_json::{Value, json as value};

use crate::event_stream::exception;
use crate::scene::ask;

/// A vendor's adapter, with the members of its provider and a model.
const BEDROCK: (&str, &str) = (
    "bedrock, auth: { scheme: bearer }",
    "anthropic.claude-sonnet-4-5-20250929-v1:0",
);
const GEMINI: (&str, &str) = ("gemini", "gemini-3.1-pro-preview");
const CLAUDE: (&str, &str) = ("anthropic", "claude-sonnet-4-5");
const OPENAI: (&str, &str) = ("openai", "gpt-5.2");
const COHERE: (&str, &str) = ("cohere", "command-a-03-2025");
const OLLAMA: (&str, &str) = ("ollama", "llama3");
const MISTRAL: (&str, &str) = ("mistral", "mistral-large-latest");

/// Demands this class of a stream that begins with the error: nothing has been sent, so another target could answer.
async fn assert_class((adapter, model): (&str, &str), reply: Reply, class: &str) {
    let upstream = Upstream::start().await;
    upstream.reply(reply);
    let url = upstream.base_url();
    let config = format!(
        "server: {{ auth: off, expose_attempts: true }}\nrouting: {{ retry_count: 0 }}\n\
         providers: {{ it: {{ adapter: {adapter}, base_url: \"{url}\", api_key: k }} }}\n\
         models: {{ it: {{ {FREE}, chain: [{{ provider: it, model: \"{model}\" }}] }} }}\n"
    );
    let gateway = Gateway::start(&config).await;
    let answer = gateway.client().stream(ask("it")).await;
    let attempts = answer.header("x-jackfield-attempts");
    assert_eq!(attempts, Some(format!("it={class}").as_str()), "{adapter}");
}

#[tokio::test]
async fn exceptions_of_bedrock_have_the_class_of_their_type() {
    let message = value!({ "message": "no" });
    for (kind, payload, class) in [
        ("throttlingException", message.clone(), "rate-limited"),
        ("serviceQuotaExceededException", message.clone(), "rate-limited"),
        ("serviceUnavailableException", message.clone(), "overloaded"),
        ("internalServerException", message.clone(), "overloaded"),
        ("modelStreamErrorException", message.clone(), "overloaded"),
        ("modelTimeoutException", message.clone(), "timeout"),
        ("validationException", message.clone(), "client"),
        (
            "validationException",
            value!({ "message": "Input is too long for requested model." }),
            "context-length",
        ),
        ("accessDeniedException", message.clone(), "refused"),
        (
            "modelStreamErrorException",
            value!({ "message": "no", "originalStatusCode": 429, "originalMessage": "slow down" }),
            "rate-limited",
        ),
    ] {
        let reply = status(200).header("content-type", "application/vnd.amazon.eventstream");
        assert_class(BEDROCK, reply.write(exception(kind, &payload)), class).await;
    }
}

#[tokio::test]
async fn an_error_event_has_the_class_of_its_words_in_every_vendors_form() {
    let google = |code: u16, status: &str| value!({ "error": { "code": code, "message": "no", "status": status } });
    for (code, status, class) in [
        (429, "RESOURCE_EXHAUSTED", "rate-limited"),
        (503, "UNAVAILABLE", "overloaded"),
        (504, "DEADLINE_EXCEEDED", "timeout"),
        (400, "INVALID_ARGUMENT", "client"),
    ] {
        assert_class(GEMINI, sse([google(code, status)]).without_done(), class).await;
    }
    let anthropic = |kind: &str| value!({ "type": "error", "error": { "type": kind, "message": "no" } });
    for (kind, class) in [
        ("overloaded_error", "overloaded"),
        ("rate_limit_error", "rate-limited"),
        ("api_error", "overloaded"),
        ("timeout_error", "timeout"),
        ("invalid_request_error", "client"),
        ("permission_error", "refused"),
    ] {
        assert_class(CLAUDE, sse_named([("error", anthropic(kind))]), class).await;
    }
    let openai = |kind: &str, code: Value| value!({ "error": { "message": "no", "type": kind, "code": code } });
    for (kind, code, class) in [
        ("server_error", Value::Null, "overloaded"),
        ("requests", "rate_limit_exceeded".into(), "rate-limited"),
        (
            "invalid_request_error",
            "context_length_exceeded".into(),
            "context-length",
        ),
        ("insufficient_quota", Value::Null, "refused"),
    ] {
        assert_class(OPENAI, sse([openai(kind, code)]).without_done(), class).await;
    }
}

#[tokio::test]
async fn an_error_of_a_vendor_without_types_has_the_class_of_its_message() {
    let ollama = |message: &str| {
        let line = value!({ "error": message });
        status(200)
            .header("content-type", "application/x-ndjson")
            .write(format!("{line}\n"))
    };
    assert_class(
        OLLAMA,
        ollama("an error was encountered while running the model"),
        "overloaded",
    )
    .await;
    assert_class(
        OLLAMA,
        ollama("the input length exceeds the context length"),
        "context-length",
    )
    .await;
    let cohere = value!({ "message": "internal server error" });
    assert_class(COHERE, raw([format!("data: {cohere}\n\n")]), "overloaded").await;
    let mistral = value!({ "object": "error", "message": "no", "type": "rate_limit_error", "code": "1300" });
    assert_class(MISTRAL, sse([mistral]).without_done(), "rate-limited").await;
}

//! Every dialect through its trait, and the facts that the tests of each share.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::client::{Dialect, Form, Interruption};
use crate::facts::{ErrorFacts, ReplyFacts, StreamFacts};
use crate::json::Members;
use crate::operation::Operation;
use crate::request::ParsedRequest;
use crate::{all, canonical};

const CHUNK: &str = r#"{"id":"c","choices":[{"delta":{"content":"hi"},"finish_reason":"stop"}]}"#;

const EVENTS: [&str; 5] = [
    r#"{"type":"message_start","message":{"type":"message","id":"msg_1","model":"up","content":[]}}"#,
    r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
    r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"hi"}}"#,
    r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"}}"#,
    r#"{"type":"message_stop"}"#,
];

const COMPLETION: &str = r#"{"id":"c","choices":[{"message":{"content":"hi"},"finish_reason":"stop"}]}"#;

const MESSAGE: &str =
    r#"{"id":"msg_1","type":"message","model":"up","content":[{"type":"text","text":"hi"}],"stop_reason":"end_turn"}"#;

/// Facts of a reply to a request for this model.
pub(crate) fn facts(operation: Operation, model: &str) -> ReplyFacts<'_> {
    ReplyFacts {
        operation,
        model,
        provider: "p",
        request_id: "r-1",
        created: 1_700,
        latency_ms: 42,
        traced: false,
        request: Members::empty(),
    }
}

/// Facts of a stream of this model.
pub(crate) fn stream_facts(model: &str) -> StreamFacts<'_> {
    StreamFacts {
        operation: Operation::Chat,
        model,
        provider: "p",
        request_id: "r-1",
        created: 1_700,
        include_usage: false,
        request: Members::empty(),
    }
}

/// A request with this body, of which nothing was checked.
pub(crate) fn request(operation: Operation, text: &str) -> ParsedRequest<'_> {
    ParsedRequest {
        operation,
        model: "m".to_owned(),
        stream: false,
        include_usage: false,
        pinned: false,
        members: Members::of(text).unwrap(),
        bulk: &[],
    }
}

fn openai() -> Dialect {
    all()[0]
}

fn anthropic() -> Dialect {
    all()[1]
}

/// The variant of Anthropic's dialect for clients that name no version.
pub(crate) fn short() -> Dialect {
    anthropic().variant(&|_| false)
}

/// Each dialect with each form of what arrives, and how its streams end.
fn pairings() -> [(Dialect, Form, &'static str); 6] {
    let done = "data: [DONE]\n\n";
    let stop = "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
    [
        (openai(), Form::Canonical, done),
        // OpenAI's own form is the canonical one.
        (openai(), Form::Native, done),
        (anthropic(), Form::Canonical, stop),
        (anthropic(), Form::Native, stop),
        (short(), Form::Canonical, stop),
        (short(), Form::Native, stop),
    ]
}

/// What arrives from an upstream: canonical text, or the dialect's own.
fn arriving<T>(dialect: Dialect, form: Form, canonical: T, native: T) -> T {
    if dialect.is_canonical() || form == Form::Canonical {
        canonical
    } else {
        native
    }
}

#[test]
fn names_and_endpoints_are_those_of_the_public_api() {
    let paths = |dialect: Dialect| -> Vec<(&str, &str)> {
        let endpoints = dialect.endpoints().iter();
        endpoints.map(|it| (it.operation.as_str(), it.path)).collect()
    };
    assert_eq!(openai().name(), "openai-chat");
    assert_eq!(
        paths(openai()),
        [
            ("chat", "/v1/chat/completions"),
            ("embeddings", "/v1/embeddings"),
            ("rerank", "/v1/rerank"),
            ("images", "/v1/images/generations"),
            ("image-edit", "/v1/images/edits"),
            ("image-variation", "/v1/images/variations"),
            ("moderation", "/v1/moderations"),
            ("speech", "/v1/audio/speech"),
            ("transcription", "/v1/audio/transcriptions"),
            ("translation", "/v1/audio/translations"),
        ]
    );
    let others = all();
    assert_eq!(paths(others[2]), [("completion", "/v1/completions")]);
    assert_eq!(paths(others[3]), [("rerank", "/v2/rerank"), ("rerank", "/rerank")]);
    for dialect in [anthropic(), short()] {
        assert_eq!(dialect.name(), "anthropic-messages");
        assert_eq!(
            paths(dialect),
            [("chat", "/v1/messages"), ("count-tokens", "/v1/messages/count_tokens")]
        );
        assert_eq!(dialect.prefix(), Some("/v1/messages"));
    }
    assert_eq!(openai().prefix(), None);
}

#[test]
fn no_two_endpoints_share_a_path_and_each_takes_requests_for_its_operation() {
    let mut paths = Vec::new();
    for dialect in all() {
        for endpoint in dialect.endpoints() {
            paths.push(endpoint.path);
            let fault = dialect.parse(endpoint.operation, b"{}").unwrap_err();
            let expected = match endpoint.operation {
                // OpenAI's API has a usual model for it.
                Operation::Moderation => "input: is missing; give what is to be judged",
                _ => "model: is missing; give the id of a model",
            };
            assert_eq!(fault.to_string(), expected);
        }
    }
    let count = paths.len();
    paths.sort_unstable();
    paths.dedup();
    assert_eq!(paths.len(), count);
    let fault = openai().parse(Operation::CountTokens, b"{}").unwrap_err();
    assert_eq!(fault.to_string(), "body: openai-chat has no requests for count-tokens");
    let fault = openai().parse(Operation::Completion, b"{}").unwrap_err();
    assert_eq!(fault.to_string(), "body: openai-chat has no requests for completion");
    let fault = short().parse(Operation::Rerank, b"{}").unwrap_err();
    assert_eq!(fault.to_string(), "body: anthropic-messages has no requests for rerank");
}

#[test]
fn one_dialect_is_canonical_and_variants_equal_their_dialect() {
    assert_eq!(canonical(), openai());
    assert!(canonical().is_canonical());
    assert_ne!(anthropic(), canonical());
    assert!(!anthropic().is_canonical() && !short().is_canonical());
    assert_eq!(short(), anthropic());
}

#[test]
fn a_client_that_names_a_version_gets_anthropics_own_forms() {
    let versioned = |name: &str| name == "anthropic-version";
    for dialect in [anthropic(), short()] {
        let full = dialect.variant(&versioned);
        assert!(full.has_own_error_form());
        assert_eq!(full.request_id_header(), Some("request-id"));
        let short = dialect.variant(&|_| false);
        assert!(!short.has_own_error_form());
        assert_eq!(short.request_id_header(), None);
    }
    for has in [true, false] {
        let variant = openai().variant(&|_| has);
        assert!(variant.is_canonical() && !variant.has_own_error_form());
        assert_eq!(variant.request_id_header(), None);
    }
}

#[test]
fn each_client_gets_a_stream_in_its_own_dialect() {
    for (dialect, form, end) in pairings() {
        let data = arriving(dialect, form, &[CHUNK][..], &EVENTS);
        let mut reader = dialect.stream(form, &stream_facts("route/m"));
        let (mut content, mut out) = (false, Vec::new());
        for data in data {
            content |= reader.push(data.as_bytes(), &mut out).unwrap().content;
        }
        assert!(content);
        assert!(!String::from_utf8_lossy(&out).contains(end), "{dialect:?} {form:?}");
        reader.finish(1, &mut out).unwrap();
        assert!(reader.done());
        let out = String::from_utf8(out).unwrap();
        assert!(out.ends_with(end), "{dialect:?} {form:?}");
        assert!(out.contains("\"model\":\"route/m\""), "{dialect:?} {form:?}");
        assert_eq!(reader.produced_bytes(), 2);
        assert_eq!(reader.usage().input_tokens, None);
    }
}

#[test]
fn each_client_gets_a_reply_in_its_own_dialect() {
    for (dialect, form, _) in pairings() {
        let body = arriving(dialect, form, COMPLETION, MESSAGE);
        let facts = facts(Operation::Chat, "route/m");
        let (reply, summary) = dialect.reply(body.as_bytes(), form, &facts).unwrap();
        let reply: Value = serde_json::from_slice(&reply).unwrap();
        assert_eq!(reply["model"], "route/m");
        let text = if dialect.is_canonical() {
            &reply["choices"][0]["message"]["content"]
        } else {
            &reply["content"][0]["text"]
        };
        assert_eq!(text, "hi", "{dialect:?} {form:?}");
        assert_eq!(summary.produced_bytes, 2);
    }
}

#[test]
fn a_count_is_the_same_in_every_dialect() {
    let count = br#" {"input_tokens" : 7}"#;
    for (dialect, form, _) in pairings() {
        let facts = facts(Operation::CountTokens, "m");
        let (reply, _) = dialect.reply(count, form, &facts).unwrap();
        assert_eq!(reply, count.trim_ascii());
    }
}

#[test]
fn only_a_count_of_tokens_can_be_estimated() {
    let body = br#"{"model":"m","max_tokens":5,"messages":[{}],"system":"hi","tools":[],"x":"not counted"}"#;
    for dialect in [anthropic(), short()] {
        let count = dialect.parse(Operation::CountTokens, body).unwrap();
        let estimate = dialect.estimate(&count).unwrap();
        // [{}], "hi" and [] are ten bytes.
        assert_eq!(estimate, br#"{"input_tokens":3,"estimated":true}"#);
        let chat = dialect.parse(Operation::Chat, body).unwrap();
        assert_eq!(dialect.estimate(&chat), None);
    }
    let chat = openai().parse(Operation::Chat, body).unwrap();
    assert_eq!(openai().estimate(&chat), None);
}

#[test]
fn a_canonical_request_is_left_alone_and_another_is_translated() {
    let body = br#"{"model":"m","max_tokens":5,"messages":[{"role":"user","content":"Hi"}]}"#;
    let request = openai().parse(Operation::Chat, body).unwrap();
    assert_eq!(openai().canonical(&request), Ok(None));
    assert!(!request.include_usage);
    for dialect in [anthropic(), short()] {
        let request = dialect.parse(Operation::Chat, body).unwrap();
        assert!(request.include_usage, "Anthropic's streams always have the usage");
        assert!(dialect.canonical(&request).unwrap().is_some());
    }
    let image = openai().parse(Operation::Images, br#"{"model":"m","prompt":"p","width":1,"height":2}"#);
    let canonical = openai().canonical(&image.unwrap()).unwrap().unwrap();
    assert_eq!(canonical, br#"{"model":"m","prompt":"p","size":"1x2"}"#);
}

#[test]
fn an_error_has_the_form_of_its_clients_dialect() {
    let details = json!({"error_code": "x"});
    let error = ErrorFacts {
        status: 404,
        code: "NOT_FOUND",
        message: "There is nothing.",
        details: Some(&details),
        upstream: None,
        retry_after: None,
    };
    let openais =
        r#"{"error":{"message":"There is nothing.","type":"invalid_request_error","param":null,"code":"NOT_FOUND"}}"#;
    let anthropics = r#"{"type":"error","error":{"type":"not_found_error","message":"There is nothing.","details":{"error_code":"x"}}}"#;
    for (dialect, body) in [(openai(), openais), (anthropic(), anthropics), (short(), openais)] {
        assert_eq!(String::from_utf8(dialect.error(&error)).unwrap(), body);
    }
}

fn failed_with(message: &str) -> Interruption<'_> {
    Interruption::Failed {
        message,
        upstream: None,
        retry_after: None,
    }
}

#[test]
fn an_interrupted_stream_ends_in_its_clients_words() {
    let anthropics = |message: &str| {
        let error = json!({"type": "error", "error": {"type": "api_error", "message": message}});
        format!("event: error\ndata: {error}\n\n")
    };
    let openais = "data: {\"error\":{\"message\":\"It broke.\",\"type\":\"api_error\"}}\n\n".to_owned();
    let killed = "The stream was ended by its user.";
    for (dialect, failed, killed) in [
        (openai(), openais, "data: [DONE]\n\n".to_owned()),
        (anthropic(), anthropics("It broke."), anthropics(killed)),
        (short(), anthropics("It broke."), anthropics(killed)),
    ] {
        let end = |by| String::from_utf8(dialect.interrupted(by)).unwrap();
        assert_eq!(end(failed_with("It broke.")), failed);
        assert_eq!(end(Interruption::Killed), killed);
    }
}

#[test]
fn a_stream_that_never_began_ends_with_the_words_that_its_status_would_have_had() {
    let refused = Interruption::Refused(ErrorFacts {
        status: 503,
        code: "OVERLOADED",
        message: "Busy.",
        details: None,
        upstream: None,
        retry_after: None,
    });
    let openais = concat!(
        r#"data: {"error":{"message":"Busy.","type":"api_error","param":null,"code":"OVERLOADED"}}"#,
        "\n\n"
    );
    let anthropics = concat!(
        "event: error\n",
        r#"data: {"type":"error","error":{"type":"overloaded_error","message":"Busy."}}"#,
        "\n\n"
    );
    for (dialect, event) in [(openai(), openais), (anthropic(), anthropics), (short(), anthropics)] {
        assert_eq!(String::from_utf8(dialect.interrupted(refused)).unwrap(), event);
    }
}

#[test]
fn a_stream_that_is_cut_never_looks_finished() {
    for (dialect, form, end) in pairings() {
        let events = arriving(dialect, form, &[][..], &EVENTS[..4]);
        for cut in 0..=events.len() {
            let (mut reader, mut out) = (dialect.stream(form, &stream_facts("m")), Vec::new());
            for data in &events[..cut] {
                reader.push(data.as_bytes(), &mut out).unwrap();
            }
            assert!(reader.finish(1, &mut out).is_err(), "{dialect:?} {form:?} {cut}");
            assert!(!String::from_utf8(out).unwrap().contains(end));
        }
    }
}

proptest! {
    #[test]
    fn any_message_becomes_one_event_of_valid_json(message in any::<String>()) {
        for dialect in [openai(), anthropic(), short()] {
            let end = String::from_utf8(dialect.interrupted(failed_with(&message))).unwrap();
            let event = end.strip_suffix("\n\n").unwrap();
            let data = event.lines().last().unwrap().strip_prefix("data: ").unwrap();
            let data: Value = serde_json::from_str(data).unwrap();
            prop_assert_eq!(&data["error"]["message"], &message);
            prop_assert!(event.lines().count() <= 2);
        }
    }

    #[test]
    fn no_bytes_make_a_dialect_panic(data in "[{}\\[\\]\":,a-d1 \n]{0,24}", operation in 0..Operation::ALL.len()) {
        let operation = Operation::ALL[operation];
        for (dialect, form, _) in pairings() {
            let _ = dialect.parse(operation, data.as_bytes());
            let reply = dialect.reply(data.as_bytes(), form, &facts(operation, "m"));
            if operation != Operation::CountTokens && let Ok((reply, _)) = reply {
                prop_assert!(serde_json::from_slice::<Value>(&reply).is_ok());
            }
        }
    }
}

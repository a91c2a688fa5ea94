//! The dialect through its trait: replies, texts, counts, and how streams break off.

pub(super) mod assembled;
mod native;
mod replies;
mod shaped;

use serde_json::{Value, json};

use super::OpenaiResponses;
use crate::client::ClientDialect;
use crate::facts::ErrorFacts;
use crate::interruption::Interruption;
use crate::operation::Operation;
use crate::tests::facts;

#[test]
fn paths_of_stored_responses_say_that_there_are_none() {
    let absence = |path: &str| OpenaiResponses.absence(path).unwrap();
    assert!(absence("/v1/responses/resp_1").starts_with("Responses are not stored here"));
    assert!(absence("/v1/responses/resp_1/cancel").contains("`store: false`"));
    assert!(OpenaiResponses.has_own_error_form());
}

#[test]
fn a_count_says_what_it_is() {
    let body = br#"{"model":"m","input":"Hi","instructions":"x"}"#;
    let request = OpenaiResponses.parse(Operation::CountTokens, body).unwrap();
    let estimate: Value = serde_json::from_slice(&OpenaiResponses.estimate(&request).unwrap()).unwrap();
    assert_eq!(
        estimate,
        json!({"object": "response.input_tokens", "input_tokens": 2, "estimated": true})
    );
    let facts = facts(Operation::CountTokens, "m");
    let (count, _) = OpenaiResponses
        .reply(br#"{"input_tokens": 7}"#, crate::client::Form::Canonical, &facts)
        .unwrap();
    let count: Value = serde_json::from_slice(&count).unwrap();
    assert_eq!(count, json!({"object": "response.input_tokens", "input_tokens": 7}));
}

#[test]
fn a_conversation_made_shorter_stays_as_its_vendor_wrote_it() {
    let body = br#"{"model":"m","previous_response_id":"resp_1"}"#;
    let request = OpenaiResponses.parse(Operation::Compaction, body).unwrap();
    assert_eq!(OpenaiResponses.canonical(&request).unwrap(), None);
    let nothing = OpenaiResponses.parse(Operation::Compaction, br#"{"model":"m"}"#);
    assert!(nothing.unwrap_err().to_string().starts_with("input: is missing"));
    let facts = facts(Operation::Compaction, "m");
    let reply = |body: &str| OpenaiResponses.reply(body.as_bytes(), crate::client::Form::Native, &facts);
    let shorter = r#" {"object": "response.compaction","output":[{"type":"compaction","encrypted_content":"x"}],"usage":{"input_tokens":9,"output_tokens":2}} "#;
    let (written, summary) = reply(shorter).unwrap();
    assert_eq!(String::from_utf8(written).unwrap(), shorter.trim());
    assert_eq!(
        (summary.usage.input_tokens, summary.usage.output_tokens),
        (Some(9), Some(2))
    );
    assert!(reply(r#"{"object":"response.compaction"}"#).is_err());
    assert!(reply(r#"{"error":{"message":"no"},"output":[]}"#).is_err());
}

#[test]
fn a_stream_that_never_began_is_a_response_that_failed() {
    let refused = Interruption::Refused(ErrorFacts {
        status: 429,
        code: "RATE_LIMITED",
        message: "Slow down.",
        details: None,
        upstream: None,
        retry_after: None,
    });
    let events = assembled::events(&String::from_utf8(OpenaiResponses.interrupted(refused)).unwrap());
    assert_eq!(events.len(), 2);
    assert_eq!(events[0]["type"], "response.created");
    let response = &events[1]["response"];
    assert_eq!(response["id"], events[0]["response"]["id"]);
    assert_eq!(response["status"], "failed");
    assert_eq!(
        response["error"],
        json!({"code": "rate_limit_exceeded", "message": "Slow down."})
    );
}

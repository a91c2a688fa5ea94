//! The dialect through its trait: what goes out whole, what passes as it came, and the texts in all of it.

mod native;
mod replies;
mod shaped;

use serde_json::{Value, json};

use super::GeminiContent;
use crate::client::{ClientDialect, Form};
use crate::facts::StreamFacts;
use crate::json::Members;
use crate::operation::Operation;
use crate::tests::{request, stream_facts};

/// The objects in a stream's events.
pub(super) fn events(stream: &str) -> Vec<Value> {
    let data = |event: &str| serde_json::from_str(event.strip_prefix("data: ").unwrap()).unwrap();
    let stream = stream.strip_suffix("\n\n");
    stream.map_or_else(Vec::new, |stream| stream.split("\n\n").map(data).collect())
}

/// The candidates of a stream, each as a reply in one piece would have it: texts that follow one another are one.
pub(super) fn assembled(stream: &str) -> Vec<Value> {
    let mut whole: Vec<Value> = Vec::new();
    for event in events(stream) {
        for candidate in event["candidates"].as_array().into_iter().flatten() {
            let index = usize::try_from(candidate["index"].as_u64().unwrap()).unwrap();
            while whole.len() <= index {
                whole.push(json!({"parts": [], "index": whole.len()}));
            }
            let parts = candidate["content"]["parts"].as_array().unwrap();
            for part in parts {
                join(whole[index]["parts"].as_array_mut().unwrap(), part);
            }
            if let Some(reason) = candidate.get("finishReason") {
                assert!(whole[index].get("finishReason").is_none(), "one end");
                whole[index]["finishReason"] = reason.clone();
            }
        }
    }
    whole
}

/// Adds a part, as clients do that keep the conversation.
pub(super) fn join(parts: &mut Vec<Value>, part: &Value) {
    let says = |part: &Value| (part["text"].as_str().map(str::to_owned), part["thought"] == json!(true));
    let (text, is_thought) = says(part);
    if text.as_deref() == Some("") && part.get("thoughtSignature").is_none() {
        return;
    }
    if let (Some(last), Some(text)) = (parts.last_mut(), &text)
        && part.get("thoughtSignature").is_none()
        && let (Some(before), was_thought) = says(last)
        && was_thought == is_thought
    {
        last["text"] = json!(before + text);
        return;
    }
    parts.push(part.clone());
}

/// The canonical form of a request.
pub(super) fn canonical(body: &Value) -> Value {
    let text = body.to_string();
    let parsed = GeminiContent.parse(Operation::Chat, text.as_bytes()).unwrap();
    serde_json::from_slice(&GeminiContent.canonical(&parsed).unwrap().unwrap()).unwrap()
}

#[test]
fn other_operations_are_refused() {
    let fault = GeminiContent.parse(Operation::Images, b"{}").unwrap_err();
    assert_eq!(
        fault.to_string(),
        "body: gemini-generate-content has no requests for images"
    );
}

#[test]
fn a_count_is_in_the_words_of_the_api_and_may_be_an_estimate() {
    let facts = crate::tests::facts(Operation::CountTokens, "m");
    let (reply, _) = GeminiContent
        .reply(br#"{"input_tokens":7}"#, Form::Canonical, &facts)
        .unwrap();
    assert_eq!(reply, br#"{"totalTokens":7}"#);
    let body = r#"{"model":"m","contents":[{}],"tools":[],"x":"not counted"}"#;
    let count = request(Operation::CountTokens, body);
    assert_eq!(GeminiContent.estimate(&count).unwrap(), br#"{"totalTokens":2}"#);
    assert_eq!(GeminiContent.estimate(&request(Operation::Chat, body)), None);
}

#[test]
fn embeddings_come_as_one_vector_or_as_a_list_in_order() {
    let reply = |body: &str, request: &str| {
        let members = Members::of(request).unwrap();
        let facts = crate::facts::ReplyFacts {
            request: &members,
            ..crate::tests::facts(Operation::Embeddings, "m")
        };
        let reply = GeminiContent.reply(body.as_bytes(), Form::Canonical, &facts);
        reply.map(|(reply, summary)| (String::from_utf8(reply).unwrap(), summary.usage.input_tokens))
    };
    let one = r#"{"data":[{"index":0,"embedding":[0.50,1]}],"usage":{"total_tokens":3}}"#;
    let two = r#"{"data":[{"index":1,"embedding":[2]},{"index":0,"embedding":[1]}]}"#;
    let list = r#"{"requests":[{},{}]}"#;
    assert_eq!(
        reply(one, "{}"),
        Ok((r#"{"embedding":{"values":[0.50,1]}}"#.to_owned(), Some(3)))
    );
    assert_eq!(
        reply(two, list),
        Ok((r#"{"embeddings":[{"values":[1]},{"values":[2]}]}"#.to_owned(), None))
    );
    for (body, request) in [
        (one, list),
        (two, "{}"),
        (r#"{"data":[{"embedding":"AAAA"}]}"#, "{}"),
        ("{}", "{}"),
    ] {
        assert!(reply(body, request).is_err(), "{body}");
    }
}

/// Facts of a stream of the answer to this request.
pub(super) fn facts_of<'a>(request: &'a Members<'a>) -> StreamFacts<'a> {
    StreamFacts {
        request,
        ..stream_facts("route/m")
    }
}

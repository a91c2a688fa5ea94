//! Buffered canonical replies as replies of this API.

use serde_json::{Value, json};

use crate::client::{ClientDialect, Form};
use crate::facts::ReplyFacts;
use crate::fault::StreamFault;
use crate::gemini::GeminiContent;
use crate::json::Members;
use crate::operation::Operation;
use crate::sealed::{mark_bytes, open_bytes};
use crate::tests::facts;

/// The reply to a request that wants to see thoughts.
fn reply(body: &Value) -> Result<Value, StreamFault> {
    let request = br#"{"generationConfig":{"thinkingConfig":{"includeThoughts":true}}}"#;
    reply_to(request, body)
}

fn reply_to(request: &[u8], body: &Value) -> Result<Value, StreamFault> {
    let members = Members::parse(request).unwrap();
    let facts = ReplyFacts {
        request: &members,
        ..facts(Operation::Chat, "route/m")
    };
    let (reply, _) = GeminiContent.reply(body.to_string().as_bytes(), Form::Canonical, &facts)?;
    Ok(serde_json::from_slice(&reply).unwrap())
}

fn completion(message: &Value, finish_reason: &str) -> Value {
    json!({"id": "c", "choices": [{"index": 0, "message": message, "finish_reason": finish_reason}]})
}

#[test]
fn a_text_with_its_usage() {
    let mut body = completion(&json!({"role": "assistant", "content": "hi"}), "stop");
    body["usage"] = json!({"prompt_tokens": 3, "completion_tokens": 1});
    assert_eq!(
        reply(&body).unwrap(),
        json!({
            "candidates": [{"content": {"parts": [{"text": "hi"}], "role": "model"}, "finishReason": "STOP", "index": 0}],
            "usageMetadata": {"promptTokenCount": 3, "candidatesTokenCount": 1, "totalTokenCount": 4},
            "modelVersion": "route/m",
            "responseId": "r-1",
        })
    );
}

#[test]
fn every_choice_is_a_candidate_and_every_ending_has_its_word() {
    let choice =
        |index: u64, reason: &str| json!({"index": index, "message": {"content": "x"}, "finish_reason": reason});
    let reasons = ["stop", "length", "content_filter", "tool_calls", "of_tomorrow"];
    let choices: Vec<Value> = (0..)
        .zip(reasons)
        .map(|(index, reason)| choice(index, reason))
        .collect();
    let reply = reply(&json!({ "choices": choices })).unwrap();
    let told = reply["candidates"].as_array().unwrap().iter();
    let told: Vec<_> = told
        .map(|candidate| candidate["finishReason"].as_str().unwrap())
        .collect();
    assert_eq!(told, ["STOP", "MAX_TOKENS", "SAFETY", "STOP", "STOP"]);
}

#[test]
fn thinking_is_shown_where_it_is_asked_for_and_sealed_in_the_part_that_follows() {
    let message = json!({
        "content": "so",
        "reasoning_content": "hm",
        "thinking_blocks": [{"type": "thinking", "thinking": "hm", "signature": "sig"}],
        "tool_calls": [{"id": "t1", "function": {"name": "f", "arguments": "{\"a\":1.0}"}}],
    });
    let body = completion(&message, "tool_calls");
    let shown = reply(&body).unwrap();
    let parts = shown["candidates"][0]["content"]["parts"].as_array().unwrap();
    assert_eq!(parts[0], json!({"text": "hm", "thought": true}));
    let signature = parts[1]["thoughtSignature"].as_str().unwrap();
    let sealed = open_bytes(signature, &|provider| provider == "p").unwrap();
    assert_eq!(sealed, br#"[{"type":"thinking","thinking":"hm","signature":"sig"}]"#);
    assert_eq!(parts[1]["text"], "so");
    assert_eq!(
        parts[2],
        json!({"functionCall": {"id": "t1", "name": "f", "args": {"a": 1.0}}, "thoughtSignature": mark_bytes("p")})
    );
    let hidden = reply_to(b"{}", &body).unwrap();
    assert_eq!(
        hidden["candidates"][0]["content"]["parts"].as_array().unwrap()[..],
        parts[1..]
    );
}

#[test]
fn a_call_has_whole_arguments_and_an_id_of_its_own() {
    let call = |id: &str, arguments: Value| json!({"id": id, "function": {"name": "f", "arguments": arguments}});
    let calls = [
        call("a", json!("")),
        call("a", json!("{}")),
        call("", json!({"b": 2})),
        call("d", json!("\"{\\\"c\\\":3}\"")),
    ];
    let reply = reply(&completion(
        &json!({"content": null, "tool_calls": calls}),
        "tool_calls",
    ))
    .unwrap();
    let parts = &reply["candidates"][0]["content"]["parts"];
    let expected = [
        ("a", json!({})),
        ("call_r-1_1", json!({})),
        ("call_r-1_2", json!({"b": 2})),
        ("d", json!({"c": 3})),
    ];
    for (place, (id, args)) in expected.into_iter().enumerate() {
        let mut part = json!({"functionCall": {"id": id, "name": "f", "args": args}});
        if place == 0 {
            part["thoughtSignature"] = mark_bytes("p").into();
        }
        assert_eq!(parts[place], part);
    }
}

#[test]
fn a_call_that_was_cut_off_is_never_run() {
    let message =
        json!({"content": "x", "tool_calls": [{"id": "a", "function": {"name": "f", "arguments": "{\"a\":"}}]});
    let cut = reply(&completion(&message, "length")).unwrap();
    assert_eq!(cut["candidates"][0]["content"]["parts"], json!([{"text": "x"}]));
    assert!(matches!(
        reply(&completion(&message, "stop")),
        Err(StreamFault::Malformed(_))
    ));
    let nameless = json!({"content": "x", "tool_calls": [{"id": "a"}]});
    assert!(matches!(
        reply(&completion(&nameless, "stop")),
        Err(StreamFault::Malformed(_))
    ));
}

#[test]
fn an_image_stands_in_the_reply_and_an_empty_message_has_an_empty_text() {
    let url = json!({"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}});
    let drawn = reply(&completion(&json!({"content": null, "images": [url]}), "stop")).unwrap();
    let data = json!([{"inlineData": {"mimeType": "image/png", "data": "AA=="}}]);
    assert_eq!(drawn["candidates"][0]["content"]["parts"], data);
    let empty = reply(&completion(&json!({"content": ""}), "stop")).unwrap();
    assert_eq!(empty["candidates"][0]["content"]["parts"], json!([{"text": ""}]));
}

#[test]
fn what_is_no_completion_is_malformed_and_an_error_is_the_upstreams() {
    for body in [
        json!({}),
        json!({"choices": [{}]}),
        json!({"choices": [{"message": {"content": "x"}}]}),
    ] {
        assert!(matches!(reply(&body), Err(StreamFault::Malformed(_))), "{body}");
    }
    let error = json!({"error": {"message": "no"}});
    assert!(matches!(reply(&error), Err(StreamFault::Upstream { .. })));
}

#[test]
fn documents_that_are_cited_are_what_was_retrieved() {
    let document = |title: &str, place: u64| {
        json!({"type": "char_location", "cited_text": "x", "document_index": 0,
        "document_title": title, "file_id": null, "start_char_index": place, "end_char_index": 9})
    };
    let found = |source: &str| {
        json!({"type": "search_result_location", "cited_text": "x", "source": source, "title": "B",
        "search_result_index": 0, "start_block_index": 0, "end_block_index": 1})
    };
    let citations = [document("A", 0), document("A", 5), found("https://b"), found("shelf")];
    let body = completion(&json!({"content": "Hi", "citations": citations}), "stop");
    assert_eq!(
        reply(&body).unwrap()["candidates"][0]["groundingMetadata"],
        json!({
            "groundingChunks": [
                {"web": {"uri": "https://b", "title": "B"}},
                {"retrievedContext": {"title": "A"}},
                {"retrievedContext": {"uri": "shelf", "title": "B"}},
            ],
            "groundingSupports": [],
        })
    );
}

#[test]
fn pages_and_probabilities_have_their_place_beside_the_parts() {
    let page = |start: u64, end: u64, url: &str| json!({"type": "url_citation", "url_citation": {"start_index": start, "end_index": end, "url": url, "title": "A"}});
    let annotations = [
        page(0, 2, "https://a"),
        page(2, 99, "https://a"),
        page(1, 2, "https://b"),
    ];
    let mut body = completion(&json!({"content": "\u{e9} \"x\"", "annotations": annotations}), "stop");
    let other = json!({"token": "e", "logprob": -2.50, "bytes": [101]});
    body["choices"][0]["logprobs"] =
        json!({"content": [{"token": "\u{e9}", "logprob": -0.5, "bytes": null, "top_logprobs": [other]}]});
    let candidate = reply(&body).unwrap()["candidates"][0].clone();
    let chunk = |url: &str| json!({"web": {"uri": url, "title": "A"}});
    let support = |start: u64, end: u64, chunk: u64| json!({"segment": {"startIndex": start, "endIndex": end}, "groundingChunkIndices": [chunk]});
    assert_eq!(
        candidate["groundingMetadata"],
        json!({
            "groundingChunks": [chunk("https://a"), chunk("https://b")],
            "groundingSupports": [support(0, 3, 0), support(3, 6, 0), support(2, 3, 1)],
        })
    );
    assert_eq!(
        candidate["logprobsResult"],
        json!({
            "topCandidates": [{"candidates": [{"token": "e", "logProbability": -2.50}]}],
            "chosenCandidates": [{"token": "\u{e9}", "logProbability": -0.5}],
        })
    );
}

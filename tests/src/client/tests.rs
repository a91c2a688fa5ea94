//! The client reads what is sent, neither more nor less.

use serde_json::json;

use super::*;
use crate::upstream::{Upstream, raw, text};

async fn read(bytes: &'static str) -> Collected {
    let upstream = Upstream::start().await;
    upstream.reply(raw([bytes]));
    let client = Client::new(format!("http://{}", upstream.address()));
    client.stream(json!({ "model": "m" })).await.collect().await
}

#[tokio::test]
async fn a_stream_is_asked_for_as_one() {
    let upstream = Upstream::start().await;
    upstream.reply(raw(["data: [DONE]\n\n"]));
    let client = Client::new(format!("http://{}", upstream.address())).with_key("rk_1");
    client.stream(json!({ "model": "m" })).await.collect().await;
    let request = upstream.next_request().await;
    assert_eq!(request.json(), json!({ "model": "m", "stream": true }));
    assert_eq!(request.header("authorization"), Some("Bearer rk_1"));
    assert_eq!(request.header("content-type"), Some("application/json"));
}

#[tokio::test]
async fn lines_of_data_are_joined_and_names_kept() {
    let read = read("event: a\r\ndata: 1\r\ndata:2\r\n\r\nevent: no data\n\nid: 7\ndata: 3\n\n").await;
    let first = Event {
        name: Some("a".to_owned()),
        data: "1\n2".to_owned(),
    };
    let second = Event {
        name: None,
        data: "3".to_owned(),
    };
    assert_eq!(read.events, [first, second]);
    assert_eq!(read.ending, Ending::Clean);
}

#[tokio::test]
async fn comments_are_frames_and_no_events() {
    let upstream = Upstream::start().await;
    upstream.reply(raw([": keep-alive\n\ndata: 1\n\n"]));
    let client = Client::new(format!("http://{}", upstream.address()));
    let mut events = client.stream(json!({})).await;
    assert_eq!(events.next_frame().await, Some(Frame::Comment("keep-alive".to_owned())));
    assert_eq!(events.next_event().await.map(|event| event.data), Some("1".to_owned()));
    assert_eq!(events.next_event().await, None);
}

#[tokio::test]
async fn a_body_that_ends_within_an_event_is_torn() {
    assert_eq!(read("data: 1\n\ndata: 2\n").await.ending, Ending::Torn);
    assert_eq!(read("data: 1\n\ndata").await.ending, Ending::Torn);
}

#[tokio::test]
async fn pieces_of_tool_calls_are_put_together() {
    let read = read(concat!(
        r#"data: {"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{"}}]}}]}"#,
        "\n\n",
        r#"data: {"choices":[{"delta":{"tool_calls":[{"index":1,"id":"b","function":{"name":"g"}}]}}]}"#,
        "\n\n",
        r#"data: {"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"}"}}]},"finish_reason":"tool_calls"}]}"#,
        "\n\n",
        r#"data: {"choices":[],"usage":{"total_tokens":3}}"#,
        "\n\n",
        "data: [DONE]\n\n",
    ))
    .await;
    let call = |id: &str, name: &str, text: &str| (id.to_owned(), name.to_owned(), text.to_owned());
    assert_eq!(read.tool_calls(), [call("a", "f", "{}"), call("b", "g", "")]);
    assert_eq!(read.finish_reason().as_deref(), Some("tool_calls"));
    assert_eq!(read.usage(), Some(json!({ "total_tokens": 3 })));
    assert!(read.is_done());
}

#[tokio::test]
async fn an_error_event_is_found() {
    let read = read("data: {\"error\":{\"message\":\"cut\",\"type\":\"api_error\"}}\n\n").await;
    assert_eq!(read.error().as_deref(), Some("cut"));
    assert!(!read.is_done());
}

#[tokio::test]
async fn a_failure_gives_its_code_and_sentence() {
    let upstream = Upstream::start().await;
    upstream.reply(text(400, "No such model.").header("x-error-code", "INVALID_MODEL"));
    let client = Client::new(format!("http://{}", upstream.address()));
    let answer = client.chat(json!({})).await;
    assert_eq!((answer.status, answer.error_code()), (400, Some("INVALID_MODEL")));
    assert_eq!(answer.text(), "No such model.");
}

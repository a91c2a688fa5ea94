//! The blocks beside text and calls: secret reasoning, searches, citations, documents, and what goes into the cache.

use serde_json::{Value, json};

use super::{ask, read, refused, user, with, with_messages};
use crate::vendor::scenario::REDACTED;

fn search() -> Value {
    json!([{ "type": "web_search_20250305", "name": "web_search", "max_uses": 1 }])
}

fn kinds(content: &Value) -> Vec<&str> {
    let blocks = content.as_array().into_iter().flatten();
    blocks.filter_map(|block| block["type"].as_str()).collect()
}

#[tokio::test]
async fn secret_reasoning_comes_whole_and_is_taken_back_unchanged() {
    let thinking = json!({ "type": "enabled", "budget_tokens": 1024 });
    let answer = ask(with("redacted", "thinking", thinking.clone())).await.json();
    assert_eq!(kinds(&answer["content"]), ["redacted_thinking", "text"]);
    assert_eq!(answer["content"][0]["data"], REDACTED);
    let question = user(json!("redacted"));
    let said = json!({ "role": "assistant", "content": answer["content"] });
    let back = with_messages(json!([question, said, user(json!("hello"))]));
    assert_eq!(ask(back).await.status, 200);
    let forged = json!([{ "type": "redacted_thinking", "data": "eA==" }]);
    let said = json!({ "role": "assistant", "content": forged });
    let message = refused(with_messages(json!([question, said, user(json!("hello"))]))).await;
    assert!(message.contains("`data`"), "{message}");
}

#[tokio::test]
async fn a_search_is_the_vendors_own_and_its_page_is_cited() {
    let answer = ask(with("search", "tools", search())).await.json();
    let content = &answer["content"];
    let expected = ["server_tool_use", "web_search_tool_result", "text"];
    assert_eq!(kinds(content), expected);
    assert_eq!(content[1]["tool_use_id"], content[0]["id"]);
    assert_eq!(content[2]["citations"][0]["url"], content[1]["content"][0]["url"]);
    assert_eq!(answer["usage"]["server_tool_use"]["web_search_requests"], 1);
    let said = json!({ "role": "assistant", "content": content });
    let back = json!([user(json!("search")), said, user(json!("hello"))]);
    assert_eq!(ask(with_messages(back)).await.status, 200);
    let half = json!({ "role": "assistant", "content": [content[0]] });
    let back = json!([user(json!("search")), half, user(json!("hello"))]);
    assert!(refused(with_messages(back)).await.contains("without its result"));
}

#[tokio::test]
async fn a_search_is_streamed_in_pieces_and_its_result_whole() {
    let (read, query) = read(with("search", "tools", search()), "partial_json").await;
    assert_eq!(query, r#"{"query":"weather in Paris"}"#);
    let chunks = read.chunks();
    let found = chunks.iter().find(|chunk| chunk["content_block"]["content"].is_array());
    assert!(found.is_some());
    let cited = chunks.iter().find(|chunk| chunk["delta"]["type"] == "citations_delta");
    let title = cited.map(|chunk| chunk["delta"]["citation"]["title"].clone());
    assert_eq!(title, Some(json!("Weather in Paris")));
}

#[tokio::test]
async fn a_document_is_cited_whatever_its_source() {
    for source in [
        json!({ "type": "base64", "media_type": "application/pdf", "data": "AAAA" }),
        json!({ "type": "text", "media_type": "text/plain", "data": "As is written" }),
        json!({ "type": "url", "url": "https://host.example/a.pdf" }),
        json!({ "type": "file", "file_id": "file_1" }),
        json!({ "type": "content", "content": "As is written" }),
    ] {
        let document = json!({ "type": "document", "source": source, "title": "Book",
            "citations": { "enabled": true } });
        let blocks = json!([document, { "type": "text", "text": "cite" }]);
        let answer = ask(with_messages(json!([user(blocks)]))).await.json();
        let citation = &answer["content"][0]["citations"][0];
        assert_eq!(citation["document_title"], "Book", "{source}");
    }
    let image = json!({ "type": "base64", "media_type": "image/png", "data": "AAAA" });
    let document = json!([{ "type": "document", "source": image }]);
    assert!(
        refused(with_messages(json!([user(document)])))
            .await
            .contains("document.source")
    );
}

#[tokio::test]
async fn what_goes_into_the_cache_is_counted_apart() {
    let usage = ask(super::saying("cached")).await.json()["usage"].take();
    assert_eq!(usage["cache_creation_input_tokens"], 3);
    assert_eq!(usage["cache_creation"]["ephemeral_5m_input_tokens"], 3);
    assert_eq!(
        (&usage["input_tokens"], &usage["cache_read_input_tokens"]),
        (&json!(4), &json!(4))
    );
}

#[tokio::test]
async fn a_result_may_be_an_image() {
    let source = json!({ "type": "base64", "media_type": "image/png", "data": "AAAA" });
    let image = json!([{ "type": "image", "source": source }]);
    let result = json!([{ "type": "tool_result", "tool_use_id": "toolu_a", "content": image }]);
    let messages = json!([user(json!("weather")), super::called(), user(result)]);
    let answer = ask(with_messages(messages)).await.json();
    assert_eq!(answer["content"][0]["text"], "The tool said: image/png.");
}

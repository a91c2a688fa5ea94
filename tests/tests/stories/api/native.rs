//! Over an upstream that speaks Anthropic's dialect itself, nothing is lost: all bytes but those of the model's name.

use jackfield_tests::client::Client;
use jackfield_tests::upstream::{json, raw};

use super::scene::Api;
use crate::scene::ask;

const PATH: &str = "/v1/messages";

/// A request as no library of ours would write it: its own spaces, order, escapes and members.
const SENT: &str = r#"{ "max_tokens":64,  "model" : "route/claude", "x_unknown": [1.0, 1e2, "\u00e9\/"],
 "thinking":{"budget_tokens":1024,"type":"enabled"},
 "system":[{"type":"text","text":"be brief","cache_control":{"type":"ephemeral"}}],
 "messages":[{"role":"user","content":"hi"},
  {"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"c2ln+/=="},{"type":"tool_use","id":"toolu_1","name":"f","input":{"b":1,"a":0.10}}]},
  {"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","content":"ok"}]}],
 "tools":[{"name":"f","input_schema":{"type":"object"}},{"type":"web_search_20250305","name":"web_search","max_uses":3}] }"#;

/// The same of a reply.
const REPLY: &str = r#"{ "id":"msg_01","type":"message", "role":"assistant","model" : "m",
 "content":[{"type":"thinking","thinking":"hm","signature":"c2lnbmF0dXJl+/=="},{"type":"text","text":"caf\u00e9","citations":[{"type":"char_location","cited_text":"x","document_index":0,"document_title":null,"start_char_index":0,"end_char_index":1}]}],
 "stop_reason":"end_turn","stop_sequence":null, "x_new":{"y":1.50},
 "usage":{"input_tokens":3,"output_tokens":5,"service_tier":"standard","server_tool_use":{"web_search_requests":1}} }"#;

/// And of a stream.
const EVENTS: [&str; 9] = [
    "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_01\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"m\",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,\"usage\":{\"input_tokens\":3,\"output_tokens\":1}}}\n\n",
    "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}}\n\n",
    "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"thinking_delta\",\"thinking\":\"hm\"}}\n\n",
    "event: content_block_delta\ndata: {\"type\":\"content_block_delta\", \"index\":0,\"delta\":{\"type\":\"signature_delta\",\"signature\":\"c2lnbmF0dXJl+/==\"}}\n\n",
    "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n",
    "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":1,\"content_block\":{\"type\":\"text\",\"text\":\"caf\\u00e9\"}}\n\n",
    "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":1}\n\n",
    "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":5}}\n\n",
    "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
];

fn sdk(api: &Api) -> Client {
    api.ada().header("anthropic-version", "2023-06-01")
}

#[tokio::test]
async fn a_message_goes_in_and_comes_out_byte_for_byte() {
    let api = Api::start().await;
    api.upstream.reply(json(200, REPLY));
    let answer = sdk(&api).post_text(PATH, SENT).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.text(), REPLY.replace("\"m\"", "\"route/claude\""));
    let request = api.upstream.next_request().await;
    let body = std::str::from_utf8(&request.body).unwrap();
    assert_eq!(body, SENT.replace("\"route/claude\"", "\"m\""));
}

#[tokio::test]
async fn thinking_of_another_vendor_is_taken_out_and_all_else_stays() {
    let api = Api::start().await;
    let signed = |signature: &str| SENT.replace("c2ln+/==", signature);
    for foreign in ["jackfield.gemini.call-0.CiQB", "jackfield.unsigned."] {
        api.upstream.reply(json(200, REPLY));
        let answer = sdk(&api).post_text(PATH, &signed(foreign)).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(
            answer.header("x-jackfield-dropped"),
            Some("messages[].content[].thinking")
        );
        let request = api.upstream.next_request().await;
        let body = std::str::from_utf8(&request.body).unwrap();
        let block = r#"{"type":"thinking","thinking":"hm","signature":"c2ln+/=="},"#;
        let without = SENT.replace("\"route/claude\"", "\"m\"").replace(block, "");
        // The list is written anew, without the space between its messages.
        assert_eq!(body, without.replace("},\n  {\"role\"", "},{\"role\""));
    }
}

#[tokio::test]
async fn a_stream_comes_out_with_every_event_as_it_was() {
    let api = Api::start().await;
    api.upstream.reply(raw(EVENTS));
    let sent = SENT.replacen('{', "{ \"stream\":true,", 1);
    let answer = sdk(&api).post_text(PATH, &sent).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let expected = EVENTS.concat().replace("\"m\"", "\"route/claude\"");
    assert_eq!(answer.text(), expected);
    let request = api.upstream.next_request().await;
    let body = std::str::from_utf8(&request.body).unwrap();
    assert_eq!(body, sent.replace("\"route/claude\"", "\"m\""));
}

#[tokio::test]
async fn beta_features_are_asked_for_as_the_client_did() {
    let api = Api::start().await;
    let client = sdk(&api).header("anthropic-beta", "first-2025-01-01,second-2025-02-02");
    assert_eq!(client.post_text(PATH, SENT).await.status, 200);
    let request = api.upstream.next_request().await;
    let betas = request.header("anthropic-beta").unwrap_or_default().replace(' ', "");
    assert_eq!(betas, "first-2025-01-01,second-2025-02-02");
    let body = std::str::from_utf8(&request.body).unwrap();
    assert_eq!(body, SENT.replace("\"route/claude\"", "\"m\""));
}

#[tokio::test]
async fn the_version_is_the_providers_or_else_the_clients() {
    for (settings, client, path, expected) in [
        ("", "2026-10-21", PATH, "2026-10-21"),
        ("", "2023-06-01", PATH, "2023-06-01"),
        ("", "tomorrow", PATH, "2023-06-01"),
        ("version: 2024-01-01", "2026-10-21", PATH, "2024-01-01"),
        // What is translated is translated to the version that the adapter knows.
        ("", "2026-10-21", "/v1/chat/completions", "2023-06-01"),
    ] {
        let api = Api::replacing(
            "adapter: anthropic,",
            &format!("adapter: anthropic, settings: {{ {settings} }},"),
        )
        .await;
        let client = api.ada().header("anthropic-version", client);
        let chat = ask("route/claude").to_string();
        let body = if path == PATH { SENT } else { &chat };
        let answer = client.post_text(path, body).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let request = api.upstream.next_request().await;
        assert_eq!(request.header("anthropic-version"), Some(expected), "{settings}");
    }
}

#[tokio::test]
async fn keys_come_as_bearer_or_in_a_header_of_their_own() {
    let api = Api::start().await;
    let named = api.client().header("x-api-key", super::scene::ADA);
    for client in [api.ada(), named] {
        let client = client.header("anthropic-version", "2026-10-21");
        let answer = client.post_text(PATH, SENT).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let request = api.upstream.next_request().await;
        assert_eq!(request.header("x-api-key"), Some(super::scene::UPSTREAM_KEY));
        assert_eq!(request.header("authorization"), None);
    }
}

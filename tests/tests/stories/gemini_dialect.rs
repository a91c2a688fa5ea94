//! Google's Gemini API over chat models of both protocols: buffered, streamed, over several turns, and broken off.

mod broken;
mod models;
mod native;

use jackfield_tests::client::{Client, Collected};
use jackfield_tests::gateway::{FREE, Gateway};
use jackfield_tests::upstream::{Upstream, json, sse, sse_typed};
use jackfield_tests::vendor::{Turn, anthropic, openai};
use serde_json::{Value, json as value};

/// A gateway with one upstream, and a chat model over each protocol.
async fn scene() -> (Gateway, Upstream) {
    let upstream = Upstream::start().await;
    let url = upstream.base_url();
    let at = |adapter: &str| format!("{{ adapter: {adapter}, base_url: \"{url}\", api_key: sk }}");
    let config = format!(
        "server: {{ auth: off }}\nrouting: {{ retry_count: 0 }}\nproviders:\n  open: {}\n  claude: {}\nmodels:\n  \
         org/chat: {{ {FREE}, chain: [{{ provider: open, model: up }}] }}\n  \
         claude: {{ {FREE}, chain: [{{ provider: claude, model: up }}] }}\n  \
         vectors: {{ {FREE}, capability: embeddings, chain: [{{ provider: open, model: up }}] }}\n",
        at("openai"),
        at("anthropic"),
    );
    (Gateway::start(&config).await, upstream)
}

/// The path of a model's method.
fn path(model: &str, method: &str) -> String {
    format!("/v1beta/models/{model}:{method}")
}

/// What a model of this protocol answers, streamed.
fn streams(upstream: &Upstream, model: &str, turn: &Turn) {
    match model {
        "claude" => upstream.reply(sse_typed(&anthropic::events(turn))),
        _ => upstream.reply(sse(openai::chunks(turn, 1, true))),
    };
}

/// The same in one piece.
fn replies(upstream: &Upstream, model: &str, turn: &Turn) {
    match model {
        "claude" => upstream.reply(json(200, anthropic::message(turn))),
        _ => upstream.reply(json(200, openai::completion(turn, 1))),
    };
}

fn turn() -> Turn {
    Turn::says(&["I ", "look."]).calls("1", "get_weather", &["{\"city\":", "\"Oslo\"}"])
}

fn ask() -> Value {
    value!({
        "contents": [{ "role": "user", "parts": [{ "text": "Weather?" }] }],
        "system_instruction": { "parts": [{ "text": "Be brief." }] },
        "tools": [
            { "functionDeclarations": [{ "name": "get_weather", "parameters": { "type": "OBJECT", "properties": { "city": { "type": "STRING" } } } }] },
            { "googleSearch": {} },
        ],
    })
}

async fn streamed(client: &Client, model: &str, body: Value) -> Collected {
    let path = path(model, "streamGenerateContent?alt=sse");
    client.stream_from(&path, body).await.collect().await
}

fn events(stream: &Collected) -> Vec<Value> {
    stream.events.iter().map(|event| event.json()).collect()
}

/// The parts of all events, and the reason in the last one.
fn said(events: &[Value]) -> (Vec<Value>, Value) {
    let parts = events
        .iter()
        .filter_map(|event| event["candidates"][0]["content"]["parts"].as_array());
    let parts = parts.flatten().filter(|part| part["text"] != "").cloned().collect();
    (parts, events.last().unwrap()["candidates"][0]["finishReason"].clone())
}

#[tokio::test]
async fn a_stream_says_what_the_reply_in_one_piece_says() {
    let (gateway, upstream) = scene().await;
    for model in ["org/chat", "claude"] {
        replies(&upstream, model, &turn());
        let answer = gateway.client().post(&path(model, "generateContent"), ask()).await;
        assert_eq!(
            answer.header("x-jackfield-dropped"),
            Some("tools[].googleSearch"),
            "{}",
            answer.text()
        );
        let whole = answer.json();
        assert_eq!(whole["modelVersion"], model);
        let candidate = &whole["candidates"][0];
        assert_eq!(
            (&candidate["finishReason"], &candidate["index"]),
            (&value!("STOP"), &value!(0))
        );
        assert_eq!(candidate["content"]["parts"][0], value!({ "text": "I look." }));
        let call = &candidate["content"]["parts"][1]["functionCall"];
        assert_eq!(
            (&call["name"], &call["args"]),
            (&value!("get_weather"), &value!({ "city": "Oslo" }))
        );
        assert_eq!(whole["usageMetadata"]["totalTokenCount"], 18);
        assert_eq!(whole["usageMetadata"]["cachedContentTokenCount"], 4);
        streams(&upstream, model, &turn());
        let events = events(&streamed(&gateway.client(), model, ask()).await);
        let (parts, reason) = said(&events);
        let texts: String = parts.iter().filter_map(|part| part["text"].as_str()).collect();
        assert_eq!((texts.as_str(), reason), ("I look.", value!("STOP")));
        assert_eq!(
            parts.last().unwrap()["functionCall"]["args"],
            value!({ "city": "Oslo" }),
            "{model}"
        );
        assert_eq!(
            events.last().unwrap()["usageMetadata"],
            whole["usageMetadata"],
            "{model}"
        );
    }
}

#[tokio::test]
async fn without_alt_a_stream_is_one_list() {
    let (gateway, upstream) = scene().await;
    streams(&upstream, "org/chat", &Turn::says(&["h", "i"]));
    let answer = gateway
        .client()
        .post("/v1/models/org%2Fchat:streamGenerateContent", ask())
        .await;
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let list = answer.json();
    let (parts, reason) = said(list.as_array().unwrap());
    assert_eq!(
        (parts, reason),
        (vec![value!({ "text": "h" }), value!({ "text": "i" })], value!("STOP"))
    );
}

#[tokio::test]
async fn a_conversation_goes_on_with_its_calls_and_their_results() {
    let (gateway, upstream) = scene().await;
    replies(&upstream, "org/chat", &turn());
    let first = gateway
        .client()
        .post(&path("org/chat", "generateContent"), ask())
        .await
        .json();
    let sent = upstream.next_request().await;
    assert_eq!(sent.path, "/v1/chat/completions");
    let sent = sent.json();
    assert_eq!(
        sent["messages"][0],
        value!({ "role": "system", "content": "Be brief." })
    );
    assert_eq!(
        sent["tools"][0]["function"]["parameters"]["properties"]["city"]["type"],
        "string"
    );
    let mut next = ask();
    let contents = next["contents"].as_array_mut().unwrap();
    contents.push(first["candidates"][0]["content"].clone());
    // Without an id, by its name.
    contents.push(value!({ "role": "user", "parts": [{ "functionResponse": { "name": "get_weather", "response": { "output": "18 C" } } }] }));
    replies(&upstream, "org/chat", &Turn::says(&["18 C."]));
    let second = gateway
        .client()
        .post(&path("org/chat", "generateContent"), next)
        .await
        .json();
    assert_eq!(
        second["candidates"][0]["content"]["parts"],
        value!([{ "text": "18 C." }])
    );
    let messages = upstream.next_request().await.json()["messages"].take();
    assert_eq!(messages[2]["content"], "I look.");
    let id = &messages[2]["tool_calls"][0]["id"];
    assert_eq!(
        messages[3],
        value!({ "role": "tool", "tool_call_id": id, "content": "18 C" })
    );
}

#[tokio::test]
async fn signed_thinking_comes_back_to_the_provider_that_thought_it() {
    let (gateway, upstream) = scene().await;
    let thinking = turn().thinks(&["Let me ", "see."], "c2lnbmVk");
    let ask = || {
        let mut ask = ask();
        ask["generationConfig"] = value!({ "maxOutputTokens": 20_000, "thinkingConfig": { "thinkingBudget": 4096, "includeThoughts": true } });
        ask
    };
    streams(&upstream, "claude", &thinking);
    let (parts, _) = said(&events(&streamed(&gateway.client(), "claude", ask()).await));
    upstream.next_request().await;
    let thoughts: String = parts
        .iter()
        .filter(|part| part["thought"] == true)
        .filter_map(|part| part["text"].as_str())
        .collect();
    assert_eq!(thoughts, "Let me see.");
    let kept: Vec<&Value> = parts.iter().filter(|part| part.get("thought").is_none()).collect();
    assert!(kept[0]["thoughtSignature"].is_string());
    for (model, is_own) in [("claude", true), ("org/chat", false)] {
        let mut next = ask();
        let contents = next["contents"].as_array_mut().unwrap();
        contents.push(value!({ "role": "model", "parts": kept }));
        contents.push(value!({ "role": "user", "parts": [{ "functionResponse": { "name": "get_weather", "response": { "output": "18 C" } } }] }));
        replies(&upstream, model, &Turn::says(&["18 C."]));
        let answer = gateway.client().post(&path(model, "generateContent"), next).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let sent = upstream.next_request().await.json();
        let same = value!({ "type": "thinking", "thinking": "Let me see.", "signature": "c2lnbmVk" });
        assert_eq!(sent["messages"][1]["content"][0] == same, is_own, "{sent}");
        assert_eq!(sent.to_string().contains("c2lnbmVk"), is_own);
        let dropped = answer.header("x-jackfield-dropped").unwrap();
        assert_eq!(dropped.contains("thoughtSignature"), !is_own, "{dropped}");
    }
}

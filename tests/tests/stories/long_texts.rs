//! Long texts of a chat, which no adapter gets unless it looks at them: what reaches the upstream is what would if they were short.

use jackfield_tests::gateway::{FREE, Gateway};
use jackfield_tests::upstream::{Upstream, json};
use serde_json::{Value, json as value};

/// The adapters that translate chats.
const ADAPTERS: [&str; 6] = ["anthropic", "bedrock", "cohere", "gemini", "mistral", "ollama"];

/// How many texts the conversation has.
const TEXTS: usize = 8;

fn short(number: usize) -> String {
    format!("<{number}>")
}

/// With escapes, as JSON writes them, and white space at its end, which some vendors do not take.
fn long(number: usize) -> String {
    format!("<{number}>{}", "caf\u{e9} \"\\ \n".repeat(500 + number))
}

/// A conversation in which each kind of message has a text, and of which an assistant has begun the answer.
fn conversation(model: &str, text: fn(usize) -> String) -> Value {
    let call = value!([{ "id": "call_1", "type": "function", "function": { "name": "look", "arguments": "{}" } }]);
    value!({ "model": model, "max_tokens": 100, "messages": [
        { "role": "system", "content": text(0) },
        { "role": "user", "content": text(1) },
        { "role": "assistant", "content": text(2), "tool_calls": call },
        { "role": "tool", "tool_call_id": "call_1", "content": text(3) },
        { "role": "user", "content": [
            { "type": "text", "text": text(4) },
            { "text": text(5), "type": "text" },
        ] },
        { "role": "assistant", "content": text(6) },
        { "role": "user", "content": text(7) },
    ] })
}

/// The value with the long texts in the place of the short ones.
fn grown(value: Value) -> Value {
    match value {
        Value::String(text) => (0..TEXTS)
            .fold(text, |text, number| text.replace(&short(number), &long(number)))
            .into(),
        Value::Array(list) => list.into_iter().map(grown).collect(),
        Value::Object(members) => members.into_iter().map(|(name, value)| (name, grown(value))).collect(),
        other => other,
    }
}

/// What else a provider needs.
fn more(adapter: &str) -> &'static str {
    if adapter == "bedrock" {
        ", auth: { scheme: bearer }"
    } else {
        ""
    }
}

async fn gateway(upstream: &Upstream) -> Gateway {
    let url = upstream.base_url();
    let provider = |adapter| {
        let more = more(adapter);
        format!("  {adapter}: {{ adapter: {adapter}, base_url: \"{url}\", api_key: k{more} }}\n")
    };
    let model = |adapter| format!("  {adapter}: {{ {FREE}, chain: [{{ provider: {adapter}, model: m }}] }}\n");
    let (providers, models) = (ADAPTERS.map(provider).concat(), ADAPTERS.map(model).concat());
    let config =
        format!("server: {{ auth: off }}\nrouting: {{ retry_count: 0 }}\nproviders:\n{providers}models:\n{models}");
    Gateway::start(&config).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_is_the_same_however_long_its_texts_are() {
    let upstream = Upstream::start().await;
    upstream.always(json(400, value!({ "error": { "message": "seen" } })));
    let gateway = gateway(&upstream).await;
    for adapter in ADAPTERS {
        for text in [short, long] {
            gateway.client().chat(conversation(adapter, text)).await;
        }
        let sent = upstream.requests();
        let [.., first, second] = sent.as_slice() else {
            unreachable!("{adapter} sends two requests")
        };
        let expected = grown(first.json());
        for number in 0..TEXTS {
            assert!(
                expected.to_string().contains(&short(number)),
                "{adapter} loses {number}"
            );
        }
        assert_eq!(second.json(), expected, "{adapter}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_keeps_the_escapes_that_its_client_wrote() {
    let upstream = Upstream::start().await;
    upstream.always(json(400, value!({ "error": { "message": "seen" } })));
    let gateway = gateway(&upstream).await;
    let text = format!(r#""{}""#, r"a\/b \u00e9 ".repeat(300));
    let body = format!(r#"{{"model":"anthropic","messages":[{{"role":"user","content":{text}}}]}}"#);
    gateway.client().post_text("/v1/chat/completions", &body).await;
    let sent = String::from_utf8(upstream.next_request().await.body.to_vec()).unwrap();
    assert!(sent.contains(&text), "{sent}");
}

//! The example adapters in other languages than Rust, and the shapers that `plugin new` begins with, in a real gateway over
//! a double of their upstream.

#![expect(clippy::unwrap_used, reason = "what cannot be done must fail the test")]

use jackfield_tests::client::Ending;
use jackfield_tests::gateway::{FREE, Gateway};
use jackfield_tests::upstream::{Upstream, json, raw, sse};
use serde_json::{Value, json as value};

/// A key of the upstream, which no plugin sees.
const KEY: &str = "sk-of-the-upstream";

/// A gateway with one example, and its upstream.
struct Scene {
    upstream: Upstream,
    gateway: Gateway,
}

#[tokio::test]
async fn an_adapter_in_c_serves_a_chat() {
    Scene::with("ollama-c").await.tell().await;
}

#[tokio::test]
async fn an_adapter_in_javascript_serves_a_chat() {
    Scene::with("ollama-js").await.tell().await;
}

#[tokio::test]
async fn an_adapter_in_python_serves_a_chat() {
    Scene::with("ollama-python").await.tell().await;
}

#[tokio::test]
async fn a_shaper_in_javascript_hides_words() {
    shapes("words-js").await;
}

#[tokio::test]
async fn a_shaper_in_python_hides_words() {
    shapes("words-python").await;
}

/// Requests, replies and streams without a word, wherever they are cut.
async fn shapes(shaper: &str) {
    let upstream = Upstream::start().await;
    let url = upstream.base_url();
    let gateway = Gateway::start(&format!(
        r#"
plugins: {{ deadline: 10s, overrides: {{ {shaper}: {{ isolation: shared }} }} }}
routing: {{ retry_count: 0 }}
providers: {{ up: {{ adapter: openai, base_url: "{url}" }} }}
models: {{ llama: {{ {FREE}, chain: [{{ provider: up, model: m }}] }} }}
shapers: {{ words: {{ plugin: {shaper}, grant: [texts, reply], settings: {{ words: [SECRET, "Grüße \U0001F980"] }} }} }}
"#
    ))
    .await;
    let said = "a SECRET, SECRE, Grüße \u{1F980}!";
    let choice = value!({ "index": 0, "message": { "role": "assistant", "content": said }, "finish_reason": "stop" });
    upstream.reply(json(
        200,
        value!({ "id": "c", "object": "chat.completion", "choices": [choice] }),
    ));
    let mut question = hello();
    question["messages"][0]["content"] = "my SECRET".into();
    let answer = gateway.client().chat(question).await;
    assert_eq!(
        (answer.status, answer.content().as_str()),
        (200, "a ***, SECRE, ***!"),
        "{}",
        answer.text()
    );
    assert_eq!(upstream.requests()[0].json()["messages"][0]["content"], "my ***");
    let chunk = |delta: Value, finish: Value| value!({ "id": "c", "object": "chat.completion.chunk", "choices": [{ "index": 0, "delta": delta, "finish_reason": finish }] });
    let pieces = said
        .chars()
        .map(|piece| chunk(value!({ "content": piece.to_string() }), Value::Null));
    upstream.reply(sse(pieces.chain([chunk(value!({}), value!("stop"))])));
    let events = gateway.client().stream(hello()).await.collect().await;
    assert_eq!(events.content(), "a ***, SECRE, ***!");
    assert!(events.is_done() && events.error().is_none());
}

// === impl Scene ===

impl Scene {
    /// The same requests in fresh instances and in one that serves them all.
    async fn with(adapter: &str) -> Self {
        let upstream = Upstream::start().await;
        let url = upstream.base_url();
        // A debug build on a busy machine is not what the deadline is about.
        let gateway = Gateway::start(&format!(
            r#"
plugins: {{ deadline: 10s, overrides: {{ {adapter}: {{ isolation: shared }} }} }}
routing: {{ retry_count: 0 }}
providers: {{ ollama: {{ adapter: {adapter}, base_url: "{url}", api_key: {KEY} }} }}
models: {{ llama: {{ {FREE}, chain: [{{ provider: ollama, model: "llama3.2:1b" }}] }} }}
"#
        ))
        .await;
        Self { upstream, gateway }
    }

    async fn tell(&self) {
        self.a_buffered_chat_is_translated_both_ways().await;
        self.a_stream_is_the_same_however_it_is_cut().await;
        self.what_cannot_be_translated_is_said().await;
        self.an_error_keeps_its_class().await;
        self.a_stream_that_dies_never_looks_finished().await;
    }

    async fn a_buffered_chat_is_translated_both_ways(&self) {
        self.upstream.reply(json(200, line("Grüße, \"Ada\" \u{1F980}\n", true)));
        let parts = value!([{ "type": "text", "text": "Grüß " }, { "type": "text", "text": "\"Gott\"\u{1F600}" }]);
        let body = value!({
            "model": "llama",
            "messages": [{ "role": "developer", "content": "Be brief." }, { "role": "user", "content": parts }],
            "max_tokens": 9, "stop": "END", "temperature": 0.5, "logit_bias": { "5": 1 },
        });
        let answer = self.gateway.client().chat(body).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.content(), "Grüße, \"Ada\" \u{1F980}\n");
        assert_eq!(answer.header("x-jackfield-dropped"), Some("logit_bias"));
        assert_eq!(answer.json()["usage"]["total_tokens"], 9);
        let sent = self.upstream.requests().pop().unwrap();
        assert_eq!(sent.header("authorization"), Some(&*format!("Bearer {KEY}")));
        let expected = value!({
            "model": "llama3.2:1b",
            "messages": [
                { "role": "system", "content": "Be brief." },
                { "role": "user", "content": "Grüß \"Gott\"\u{1F600}" },
            ],
            "stream": false,
            "options": { "num_predict": 9, "stop": ["END"], "temperature": 0.5 },
        });
        assert_eq!(sent.json(), expected);
    }

    async fn a_stream_is_the_same_however_it_is_cut(&self) {
        let whole = [line("Grü", false), line("ße \u{1F980}", false), line("", true)].map(|line| format!("{line}\n"));
        let whole = whole.concat();
        let reply = || raw([whole.clone()]).header("content-type", "application/x-ndjson");
        for reply in [
            reply(),
            reply().split_at(whole.find('ß').unwrap() + 1),
            reply().byte_by_byte(),
        ] {
            self.upstream.reply(reply);
            let events = self.gateway.client().stream(hello()).await.collect().await;
            assert_eq!(events.content(), "Grüße \u{1F980}");
            assert_eq!(events.finish_reason().as_deref(), Some("stop"));
            assert_eq!(events.ending, Ending::Clean);
            assert!(events.is_done());
        }
    }

    async fn what_cannot_be_translated_is_said(&self) {
        let mut body = hello();
        body["tools"] = value!([{ "type": "function", "function": { "name": "f" } }]);
        let before = self.upstream.requests().len();
        let answer = self.gateway.client().chat(body).await;
        assert!(answer.text().contains("does not translate tools"), "{}", answer.text());
        assert_eq!(self.upstream.requests().len(), before, "nothing is sent");
    }

    async fn an_error_keeps_its_class(&self) {
        let body = value!({ "error": "invalid options: \"num_predict\"" });
        self.upstream.reply(json(400, body));
        let answer = self.gateway.client().chat(hello()).await;
        assert_eq!(answer.status, 400);
        assert!(answer.text().contains("invalid options"), "{}", answer.text());
        self.upstream.reply(json(200, value!({ "strange": true })));
        assert_eq!(self.gateway.client().chat(hello()).await.status, 502);
    }

    async fn a_stream_that_dies_never_looks_finished(&self) {
        let begun = format!("{}\n", line("Hel", false));
        let torn = format!("{begun}{}\n", value!({ "error": "out of memory" }));
        for dying in [begun.clone(), torn, format!("{begun}not JSON\n")] {
            self.upstream
                .reply(raw([dying]).header("content-type", "application/x-ndjson"));
            let events = self.gateway.client().stream(hello()).await.collect().await;
            assert_eq!(events.content(), "Hel");
            assert!(events.error().is_some() && !events.is_done());
            assert_eq!(events.finish_reason(), None);
        }
    }
}

fn hello() -> Value {
    value!({ "model": "llama", "messages": [{ "role": "user", "content": "Hi" }] })
}

/// One object of the upstream's: a word, or the last word with what was counted.
fn line(content: &str, done: bool) -> Value {
    let mut line = value!({
        "model": "llama3.2:1b",
        "created_at": "2026-01-01T00:00:00Z",
        "message": { "role": "assistant", "content": content },
        "done": done,
    });
    if done {
        line["done_reason"] = value!("stop");
        line["prompt_eval_count"] = value!(7);
        line["eval_count"] = value!(2);
    }
    line
}

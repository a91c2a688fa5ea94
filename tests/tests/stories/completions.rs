//! OpenAI's older completions: over models for them, and over chat models of every adapter.

use jackfield_tests::client::{Client, Collected};
use jackfield_tests::gateway::{FREE, Gateway};
use jackfield_tests::upstream::{Upstream, json, sse, sse_typed, status};
use jackfield_tests::vendor::{Turn, anthropic, openai};
use serde_json::{Value, json as value};

const PATH: &str = "/v1/completions";

/// A gateway with one upstream, a model for completions, and chat models over two adapters.
async fn scene() -> (Gateway, Upstream) {
    let upstream = Upstream::start().await;
    let url = upstream.base_url();
    let at = |adapter: &str| format!("{{ adapter: {adapter}, base_url: \"{url}\", api_key: sk }}");
    let config = format!(
        "server: {{ auth: off }}\nrouting: {{ retry_count: 0 }}\nproviders:\n  open: {}\n  claude: {}\nmodels:\n  \
         base: {{ {FREE}, capability: completion, chain: [{{ provider: open, model: up }}] }}\n  \
         chat: {{ {FREE}, chain: [{{ provider: open, model: up }}] }}\n  \
         claude: {{ {FREE}, chain: [{{ provider: claude, model: up }}] }}\n  \
         draw: {{ {FREE}, capability: images, chain: [{{ provider: open, model: up }}] }}\n",
        at("openai"),
        at("anthropic"),
    );
    (Gateway::start(&config).await, upstream)
}

fn ask(model: &str) -> Value {
    value!({ "model": model, "prompt": "Say hi", "max_tokens": 9 })
}

async fn streamed(client: &Client, model: &str) -> Collected {
    client.stream_from(PATH, ask(model)).await.collect().await
}

/// What the chunks say.
fn said(stream: &Collected) -> String {
    let chunks = stream.chunks();
    let texts = chunks.iter().filter_map(|chunk| chunk["choices"][0]["text"].as_str());
    texts.collect()
}

#[tokio::test]
async fn a_model_for_completions_gets_everything_as_it_is() {
    let (gateway, upstream) = scene().await;
    let reply = value!({
        "id": "cmpl-1", "object": "text_completion", "model": "up", "created": 7,
        "choices": [{ "text": " hi", "index": 0, "logprobs": { "tokens": [" hi"] }, "finish_reason": "stop" }],
        "usage": { "prompt_tokens": 2, "completion_tokens": 1, "total_tokens": 3 },
    });
    upstream.reply(json(200, &reply));
    let question = value!({ "model": "base", "prompt": ["a", "b"], "echo": true, "logprobs": 1, "suffix": "z" });
    let answer = gateway.client().post(PATH, question).await.json();
    assert_eq!(
        (&answer["model"], &answer["choices"]),
        (&value!("base"), &reply["choices"])
    );
    let sent = upstream.next_request().await;
    assert_eq!(sent.path, "/v1/completions");
    assert_eq!(
        sent.json(),
        value!({ "model": "up", "prompt": ["a", "b"], "echo": true, "logprobs": 1, "suffix": "z" })
    );
}

#[tokio::test]
async fn a_stream_of_completions_passes_and_one_that_breaks_off_says_so() {
    let (gateway, upstream) = scene().await;
    let chunk = |text: &str, reason: Value| value!({ "id": "c", "object": "text_completion", "choices": [{ "text": text, "index": 0, "finish_reason": reason }] });
    upstream.reply(sse([chunk("h", Value::Null), chunk("i", "stop".into())]));
    let stream = streamed(&gateway.client(), "base").await;
    assert_eq!((said(&stream).as_str(), stream.is_done()), ("hi", true));
    assert_eq!(
        upstream.next_request().await.json()["stream_options"],
        value!({ "include_usage": true })
    );
    upstream.reply(sse([chunk("h", Value::Null)]).without_done());
    let stream = streamed(&gateway.client(), "base").await;
    assert!(!stream.is_done() && stream.error().is_some(), "{stream:?}");
}

#[tokio::test]
async fn a_chat_model_completes_a_prompt_buffered_and_streamed() {
    let (gateway, upstream) = scene().await;
    upstream.reply(json(200, openai::completion(&Turn::says(&["hi"]), 1)));
    let answer = gateway.client().post(PATH, ask("chat")).await.json();
    assert_eq!(
        (&answer["object"], &answer["model"]),
        (&value!("text_completion"), &value!("chat"))
    );
    let choice = value!({ "text": "hi", "index": 0, "logprobs": null, "finish_reason": "stop" });
    assert_eq!(answer["choices"], value!([choice]));
    let sent = upstream.next_request().await;
    assert_eq!(sent.path, "/v1/chat/completions");
    assert_eq!(
        sent.json()["messages"],
        value!([{ "role": "user", "content": "Say hi" }])
    );
    assert_eq!(
        (&sent.json()["max_tokens"], &sent.json()["prompt"]),
        (&value!(9), &Value::Null)
    );
    upstream.reply(sse(openai::chunks(&Turn::says(&["h", "i"]), 1, false)));
    let stream = streamed(&gateway.client(), "chat").await;
    assert_eq!((said(&stream).as_str(), stream.is_done()), ("hi", true));
    let mut half = openai::chunks(&Turn::says(&["h", "i"]), 1, false);
    half.pop();
    upstream.reply(sse(half).without_done());
    let stream = streamed(&gateway.client(), "chat").await;
    assert!(!stream.is_done() && stream.error().is_some(), "{stream:?}");
}

#[tokio::test]
async fn a_chat_model_of_another_protocol_completes_a_prompt_too() {
    let (gateway, upstream) = scene().await;
    upstream.reply(json(200, anthropic::message(&Turn::says(&["hi"]))));
    let answer = gateway.client().post(PATH, ask("claude")).await;
    assert_eq!(answer.json()["choices"][0]["text"], "hi", "{}", answer.text());
    upstream.reply(sse_typed(&anthropic::events(&Turn::says(&["h", "i"]))));
    let stream = streamed(&gateway.client(), "claude").await;
    assert_eq!((said(&stream).as_str(), stream.is_done()), ("hi", true));
}

#[tokio::test]
async fn what_cannot_be_done_is_refused_by_name() {
    let (gateway, upstream) = scene().await;
    for (member, given) in [
        ("echo", value!(true)),
        ("logprobs", value!(3)),
        ("suffix", value!("z")),
        ("best_of", value!(2)),
        ("prompt", value!(["a", "b"])),
        ("prompt", value!([1, 2])),
    ] {
        let mut question = ask("chat");
        question[member] = given;
        let answer = gateway.client().post(PATH, question).await;
        assert_eq!(answer.status, 400);
        assert!(answer.text().contains(&format!("{member}: ")), "{}", answer.text());
    }
    let answer = gateway.client().post(PATH, ask("draw")).await;
    assert!(
        answer.text().contains("is for images, not for completion"),
        "{}",
        answer.text()
    );
    assert!(upstream.requests().is_empty());
    upstream.reply(status(500));
    assert_eq!(gateway.client().post(PATH, ask("base")).await.status, 502);
}

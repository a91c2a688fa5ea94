//! What replies have beside their text: citations in the form that each client reads, and images, for which one of the
//! forms has no place.

use jackfield_tests::client::Client;
use jackfield_tests::gateway::{FREE, Gateway};
use jackfield_tests::upstream::{Upstream, json, sse, sse_typed};
use jackfield_tests::vendor::{Turn, anthropic, openai};
use serde_json::{Value, json as value};

/// A gateway over one upstream of each form, whose models have the adapters' names.
struct Scene {
    gateway: Gateway,
    anthropic: Upstream,
    gemini: Upstream,
    openai: Upstream,
}

// === impl Scene ===

impl Scene {
    async fn start() -> Self {
        let (anthropic, gemini, openai) = (
            Upstream::start().await,
            Upstream::start().await,
            Upstream::start().await,
        );
        let (mut providers, mut models) = (Vec::new(), Vec::new());
        for (adapter, upstream) in [("anthropic", &anthropic), ("gemini", &gemini), ("openai", &openai)] {
            let url = upstream.base_url();
            providers.push(format!(
                "  {adapter}: {{ adapter: {adapter}, base_url: \"{url}\", api_key: k }}\n"
            ));
            models.push(format!(
                "  {adapter}: {{ {FREE}, chain: [{{ provider: {adapter}, model: m }}] }}\n"
            ));
        }
        let (providers, models) = (providers.concat(), models.concat());
        let config = format!("routing: {{ retry_count: 0 }}\nproviders:\n{providers}models:\n{models}");
        let gateway = Gateway::start(&config).await;
        Self {
            gateway,
            anthropic,
            gemini,
            openai,
        }
    }

    fn sdk(&self) -> Client {
        self.gateway.client().header("anthropic-version", "2023-06-01")
    }
}

fn found() -> Turn {
    Turn::says(&["Oslo is ", "cold."]).searches("s1", "oslo", "https://weather.example", "Weather")
}

/// A picture with a sentence.
fn drawn() -> Value {
    let parts = value!([{ "text": "Here." }, { "inlineData": { "mimeType": "image/png", "data": "iVBORw==" } }]);
    value!({
        "responseId": "r1", "modelVersion": "m",
        "candidates": [{ "content": { "role": "model", "parts": parts }, "finishReason": "STOP" }],
        "usageMetadata": { "promptTokenCount": 1, "candidatesTokenCount": 2, "totalTokenCount": 3 },
    })
}

fn message(model: &str) -> Value {
    value!({ "model": model, "max_tokens": 64, "messages": [{ "role": "user", "content": "hi" }] })
}

fn chat(model: &str) -> Value {
    value!({ "model": model, "messages": [{ "role": "user", "content": "hi" }] })
}

/// The same citation of the whole text, as clients of chat get it.
fn annotation(start: u64, end: u64) -> Value {
    let page = value!({
        "start_index": start, "end_index": end, "title": "Weather", "url": "https://weather.example",
    });
    value!({ "type": "url_citation", "url_citation": page })
}

#[tokio::test]
async fn pages_that_claude_found_are_annotations_for_clients_of_chat() {
    let scene = Scene::start().await;
    let client = scene.gateway.client();
    scene.anthropic.reply(json(200, anthropic::message(&found())));
    let answer = client.chat(chat("anthropic")).await.json();
    let said = &answer["choices"][0]["message"];
    assert_eq!(said["annotations"], value!([annotation(0, 13)]));
    assert_eq!(said["citations"][0]["type"], "web_search_result_location");

    scene.anthropic.reply(sse_typed(&anthropic::events(&found())));
    let stream = client.stream(chat("anthropic")).await.collect().await;
    assert_eq!(stream.content(), "Oslo is cold.");
    let annotations = stream.chunks().into_iter();
    let annotations = annotations.map(|chunk| chunk["choices"][0]["delta"]["annotations"].clone());
    let mut annotations: Vec<Value> = annotations.filter(Value::is_array).collect();
    annotations[0][0].as_object_mut().unwrap().remove("index");
    assert_eq!(annotations, [value!([annotation(0, 13)])]);
}

#[tokio::test]
async fn annotations_are_citations_for_clients_of_messages_and_go_no_further() {
    let scene = Scene::start().await;
    let expected = value!([{
        "type": "web_search_result_location", "cited_text": "", "encrypted_index": "jackfield.unsigned.",
        "title": "Weather", "url": "https://weather.example",
    }]);
    scene.openai.reply(json(200, openai::completion(&found(), 1)));
    let answer = scene.sdk().post("/v1/messages", message("openai")).await.json();
    assert_eq!(answer["content"][0]["text"], "Oslo is cold.");
    assert_eq!(answer["content"][0]["citations"], expected);

    scene.openai.reply(sse(openai::chunks(&found(), 1, true)));
    let stream = scene
        .sdk()
        .stream_from("/v1/messages", message("openai"))
        .await
        .collect()
        .await;
    let deltas = stream.chunks().into_iter().map(|event| event["delta"].clone());
    let cited: Vec<Value> = deltas.filter(|delta| delta["type"] == "citations_delta").collect();
    assert_eq!(cited, [value!({ "type": "citations_delta", "citation": expected[0] })]);

    // The client sends the reply back, to this vendor and to another.
    for (model, upstream, reply) in [
        (
            "openai",
            &scene.openai,
            json(200, openai::completion(&Turn::says(&["ok"]), 1)),
        ),
        (
            "anthropic",
            &scene.anthropic,
            json(200, anthropic::message(&Turn::says(&["ok"]))),
        ),
    ] {
        upstream.reply(reply);
        let mut next = message(model);
        let messages = next["messages"].as_array_mut().unwrap();
        messages.push(value!({ "role": "assistant", "content": answer["content"] }));
        messages.push(value!({ "role": "user", "content": "And now?" }));
        assert_eq!(scene.sdk().post("/v1/messages", next).await.status, 200);
        let sent = upstream.requests().last().unwrap().json();
        assert!(sent["messages"][1].to_string().contains("Oslo is cold."), "{sent:#}");
        assert!(!sent.to_string().contains("weather.example"), "{sent:#}");
    }
}

#[tokio::test]
async fn images_reach_clients_of_chat_and_are_named_to_clients_of_messages() {
    let scene = Scene::start().await;
    scene.gemini.reply(json(200, drawn()));
    let answer = scene.gateway.client().chat(chat("gemini")).await;
    let said = &answer.json()["choices"][0]["message"];
    assert_eq!(said["images"][0]["image_url"]["url"], "data:image/png;base64,iVBORw==");
    assert_eq!(answer.header("x-jackfield-dropped"), None);

    // What a vendor drew is not sent to one whose API does not know the member.
    let mut next = chat("openai");
    let messages = next["messages"].as_array_mut().unwrap();
    messages.extend([said.clone(), value!({ "role": "user", "content": "And now?" })]);
    scene
        .openai
        .reply(json(200, openai::completion(&Turn::says(&["ok"]), 1)));
    let answer = scene.gateway.client().chat(next).await;
    assert_eq!(answer.header("x-jackfield-dropped"), Some("messages[].images"));
    let sent = scene.openai.next_request().await.json();
    assert_eq!(sent["messages"][1], value!({ "role": "assistant", "content": "Here." }));

    scene.gemini.reply(json(200, drawn()));
    let answer = scene.sdk().post("/v1/messages", message("gemini")).await;
    assert_eq!(answer.json()["content"], value!([{ "type": "text", "text": "Here." }]));
    assert_eq!(answer.header("x-jackfield-dropped"), Some("reply.images"));
    scene.gemini.reply(sse([drawn()]).without_done());
    let stream = scene
        .sdk()
        .stream_from("/v1/messages", message("gemini"))
        .await
        .collect()
        .await;
    assert_eq!(stream.events.last().unwrap().json()["type"], "message_stop");
}

//! Chats over two vendors that tell the same story: the client sees no difference, and nothing that it said is lost.

use jackfield_tests::client::Client;
use jackfield_tests::gateway::{FREE, Gateway};
use jackfield_tests::upstream::{Upstream, json};
use jackfield_tests::vendor::{self, API_KEY, Turn, openai};
use serde_json::{Value, json as value};

use crate::scene::{Scene, ask, says};

/// A gateway before both doubles, each of which is a model.
struct Vendors {
    gateway: Gateway,
    _upstreams: [Upstream; 2],
}

// === impl Vendors ===

impl Vendors {
    async fn start() -> Self {
        let (openai, anthropic) = (vendor::openai(0).await, vendor::anthropic(0).await);
        let config = format!(
            r#"
routing: {{ retry_count: 0 }}
providers:
  openai: {{ adapter: openai, base_url: "{}", api_key: "{API_KEY}" }}
  anthropic: {{ adapter: anthropic, base_url: "{}", api_key: "{API_KEY}" }}
models:
  openai: {{ {FREE}, chain: [{{ provider: openai, model: {} }}] }}
  anthropic: {{ {FREE}, chain: [{{ provider: anthropic, model: {} }}] }}
"#,
            openai.base_url(),
            anthropic.base_url(),
            vendor::openai::MODEL,
            vendor::anthropic::MODEL,
        );
        Self {
            gateway: Gateway::start(&config).await,
            _upstreams: [openai, anthropic],
        }
    }

    fn client(&self) -> Client {
        self.gateway.client()
    }
}

/// A request to play a scenario, with the tool that some need.
fn scenario(model: &str, word: &str) -> Value {
    let parameters = value!({ "type": "object", "properties": { "city": { "type": "string" } } });
    let function = value!({ "name": "get_weather", "parameters": parameters });
    value!({
        "model": model,
        "messages": [{ "role": "user", "content": word }],
        "tools": [{ "type": "function", "function": function }],
    })
}

#[tokio::test]
async fn a_text_is_the_same_over_both() {
    let vendors = Vendors::start().await;
    for model in ["openai", "anthropic"] {
        let answer = vendors.client().chat(scenario(model, "hello")).await;
        assert_eq!(answer.content(), "Hello, world! ☀", "{model}");
        let answer = answer.json();
        assert_eq!(answer["object"], "chat.completion");
        assert_eq!(answer["choices"][0]["finish_reason"], "stop");
        let usage = &answer["usage"];
        assert_eq!(
            (
                &usage["prompt_tokens"],
                &usage["completion_tokens"],
                &usage["total_tokens"]
            ),
            (&value!(11), &value!(7), &value!(18)),
            "{model}"
        );
        assert_eq!(usage["prompt_tokens_details"]["cached_tokens"], 4, "{model}");
    }
}

#[tokio::test]
async fn parallel_calls_of_tools_are_the_same_over_both_and_whole_or_streamed() {
    let vendors = Vendors::start().await;
    let client = vendors.client();
    for model in ["openai", "anthropic"] {
        let answer = client.chat(scenario(model, "weathers")).await.json();
        let choice = &answer["choices"][0];
        assert_eq!(choice["finish_reason"], "tool_calls");
        let calls = choice["message"]["tool_calls"].as_array().unwrap();
        let whole: Vec<Value> = calls
            .iter()
            .map(|call| serde_json::from_str(call["function"]["arguments"].as_str().unwrap()).unwrap())
            .collect();
        let cities = [value!({ "city": "Paris" }), value!({ "city": "Oslo" })];
        assert_eq!(whole, cities, "{model}");

        let stream = client.stream(scenario(model, "weathers")).await.collect().await;
        assert_eq!(stream.finish_reason().as_deref(), Some("tool_calls"));
        let streamed: Vec<Value> = stream
            .tool_calls()
            .iter()
            .map(|(_, name, arguments)| {
                assert_eq!(name, "get_weather");
                serde_json::from_str(arguments).unwrap()
            })
            .collect();
        assert_eq!(streamed, cities, "{model}");
    }
}

#[tokio::test]
async fn failures_are_the_same_over_both() {
    let vendors = Vendors::start().await;
    for (word, status, code) in [
        ("error-400", 400, "INVALID_REQUEST"),
        ("error-401", 502, "PROVIDER_ERROR"),
        ("error-429", 429, "PROVIDER_RATE_LIMITED"),
        ("error-500", 502, "PROVIDER_ERROR"),
        ("cut", 502, "PROVIDER_ERROR"),
    ] {
        for model in ["openai", "anthropic"] {
            let answer = vendors.client().chat(scenario(model, word)).await;
            assert_eq!(
                (answer.status, answer.error_code()),
                (status, Some(code)),
                "{model} {word}"
            );
        }
    }
}

#[tokio::test]
async fn a_field_that_the_gateway_does_not_know_travels_untouched() {
    let scene = Scene::start().await;
    scene.first.reply(says("hi"));
    let mut question = ask("solo");
    question["enable_thinking"] = value!(true);
    question["chat_template_kwargs"] = value!({ "depth": [1, 2.50, null] });
    question["seed"] = value!(9_007_199_254_740_993_u64);
    scene.client().chat(question.clone()).await;
    let sent = scene.first.next_request().await.json();
    question["model"] = "first-model".into();
    assert_eq!(sent, question);
}

#[tokio::test]
async fn a_field_that_only_the_upstream_knows_reaches_the_client() {
    let scene = Scene::start().await;
    let mut reply = openai::completion(&Turn::says(&["hi"]), 1);
    reply["choices"][0]["message"]["reasoning_content"] = "because".into();
    reply["x_vendor"] = value!({ "cost": 0.25 });
    scene.first.reply(json(200, &reply));
    let answer = scene.client().chat(ask("solo")).await.json();
    assert_eq!(answer["choices"], reply["choices"]);
    assert_eq!((&answer["x_vendor"], &answer["id"]), (&reply["x_vendor"], &reply["id"]));
    assert_eq!(answer["model"], "solo");
}

#[tokio::test]
async fn a_prompt_is_logged_only_where_that_is_asked_for() {
    let config = format!(
        "providers: {{ echo: {{ adapter: echo }} }}\n\
         models: {{ echo: {{ {FREE}, chain: [{{ provider: echo, model: echo }}] }} }}\n"
    );
    let ask = |text: &str| value!({ "model": "echo", "messages": [{ "role": "user", "content": text }] });
    let quiet = Gateway::start(&config).await;
    assert_eq!(quiet.client().chat(ask("a quiet secret")).await.status, 200);
    assert!(!quiet.logs().contains("a quiet secret"));
    let loud = Gateway::start(&format!("log: {{ prompts: true }}\n{config}")).await;
    assert_eq!(loud.client().chat(ask("a loud secret")).await.status, 200);
    assert!(loud.logs().contains("a loud secret"));
}

#[tokio::test]
async fn the_attempts_of_a_failure_are_told_too() {
    let config = format!(
        "server: {{ auth: off, expose_attempts: true }}\nrouting: {{ retry_count: 0 }}\n\
         providers: {{ echo: {{ adapter: echo, settings: {{ script: fail overloaded busy }} }} }}\n\
         models: {{ echo: {{ {FREE}, chain: [{{ provider: echo, model: echo }}] }} }}\n"
    );
    let gateway = Gateway::start(&config).await;
    let request = value!({ "model": "echo", "messages": [{ "role": "user", "content": "x" }] });
    let answer = gateway.client().chat(request).await;
    assert_eq!(answer.status, 502);
    assert_eq!(answer.header("x-jackfield-attempts"), Some("echo=overloaded"));
}

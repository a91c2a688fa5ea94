//! What an upstream accepts: the rest of a request gets OpenAI's standard form, goes to another target, or is named as
//! left out.

use jackfield_tests::client::Client;
use jackfield_tests::gateway::{FREE, Gateway};
use jackfield_tests::upstream::{Request, Upstream, json, sse};
use jackfield_tests::vendor::{Turn, anthropic, openai};
use serde_json::{Value, json as value};

use crate::scene::says;

const PATH: &str = "/v1/messages";
const DROPPED: &str = "x-jackfield-dropped";

/// A gateway over one upstream of each dialect: `plain` goes to OpenAI's, `rich` to the same with more that it accepts, as
/// do `router`, `target` and `poor` by a preset, `chain` to OpenAI's and then to Anthropic's, `claude` to Anthropic's,
/// which does not take `top_k`.
struct Scene {
    gateway: Gateway,
    openai: Upstream,
    anthropic: Upstream,
}

// === impl Scene ===

impl Scene {
    async fn start() -> Self {
        let (openai, anthropic) = (Upstream::start().await, Upstream::start().await);
        openai.always(says("hi"));
        anthropic.always(json(200, anthropic::message(&Turn::says(&["hi"]))));
        let at = |upstream: &Upstream| format!("base_url: \"{}\", api_key: k", upstream.base_url());
        let (plain, claude) = (at(&openai), at(&anthropic));
        let config = format!(
            r#"
server: {{ auth: off, expose_attempts: true, cors: {{ origins: ["https://app.example"] }} }}
routing: {{ retry_count: 0 }}
providers:
  plain: {{ adapter: openai, {plain} }}
  rich: {{ adapter: openai, {plain}, accepts: [reasoning_content, cache_control, top_k] }}
  router: {{ adapter: openai, {plain}, settings: {{ preset: openrouter }} }}
  poor: {{ adapter: openai, {plain}, settings: {{ preset: openrouter }}, accepts: [-top_k] }}
  claude: {{ adapter: anthropic, {claude}, accepts: [-top_k] }}
models:
  plain: {{ {FREE}, chain: [{{ provider: plain, model: m }}] }}
  rich: {{ {FREE}, chain: [{{ provider: rich, model: m }}] }}
  router: {{ {FREE}, chain: [{{ provider: router, model: m }}] }}
  poor: {{ {FREE}, chain: [{{ provider: poor, model: m }}] }}
  target: {{ {FREE}, chain: [{{ provider: plain, model: m, settings: {{ preset: openrouter }} }}] }}
  chain: {{ {FREE}, chain: [{{ provider: plain, model: m }}, {{ provider: claude, model: m }}] }}
  claude: {{ {FREE}, chain: [{{ provider: claude, model: m }}] }}
"#
        );
        let gateway = Gateway::start(&config).await;
        Self {
            gateway,
            openai,
            anthropic,
        }
    }

    /// A client of `/v1/messages` in its full form.
    fn sdk(&self) -> Client {
        self.gateway.client().header("anthropic-version", "2023-06-01")
    }

    /// The request that arrived last at OpenAI's upstream.
    fn sent(&self) -> Value {
        self.openai.requests().last().unwrap().json()
    }
}

/// A request with much that only one vendor has.
fn ask(model: &str) -> Value {
    value!({
        "model": model, "max_tokens": 5000, "top_k": 5,
        "thinking": { "type": "enabled", "budget_tokens": 4096 },
        "system": [{ "type": "text", "text": "S", "cache_control": { "type": "ephemeral" } }],
        "messages": [{ "role": "user", "content": "hi" }],
    })
}

#[tokio::test]
async fn what_an_upstream_does_not_accept_is_translated_or_left_out_and_named() {
    let scene = Scene::start().await;
    for client in [scene.sdk(), scene.gateway.client()] {
        let answer = client
            .header("origin", "https://app.example")
            .post(PATH, ask("plain"))
            .await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header(DROPPED), Some("top_k, system[].cache_control"));
        assert!(
            answer
                .header("access-control-expose-headers")
                .unwrap()
                .contains(DROPPED)
        );
        let expected = value!({
            "model": "m", "max_tokens": 5000, "reasoning_effort": "medium",
            "messages": [{ "role": "system", "content": "S" }, { "role": "user", "content": "hi" }],
        });
        assert_eq!(scene.sent(), expected);
    }
    scene.openai.always(sse(openai::chunks(&Turn::says(&["hi"]), 1, true)));
    let stream = scene.sdk().stream_from(PATH, ask("plain")).await;
    assert_eq!(stream.header(DROPPED), Some("top_k, system[].cache_control"));
    assert_eq!(scene.sent()["reasoning_effort"], "medium");
}

#[tokio::test]
async fn a_provider_may_accept_more_or_less_than_its_adapter() {
    let scene = Scene::start().await;
    let answer = scene.sdk().post(PATH, ask("rich")).await;
    assert_eq!(answer.header(DROPPED), None);
    let sent = scene.sent();
    assert_eq!(sent["top_k"], 5);
    assert_eq!(
        sent["messages"][0]["content"][0]["cache_control"],
        value!({ "type": "ephemeral" })
    );
    assert_eq!(sent["reasoning_effort"], "medium");
    // A setting of the provider may say what its vendor has.
    let answer = scene.sdk().post(PATH, ask("router")).await;
    assert_eq!(answer.header(DROPPED), None);
    let sent = scene.sent();
    assert_eq!(sent["top_k"], 5);
    assert_eq!(sent["reasoning"], value!({ "max_tokens": 4096 }));
    let answer = scene.sdk().post(PATH, ask("target")).await;
    assert_eq!((answer.header(DROPPED), &scene.sent()["top_k"]), (None, &value!(5)));
    let answer = scene.sdk().post(PATH, ask("poor")).await;
    assert_eq!(answer.header(DROPPED), Some("top_k"));
    // Between equal dialects nothing is translated, so nothing is left out.
    let answer = scene.sdk().post(PATH, ask("claude")).await;
    assert_eq!((answer.status, answer.header(DROPPED)), (200, None));
    assert_eq!(scene.anthropic.requests()[0].json()["top_k"], 5);
}

#[tokio::test]
async fn a_client_of_openai_may_send_back_what_another_vendor_said() {
    let scene = Scene::start().await;
    let ask = |model: &str| {
        value!({
            "model": model, "top_k": 5,
            "messages": [
                { "role": "user", "content": "hi" },
                { "role": "assistant", "content": "ho", "reasoning_content": "hm", "thinking_blocks": [{}] },
                { "role": "user", "content": "so?" },
            ],
        })
    };
    let answer = scene.gateway.client().chat(ask("plain")).await;
    assert_eq!(
        answer.header(DROPPED),
        Some("messages[].reasoning_content, messages[].thinking_blocks")
    );
    let sent = scene.sent();
    assert_eq!(sent["messages"][1], value!({ "role": "assistant", "content": "ho" }));
    assert_eq!(sent["top_k"], 5, "the client's own parameters are as it wants them");
    let answer = scene.gateway.client().chat(ask("rich")).await;
    assert_eq!(answer.header(DROPPED), Some("messages[].thinking_blocks"));
    assert_eq!(scene.sent()["messages"][1]["reasoning_content"], "hm");
}

#[tokio::test]
async fn a_tool_that_one_target_does_not_have_goes_to_one_that_may() {
    let scene = Scene::start().await;
    let ask = |model: &str| {
        value!({
            "model": model, "max_tokens": 5, "messages": [{ "role": "user", "content": "hi" }],
            "tools": [{ "type": "web_search_20250305", "name": "web_search" }],
        })
    };
    // The model's client has a version header or none.
    for client in [scene.sdk(), scene.gateway.client()] {
        let answer = client.post(PATH, ask("chain")).await;
        assert_eq!(answer.status, 200);
        assert_eq!(
            answer.header("x-jackfield-attempts"),
            Some("plain=unsupported, claude=ok;model=m")
        );
    }
    assert_eq!(scene.openai.requests().len(), 0);
    // Where no target has the tool, it is left out, unless the model must call it.
    let answer = scene.sdk().post(PATH, ask("plain")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header(DROPPED), Some("tools[type=web_search_20250305]"));
    assert_eq!(scene.openai.requests()[0].json().get("tools"), None);
    let mut forced = ask("plain");
    forced["tool_choice"] = value!({ "type": "tool", "name": "web_search" });
    let answer = scene.sdk().post(PATH, forced).await;
    assert_eq!((answer.status, answer.error_code()), (400, Some("INVALID_REQUEST")));
    let message = "tools[0]: this provider does not have the tool `web_search` of type `web_search_20250305`";
    assert_eq!(answer.json()["error"]["message"], message);
    assert_eq!(answer.header(DROPPED), None);
}

#[tokio::test]
async fn a_long_tool_name_is_short_upstream_and_whole_for_the_client() {
    let scene = Scene::start().await;
    let name = format!("mcp__{}", "a".repeat(70));
    // The upstream calls the first tool that it got.
    scene.openai.answer(|request: &Request| {
        let body = request.json();
        let tool = body["tools"][0]["function"]["name"].as_str().unwrap();
        assert_eq!(tool.len(), 64);
        let turn = Turn::says(&["so"]).calls("c", tool, &["{\"a\"", ":1}"]);
        if body["stream"] == true {
            sse(openai::chunks(&turn, 1, true))
        } else {
            json(200, openai::completion(&turn, 1))
        }
    });
    let tools = value!([{ "name": name, "input_schema": { "type": "object" } }]);
    let ask = value!({
        "model": "plain", "max_tokens": 5, "messages": [{ "role": "user", "content": "hi" }], "tools": tools,
    });
    let answer = scene.sdk().post(PATH, ask.clone()).await;
    assert_eq!(answer.json()["content"][1]["name"], name.as_str());
    assert_eq!(answer.header(DROPPED), None);
    let stream = scene.sdk().stream_from(PATH, ask).await.collect().await;
    let block = |event: &Value| event["content_block"]["name"].as_str().map(str::to_owned);
    let events: Vec<Value> = stream.events.iter().map(jackfield_tests::client::Event::json).collect();
    assert_eq!(events.iter().find_map(block), Some(name.clone()));
    let tools = value!([{ "type": "function", "function": { "name": name } }]);
    let ask = value!({ "model": "plain", "messages": [{ "role": "user", "content": "hi" }], "tools": tools });
    let stream = scene.gateway.client().stream(ask).await.collect().await;
    assert_eq!(stream.tool_calls()[0].1, name);
}

fn any() -> std::net::SocketAddr {
    std::net::SocketAddr::from(([127, 0, 0, 1], 0))
}

#[tokio::test]
async fn a_word_that_names_no_extension_is_a_fault_with_its_place() {
    let config = |accepts: &str| format!("providers:\n  echo:\n    adapter: echo\n    accepts: {accepts}\n");
    for (accepts, fault) in [
        (
            "[top_k, top_j]",
            "providers.echo.accepts[1]: `top_j` names no extension; use one of: reasoning_content,",
        ),
        (
            "[top_k, -top_k]",
            "providers.echo.accepts[1]: names `top_k` a second time; name each extension once",
        ),
    ] {
        let refusal = Gateway::refusal(&config(accepts), any()).await;
        assert!(refusal.contains(fault), "{refusal}");
    }
}

//! What a scrape of `/metrics` shows after requests, who may scrape, and that nothing of strangers becomes a label.

mod access;
mod guests;
mod names;
mod queries;
pub(crate) mod scraped;

use jackfield_tests::gateway::{FREE, Gateway};
use serde_json::json as value;

use self::scraped::Scraped;
use crate::scene::{Scene, Setup, ask, begins, refuses, says, streams};

#[tokio::test]
async fn requests_are_counted_by_all_that_operators_ask_for() {
    let scene = Scene::start().await;
    scene.first.reply(refuses(500, "down"));
    scene.second.reply(says("hello"));
    assert_eq!(scene.client().chat(ask("duo")).await.status, 200);
    scene.first.reply(refuses(429, "slow down"));
    assert_eq!(scene.client().chat(ask("solo")).await.status, 429);
    assert_eq!(scene.client().chat(ask("nonsense")).await.status, 400);
    let page = Scraped::of(&scene.gateway).await;
    let chat = "endpoint=/v1/chat/completions";
    page.has(
        "jackfield_requests_total",
        &[chat, "model=duo", "provider=second", "status=200", "class=ok"],
        1.0,
    );
    let limited = [chat, "model=solo", "provider=first", "status=429", "class=rate-limited"];
    page.has("jackfield_requests_total", &limited, 1.0);
    page.has(
        "jackfield_requests_total",
        &[chat, "model=other", "provider=", "status=400", "class=client"],
        1.0,
    );
    page.has(
        "jackfield_attempts_total",
        &["provider=first", "model=first-model", "outcome=overloaded"],
        1.0,
    );
    page.has(
        "jackfield_attempts_total",
        &["provider=second", "model=second-model", "outcome=ok"],
        1.0,
    );
    page.has(
        "jackfield_attempt_duration_seconds_count",
        &["provider=second", "model=second-model"],
        1.0,
    );
    let gen_ai = [
        "gen_ai_operation_name=chat",
        "gen_ai_provider_name=openai",
        "gen_ai_request_model=duo",
        "gen_ai_response_model=second-model",
        "error_type=",
    ];
    page.has("gen_ai_server_request_duration_seconds_count", &gen_ai, 1.0);
    page.has("jackfield_request_duration_seconds_count", &[chat, "stream=false"], 3.0);
    // The one that was answered.
    page.has("jackfield_overhead_seconds_count", &[chat, "stream=false"], 1.0);
}

#[tokio::test]
async fn streams_are_measured_to_their_first_content_and_by_token() {
    let scene = Scene::start().await;
    scene.first.reply(streams(&["hello", " you"]));
    scene.client().stream(ask("solo")).await.collect().await;
    scene.first.reply(begins(&["hello"]));
    scene.client().stream(ask("solo")).await.collect().await;
    let page = Scraped::of(&scene.gateway).await;
    let route = ["model=solo", "provider=first"];
    page.has("jackfield_time_to_first_content_seconds_count", &route, 2.0);
    let whole = ["model=solo", "provider=first", "status=200", "class=ok"];
    page.has("jackfield_requests_total", &whole, 1.0);
    let broken = ["model=solo", "provider=first", "status=200", "class=malformed"];
    page.has("jackfield_requests_total", &broken, 1.0);
    let model = ["gen_ai_request_model=solo", "gen_ai_response_model=first-model"];
    page.has("gen_ai_server_time_to_first_token_seconds_count", &model, 2.0);
    page.has("jackfield_time_per_output_chunk_seconds_count", &route, 1.0);
    // The one that broke off has no time per token.
    page.has("gen_ai_server_time_per_output_token_seconds_count", &model, 1.0);
    let output = [model[0], model[1], "gen_ai_token_type=output"];
    page.has("gen_ai_client_token_usage_count", &output, 2.0);
    assert!(page.value("jackfield_tokens_total", &[route[0], "kind=input"]) > 0.0);
}

#[tokio::test]
async fn what_is_charged_is_counted_in_credits() {
    let config = "
providers: { mine: { adapter: echo } }
models:
  paid: { pricing: { input_per_million: 1000000, output_per_million: 0 }, chain: [{ provider: mine, model: e }] }
";
    let gateway = Gateway::start(config).await;
    gateway.client().chat(ask("paid")).await;
    let page = Scraped::of(&gateway).await;
    let input = page.value("jackfield_tokens_total", &["model=paid", "provider=mine", "kind=input"]);
    let credits = page.value("jackfield_credits_charged_total", &["model=paid", "provider=mine"]);
    assert!(input > 0.0 && credits > 0.0, "{input} tokens, {credits} credits");
}

#[tokio::test]
async fn a_provider_may_be_known_by_another_name() {
    let scene = Scene::with(Setup {
        first: "telemetry_name: aws.bedrock",
        ..Setup::default()
    })
    .await;
    scene.first.reply(says("hello"));
    scene.client().chat(ask("solo")).await;
    let page = Scraped::of(&scene.gateway).await;
    let known = ["gen_ai_provider_name=aws.bedrock", "gen_ai_request_model=solo"];
    page.has("gen_ai_server_request_duration_seconds_count", &known, 1.0);
}

#[tokio::test]
async fn an_adapter_knows_the_name_of_its_upstream_in_the_conventions() {
    for (adapter, first, name) in [
        ("openai", "settings: { preset: xai }", "x_ai"),
        ("mistral", "", "mistral_ai"),
        ("cohere", "", "cohere"),
    ] {
        let scene = Scene::with(Setup {
            first,
            adapter,
            ..Setup::default()
        })
        .await;
        scene.first.always(refuses(400, "no"));
        assert_eq!(scene.client().chat(ask("solo")).await.status, 400);
        let page = Scraped::of(&scene.gateway).await;
        let known = [&format!("gen_ai_provider_name={name}"), "gen_ai_request_model=solo"];
        page.has("gen_ai_server_request_duration_seconds_count", &known, 1.0);
    }
}

#[tokio::test]
async fn names_that_clients_invent_are_counted_under_their_pattern() {
    let config = format!(
        "providers: {{ mine: {{ adapter: echo }} }}\n\
         models:\n  \"free/*\": {{ {FREE}, chain: [{{ provider: mine, model: \"any-*\" }}] }}"
    );
    let gateway = Gateway::start(&config).await;
    for name in ["free/a", "free/b", "free/secret-c"] {
        assert_eq!(gateway.client().chat(ask(name)).await.status, 200);
    }
    let page = Scraped::of(&gateway).await;
    page.has("jackfield_requests_total", &["model=free/*", "provider=mine"], 3.0);
    page.has(
        "jackfield_attempts_total",
        &["provider=mine", "model=any-*", "outcome=ok"],
        3.0,
    );
    assert!(!page.text.contains("secret-c"), "{}", page.text);
}

#[tokio::test]
async fn what_the_configuration_does_not_name_any_more_is_forgotten() {
    let config = |model: &str| {
        format!(
            "providers: {{ mine: {{ adapter: echo }} }}\nmodels:\n  {model}: {{ {FREE}, chain: [{{ provider: mine, model: e }}] }}"
        )
    };
    let mut gateway = Gateway::start(&config("old")).await;
    gateway.client().chat(ask("old")).await;
    assert!(Scraped::of(&gateway).await.text.contains("model=\"old\""));
    gateway.reconfigure(&config("new")).await;
    gateway.client().chat(ask("new")).await;
    let page = Scraped::of(&gateway).await;
    assert!(!page.text.contains("model=\"old\""), "{}", page.text);
    page.has("jackfield_requests_total", &["model=new", "provider=mine"], 1.0);
    page.has("jackfield_config_generation", &[], 2.0);
}

#[tokio::test]
async fn what_has_no_room_is_counted_as_other() {
    let config = format!(
        "metrics: {{ max_series: 1 }}\nproviders: {{ mine: {{ adapter: echo }} }}\nmodels:\n  \
         a: {{ {FREE}, chain: [{{ provider: mine, model: e }}] }}\n  b: {{ {FREE}, chain: [{{ provider: mine, model: e }}] }}"
    );
    let gateway = Gateway::start(&config).await;
    gateway.client().chat(ask("a")).await;
    gateway.client().chat(ask("b")).await;
    let page = Scraped::of(&gateway).await;
    page.has("jackfield_requests_total", &["model=a", "provider=mine"], 1.0);
    page.has("jackfield_requests_total", &["model=other", "provider=other"], 1.0);
}

#[tokio::test]
async fn the_state_is_read_at_the_scrape() {
    let breaker = "retry_count: 0, breaker: { failures: 1, open_for: 1h }";
    let mut scene = Scene::with_routing(breaker).await;
    scene.first.reply(refuses(500, "down"));
    scene.client().chat(ask("solo")).await;
    let page = Scraped::of(&scene.gateway).await;
    let target = ["provider=first", "model=first-model"];
    page.has("jackfield_breaker_state", &[target[0], target[1], "state=open"], 1.0);
    page.has("jackfield_breaker_state", &[target[0], target[1], "state=closed"], 0.0);
    page.has("jackfield_provider_on", &["provider=second"], 1.0);
    page.has("jackfield_plugin_info", &["plugin=openai"], 1.0);
    page.has("jackfield_config_last_reload_successful", &[], 1.0);
    for family in [
        "process_resident_memory_bytes",
        "process_open_fds",
        "process_start_time_seconds",
    ] {
        assert!(page.value(family, &[]) > 0.0, "{family}");
    }
    scene.gateway.reconfigure("nonsense: 1").await;
    let page = Scraped::of(&scene.gateway).await;
    page.has("jackfield_config_last_reload_successful", &[], 0.0);
    page.has("jackfield_config_rejected_files", &[], 1.0);
    assert!(page.value("jackfield_config_rejected_timestamp_seconds", &[]) > 0.0);
}

#[tokio::test]
async fn a_slow_request_gets_a_line_that_says_where_its_time_went() {
    let scene = Scene::start().await;
    let config = format!("log: {{ slow: 1ms }}{}", scene.config(&Setup::default()));
    let gateway = Gateway::start(&config).await;
    scene.first.reply(refuses(500, "down"));
    let id = "req_slow_7f3a";
    let client = gateway.client().header("x-request-id", id);
    client
        .chat(value!({ "model": "solo", "messages": [{ "role": "user", "content": "hello" }] }))
        .await;
    let logs = gateway.logs();
    let of_request = |needle: &str| logs.lines().any(|line| line.contains(id) && line.contains(needle));
    assert!(of_request("the request was slow"), "{logs}");
    for field in [
        "error_code",
        "PROVIDER_ERROR",
        "class",
        "overloaded",
        "upstream_status",
        "/v1/chat/completions",
    ] {
        assert!(of_request(field), "no {field} in:\n{logs}");
    }
}

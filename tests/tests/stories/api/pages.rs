//! The description of the API, for people: the page, its reader, and examples that are answered as they stand.

use jackfield_tests::client::Client;
use jackfield_tests::gateway::{FREE, Gateway};
use serde_json::Value;

/// A gateway with the models of the examples, which the shipped configuration has.
async fn echoing() -> Gateway {
    let models = [
        ("echo", "chat"),
        ("echo-embeddings", "embeddings"),
        ("echo-rerank", "rerank"),
        ("echo-images", "images"),
        ("echo-moderation", "moderation"),
        ("echo-speech", "speech"),
    ]
    .map(|(model, capability)| {
        format!("  {model}: {{ capability: {capability}, {FREE}, chain: [{{ provider: echo, model: echo }}] }}\n")
    })
    .concat();
    Gateway::start(&format!(
        "server: {{ auth: off }}\nproviders: {{ echo: {{ adapter: echo }} }}\nmodels:\n{models}"
    ))
    .await
}

#[tokio::test]
async fn a_browser_is_led_to_the_page_and_a_program_is_told_that_there_is_nothing() {
    let gateway = echoing().await;
    let browser = gateway
        .client()
        .header("accept", "text/html,application/xhtml+xml;q=0.9");
    let led = browser.get("/").await;
    assert_eq!((led.status, led.header("location")), (307, Some("/docs")));
    assert_eq!(gateway.client().get("/").await.status, 404);
}

#[tokio::test]
async fn the_page_loads_its_reader_from_here_and_nothing_else() {
    let gateway = echoing().await;
    let page = gateway.client().get("/docs").await;
    let policy = page.header("content-security-policy").unwrap();
    assert!(
        policy.starts_with("default-src 'none'") && !policy.contains("http"),
        "{policy}"
    );
    let (_, rest) = page
        .text()
        .split_once("<script src=\"")
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .unwrap();
    let (source, _) = rest.split_once('"').unwrap();
    let reader = gateway.client().get(source).await;
    assert_eq!(reader.status, 200);
    assert_eq!(reader.header("content-encoding"), Some("gzip"));
}

#[tokio::test]
async fn every_example_is_answered_as_it_stands() {
    let gateway = echoing().await;
    let document = gateway.client().get("/openapi.json").await.json();
    let mut answered = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        let example = &methods["post"]["requestBody"]["content"]["application/json"]["example"];
        // Accounts need a database, and batches a folder.
        let needs_more = path == "/v1/user/key" || path.starts_with("/admin") || path.ends_with("/batches");
        if example.is_null() || needs_more {
            continue;
        }
        let named = &methods["post"]["parameters"][0]["example"];
        let path = path.replace("{model}", named.as_str().unwrap_or_default());
        let answer = gateway.client().post(&path, example.clone()).await;
        // Only an upstream that speaks the Responses API can compact.
        let status = if path == "/v1/responses/compact" { 404 } else { 200 };
        assert_eq!(answer.status, status, "{path}: {}", answer.text());
        answered += 1;
    }
    assert!(answered >= 15, "{answered}");
}

#[tokio::test]
async fn the_code_calls_the_address_that_the_reader_called() {
    let gateway = echoing().await;
    let clients = gateway.url();
    let document = gateway.client().get("/openapi.json").await;
    let length = document.header("content-length").unwrap().parse().ok();
    assert_eq!(length, Some(document.text().len()));
    let document = document.json();
    let code = |method: &str, path: &str| document["paths"][path][method]["x-codeSamples"].to_string();
    assert!(code("post", "/v1/chat/completions").contains(&format!("{clients}/v1/chat/completions")));
    let operators = document["paths"]["/admin/api/me"]["servers"][0]["url"]
        .as_str()
        .unwrap();
    assert_ne!(operators, clients);
    assert!(code("get", "/admin/api/me").contains(&format!("{operators}/admin/api/me")));
    assert_eq!(Client::new(operators).get("/admin/api/me").await.status, 200);
    assert_eq!(document["servers"][0]["url"], "/");

    let shared =
        Gateway::start_without_operators("server: { auth: off }\nproviders: { echo: { adapter: echo } }\n").await;
    let named = shared.client().header("host", "localhost:1234");
    let document = named.get("/openapi.json").await.json();
    let me = &document["paths"]["/admin/api/me"];
    assert!(
        me["get"]["x-codeSamples"]
            .to_string()
            .contains("http://localhost:1234/admin/api/me")
    );
    assert_eq!(me["servers"][0]["url"], "/");
}

#[tokio::test]
async fn every_operation_comes_with_code() {
    let gateway = echoing().await;
    let document = gateway.client().get("/openapi.json").await.json();
    for (path, methods) in document["paths"].as_object().unwrap() {
        let operations = methods.as_object().unwrap().iter();
        for (_, operation) in operations.filter(|(name, _)| *name != "servers") {
            let samples = operation["x-codeSamples"]
                .as_array()
                .map(Vec::as_slice)
                .unwrap_or_default();
            let languages: Vec<&Value> = samples.iter().map(|sample| &sample["label"]).collect();
            assert_eq!(languages, ["curl", "Python", "Node"], "{path}");
        }
    }
}

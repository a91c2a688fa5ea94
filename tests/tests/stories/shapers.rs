//! Shapers at work: what they change, what they refuse, and what they see.

mod guard;
mod hostile;
mod kept;
mod reload;
mod replies;
mod responses;
pub(crate) mod scene;
mod settings;
mod shipped;

use jackfield_tests::upstream::json;
use serde_json::{Value, json as value};

use scene::{ALICE, BOB, Scene, ask};

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_changed_before_its_provider_gets_it() {
    let scene = Scene::with("pii: { plugin: shady, grant: [texts, reply], settings: { does: hide } }").await;
    scene.says("fine");
    let answer = scene.client().chat(ask("my SECRET is out")).await;
    assert_eq!(answer.content(), "fine");
    let sent = scene.upstream.requests().remove(0).json();
    assert_eq!(sent["messages"][0]["content"], "my [hidden] is out");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_an_error_in_the_clients_dialect_with_the_shapers_words() {
    let scene = Scene::with("words: { plugin: shady, grant: [texts, reply], settings: { does: refuse } }").await;
    let answer = scene.client().chat(ask("the SECRET")).await;
    assert_eq!((answer.status, answer.error_code()), (403, Some("forbidden_word")));
    assert_eq!(answer.text(), "That word is not allowed here.");
    let request = value!({ "model": "m", "max_tokens": 9, "messages": [{ "role": "user", "content": "the SECRET" }] });
    let client = scene.client().header("anthropic-version", "2023-06-01");
    let answer = client.post("/v1/messages", request).await;
    assert_eq!((answer.status, answer.error_code()), (403, Some("forbidden_word")));
    let error = &answer.json()["error"];
    assert_eq!(
        (&error["type"], &error["message"]),
        (&value!("permission_error"), &value!("That word is not allowed here."))
    );
    assert!(scene.upstream.requests().is_empty());
    let logs = scene.gateway.logs();
    assert!(
        logs.contains("refused: That word is not allowed here. (shaper words: forbidden_word)"),
        "{logs}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn instructions_and_parameters_are_set_in_every_dialect() {
    let scene = Scene::with("brief: { plugin: shady, grant: [texts, reply], settings: { does: instruct } }").await;
    scene.says("ok").says("ok");
    scene.client().chat(ask("hi")).await;
    let request = value!({ "model": "m", "max_tokens": 900, "system": "Be kind.", "messages": [{ "role": "user", "content": "hi" }] });
    scene.client().post("/v1/messages", request).await;
    let sent: Vec<Value> = scene.upstream.requests().iter().map(|request| request.json()).collect();
    assert_eq!(
        sent[0]["messages"][0],
        value!({ "role": "system", "content": "Be brief." })
    );
    assert_eq!(sent[1]["messages"][0]["content"], "Be brief.\n\nBe kind.");
    assert_eq!(
        (&sent[0]["max_tokens"], &sent[1]["max_tokens"]),
        (&value!(5), &value!(5))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_patch_may_change_is_the_shapers_failure() {
    let scene = Scene::with("hide: { plugin: shady, grant: [texts, reply], settings: { does: lie-parameter } }").await;
    let answer = scene.client().chat(ask("hi")).await;
    assert_eq!((answer.status, answer.error_code()), (502, Some("SHAPER_FAILED")));
    assert!(
        scene
            .gateway
            .logs()
            .contains("patched `model`, which no patch may change")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shaper_sees_a_pseudonym_and_parameters_but_no_name_and_no_key() {
    let scene = Scene::with_keys("tell: { plugin: shady, grant: [texts, reply], settings: { does: tell } }").await;
    let told = async |key: &str| -> Value {
        let mut request = ask("hi");
        request["temperature"] = value!(0.5);
        let answer = scene.client().with_key(key).chat(request).await;
        assert_eq!((answer.status, answer.error_code()), (400, Some("told")));
        for secret in ["alice", "bob", key, "127.0.0.1"] {
            assert!(!answer.text().contains(secret), "{secret}: {}", answer.text());
        }
        serde_json::from_str(answer.text()).unwrap()
    };
    let (alice, again, bob) = (told(ALICE).await, told(ALICE).await, told(BOB).await);
    assert_eq!(alice["user"], again["user"]);
    assert_ne!(alice["user"], bob["user"]);
    assert_eq!(
        (&alice["plan"], &alice["model"], &alice["dialect"]),
        (&value!("free"), &value!("m"), &value!("openai-chat"))
    );
    assert_eq!(alice["parameters"], value!({ "model": "m", "temperature": 0.5 }));
    assert_eq!(alice["paths"], value!(["/messages/0/content"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_shaper_sets_is_checked_like_what_the_client_sets() {
    let scene = Scene::with_keys("up: { plugin: shady, grant: [texts, reply], settings: { does: upgrade } }").await;
    let answer = scene.client().with_key(ALICE).chat(ask("hi")).await;
    assert_eq!((answer.status, answer.error_code()), (400, Some("INVALID_REQUEST")));
    assert!(answer.text().contains("service_tier"), "{}", answer.text());
    assert!(scene.upstream.requests().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn plans_and_models_choose_their_shapers_and_the_order_holds() {
    let shapers = "
  a: { plugin: shady, grant: [texts, reply], everywhere: false, settings: { does: refuse } }
  z: { plugin: shady, grant: [texts, reply], everywhere: false, order: -1, settings: { does: hide } }";
    let scene = Scene::with_model(shapers, "shapers: [a, z]").await;
    scene.says("ok");
    // What the first one hides, the second does not see.
    let answer = scene.client().chat(ask("the SECRET")).await;
    assert_eq!(answer.content(), "ok");
    let free = Scene::with_model(shapers, "").await;
    free.says("ok");
    assert_eq!(free.client().chat(ask("the SECRET")).await.content(), "ok");
    assert_eq!(
        free.upstream.requests().remove(0).json()["messages"][0]["content"],
        "the SECRET"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_with_text_is_shaped() {
    let scene = Scene::with("pii: { plugin: shady, grant: [texts, reply], settings: { does: hide } }").await;
    let vectors = value!({ "object": "list", "data": [{ "index": 0, "embedding": [0.1] }], "model": "up", "usage": { "prompt_tokens": 1, "total_tokens": 1 } });
    let ranks = value!({ "results": [{ "index": 0, "relevance_score": 0.5, "document": { "text": "a SECRET" } }] });
    let images = value!({ "created": 1, "data": [{ "url": "https://x.example/1", "revised_prompt": "a SECRET cat" }] });
    let upstream = &scene.upstream;
    upstream
        .reply(json(200, vectors))
        .then(json(200, ranks))
        .then(json(200, images));
    let client = scene.client();
    let post = async |path: &str, body: Value| client.post(path, body).await;
    post("/v1/embeddings", value!({ "model": "vectors", "input": ["a SECRET"] })).await;
    let ranked = post(
        "/v1/rerank",
        value!({ "model": "ranks", "query": "SECRET?", "documents": ["a SECRET"] }),
    )
    .await;
    let drawn = post(
        "/v1/images/generations",
        value!({ "model": "images", "prompt": "SECRET" }),
    )
    .await;
    let sent: Vec<String> = upstream
        .requests()
        .iter()
        .map(|request| request.json().to_string())
        .collect();
    assert_eq!(sent.len(), 3);
    assert!(
        sent.iter()
            .all(|sent| sent.contains("[hidden]") && !sent.contains("SECRET")),
        "{sent:?}"
    );
    assert!(ranked.text().contains("a [hidden]"), "{}", ranked.text());
    assert!(drawn.text().contains("a [hidden] cat"), "{}", drawn.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_hides_behind_another_is_refused() {
    let scene = Scene::with("pii: { plugin: shady, grant: [texts, reply], settings: { does: hide } }").await;
    let body = r#"{"model":"m","messages":[{"role":"user","content":"SECRET","content":"fine"}]}"#;
    let answer = scene.client().post_text("/v1/chat/completions", body).await;
    assert_eq!((answer.status, answer.error_code()), (400, Some("INVALID_REQUEST")));
    assert!(answer.text().contains("has a member twice"), "{}", answer.text());
    assert!(scene.upstream.requests().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_without_shapers_is_sent_as_it_came() {
    let scene = Scene::with_model(
        "pii: { plugin: shady, grant: [texts, reply], everywhere: false, settings: { does: hide } }",
        "",
    )
    .await;
    scene.says("SECRET");
    let answer = scene
        .client()
        .header("x-request-id", "unshaped")
        .chat(ask("SECRET"))
        .await;
    assert_eq!(answer.content(), "SECRET");
    let logs = scene.gateway.logs();
    let line = logs
        .lines()
        .find(|line| line.contains("request_id=\"unshaped\""))
        .unwrap();
    assert!(!line.contains("shaping_ms"), "{line}");
}

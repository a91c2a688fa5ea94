//! Which credential reaches an upstream, where it goes, and which never do.

use jackfield_tests::upstream::{Request, json, text};
use jackfield_tests::vendor::{Turn, anthropic};

use crate::scene::{FIRST_KEY, Scene, Setup, ask, says};

/// The request that reaches the first upstream, with these further members of its provider.
async fn request(members: &str) -> Request {
    let scene = Scene::with(Setup {
        first: members,
        ..Setup::default()
    })
    .await;
    scene.first.reply(says("hi"));
    assert_eq!(scene.client().chat(ask("solo")).await.content(), "hi");
    scene.first.next_request().await
}

#[tokio::test]
async fn each_adapter_has_its_usual_place_for_the_key() {
    let bearer = format!("Bearer {FIRST_KEY}");
    let openai = request("").await;
    assert_eq!(openai.header("authorization"), Some(bearer.as_str()));
    assert_eq!(openai.path, "/v1/chat/completions");

    let scene = Scene::with(Setup {
        adapter: "anthropic",
        ..Setup::default()
    })
    .await;
    scene.first.reply(json(200, anthropic::message(&Turn::says(&["hi"]))));
    assert_eq!(scene.client().chat(ask("solo")).await.content(), "hi");
    let anthropic = scene.first.next_request().await;
    assert_eq!(anthropic.header("x-api-key"), Some(FIRST_KEY));
    assert_eq!(anthropic.header("authorization"), None);
    assert!(anthropic.header("anthropic-version").is_some());
}

#[tokio::test]
async fn a_provider_can_say_where_its_key_goes() {
    let header = request("auth: { scheme: header, name: api-key }").await;
    assert_eq!(header.header("api-key"), Some(FIRST_KEY));
    assert_eq!(header.header("authorization"), None);

    let query = request("auth: { scheme: query, name: key }").await;
    assert_eq!(query.path, format!("/v1/chat/completions?key={FIRST_KEY}"));
    assert_eq!(query.header("authorization"), None);

    let basic = request("auth: { scheme: basic }").await;
    // printf %s sk-first-3b1f7c | base64
    assert_eq!(basic.header("authorization"), Some("Basic c2stZmlyc3QtM2IxZjdj"));

    let none = request("auth: { scheme: none }").await;
    assert_eq!(none.header("authorization"), None);
    assert!(!format!("{none:?}").contains(FIRST_KEY));
}

#[tokio::test]
async fn a_provider_can_have_headers_of_its_own() {
    let request = request("headers: { x-title: Jackfield, openai-organization: org-1 }").await;
    assert_eq!(request.header("x-title"), Some("Jackfield"));
    assert_eq!(request.header("openai-organization"), Some("org-1"));
}

#[tokio::test]
async fn the_clients_own_headers_stay_at_the_gateway() {
    let scene = Scene::start().await;
    scene.first.reply(says("hi"));
    let secret = "sk-of-the-client";
    let client = scene
        .client()
        .with_key(secret)
        .header("x-api-key", secret)
        .header("cookie", secret)
        .header("proxy-authorization", secret)
        .header("x-forwarded-for", secret);
    assert_eq!(client.chat(ask("solo")).await.status, 200);
    let request = scene.first.next_request().await;
    assert!(!format!("{request:?}").contains(secret), "{request:?}");
    let host = scene.first.address().to_string();
    assert_eq!(request.header("host"), Some(host.as_str()));
}

#[tokio::test]
async fn each_target_gets_its_own_key_and_no_other() {
    let scene = Scene::start().await;
    scene.first.reply(text(500, ""));
    scene.second.reply(says("hi"));
    scene.client().chat(ask("duo")).await;
    let second = scene.second.next_request().await;
    assert_eq!(second.header("authorization"), Some("Bearer sk-second"));
    assert!(!format!("{second:?}").contains(FIRST_KEY));
}

#[tokio::test]
async fn an_upstreams_cookies_and_headers_stay_at_the_gateway() {
    let scene = Scene::start().await;
    let reply = says("hi").header("set-cookie", "session=abc").header("x-vendor", "1");
    scene.first.reply(reply.clone()).then(reply);
    let answer = scene.client().chat(ask("solo")).await;
    assert_eq!((answer.header("set-cookie"), answer.header("x-vendor")), (None, None));
    scene.client().chat(ask("solo")).await;
    scene.first.next_request().await;
    assert_eq!(scene.first.next_request().await.header("cookie"), None);
}

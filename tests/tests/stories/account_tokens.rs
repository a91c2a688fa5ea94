//! Providers with a service account: its key is exchanged for a token at an endpoint, and the token goes upstream.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jackfield_tests::gateway::{FREE, Gateway};
use jackfield_tests::upstream::{Reply, Request, Upstream, json, text};
use serde_json::{Value, json as value};

use crate::scene::{ask, refuses, says};

const KEY_FILE: &str = include_str!("../../../host/gateway/src/upstream/credential/account/key.json");
const TOKEN: &str = "ya29.example-token-0f9e8d7c";

struct Scene {
    gateway: Gateway,
    upstream: Upstream,
    tokens: Upstream,
    other: Upstream,
}

/// A gateway whose model `duo` is tried with a service account, and then at another provider.
async fn scene() -> Scene {
    let (upstream, tokens, other) = (
        Upstream::start().await,
        Upstream::start().await,
        Upstream::start().await,
    );
    let (url, others, endpoint) = (upstream.base_url(), other.base_url(), tokens.address());
    let config = format!(
        r#"
server: {{ auth: off, expose_attempts: true }}
routing: {{ retry_count: 0 }}
providers:
  account:
    adapter: openai
    base_url: "{url}"
    auth:
      scheme: google-service-account
      service_account: "${{env:KEY_FILE}}"
      token_url: "http://{endpoint}/token"
      scope: "https://www.googleapis.com/auth/cloud-platform"
  other: {{ adapter: openai, base_url: "{others}" }}
models:
  duo: {{ {FREE}, chain: [{{ provider: account, model: m }}, {{ provider: other, model: m }}] }}
  solo: {{ {FREE}, chain: [{{ provider: account, model: m }}] }}
"#
    );
    let gateway = Gateway::start_with(&config, &[("KEY_FILE", KEY_FILE)]).await;
    Scene {
        gateway,
        upstream,
        tokens,
        other,
    }
}

fn granted(token: &str) -> Reply {
    json(
        200,
        value!({ "access_token": token, "expires_in": 3599, "token_type": "Bearer" }),
    )
}

/// The claims of the assertion in a request for a token.
fn claims(request: &Request) -> Value {
    let body = String::from_utf8(request.body.to_vec()).unwrap();
    let grant = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=";
    let assertion = body.strip_prefix(grant).unwrap();
    let claims = URL_SAFE_NO_PAD.decode(assertion.split('.').nth(1).unwrap()).unwrap();
    serde_json::from_slice(&claims).unwrap()
}

#[tokio::test]
async fn one_token_serves_many_requests() {
    let scene = scene().await;
    scene.tokens.reply(granted(TOKEN));
    scene.upstream.always(says("hi"));
    for _ in 0..3 {
        assert_eq!(scene.gateway.client().chat(ask("solo")).await.content(), "hi");
        let request = scene.upstream.next_request().await;
        let bearer = format!("Bearer {TOKEN}");
        assert_eq!(request.header("authorization"), Some(bearer.as_str()));
    }
    assert_eq!(scene.tokens.requests().len(), 1);
    let asked = scene.tokens.next_request().await;
    assert_eq!(asked.path, "/token");
    assert_eq!(asked.header("content-type"), Some("application/x-www-form-urlencoded"));
    let claims = claims(&asked);
    assert_eq!(claims["iss"], "gateway@example-project.iam.gserviceaccount.com");
    assert_eq!(claims["scope"], "https://www.googleapis.com/auth/cloud-platform");
    assert_eq!(claims["aud"], "https://oauth2.googleapis.com/token");
    assert_eq!(claims["exp"].as_u64(), Some(claims["iat"].as_u64().unwrap() + 3600));
}

#[tokio::test]
async fn without_a_token_the_next_target_answers() {
    let scene = scene().await;
    scene.other.always(says("from the other"));
    let denied = value!({ "error": "invalid_grant", "error_description": "Invalid JWT" });
    let date = "Sun, 30 Aug 2015 12:36:00 GMT";
    scene.tokens.reply(json(400, denied).header("date", date));
    scene.tokens.then(text(500, ""));
    for _ in 0..2 {
        let answer = scene.gateway.client().chat(ask("duo")).await;
        assert_eq!(answer.content(), "from the other");
    }
    assert_eq!(scene.upstream.requests().len(), 0);
    let logs = scene.gateway.logs();
    assert!(
        logs.contains("the token endpoint refuses the service account"),
        "{logs}"
    );
    assert!(logs.contains("ahead of theirs; set it right"), "{logs}");
    assert!(logs.contains("the token endpoint answers with status 500"), "{logs}");
}

#[tokio::test]
async fn a_token_that_an_upstream_repeats_is_shown_to_nobody() {
    let scene = scene().await;
    scene.tokens.reply(granted(TOKEN));
    scene
        .upstream
        .reply(refuses(401, &format!("the token {TOKEN} is not valid")));
    scene.upstream.then(refuses(400, &format!("the token {TOKEN} is odd")));
    let client = scene.gateway.client();
    let (first, second) = (client.chat(ask("solo")).await, client.chat(ask("solo")).await);
    assert_eq!(second.status, 400);
    assert!(second.text().contains("the token [secret] is odd"), "{}", second.text());
    let private = KEY_FILE.split("\\n").nth(1).unwrap();
    for text in [first.text(), second.text(), &scene.gateway.logs()] {
        assert!(!text.contains(TOKEN) && !text.contains(private));
    }
}

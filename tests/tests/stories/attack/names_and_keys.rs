//! Names that look like others, keys without number, and tokens that were made for or by somebody else.

use http::Method;
use serde_json::{Value, json as value};

use crate::api::scene::{Api, KEPT, assert_refused};
use crate::api::tokens::{SECRET, from_now, hs256, sign, token};
use crate::scene::ask;

const PATH: &str = "/v1/user/key";

/// An API with these further members of its section `tokens`.
async fn with_tokens(members: &str) -> Api {
    let sections = format!("{KEPT}\ntokens: {{ secrets: [\"{SECRET}\"], {members} }}");
    let usual = format!("tokens: {{ secrets: [\"{SECRET}\"] }}\n");
    Api::replacing(&usual, &format!("{sections}\n")).await
}

#[tokio::test]
async fn a_user_makes_only_so_many_keys() {
    let api = with_tokens("max_keys: 3").await;
    let (eve, bob) = (
        api.client().with_key(&token("eve", "premium")),
        api.client().with_key(&token("bob", "premium")),
    );
    let name = value!({ "name": "ci" });
    let mut ids = Vec::new();
    for _ in 0..3 {
        let made = eve.post(PATH, name.clone()).await.json();
        ids.push(made["id"].as_str().unwrap().to_owned());
    }
    let refused = eve.post(PATH, name.clone()).await;
    assert_refused(&refused, 400, "INVALID_REQUEST");
    assert!(refused.text().contains("revoke one first"), "{}", refused.text());
    assert_eq!(bob.post(PATH, name.clone()).await.status, 200);
    let place = format!("{PATH}/{}", ids[0]);
    assert_eq!(eve.request(Method::DELETE, &place, None).await.status, 200);
    assert_eq!(eve.post(PATH, name.clone()).await.status, 200);
    assert_refused(&eve.post(PATH, name).await, 400, "INVALID_REQUEST");
}

#[tokio::test]
async fn names_that_hide_something_are_refused() {
    let api = Api::with("", KEPT).await;
    let eve = api.client().with_key(&token("eve", "premium"));
    for unseen in [
        "\u{202e}", "\u{2066}", "\u{200b}", "\u{200d}", "\u{feff}", "\u{1b}", "\n", "\0", "\u{2028}",
    ] {
        let name = format!("a{unseen}b");
        let refused = eve.post(PATH, value!({ "name": name })).await;
        assert_refused(&refused, 400, "INVALID_REQUEST");
        assert!(refused.text().starts_with("name: contains a"), "{}", refused.text());
        let spoofed = api.client().with_key(&token(&format!("eve{unseen}"), "premium"));
        assert_refused(&spoofed.chat(ask("route/small")).await, 401, "AUTHENTICATION_ERROR");
    }
    for name in ["ci", "größe", "李小龍", "عدا"] {
        assert_eq!(eve.post(PATH, value!({ "name": name })).await.status, 200, "{name}");
    }
}

/// The status of a chat with a token that has these claims as well.
async fn status(api: &Api, more: Value) -> u16 {
    let mut claims = value!({ "sub": "eve", "plan": "premium", "exp": from_now(3600) });
    for (name, value) in more.as_object().unwrap() {
        claims[name] = value.clone();
    }
    let client = api.client().with_key(&sign(&hs256(), &claims, SECRET));
    client.chat(ask("route/small")).await.status
}

#[tokio::test]
async fn a_token_for_another_service_or_by_another_issuer_opens_nothing() {
    let unnamed = Api::with("", KEPT).await;
    assert_eq!(status(&unnamed, value!({})).await, 200);
    assert_eq!(status(&unnamed, value!({ "iss": "anyone" })).await, 200);
    for aud in [value!("billing"), value!(["billing"]), value!([])] {
        assert_eq!(status(&unnamed, value!({ "aud": aud })).await, 401, "{aud}");
    }
    let named = with_tokens("audience: [llm], issuer: [\"https://id.example\"]").await;
    let iss = "https://id.example";
    assert_eq!(status(&named, value!({ "aud": "llm", "iss": iss })).await, 200);
    assert_eq!(
        status(&named, value!({ "aud": ["billing", "llm"], "iss": iss })).await,
        200
    );
    for wrong in [
        value!({}),
        value!({ "iss": iss }),
        value!({ "aud": "llm" }),
        value!({ "aud": "billing", "iss": iss }),
        value!({ "aud": ["billing", "other"], "iss": iss }),
        value!({ "aud": "llm", "iss": "https://evil.example" }),
        value!({ "aud": "llm", "iss": "https://id.example/" }),
        value!({ "aud": "llm", "iss": [iss] }),
    ] {
        assert_eq!(status(&named, wrong.clone()).await, 401, "{wrong}");
    }
}

//! `/v1/user/key`: a user's keys, from the one time that their secret is shown to the moment that they count no more.

use http::Method;
use serde_json::{Value, json as value};

use super::scene::{Api, KEPT, assert_refused};
use super::tokens::token;
use crate::scene::ask;

const PATH: &str = "/v1/user/key";

#[tokio::test]
async fn a_key_is_made_shown_once_used_and_revoked() {
    let api = Api::with("", KEPT).await;
    let eve = api.client().with_key(&token("eve", "premium"));
    assert_eq!(eve.get(PATH).await.json(), value!({ "data": [] }));
    let made = eve.post(PATH, value!({ "name": "ci" })).await.json();
    let secret = made["key"].as_str().unwrap().to_owned();
    assert_eq!(secret.len(), 67);
    assert!(secret.starts_with("rk_") && secret.starts_with(made["key_prefix"].as_str().unwrap()));

    let listed = eve.get(PATH).await;
    assert!(!listed.text().contains(&secret), "the secret is shown once");
    let body = listed.json();
    let members = ["id", "key_prefix", "name", "plan_tier", "created_at", "last_used_at"];
    let entry = body["data"][0].as_object().unwrap();
    assert_eq!(entry.len(), members.len(), "{body}");
    for member in members {
        assert_eq!(entry.get(member), made.get(member), "{member}");
    }
    assert_eq!(
        (&entry["name"], &entry["plan_tier"]),
        (&value!("ci"), &value!("Premium"))
    );
    assert_eq!(entry["last_used_at"], Value::Null);
    assert!(entry["created_at"].as_str().unwrap().ends_with("+00:00"));

    let by_key = api.client().with_key(&secret);
    assert_eq!(by_key.chat(ask("route/large")).await.status, 200);
    // Both are the same user's, who is counted once.
    let used = eve.get("/v1/user/requests").await.json();
    assert_eq!(used["requests_used_today"], 1);
    assert_refused(&by_key.get(PATH).await, 401, "AUTHENTICATION_ERROR");

    let place = format!("{PATH}/{}", made["id"].as_str().unwrap());
    let stranger = api.client().with_key(&token("mallory", "premium"));
    let refused = stranger.request(Method::DELETE, &place, None).await;
    assert_refused(&refused, 404, "NOT_FOUND");
    assert_eq!(by_key.chat(ask("route/large")).await.status, 200);
    let revoked = eve.request(Method::DELETE, &place, None).await;
    assert_eq!(revoked.json(), value!({ "message": "API key revoked" }));
    let refused = by_key.chat(ask("route/large")).await;
    assert_refused(&refused, 401, "AUTHENTICATION_ERROR");
    assert_eq!(eve.get(PATH).await.json(), value!({ "data": [] }));
}

#[tokio::test]
async fn a_key_has_the_plan_of_the_token_that_it_was_made_with() {
    let api = Api::with("", KEPT).await;
    let large = async |key: &str| api.client().with_key(key).chat(ask("route/large")).await.status;
    let made = async |plan: &str| {
        let eve = api.client().with_key(&token("eve", plan));
        let made = eve.post(PATH, value!({ "name": "ci" })).await.json();
        made["key"].as_str().unwrap().to_owned()
    };
    let before = made("free").await;
    assert_eq!(large(&before).await, 403);
    let after = made("premium").await;
    assert_eq!((large(&after).await, large(&before).await), (200, 200));
}

#[tokio::test]
async fn a_key_needs_a_name() {
    let api = Api::with("", KEPT).await;
    let eve = api.client().with_key(&token("eve", "premium"));
    for body in ["{}", "{\"name\":7}", "nonsense", "{\"name\":\"\"}"] {
        assert_refused(&eve.post_text(PATH, body).await, 400, "INVALID_REQUEST");
    }
    assert_eq!(eve.get(PATH).await.json(), value!({ "data": [] }));
}

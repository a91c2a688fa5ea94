//! Keys whose terms are changed while the gateway runs, through the API: at once, in part, and with a note of who did it.

use http::Method;
use jackfield_tests::client::{Answer, Client};
use jackfield_tests::gateway::Gateway;
use serde_json::{Value, json as value};

use super::terms::{refused, status, with_ada};
use crate::scene::eventually;

/// A new key of Ada's on these terms: its path, and a client with it.
async fn made(gateway: &Gateway, terms: Value) -> (String, Client) {
    let key = value!({ "user": "ada", "name": "ci", "terms": terms });
    let made = gateway.operator().post("/admin/api/keys", key).await.json();
    let path = format!("/admin/api/keys/{}", made["id"].as_str().unwrap_or_default());
    let key = made["key"].as_str().unwrap_or_default();
    (path, gateway.client().with_key(key))
}

async fn change(gateway: &Gateway, path: &str, change: Value) -> Answer {
    let body = change.to_string();
    gateway.operator().request(Method::PATCH, path, Some(&body)).await
}

#[tokio::test]
async fn changed_terms_hold_from_the_next_request_on() {
    let gateway = with_ada().await;
    let (path, key) = made(&gateway, value!({ "models": ["cheap"] })).await;
    assert_eq!(status(&key, "cheap").await, (200, None));
    assert_eq!(status(&key, "a").await, refused(403, "MODEL_NOT_ALLOWED"));
    let set = async |terms: Value| {
        let answer = change(&gateway, &path, value!({ "terms": terms })).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["terms"].clone()
    };
    set(value!({ "models": ["cheap", "a"], "tags": ["team"] })).await;
    assert_eq!(status(&key, "a").await, (200, None));
    // What that cost counts for a budget that comes later, once it is written down.
    let spent = async || {
        let usage = gateway.operator().get("/admin/api/usage?by=tag").await.json();
        usage["data"][0]["requests"].as_u64()
    };
    eventually("the rows", spent, |requests| *requests == Some(2)).await;
    set(value!({ "budget": { "total": 0.01 } })).await;
    assert_eq!(status(&key, "cheap").await, refused(402, "KEY_BUDGET_EXCEEDED"));
    set(value!({ "on_exhausted": { "model": "cheap" } })).await;
    let answer = key.chat(crate::scene::ask("a")).await;
    assert_eq!(
        (answer.status, answer.header("x-jackfield-substitute")),
        (200, Some("cheap"))
    );
    set(value!({ "budget": null, "on_exhausted": null, "limits": { "per_minute": 1 } })).await;
    assert_eq!(status(&key, "cheap").await, (200, None));
    assert_eq!(
        status(&key, "cheap").await,
        refused(429, "MINUTE_REQUEST_LIMIT_EXCEEDED")
    );
    let left = set(value!({ "limits": { "per_minute": null, "per_day": 1000 } })).await;
    assert_eq!(
        left["limits"],
        value!({ "per_day": 1000, "per_hour": null, "per_minute": null })
    );
    assert_eq!(
        (&left["models"], &left["tags"]),
        (&value!(["cheap", "a"]), &value!(["team"]))
    );
    assert_eq!(
        (&left["budget"]["total"], &left["on_exhausted"]),
        (&Value::Null, &value!("deny"))
    );
    assert_eq!(status(&key, "a").await, (200, None));
    set(value!({ "expires_at": "2020-01-01" })).await;
    assert_eq!(status(&key, "cheap").await, refused(401, "AUTHENTICATION_ERROR"));
    set(value!({ "expires_at": null })).await;
    assert_eq!(status(&key, "cheap").await, (200, None));
}

#[tokio::test]
async fn who_changed_a_key_is_in_the_audit_log_with_what_it_was() {
    let gateway = with_ada().await;
    let (path, _) = made(&gateway, value!({ "budget": { "day": 5, "month": 50 } })).await;
    let answer = change(
        &gateway,
        &path,
        value!({ "name": "night", "terms": { "budget": { "day": 7 } } }),
    )
    .await;
    let shown = answer.json();
    assert_eq!((answer.status, &shown["name"]), (200, &value!("night")));
    assert_eq!(
        shown["terms"]["budget"],
        value!({ "day": 7.0, "month": 50.0, "total": null })
    );
    assert!(shown.get("key").is_none(), "the secret is not shown again");
    let log = gateway.operator().get("/admin/api/audit").await.json();
    let entry = &log["data"][0];
    assert_eq!(entry["action"], "key.change");
    assert_eq!(path, format!("/admin/api/keys/{}", entry["subject"].as_str().unwrap()));
    assert_eq!(
        (&entry["before"]["name"], &entry["after"]["name"]),
        (&value!("ci"), &value!("night"))
    );
    assert_eq!(entry["before"]["terms"]["budget"]["day"], 5.0);
    assert_eq!(entry["after"]["terms"]["budget"]["day"], 7.0);
}

#[tokio::test]
async fn a_change_that_makes_no_sense_changes_nothing() {
    let gateway = with_ada().await;
    let (path, key) = made(&gateway, value!({ "tags": ["team"] })).await;
    for (wanted, said) in [
        (
            value!({ "terms": { "on_exhausted": { "model": "unheard-of" } } }),
            "unheard-of",
        ),
        (
            value!({ "terms": { "on_exhausted": { "model": "cheap" } } }),
            "there is no budget",
        ),
        (
            value!({ "terms": { "budget": { "day": -1 } } }),
            "terms.budget: is negative",
        ),
        (value!({ "terms": { "budgets": {} } }), "budgets"),
        (value!({ "terms": { "limits": 5 } }), "terms: "),
        (value!({ "terms": { "tags": ["a", "a"] } }), "names one twice"),
        (value!({ "terms": [] }), "terms: an object is wanted"),
        (value!({ "terms": { "budget": [1] } }), "terms: an object is wanted"),
        (value!({ "name": "" }), "name: is empty"),
        (value!({ "user": "bob" }), "user"),
    ] {
        let answer = change(&gateway, &path, wanted).await;
        assert_eq!(answer.status, 400, "{said}");
        assert!(answer.text().contains(said), "{said}: {}", answer.text());
    }
    let keys = gateway.operator().get("/admin/api/keys").await.json();
    assert_eq!(keys["data"][0]["terms"]["tags"], value!(["team"]));
    assert_eq!(status(&key, "cheap").await, (200, None));
    let unheard = change(&gateway, "/admin/api/keys/none", value!({ "name": "x" })).await;
    assert_eq!((unheard.status, unheard.error_code()), (404, Some("NOT_FOUND")));
    assert_eq!(
        gateway.operator().request(Method::DELETE, &path, None).await.status,
        200
    );
    assert_eq!(change(&gateway, &path, value!({ "name": "x" })).await.status, 404);
}

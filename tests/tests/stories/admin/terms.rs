//! Keys with terms of their own: when they end, what they may call, and what they may spend.

use http::Method;
use jackfield_tests::client::Client;
use jackfield_tests::gateway::Gateway;
use serde_json::{Value, json as value};
use tokio::task::JoinSet;

use crate::scene::{ask, eventually};

/// A prompt of the model `a` costs at least a hundredth of a credit. Nothing else costs anything.
const CONFIG: &str = "
server: { auth: required }
storage: { url: \"sqlite:jackfield.db\" }
plans:
  free: { tiers: [any] }
providers:
  mine: { adapter: echo }
models:
  a: { tier: any, pricing: { input_per_million: 10000, output_per_million: 10000 }, chain: [{ provider: mine, model: e }] }
  vector: { tier: any, capability: embeddings, pricing: { input_per_million: 0, output_per_million: 0 }, chain: [{ provider: mine, model: v }] }
  cheap: { tier: any, pricing: { input_per_million: 0, output_per_million: 0 }, chain: [{ provider: mine, model: c }] }
  dear: { tier: top, pricing: { input_per_million: 1, output_per_million: 1 }, chain: [{ provider: mine, model: d }] }
  other/b: { tier: any, pricing: { input_per_million: 0, output_per_million: 0 }, chain: [{ provider: mine, model: b }] }
";

/// A gateway on which Ada has many credits.
pub(super) async fn with_ada() -> Gateway {
    let gateway = Gateway::start(CONFIG).await;
    let ada = value!({ "id": "ada", "plan": "free", "credits": 1000 });
    assert_eq!(gateway.operator().post("/admin/api/users", ada).await.status, 200);
    gateway
}

/// A client with a new key of Ada's on these terms.
async fn with_key(gateway: &Gateway, terms: Value) -> Client {
    let key = value!({ "user": "ada", "name": "ci", "terms": terms });
    let made = gateway.operator().post("/admin/api/keys", key).await;
    assert_eq!(made.status, 200, "{}", made.text());
    gateway.client().with_key(made.json()["key"].as_str().unwrap())
}

pub(super) async fn status(client: &Client, model: &str) -> (u16, Option<String>) {
    let answer = client.chat(ask(model)).await;
    (answer.status, answer.error_code().map(str::to_owned))
}

pub(super) fn refused(status: u16, code: &str) -> (u16, Option<String>) {
    (status, Some(code.to_owned()))
}

#[tokio::test]
async fn a_key_is_accepted_until_it_expires() {
    let gateway = with_ada().await;
    let over = with_key(&gateway, value!({ "expires_at": "2020-01-01" })).await;
    assert_eq!(status(&over, "cheap").await, refused(401, "AUTHENTICATION_ERROR"));
    let soon =
        jackfield_accounting::ledger::utc(jackfield_accounting::clock::unix_millis(std::time::SystemTime::now()) + 700);
    let ends = with_key(&gateway, value!({ "expires_at": soon })).await;
    assert_eq!(status(&ends, "cheap").await, (200, None));
    let call = async || status(&ends, "cheap").await.0;
    eventually("the end of the key", call, |is| *is == 401).await;
    let later = with_key(&gateway, value!({ "expires_at": "2999-12-31" })).await;
    assert_eq!(status(&later, "cheap").await, (200, None));
}

/// The bodies of a short request to the model in each dialect, with their paths.
fn in_each_dialect(model: &str) -> [(String, Value); 6] {
    let turns = value!([{ "role": "user", "content": "hello" }]);
    [
        ("/v1/chat/completions".to_owned(), ask(model)),
        (
            "/v1/messages".to_owned(),
            value!({ "model": model, "max_tokens": 9, "messages": turns.clone() }),
        ),
        (
            "/v1/messages/count_tokens".to_owned(),
            value!({ "model": model, "messages": turns }),
        ),
        ("/v1/responses".to_owned(), value!({ "model": model, "input": "hello" })),
        (
            format!("/v1beta/models/{model}:generateContent"),
            value!({ "contents": [{ "role": "user", "parts": [{ "text": "hello" }] }] }),
        ),
        (
            format!("/v1beta/models/{model}:streamGenerateContent?alt=sse"),
            value!({ "contents": [{ "role": "user", "parts": [{ "text": "hello" }] }] }),
        ),
    ]
}

#[tokio::test]
async fn a_key_that_is_refused_is_told_why_in_each_dialect() {
    let gateway = with_ada().await;
    let operator = gateway.operator();
    let key = value!({ "user": "ada", "name": "ci", "terms": { "expires_at": "2020-01-01" } });
    let made = operator.post("/admin/api/keys", key).await.json();
    let key = gateway.client().with_key(made["key"].as_str().unwrap());
    let told = async |client: &Client, why: &str| {
        for (path, body) in in_each_dialect("cheap") {
            let answer = client.post(&path, body).await;
            assert_eq!(answer.status, 401, "{path}");
            assert_eq!(answer.error_code(), Some("AUTHENTICATION_ERROR"), "{path}");
            assert!(answer.text().contains(why), "{path}: {}", answer.text());
        }
        let listed = client.get("/v1/models").await;
        assert_eq!(listed.status, 401);
        assert!(listed.text().contains(why), "{}", listed.text());
    };
    told(&key, "The key has expired").await;
    let path = format!("/admin/api/keys/{}", made["id"].as_str().unwrap());
    assert_eq!(operator.request(Method::DELETE, &path, None).await.status, 200);
    told(&key, "The key was revoked").await;
    let other = with_key(&gateway, value!({})).await;
    assert_eq!(status(&other, "cheap").await, (200, None));
    let disabled = Some(r#"{"disabled": true}"#);
    let answer = operator.request(Method::PATCH, "/admin/api/users/ada", disabled).await;
    assert_eq!(answer.status, 200);
    let call = async || status(&other, "cheap").await.0;
    eventually("the end of the account", call, |is| *is == 401).await;
    told(&other, "account of the key is disabled").await;
    let nobody = gateway
        .client()
        .with_key("rk_0000000000000000000000000000000000000000000000000000000000000000");
    told(&nobody, "The key is unknown").await;
}

#[tokio::test]
async fn a_key_calls_and_lists_its_own_models() {
    let gateway = with_ada().await;
    let key = with_key(&gateway, value!({ "models": ["cheap", "other/*"] })).await;
    assert_eq!(status(&key, "cheap").await, (200, None));
    assert_eq!(status(&key, "other/b").await, (200, None));
    assert_eq!(status(&key, "a").await, refused(403, "MODEL_NOT_ALLOWED"));
    for (path, body) in in_each_dialect("a") {
        let answer = key.post(&path, body).await;
        assert_eq!(
            (answer.status, answer.error_code()),
            (403, Some("MODEL_NOT_ALLOWED")),
            "{path}"
        );
    }
    let vector = value!({ "model": "vector", "input": "hello" });
    let answer = key.post("/v1/embeddings", vector).await;
    assert_eq!((answer.status, answer.error_code()), (403, Some("MODEL_NOT_ALLOWED")));
    for path in ["/v1beta/models", "/v1/model/info"] {
        let listed = key.get(path).await.text().to_owned();
        assert!(
            listed.contains("other/b") && !listed.contains("vector"),
            "{path}: {listed}"
        );
    }
    let listed = key.get("/v1/models").await.json();
    let ids: Vec<&Value> = listed["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|model| &model["id"])
        .collect();
    assert_eq!(ids, ["cheap", "other/b"]);
    assert_eq!(key.get("/v1/models/a").await.json()["allowed"], false);
}

#[tokio::test]
async fn a_key_over_its_budget_is_refused_and_other_keys_of_its_user_are_not() {
    let gateway = with_ada().await;
    for part in ["day", "month", "total"] {
        let key = with_key(&gateway, value!({ "budget": { part: 0.01 } })).await;
        assert_eq!(status(&key, "a").await, (200, None), "{part}");
        let over = key.chat(ask("a")).await;
        assert_eq!(
            (over.status, over.error_code()),
            (402, Some("KEY_BUDGET_EXCEEDED")),
            "{part}"
        );
        assert!(over.header("x-jackfield-substitute").is_none());
        // It is spent, whatever the model costs.
        assert_eq!(status(&key, "cheap").await, refused(402, "KEY_BUDGET_EXCEEDED"));
    }
    let free = with_key(&gateway, value!({})).await;
    assert_eq!(status(&free, "a").await, (200, None));
}

#[tokio::test]
async fn a_key_over_its_budget_is_served_by_the_cheaper_model_that_it_names() {
    let gateway = with_ada().await;
    let terms =
        value!({ "budget": { "month": 0.01 }, "on_exhausted": { "model": "cheap" }, "tags": ["team", "night"] });
    let key = with_key(&gateway, terms).await;
    let first = key.chat(ask("a")).await;
    assert_eq!((first.status, first.header("x-jackfield-substitute")), (200, None));
    assert_eq!(first.json()["model"], "a");
    let second = key.chat(ask("a")).await;
    assert_eq!(
        (second.status, second.header("x-jackfield-substitute")),
        (200, Some("cheap"))
    );
    assert_eq!(second.json()["model"], "cheap");
    let stream = key.stream(ask("a")).await;
    assert_eq!(stream.header("x-jackfield-substitute"), Some("cheap"));
    stream.collect().await;
    // The ledger names who served, and what it cost.
    let operator = gateway.operator();
    let usage = async |by: &str| operator.get(&format!("/admin/api/usage?by={by}")).await.json()["data"].clone();
    let all = |rows: &Value| rows[1]["requests"] == 2;
    let rows = eventually("the rows", async || usage("model").await, all).await;
    assert_eq!((&rows[0]["group"], &rows[0]["requests"]), (&value!("a"), &value!(1)));
    assert_eq!(
        (&rows[1]["group"], &rows[1]["credits"]),
        (&value!("cheap"), &value!(0.0))
    );
    let rows = operator.get("/admin/requests").await.json();
    let told = |row: &Value| (row["model"].clone(), row["asked_model"].clone());
    assert_eq!(told(&rows["requests"][0]), (value!("cheap"), value!("a")));
    assert_eq!(told(&rows["requests"][2]), (value!("a"), Value::Null));
    let tags = usage("tag").await;
    let told = |row: &Value| (row["group"].clone(), row["requests"].clone());
    assert_eq!(told(&tags[0]), (value!("night"), value!(3)));
    assert_eq!(told(&tags[1]), (value!("team"), value!(3)));
}

#[tokio::test]
async fn what_the_cheaper_model_cannot_serve_is_refused() {
    let gateway = with_ada().await;
    let terms = value!({ "budget": { "total": 0 }, "on_exhausted": { "model": "cheap" } });
    let key = with_key(&gateway, terms).await;
    assert_eq!(status(&key, "a").await, (200, None));
    let vector = value!({ "model": "vector", "input": "hello" });
    let answer = key.post("/v1/embeddings", vector).await;
    assert_eq!((answer.status, answer.error_code()), (402, Some("KEY_BUDGET_EXCEEDED")));
    // To count tokens costs nothing.
    let count = value!({ "model": "a", "messages": [{ "role": "user", "content": "hello" }] });
    assert_eq!(key.post("/v1/messages/count_tokens", count).await.status, 200);
}

#[tokio::test]
async fn of_many_requests_for_the_last_of_a_budget_one_is_served() {
    let gateway = with_ada().await;
    let key = with_key(&gateway, value!({ "budget": { "day": 0.01 } })).await;
    let mut asking = JoinSet::new();
    for _ in 0..20 {
        let key = key.clone();
        asking.spawn(async move { status(&key, "a").await });
    }
    let answers = asking.join_all().await;
    let served = answers.iter().filter(|(status, _)| *status == 200).count();
    assert_eq!(served, 1, "{answers:?}");
    let over = refused(402, "KEY_BUDGET_EXCEEDED");
    assert_eq!(answers.iter().filter(|answer| **answer == over).count(), 19);
}

#[tokio::test]
async fn a_key_has_limits_of_its_own() {
    let gateway = with_ada().await;
    for (limit, code) in [
        ("per_minute", "MINUTE_REQUEST_LIMIT_EXCEEDED"),
        ("per_hour", "HOURLY_REQUEST_LIMIT_EXCEEDED"),
        ("per_day", "DAILY_REQUEST_LIMIT_EXCEEDED"),
    ] {
        let key = with_key(&gateway, value!({ "limits": { limit: 2 } })).await;
        // What fails before an upstream is asked does not count.
        assert_eq!(status(&key, "nothing").await.0, 400);
        assert_eq!(status(&key, "cheap").await, (200, None));
        assert_eq!(status(&key, "cheap").await, (200, None));
        let over = key.chat(ask("cheap")).await;
        assert_eq!((over.status, over.error_code()), (429, Some(code)));
        assert!(
            over.text().contains("Your key allows 2 requests per"),
            "{}",
            over.text()
        );
        assert!(over.header("retry-after").is_some());
        let other = with_key(&gateway, value!({ "limits": { limit: 1 } })).await;
        assert_eq!(
            status(&other, "cheap").await,
            (200, None),
            "another key of the same user"
        );
    }
}

#[tokio::test]
async fn what_a_key_has_spent_is_known_to_the_next_process() {
    let gateway = with_ada().await;
    let key = value!({ "user": "ada", "name": "ci", "terms": { "budget": { "day": 0.01 } } });
    let limited = value!({ "user": "ada", "name": "ci", "terms": { "limits": { "per_day": 1 } } });
    let limited = gateway.operator().post("/admin/api/keys", limited).await.json();
    let limited = limited["key"].as_str().unwrap();
    assert_eq!(status(&gateway.client().with_key(limited), "cheap").await, (200, None));
    let made = gateway.operator().post("/admin/api/keys", key).await.json();
    let secret = made["key"].as_str().unwrap();
    assert_eq!(status(&gateway.client().with_key(secret), "a").await, (200, None));
    let folder = tempfile::tempdir().unwrap();
    gateway.shut_down();
    gateway.ended().await;
    std::fs::create_dir(folder.path().join("config")).unwrap();
    std::fs::create_dir(folder.path().join("plugins")).unwrap();
    for file in std::fs::read_dir(gateway.config_dir()).unwrap().flatten() {
        if file.path().is_file() {
            std::fs::copy(file.path(), folder.path().join("config").join(file.file_name())).unwrap();
        }
    }
    jackfield_tests::gateway::install_adapters(CONFIG, &folder.path().join("plugins"));
    let next = Gateway::start_in(folder, "config", "plugins").await;
    let over = status(&next.client().with_key(secret), "a").await;
    assert_eq!(over, refused(402, "KEY_BUDGET_EXCEEDED"));
    let over = status(&next.client().with_key(limited), "cheap").await;
    assert_eq!(over, refused(429, "DAILY_REQUEST_LIMIT_EXCEEDED"));
}

#[tokio::test]
async fn terms_that_make_no_sense_are_refused() {
    let gateway = with_ada().await;
    for (terms, said) in [
        (value!({ "expires_at": "soon" }), "2026-12-31"),
        (value!({ "on_exhausted": { "model": "unheard-of" } }), "unheard-of"),
        (value!({ "on_exhausted": { "model": "cheap" } }), "there is no budget"),
        (
            value!({ "budget": { "day": 1 }, "on_exhausted": { "model": "dear" } }),
            "the plan \"free\" does not include",
        ),
        (
            value!({ "models": ["a"], "budget": { "day": 1 }, "on_exhausted": { "model": "cheap" } }),
            "terms.models does not include",
        ),
        (value!({ "budget": { "month": -1 } }), "terms.budget: is negative"),
        (
            value!({ "limits": { "per_minute": -1 } }),
            "invalid value: integer `-1`",
        ),
        (value!({ "tags": ["a", "a"] }), "names one twice"),
        (value!({ "budgets": {} }), "budgets"),
        (value!({ "tags": [""] }), "empty"),
    ] {
        let key = value!({ "user": "ada", "name": "ci", "terms": terms });
        let answer = gateway.operator().post("/admin/api/keys", key).await;
        assert_eq!(answer.status, 400, "{said}");
        assert!(answer.text().contains(said), "{}", answer.text());
    }
}

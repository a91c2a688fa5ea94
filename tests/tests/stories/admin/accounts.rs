//! Users, keys and credits by the admin API, and who has changed them.

use http::Method;
use jackfield_tests::client::{Answer, Client};
use jackfield_tests::gateway::Gateway;
use serde_json::{Value, json as value};

use crate::scene::{ask, eventually};

const CONFIG: &str = "
server: { auth: required }
storage: { url: \"sqlite:jackfield.db\" }
plans:
  free: { tiers: [any] }
  max: { tiers: [any] }
providers:
  mine: { adapter: echo }
models:
  a: { tier: any, pricing: { input_per_million: 1, output_per_million: 2 }, chain: [{ provider: mine, model: e }] }
";

/// A gateway on which Ada has a plan, credits and a key. Returns the operator, and the key's secret.
async fn with_ada() -> (Gateway, Client, String) {
    let gateway = Gateway::start(CONFIG).await;
    let operator = gateway.operator();
    let ada = value!({ "id": "ada", "plan": "free", "credits": 2.5 });
    let added = operator.post("/admin/api/users", ada).await;
    assert_eq!((added.status, &added.json()["credits"]), (200, &value!(2.5)));
    let made = operator
        .post("/admin/api/keys", value!({ "user": "ada", "name": "ci" }))
        .await;
    let secret = made.json()["key"].as_str().unwrap().to_owned();
    (gateway, operator, secret)
}

async fn patch(operator: &Client, path: &str, body: Value) -> Answer {
    operator.request(Method::PATCH, path, Some(&body.to_string())).await
}

async fn delete(operator: &Client, path: &str) -> Answer {
    operator.request(Method::DELETE, path, None).await
}

/// Waits until calls with this key have this status.
async fn until(gateway: &Gateway, secret: &str, status: u16) {
    let client = gateway.client().with_key(secret);
    let call = async || client.chat(ask("a")).await.status;
    eventually("the change to be in force", call, |is| *is == status).await;
}

#[tokio::test]
async fn a_user_gets_a_plan_credits_and_a_key_whose_secret_is_shown_once() {
    let (gateway, operator, secret) = with_ada().await;
    until(&gateway, &secret, 200).await;
    let changed = patch(&operator, "/admin/api/users/ada", value!({ "plan": "max" }))
        .await
        .json();
    assert_eq!(
        (&changed["plan"], &changed["disabled_at"]),
        (&value!("max"), &Value::Null)
    );
    let richer = operator
        .post("/admin/api/users/ada/credits", value!({ "amount": -0.5 }))
        .await;
    let credits = richer.json()["credits"].as_f64().unwrap();
    assert!(credits <= 2.0 && credits > 1.9, "{credits}");
    let keys = operator.get("/admin/api/keys?user=ada").await;
    assert!(!keys.text().contains(&secret));
    assert_eq!(keys.json()["data"][0]["name"], "ci");
    assert_eq!(
        operator.get("/admin/api/keys?user=bob").await.json(),
        value!({ "data": [] })
    );
    assert_eq!(operator.get("/admin/api/users").await.json()["data"][0]["id"], "ada");
    assert_eq!(operator.get("/admin/api/plans").await.json()["data"][1]["name"], "max");
}

#[tokio::test]
async fn who_is_disabled_is_refused_until_they_are_enabled_and_who_is_removed_for_good() {
    let (gateway, operator, secret) = with_ada().await;
    until(&gateway, &secret, 200).await;
    patch(&operator, "/admin/api/users/ada", value!({ "disabled": true })).await;
    until(&gateway, &secret, 401).await;
    patch(&operator, "/admin/api/users/ada", value!({ "disabled": false })).await;
    until(&gateway, &secret, 200).await;
    let removed = delete(&operator, "/admin/api/users/ada").await;
    assert_eq!(removed.json(), value!({ "revoked_keys": 1 }));
    until(&gateway, &secret, 401).await;
    assert_eq!(operator.get("/admin/api/users").await.json(), value!({ "data": [] }));
}

#[tokio::test]
async fn a_revoked_key_is_refused_at_once() {
    let (gateway, operator, secret) = with_ada().await;
    until(&gateway, &secret, 200).await;
    let keys = operator.get("/admin/api/keys").await.json();
    let place = format!("/admin/api/keys/{}", keys["data"][0]["id"].as_str().unwrap());
    assert_eq!(delete(&operator, &place).await.status, 200);
    assert_eq!(gateway.client().with_key(&secret).chat(ask("a")).await.status, 401);
    assert_eq!(delete(&operator, &place).await.status, 404);
}

#[tokio::test]
async fn a_refusal_says_what_is_wrong() {
    let (_gateway, operator, _) = with_ada().await;
    let users = "/admin/api/users";
    let add = async |body: Value| operator.post(users, body).await;
    let again = add(value!({ "id": "ada", "plan": "free" })).await;
    assert_eq!((again.status, again.error_code()), (409, Some("INVALID_REQUEST")));
    for (body, said) in [
        (value!({ "id": "bob", "plan": "gold" }), "use one of free, max"),
        (value!({ "id": "", "plan": "free" }), "is empty"),
        (value!({ "id": "bob" }), "missing field `plan`"),
        (value!({ "id": "bob", "plan": "free", "creditz": 1 }), "creditz"),
        (
            value!({ "id": "bob", "plan": "free", "credits": 1e300 }),
            "at most 1000000000",
        ),
    ] {
        let answer = add(body).await;
        assert_eq!(answer.status, 400);
        assert!(answer.text().contains(said), "{}", answer.text());
    }
    let nobody = patch(&operator, "/admin/api/users/bob", value!({ "plan": "max" })).await;
    assert_eq!((nobody.status, nobody.error_code()), (404, Some("NOT_FOUND")));
}

#[tokio::test]
async fn without_a_database_there_are_no_accounts() {
    let gateway = Gateway::start(&CONFIG.replace("sqlite:jackfield.db", "none")).await;
    let answer = gateway.operator().get("/admin/api/users").await;
    assert_eq!((answer.status, answer.error_code()), (404, Some("NOT_FOUND")));
    assert!(answer.text().contains("storage.url"), "{}", answer.text());
}

#[tokio::test]
async fn every_change_is_in_the_audit_log_with_who_made_it_and_no_secret_is() {
    let admin = "server: { auth: required, admin: { tokens: { desk: { token: d-token, roles: [accounts] } } } }";
    let gateway = Gateway::start(&CONFIG.replace("server: { auth: required }", admin)).await;
    let operator = gateway.operator().with_key("d-token");
    operator
        .post("/admin/api/users", value!({ "id": "ada", "plan": "free" }))
        .await;
    patch(&operator, "/admin/api/users/ada", value!({ "plan": "max" })).await;
    operator
        .post("/admin/api/users/ada/credits", value!({ "amount": 3 }))
        .await;
    let made = operator
        .post("/admin/api/keys", value!({ "user": "ada", "name": "ci" }))
        .await
        .json();
    let key = made["id"].as_str().unwrap();
    delete(&operator, &format!("/admin/api/keys/{key}")).await;
    delete(&operator, "/admin/api/users/ada").await;

    let audit = operator.get("/admin/api/audit").await;
    let secret = made["key"].as_str().unwrap();
    assert!(!audit.text().contains(secret) && !gateway.logs().contains(secret));
    let entries = audit.json()["data"].as_array().unwrap().clone();
    let actions: Vec<&Value> = entries.iter().map(|entry| &entry["action"]).collect();
    let expected = [
        "user.remove",
        "key.revoke",
        "key.create",
        "user.add-credits",
        "user.change",
        "user.add",
    ];
    assert_eq!(
        actions,
        expected
            .each_ref()
            .map(|action| value!(action))
            .iter()
            .collect::<Vec<_>>()
    );
    assert!(entries.iter().all(|entry| entry["operator"] == "desk"));
    let change = &entries[4];
    assert_eq!(
        (&change["before"]["plan"], &change["after"]["plan"]),
        (&value!("free"), &value!("max"))
    );
    let latest = operator.get("/admin/api/audit?limit=1").await.json();
    assert_eq!(latest["data"].as_array().unwrap().len(), 1);
    let before = operator
        .get(&format!("/admin/api/audit?before={}", entries[4]["id"]))
        .await
        .json();
    assert_eq!(before["data"][0]["action"], "user.add");
}

#[tokio::test]
async fn usage_is_told_by_model_user_key_provider_and_day() {
    let (gateway, operator, secret) = with_ada().await;
    until(&gateway, &secret, 200).await;
    let usage = async |by: &str| operator.get(&format!("/admin/api/usage?by={by}")).await.json();
    let rows = |report: &Value| report["data"].as_array().unwrap().len();
    let model = eventually("the row", async || usage("model").await, |report| rows(report) == 1).await;
    assert_eq!(
        (&model["by"], &model["data"][0]["group"]),
        (&value!("model"), &value!("a"))
    );
    assert!(model["data"][0]["credits"].as_f64().unwrap() > 0.0);
    let keys = operator.get("/admin/api/keys").await.json();
    for (by, group) in [
        ("user", value!("ada")),
        ("key", keys["data"][0]["id"].clone()),
        ("provider", value!("mine")),
    ] {
        assert_eq!(usage(by).await["data"][0]["group"], group);
    }
    let day = usage("day").await["data"][0]["group"].as_str().unwrap().to_owned();
    let within = operator
        .get(&format!("/admin/api/usage?by=day&from={day}&to={day}"))
        .await
        .json();
    assert_eq!(rows(&within), 1);
    let later = operator.get("/admin/api/usage?by=day&from=2999-01-01").await.json();
    assert_eq!(rows(&later), 0);
    for wrong in ["by=colour", "from=yesterday"] {
        assert_eq!(operator.get(&format!("/admin/api/usage?{wrong}")).await.status, 400);
    }
}

//! Secrets stay secret: not one byte of them in answers, logs or `/admin/snapshot`, whatever goes wrong.

use jackfield_tests::client::Client;
use jackfield_tests::gateway::{FREE, Gateway};
use jackfield_tests::upstream::{Upstream, no_answer, redirect, refusing, text};
use serde_json::Value;

use crate::scene::{ask, begins, refuses, says};

const BEARER: &str = "sk-bearer-5d0c1a9e";
const QUERY: &str = "sk-query-77e1b2c3";
const HEADER: &str = "static-header-0f9e8d7c";
const ADMIN: &str = "admin-token-42fe1c0b";
const KEY: &str = "rk_abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789";

const SECRETS: [&str; 5] = [BEARER, QUERY, HEADER, ADMIN, KEY];

fn config(bearer: &str, query: &str, nobody: &str) -> String {
    format!(
        r#"
server: {{ auth: required, error_format: json, admin: {{ token: "{ADMIN}" }} }}
routing: {{ retry_count: 0, breaker: {{ failures: 1000 }} }}
plans: {{ max: {{ tiers: [free] }} }}
keys: {{ ada: {{ key: "{KEY}", user: ada, plan: max }} }}
providers:
  bearer: {{ adapter: openai, base_url: "{bearer}", api_key: "${{env:BEARER}}", headers: {{ x-static: "{HEADER}" }} }}
  query: {{ adapter: openai, base_url: "{query}", api_key: "{QUERY}", auth: {{ scheme: query, name: key }} }}
  nobody: {{ adapter: openai, base_url: "{nobody}", api_key: "{QUERY}", auth: {{ scheme: query, name: key }} }}
models:
  bearer: {{ {FREE}, chain: [{{ provider: bearer, model: m }}] }}
  query: {{ {FREE}, chain: [{{ provider: query, model: m }}] }}
  nobody: {{ {FREE}, chain: [{{ provider: nobody, model: m }}] }}
"#
    )
}

fn error_event(message: &str) -> String {
    format!("data: {{\"error\":{{\"message\":\"{message}\"}}}}\n\n")
}

/// Everything that a client can see of an answer.
async fn seen(client: &Client, model: &str) -> String {
    let answer = client.chat(ask(model)).await;
    let stream = client.stream(ask(model)).await.collect().await;
    format!("{:?}{}{stream:?}", answer.headers, answer.text())
}

#[track_caller]
fn assert_holds_none(text: &str) {
    for secret in SECRETS {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

#[tokio::test]
async fn no_failure_shows_a_secret() {
    let (bearer, query, nobody) = (Upstream::start().await, Upstream::start().await, refusing());
    let config = config(&bearer.base_url(), &query.base_url(), &nobody.base_url());
    let mut gateway = Gateway::start_with(&config, &[("BEARER", BEARER)]).await;
    let client = gateway.client().with_key(KEY);
    // An upstream may well repeat what it was sent.
    for (upstream, model, sent) in [
        (&bearer, "bearer", format!("{BEARER} {HEADER}")),
        (&query, "query", QUERY.to_owned()),
    ] {
        let repeats = format!("Incorrect API key provided: {sent}");
        for reply in [
            says("hi"),
            text(500, &repeats),
            refuses(401, &repeats),
            refuses(400, &repeats),
            redirect(302, &format!("{}?key={sent}", query.base_url())),
            no_answer(),
            begins(&["half"]).write(error_event(&repeats)),
            begins(&[]).write(error_event(&repeats)),
            begins(&["half"]).then_cut(),
        ] {
            upstream.reply(reply.clone()).then(reply);
            assert_holds_none(&seen(&client, model).await);
        }
    }
    assert_holds_none(&seen(&client, "nobody").await);
    assert_holds_none(&seen(&gateway.client().with_key("rk_wrong"), "bearer").await);

    let broken = config.replace("retry_count: 0", "retry_count: many");
    gateway.reconfigure(&broken.replace(KEY, &KEY[..60])).await;
    let operator = gateway.operator().with_key(ADMIN);
    let snapshot = operator.get("/admin/snapshot").await;
    let rejected: Value = snapshot.json()["rejected"].take();
    assert_eq!(rejected["faults"].as_array().unwrap().len(), 2, "{rejected}");
    assert_holds_none(snapshot.text());
    assert!(!snapshot.text().contains(&KEY[..60]));
    let logs = gateway.logs();
    assert!(logs.contains("model=\"bearer\""), "the log was captured");
    assert_holds_none(&logs);
    assert!(!logs.contains(&KEY[..60]));
}

#[tokio::test]
async fn no_prompt_and_no_answer_is_logged() {
    let upstream = Upstream::start().await;
    upstream.always(says("a-private-answer"));
    let url = upstream.base_url();
    let config = format!(
        "providers:\n  p: {{ adapter: openai, base_url: \"{url}\" }}\nmodels:\n  private: {{ {FREE}, chain: [{{ provider: p, model: m }}] }}\n"
    );
    let gateway = Gateway::start(&config).await;
    let mut question = ask("private");
    question["messages"][0]["content"] = "a-private-question".into();
    assert_eq!(gateway.client().chat(question).await.status, 200);
    let logs = gateway.logs();
    assert!(logs.contains("model=\"private\""), "the log was captured");
    assert!(!logs.contains("a-private-answer") && !logs.contains("a-private-question"));
}

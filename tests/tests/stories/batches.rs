//! Files and batches: many requests in one order, which the gateway works off itself.

mod ends;
mod limits;
mod restarts;
mod uploads;

use http::Method;
use jackfield_tests::client::{Answer, Client};
use jackfield_tests::gateway::{FREE, Gateway};
use jackfield_tests::upstream::{Reply, Request, Upstream, json, text};
use jackfield_tests::vendor::{Turn, anthropic, openai};
use serde_json::{Value, json as value};

use crate::scene::{ask, eventually};

/// A user.
pub(crate) const ADA: &str = "rk_1111111111111111111111111111111111111111111111111111111111111111";

/// Another.
pub(crate) const BOB: &str = "rk_2222222222222222222222222222222222222222222222222222222222222222";

/// The plan and the keys of both.
pub(crate) const KEYS: &str = r#"
plans: { all: { tiers: [any] } }
keys:
  ada: { key: "rk_1111111111111111111111111111111111111111111111111111111111111111", user: ada, plan: all }
  bob: { key: "rk_2222222222222222222222222222222222222222222222222222222222222222", user: bob, plan: all }
"#;

/// What an upstream says to everything.
fn reply_to(request: &Request) -> Reply {
    match request.path.as_str() {
        "/v1/chat/completions" => json(200, openai::completion(&Turn::says(&["hello"]), 1)),
        "/v1/messages" => json(200, anthropic::message(&Turn::says(&["hello"]))),
        path => text(404, path),
    }
}

/// A configuration with batches over this upstream, further members of that section, and further sections.
fn config(upstream: &Upstream, batches: &str, sections: &str) -> String {
    let url = upstream.base_url();
    format!(
        r#"
server: {{ auth: required, error_format: json }}
routing: {{ retry_count: 0, breaker: {{ failures: 1000 }} }}
batches: {{ dir: "../batches", {batches} }}
providers:
  vendor: {{ adapter: openai, base_url: "{url}", api_key: "sk-vendor" }}
  claude: {{ adapter: anthropic, base_url: "{url}", api_key: "sk-claude" }}
models:
  m: {{ tier: any, {FREE}, chain: [{{ provider: vendor, model: m }}] }}
  c: {{ tier: any, {FREE}, chain: [{{ provider: claude, model: c }}] }}
{sections}
"#
    )
}

/// A gateway with batches over an upstream that answers everything.
async fn start(batches: &str) -> (Gateway, Upstream) {
    let upstream = Upstream::start().await;
    upstream.answer(reply_to);
    let gateway = Gateway::start(&config(&upstream, batches, KEYS)).await;
    (gateway, upstream)
}

/// A line that asks a model.
fn line(custom_id: &str, model: &str) -> Value {
    value!({ "custom_id": custom_id, "method": "POST", "url": "/v1/chat/completions", "body": ask(model) })
}

/// Uploads these lines.
async fn upload(client: &Client, lines: &[Value]) -> Answer {
    let lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
    upload_text(client, &lines.join("\n")).await
}

async fn upload_text(client: &Client, text: &str) -> Answer {
    let form = format!(
        "--xyz\r\ncontent-disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n\
         --xyz\r\ncontent-disposition: form-data; name=\"file\"; filename=\"lines.jsonl\"\r\n\r\n{text}\r\n--xyz--\r\n"
    );
    let sender = client
        .clone()
        .header("content-type", "multipart/form-data; boundary=xyz");
    sender.request(Method::POST, "/v1/files", Some(&form)).await
}

/// Orders a batch of an uploaded file.
async fn order_file(client: &Client, file: &str) -> Answer {
    let order = value!({
        "input_file_id": file, "endpoint": "/v1/chat/completions", "completion_window": "24h",
    });
    client.post("/v1/batches", order).await
}

/// Uploads these lines and orders a batch of them; its id.
async fn order(client: &Client, lines: &[Value]) -> String {
    let file = upload(client, lines).await.json();
    let batch = order_file(client, file["id"].as_str().unwrap()).await;
    assert_eq!(batch.status, 200, "{}", batch.text());
    batch.json()["id"].as_str().unwrap().to_owned()
}

/// Waits until a batch is as it should be.
async fn batch_until(client: &Client, id: &str, is: impl Fn(&Value) -> bool) -> Value {
    let path = format!("/v1/batches/{id}");
    eventually("a batch", async || client.get(&path).await.json(), is).await
}

/// Waits until it is over.
async fn over(client: &Client, id: &str) -> Value {
    let states = ["completed", "failed", "expired", "cancelled"];
    batch_until(client, id, |batch| states.iter().any(|state| batch["status"] == *state)).await
}

/// The reports in a file of results.
async fn reports(client: &Client, file: &Value) -> Vec<Value> {
    let path = format!("/v1/files/{}/content", file.as_str().unwrap());
    read(&client.get(&path).await)
}

fn read(answer: &Answer) -> Vec<Value> {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let lines = answer.text().lines();
    lines.map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The names of the lines that have these reports, sorted.
fn names(reports: &[Value]) -> Vec<&str> {
    let mut names: Vec<&str> = reports
        .iter()
        .map(|report| report["custom_id"].as_str().unwrap())
        .collect();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn a_batch_has_a_result_for_each_line_and_nobody_else_sees_it() {
    let (gateway, upstream) = start("").await;
    let ada = gateway.client().with_key(ADA);
    let id = order(
        &ada,
        &[line("a", "m"), line("b", "c"), line("c", "none"), line("d", "m")],
    )
    .await;
    let batch = over(&ada, &id).await;
    assert_eq!(batch["status"], "completed", "{batch}");
    assert_eq!(
        batch["request_counts"],
        value!({ "total": 4, "completed": 3, "failed": 1 })
    );
    let usage = &Turn::says(&["hello"]).usage;
    assert_eq!(
        (&batch["usage"]["input_tokens"], &batch["usage"]["output_tokens"]),
        (&value!(3 * usage.input_tokens), &value!(3 * usage.output_tokens)),
        "{batch}"
    );
    assert!(["m", "c"].contains(&batch["model"].as_str().unwrap()), "{batch}");
    let output = reports(&ada, &batch["output_file_id"]).await;
    assert_eq!(names(&output), ["a", "b", "d"]);
    for report in &output {
        let body = &report["response"]["body"];
        assert_eq!(body["choices"][0]["message"]["content"], "hello", "{report}");
        assert_eq!(
            (&report["response"]["status_code"], &report["error"]),
            (&value!(200), &Value::Null)
        );
    }
    let errors = reports(&ada, &batch["error_file_id"]).await;
    assert_eq!(
        (names(&errors), &errors[0]["response"]["status_code"]),
        (vec!["c"], &value!(400))
    );
    assert_eq!(upstream.requests().len(), 3);

    let bob = gateway.client().with_key(BOB);
    let input = batch["input_file_id"].as_str().unwrap();
    for path in [
        format!("/v1/batches/{id}"),
        format!("/v1/files/{input}"),
        format!("/v1/files/{input}/content"),
    ] {
        assert_eq!(ada.get(&path).await.status, 200, "{path}");
        assert_eq!(
            (bob.get(&path).await.status, gateway.client().get(&path).await.status),
            (404, 401)
        );
    }
    assert_eq!(
        bob.post(&format!("/v1/batches/{id}/cancel"), value!({})).await.status,
        404
    );
    assert_eq!(order_file(&bob, input).await.status, 400);
    assert_eq!(bob.get("/v1/batches").await.json()["data"], value!([]));
    assert_eq!(bob.get("/v1/files").await.json()["data"], value!([]));
    let removed = bob.request(Method::DELETE, &format!("/v1/files/{input}"), None).await;
    assert_eq!(removed.status, 404);
}

#[tokio::test]
async fn message_batches_are_the_same_with_their_lines_in_the_order() {
    let (gateway, upstream) = start("").await;
    let ada = gateway.client().with_key(ADA).header("anthropic-version", "2023-06-01");
    let request = |custom_id: &str, model: &str| {
        let mut params = ask(model);
        params["max_tokens"] = value!(16);
        value!({ "custom_id": custom_id, "params": params })
    };
    let requests = [request("a", "c"), request("b", "m"), request("c", "none")];
    let batch = ada.post("/v1/messages/batches", value!({ "requests": requests })).await;
    assert_eq!(batch.status, 200, "{}", batch.text());
    let path = format!("/v1/messages/batches/{}", batch.json()["id"].as_str().unwrap());
    let ended = |batch: &Value| batch["processing_status"] == "ended";
    let batch = eventually("a batch", async || ada.get(&path).await.json(), ended).await;
    let results = read(&ada.get(batch["results_url"].as_str().unwrap()).await);
    assert_eq!(names(&results), ["a", "b", "c"]);
    for result in &results {
        let (kind, result) = (&result["result"]["type"], &result["result"]);
        if *kind == "succeeded" {
            assert_eq!(result["message"]["content"][0]["text"], "hello");
        } else {
            assert_eq!(result["error"]["error"]["type"], "not_found_error", "{result}");
        }
    }
    // The one that speaks the dialect itself got the version that the order named.
    let sent = upstream.requests();
    let claude = sent.iter().find(|request| request.path == "/v1/messages").unwrap();
    assert_eq!(claude.headers["anthropic-version"], "2023-06-01");
    // A batch is of the API by which it was ordered.
    assert_eq!(ada.get(&path.replace("messages/", "")).await.status, 404);
    let bob = gateway.client().with_key(BOB);
    for path in [path.clone(), format!("{path}/results")] {
        assert_eq!(bob.get(&path).await.status, 404);
    }
    assert_eq!(ada.request(Method::DELETE, &path, None).await.status, 200);
    assert_eq!(ada.get(&path).await.status, 404);
}

#[tokio::test]
async fn without_a_folder_there_are_no_files_and_no_batches() {
    let upstream = Upstream::start().await;
    let without = config(&upstream, "", KEYS).replace("dir: \"../batches\", ", "");
    let gateway = Gateway::start(&without).await;
    let ada = gateway.client().with_key(ADA);
    for path in ["/v1/files", "/v1/batches", "/v1/messages/batches"] {
        let answer = ada.get(path).await;
        assert_eq!((answer.status, answer.error_code()), (404, Some("NOT_FOUND")));
        assert!(answer.text().contains("batches.dir is not set"), "{}", answer.text());
    }
}

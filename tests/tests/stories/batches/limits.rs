//! What users may have, what is waited for, and what batches cost.

use http::Method;
use jackfield_tests::gateway::{Gateway, Process};
use jackfield_tests::patience::patiently;
use jackfield_tests::upstream::{Gate, Upstream};
use serde_json::{Value, json as value};

use super::{ADA, KEYS, config, line, order, order_file, over, reports, start, upload, upload_text};
use crate::accounting::{SQLITE, user};
use crate::scene::{refuses, says};

#[tokio::test]
async fn a_line_that_is_refused_for_now_is_sent_again() {
    let (gateway, upstream) = start("").await;
    let ada = gateway.client().with_key(ADA);
    let busy = refuses(429, "slow down").header("retry-after", "1");
    upstream.reply(busy.clone()).then(says("at last"));
    let batch = over(&ada, &order(&ada, &[line("a", "m")]).await).await;
    assert_eq!(
        batch["request_counts"],
        value!({ "total": 1, "completed": 1, "failed": 0 })
    );
    let output = reports(&ada, &batch["output_file_id"]).await;
    assert_eq!(
        output[0]["response"]["body"]["choices"][0]["message"]["content"],
        "at last"
    );
}

#[tokio::test]
async fn a_line_whose_provider_fails_again_and_again_is_an_error() {
    let (gateway, upstream) = start("").await;
    let ada = gateway.client().with_key(ADA);
    upstream.always(refuses(500, "broken"));
    let batch = over(&ada, &order(&ada, &[line("a", "m")]).await).await;
    assert_eq!(upstream.requests().len(), 3);
    let errors = reports(&ada, &batch["error_file_id"]).await;
    assert_eq!(errors[0]["response"]["status_code"], 502);
}

#[tokio::test]
async fn files_and_batches_are_bounded() {
    let limits = "max_file_bytes: 1000, max_bytes_per_user: 1100, max_files_per_user: 2, max_batches_per_user: 1, \
                  concurrency_per_user: 1";
    let (gateway, upstream) = start(limits).await;
    let ada = gateway.client().with_key(ADA);
    let large = upload_text(&ada, &"x".repeat(1001)).await;
    assert_eq!((large.status, large.error_code()), (413, Some("REQUEST_TOO_LARGE")));
    let gate = Gate::new();
    upstream.reply(says("a").after(&gate));
    let file = upload(&ada, &[line("a", "m")]).await.json();
    let id = order_file(&ada, file["id"].as_str().unwrap()).await.json();
    let full = order_file(&ada, file["id"].as_str().unwrap()).await;
    assert_eq!((full.status, full.error_code()), (429, Some("STORAGE_LIMIT_EXCEEDED")));
    assert!(full.header("retry-after").is_some());
    // A file that is read is not deleted.
    let path = format!("/v1/files/{}", file["id"].as_str().unwrap());
    assert_eq!(ada.request(Method::DELETE, &path, None).await.status, 400);
    gate.open_forever();
    over(&ada, id["id"].as_str().unwrap()).await;
    // The file of results counts, too.
    assert_eq!(upload_text(&ada, "x").await.status, 429);
    assert_eq!(ada.request(Method::DELETE, &path, None).await.status, 200);
    assert_eq!(upload_text(&ada, &"x".repeat(999)).await.status, 429);
    assert_eq!(upload_text(&ada, &"x".repeat(99)).await.status, 200);
}

#[tokio::test]
async fn no_more_lines_are_in_flight_than_may_be() {
    let (gateway, upstream) = start("concurrency_per_user: 2").await;
    let ada = gateway.client().with_key(ADA);
    let gate = Gate::new();
    let lines: Vec<Value> = (0..6).map(|number| line(&format!("{number}"), "m")).collect();
    upstream.always(says("x").after(&gate));
    let id = order(&ada, &lines).await;
    // The first answer lets two begin, and each of these one more.
    for (answered, begun) in [(1, 1), (2, 3), (2, 5)] {
        while upstream.requests().len() < begun {
            upstream.next_request().await;
        }
        assert_eq!(upstream.requests().len(), begun);
        (0..answered).for_each(|_| gate.open());
    }
    gate.open_forever();
    assert_eq!(over(&ada, &id).await["request_counts"]["completed"], 6);
}

#[tokio::test]
async fn batches_cost_what_the_same_requests_cost_live_and_spent_credits_fail_a_line() {
    let upstream = Upstream::start().await;
    upstream.answer(super::reply_to);
    let more = format!("batches: {{ dir: \"../batches\" }}\n{SQLITE}");
    let gateway = Process::start(&crate::accounting::config(&upstream, &more)).await;
    let (batched, live) = (
        user(&gateway, "batched", "pro").await,
        user(&gateway, "live", "pro").await,
    );
    gateway.run(&["user", "add", "poor", "--plan", "pro"]).await;
    let create = ["key", "create", "poor", "--name", "ci", "--json"];
    let poor: Value = serde_json::from_str(&gateway.run(&create).await).unwrap();
    let lines = [line("a", "m"), line("b", "m"), line("c", "n")];
    let client = gateway.client().with_key(&batched);
    assert_eq!(
        over(&client, &order(&client, &lines).await).await["request_counts"]["completed"],
        3
    );
    let client = gateway.client().with_key(&live);
    for line in &lines {
        assert_eq!(client.chat(line["body"].clone()).await.status, 200);
    }
    let client = gateway.client().with_key(poor["key"].as_str().unwrap());
    let batch = over(&client, &order(&client, &lines).await).await;
    assert_eq!(batch["request_counts"]["failed"], 3);
    let errors = reports(&client, &batch["error_file_id"]).await;
    assert!(
        errors.iter().all(|error| error["response"]["status_code"] == 402),
        "{errors:?}"
    );
    let path = "/v1/user/requests";
    let used = async |key: &str| gateway.client().with_key(key).get(path).await.json();
    let (batched, live) = (used(&batched).await, used(&live).await);
    assert_eq!(batched["requests_used_today"], live["requests_used_today"]);
    let usage = async || -> Value {
        let usage = gateway.run(&["usage", "--by", "user", "--format", "json"]).await;
        serde_json::from_str(&usage).unwrap()
    };
    // A row reaches the database a moment after its answer.
    let [batched, live] = patiently("the rows", async {
        loop {
            let usage = usage().await;
            let of = |name: &str| {
                usage
                    .as_array()
                    .unwrap()
                    .iter()
                    .find(|row| row["user"] == name)
                    .cloned()
            };
            if let (Some(batched), Some(live)) = (of("batched"), of("live"))
                && [&batched, &live].iter().all(|row| row["requests"] == lines.len())
            {
                return [batched, live];
            }
        }
    })
    .await
    .map(|mut row| {
        row["user"] = Value::Null;
        row
    });
    assert_eq!(batched, live);
}

#[tokio::test]
async fn anonymous_callers_share_theirs_until_keys_are_required() {
    let upstream = Upstream::start().await;
    upstream.answer(super::reply_to);
    let open = config(&upstream, "", KEYS).replace("auth: required", "auth: off");
    let gateway = Gateway::start(&open).await;
    let id = order(&gateway.client(), &[line("a", "m")]).await;
    let batch = over(&gateway.client(), &id).await;
    assert_eq!(batch["request_counts"]["completed"], 1);
}

//! Batches outlive the process: what is recorded is not sent again, what was in flight is.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use jackfield_tests::gateway::Process;
use jackfield_tests::upstream::{Gate, Upstream};
use serde_json::{Value, json as value};

use super::{ADA, KEYS, batch_until, config, line, names, order, over, reply_to, reports};
use crate::scene::{eventually, says};

fn lines(count: usize) -> Vec<Value> {
    (0..count).map(|number| line(&format!("line-{number}"), "m")).collect()
}

#[tokio::test]
async fn after_a_kill_only_what_was_in_flight_is_sent_again() {
    let upstream = Upstream::start().await;
    upstream.answer(reply_to);
    let gate = Gate::new();
    upstream.reply(says("one")).then(says("two").after(&gate));
    let config = config(&upstream, "concurrency_per_user: 1", KEYS);
    let mut gateway = Process::start(&config).await;
    let id = order(&gateway.client().with_key(ADA), &lines(4)).await;
    upstream.next_request().await;
    upstream.next_request().await;
    let ada = gateway.client().with_key(ADA);
    batch_until(&ada, &id, |batch| batch["request_counts"]["completed"] == 1).await;
    gateway.kill().await;
    gate.open_forever();
    gateway.start_again().await;
    let ada = gateway.client().with_key(ADA);
    let batch = over(&ada, &id).await;
    assert_eq!(
        batch["request_counts"],
        value!({ "total": 4, "completed": 4, "failed": 0 })
    );
    let output = reports(&ada, &batch["output_file_id"]).await;
    assert_eq!(names(&output), ["line-0", "line-1", "line-2", "line-3"]);
    // Four lines, and the second one twice.
    assert_eq!(upstream.requests().len(), 5);
}

#[tokio::test]
async fn a_gateway_that_stops_waits_for_its_lines_and_begins_no_more() {
    let upstream = Upstream::start().await;
    upstream.answer(reply_to);
    let gate = Gate::new();
    upstream.reply(says("one").after(&gate));
    let mut gateway = Process::start(&config(&upstream, "", KEYS)).await;
    let id = order(&gateway.client().with_key(ADA), &lines(3)).await;
    upstream.next_request().await;
    gateway.terminate();
    let client = gateway.client();
    eventually(
        "the shutdown",
        async || client.get("/readyz").await.status,
        |status| *status == 503,
    )
    .await;
    gate.open_forever();
    assert!(gateway.ended().await.success());
    assert_eq!(upstream.requests().len(), 1);
    gateway.start_again().await;
    let ada = gateway.client().with_key(ADA);
    let batch = over(&ada, &id).await;
    assert_eq!(batch["request_counts"]["completed"], 3);
    assert_eq!(upstream.requests().len(), 3);
}

#[tokio::test]
async fn a_batch_whose_time_is_over_expires_with_what_it_has() {
    let upstream = Upstream::start().await;
    upstream.answer(reply_to);
    let gate = Gate::new();
    upstream.reply(says("one")).then(says("two").after(&gate));
    let mut gateway = Process::start(&config(&upstream, "concurrency_per_user: 1", KEYS)).await;
    let ada = gateway.client().with_key(ADA);
    let id = order(&ada, &lines(3)).await;
    upstream.next_request().await;
    upstream.next_request().await;
    gateway.kill().await;
    let folder = gateway.config_dir().parent().unwrap().join("batches");
    let record = folder.join("batches").join(format!("{id}.json"));
    // Nobody else may read what is in there.
    assert_eq!(fs::metadata(&record).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
    let text = fs::read_to_string(&record).unwrap();
    assert!(!text.contains(ADA), "the key itself is not kept");
    let mut kept: Value = serde_json::from_str(&text).unwrap();
    kept["times"]["expires"] = value!(1);
    fs::write(&record, kept.to_string()).unwrap();
    gate.open_forever();
    gateway.start_again().await;
    let ada = gateway.client().with_key(ADA);
    let batch = over(&ada, &id).await;
    assert_eq!(
        (&batch["status"], &batch["request_counts"]["failed"]),
        (&value!("expired"), &value!(2))
    );
    let errors = reports(&ada, &batch["error_file_id"]).await;
    assert!(errors.iter().all(|report| report["error"]["code"] == "batch_expired"));
    assert_eq!(reports(&ada, &batch["output_file_id"]).await.len(), 1);
}

#[tokio::test]
async fn what_is_too_old_is_deleted() {
    let upstream = Upstream::start().await;
    upstream.answer(reply_to);
    let mut gateway = Process::start(&config(&upstream, "", KEYS)).await;
    let ada = gateway.client().with_key(ADA);
    let id = order(&ada, &lines(1)).await;
    let batch = over(&ada, &id).await;
    gateway.kill().await;
    let folder = gateway.config_dir().parent().unwrap().join("batches");
    let age = |kind: &str, id: &str, change: &dyn Fn(&mut Value)| {
        let record = folder.join(kind).join(format!("{id}.json"));
        let mut kept: Value = serde_json::from_slice(&fs::read(&record).unwrap()).unwrap();
        change(&mut kept);
        fs::write(&record, kept.to_string()).unwrap();
    };
    let input = batch["input_file_id"].as_str().unwrap();
    age("batches", &id, &|batch| batch["times"]["ended"] = value!(1));
    age("files", input, &|file| file["expires"] = value!(1));
    gateway.start_again().await;
    let ada = gateway.client().with_key(ADA);
    assert_eq!(ada.get(&format!("/v1/batches/{id}")).await.status, 404);
    assert_eq!(ada.get(&format!("/v1/files/{input}")).await.status, 404);
    assert!(!folder.join("files").join(format!("{input}.jsonl")).exists());
    assert_eq!(reports(&ada, &batch["output_file_id"]).await.len(), 1);
}

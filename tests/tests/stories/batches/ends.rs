//! How batches end that do not simply complete.

use jackfield_tests::gateway::Gateway;
use jackfield_tests::upstream::{Gate, Upstream};
use serde_json::{Value, json as value};

use super::{
    ADA, BOB, KEYS, batch_until, config, line, names, order, order_file, over, reply_to, reports, start, upload_text,
};
use crate::scene::says;

#[tokio::test]
async fn a_batch_with_bad_lines_fails_before_anything_is_sent() {
    let (gateway, upstream) = start("max_requests: 5").await;
    let ada = gateway.client().with_key(ADA);
    let elsewhere = line("c", "m")
        .to_string()
        .replace("/v1/chat/completions", "/v1/embeddings");
    let good = line("a", "m").to_string();
    let text = [
        good.clone(),
        "{".to_owned(),
        String::new(),
        good,
        elsewhere,
        "{}".to_owned(),
    ]
    .join("\n");
    let file = upload_text(&ada, &text).await.json();
    let batch = order_file(&ada, file["id"].as_str().unwrap()).await.json();
    let batch = over(&ada, batch["id"].as_str().unwrap()).await;
    assert_eq!(batch["status"], "failed");
    let faults = batch["errors"]["data"].as_array().unwrap();
    let found: Vec<_> = faults
        .iter()
        .map(|fault| (&fault["line"], fault["code"].as_str().unwrap()))
        .collect();
    let (second, fourth, fifth, sixth) = (value!(2), value!(4), value!(5), value!(6));
    let expected = [
        (&second, "invalid_json_line"),
        (&fourth, "duplicate_custom_id"),
        (&fifth, "mismatched_endpoint"),
        (&sixth, "missing_required_parameter"),
    ];
    assert_eq!(found, expected);
    for (lines, code) in [(0, "empty_file"), (6, "too_many_requests")] {
        let lines: Vec<Value> = (0..lines).map(|number| line(&format!("{number}"), "m")).collect();
        let id = order(&ada, &lines).await;
        assert_eq!(over(&ada, &id).await["errors"]["data"][0]["code"], code);
    }
    assert!(upstream.requests().is_empty());
}

#[tokio::test]
async fn a_line_that_asks_for_a_stream_is_refused_unsent() {
    let (gateway, upstream) = start("").await;
    let ada = gateway.client().with_key(ADA);
    let mut streamed = line("a", "m");
    streamed["body"]["stream"] = value!(true);
    let batch = over(&ada, &order(&ada, &[streamed]).await).await;
    let errors = reports(&ada, &batch["error_file_id"]).await;
    assert_eq!(errors[0]["response"]["status_code"], 400);
    let message = errors[0]["response"]["body"]["error"]["message"].as_str().unwrap();
    assert!(message.starts_with("stream: "), "{message}");
    assert!(upstream.requests().is_empty());
}

#[tokio::test]
async fn a_cancelled_batch_keeps_what_was_answered_and_begins_nothing_more() {
    let (gateway, upstream) = start("concurrency_per_user: 1").await;
    let ada = gateway.client().with_key(ADA);
    let gate = Gate::new();
    upstream.reply(says("first")).then(says("second").after(&gate));
    let lines: Vec<Value> = (0..9).map(|number| line(&format!("{number}"), "m")).collect();
    let id = order(&ada, &lines).await;
    upstream.next_request().await;
    upstream.next_request().await;
    let path = format!("/v1/batches/{id}/cancel");
    let cancelled = ada.post(&path, value!({})).await.json();
    assert_eq!(cancelled["status"], "cancelling");
    gate.open_forever();
    let batch = over(&ada, &id).await;
    assert_eq!(batch["status"], "cancelled", "{batch}");
    let (output, errors) = (
        reports(&ada, &batch["output_file_id"]).await,
        reports(&ada, &batch["error_file_id"]).await,
    );
    // With the second line in flight, one or two may have been.
    assert_eq!(
        (output.len(), output.len() + errors.len()),
        (upstream.requests().len(), 9)
    );
    assert!(errors.iter().all(|report| report["error"]["code"] == "batch_cancelled"));
    // Once it is over, it stays as it is.
    assert_eq!(ada.post(&path, value!({})).await.json()["status"], "cancelled");
}

#[tokio::test]
async fn a_key_that_is_taken_away_ends_its_batch_and_no_other() {
    let upstream = Upstream::start().await;
    upstream.answer(reply_to);
    let mut gateway = Gateway::start(&config(&upstream, "concurrency_per_user: 1", KEYS)).await;
    let (ada, bob) = (gateway.client().with_key(ADA), gateway.client().with_key(BOB));
    let gate = Gate::new();
    upstream.reply(says("a").after(&gate)).then(says("b").after(&gate));
    let lines: Vec<Value> = (0..5).map(|number| line(&format!("{number}"), "m")).collect();
    let (of_ada, of_bob) = (order(&ada, &lines).await, order(&bob, &lines).await);
    upstream.next_request().await;
    upstream.next_request().await;
    let other_key = ADA.replace('1', "3");
    gateway
        .reconfigure(&config(
            &upstream,
            "concurrency_per_user: 1",
            &KEYS.replace(ADA, &other_key),
        ))
        .await;
    gate.open_forever();
    assert_eq!(over(&bob, &of_bob).await["request_counts"]["completed"], 5);
    // The files are the user's, whichever key they have.
    let ada = gateway.client().with_key(&other_key);
    let batch = over(&ada, &of_ada).await;
    assert_eq!(
        (&batch["status"], &batch["request_counts"]["completed"]),
        (&value!("failed"), &value!(1))
    );
    assert_eq!(batch["errors"]["data"][0]["code"], "credential_revoked");
    assert_eq!(names(&reports(&ada, &batch["error_file_id"]).await).len(), 4);
}

#[tokio::test]
async fn lines_that_begin_later_use_the_configuration_of_then() {
    let (mut gateway, upstream) = start("").await;
    let ada = gateway.client().with_key(ADA);
    let gate = Gate::new();
    upstream.reply(says("old").after(&gate));
    let id = order(&ada, &[line("a", "m"), line("b", "m")]).await;
    assert_eq!(upstream.next_request().await.json()["model"], "m");
    let changed = config(&upstream, "", KEYS).replace("provider: vendor, model: m", "provider: vendor, model: other");
    gateway.reconfigure(&changed).await;
    gate.open_forever();
    assert_eq!(upstream.next_request().await.json()["model"], "other");
    let batch = batch_until(&ada, &id, |batch| batch["status"] == "completed").await;
    assert_eq!(batch["request_counts"]["completed"], 2);
}

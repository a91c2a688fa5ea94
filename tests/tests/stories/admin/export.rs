//! The ledger as comma-separated values, and each request's line in a file.

use std::fs;

use jackfield_tests::gateway::Gateway;
use serde_json::{Value, json as value};

use crate::scene::{Scene, Setup, ask, eventually, refuses, says};

#[tokio::test]
async fn operators_download_requests_and_sums_by_day() {
    let mut scene = Scene::start().await;
    let config = scene.config(&Setup::default());
    scene.gateway = Gateway::start(&format!("{config}\nstorage: {{ url: \"sqlite:jackfield.db\" }}\n")).await;
    scene.first.reply(says("hello"));
    scene.client().header("x-request-id", "=1+2").chat(ask("solo")).await;
    scene.first.reply(refuses(500, "down"));
    scene.client().header("x-request-id", "two").chat(ask("solo")).await;
    let operator = scene.gateway.operator();
    let export = async |path: &str| operator.get(&format!("/admin/api/export/{path}")).await;
    let lines = async || export("requests").await.text().lines().count();
    eventually("rows of the ledger", lines, |count| *count == 3).await;
    let all = export("requests").await;
    assert_eq!(all.headers["content-type"], "text/csv; charset=utf-8; header=present");
    assert_eq!(
        all.headers["content-disposition"],
        "attachment; filename=\"requests.csv\""
    );
    let text = all.text();
    let ids: Vec<&str> = text.lines().map(|line| line.split(',').nth(1).unwrap()).collect();
    assert_eq!(ids, ["request_id", "two", "'=1+2"]);
    assert_eq!(
        export("requests?status=5xx&failed=true").await.text().lines().count(),
        2
    );
    let days = export("days").await;
    let days = days.text();
    let statuses: Vec<&str> = days.lines().map(|line| line.split(',').nth(8).unwrap()).collect();
    assert_eq!(statuses, ["status", "502", "200"]);
    assert_eq!(export("days?to=2020-01-01").await.text().lines().count(), 1);
    let by_status = operator.get("/admin/api/usage?by=status").await.json();
    assert_eq!(by_status["data"][0]["group"], "200");
    for wrong in ["requests?cursor=1.2.3", "requests?limit=5", "days?from=yesterday"] {
        assert_eq!(export(wrong).await.error_code(), Some("INVALID_REQUEST"), "{wrong}");
    }
}

#[tokio::test]
async fn each_request_leaves_a_line_in_its_file() {
    let mut scene = Scene::start().await;
    let config = scene.config(&Setup::default());
    scene.gateway = Gateway::start(&format!("{config}\nlog: {{ requests: {{ file: requests.jsonl }} }}\n")).await;
    scene.first.reply(refuses(503, "down"));
    scene.second.reply(says("a secret answer"));
    scene.client().header("x-request-id", "one").chat(ask("duo")).await;
    let file = scene.gateway.config_dir().join("requests.jsonl");
    let line = async || fs::read_to_string(&file).unwrap_or_default();
    let line = eventually("a line", line, |text| text.ends_with('\n')).await;
    assert!(!line.contains("secret"), "{line}");
    let line: Value = serde_json::from_str(&line).unwrap();
    assert_eq!((&line["request_id"], &line["status"]), (&value!("one"), &value!(200)));
    assert_eq!((&line["provider"], &line["attempts"]), (&value!("second"), &value!(2)));
    assert_eq!(
        (&line["endpoint"], &line["message"]),
        (&value!("/v1/chat/completions"), &value!("ok"))
    );
    let metrics = scene.gateway.operator().get("/metrics").await;
    let metrics = metrics.text();
    assert!(
        metrics.contains("jackfield_request_log_lines_dropped_total 0"),
        "{metrics}"
    );
}

//! Upstreams that report what cannot be: the ledger goes on, and nobody is ruined.

use jackfield_tests::gateway::Process;
use jackfield_tests::postgres::Postgres;
use jackfield_tests::upstream::{Reply, Upstream, json, raw};
use jackfield_tests::vendor::{Turn, openai};
use serde_json::{Value, json as value};

use crate::accounting::books::{balances, rows_when};
use crate::accounting::{MICRO, SQLITE, config, sqlite, user};
use crate::scene::{ask, says};

/// Counts as upstreams should not write them, as JSON.
const ABSURD: [&str; 9] = [
    "18446744073709551616",
    "18446744073709551615",
    "9223372036854775807",
    "1000000000000",
    "-7",
    "1e300",
    "\"7\"",
    "{}",
    "true",
];

/// A whole reply, or a stream, with this count for both usages.
fn reports(count: &str, stream: bool) -> Reply {
    let usage = format!(r#"{{"prompt_tokens":{count},"completion_tokens":{count},"total_tokens":{count}}}"#);
    let turn = Turn::says(&["sixteen letters."]);
    if !stream {
        let mut reply = openai::completion(&turn, 1);
        reply["usage"] = value!("USAGE");
        return json(200, reply.to_string().replace("\"USAGE\"", &usage));
    }
    let last = value!({ "id": "c", "object": "chat.completion.chunk", "choices": [], "usage": "USAGE" });
    let mut events: Vec<String> = openai::chunks(&turn, 1, false).iter().map(Value::to_string).collect();
    events.push(last.to_string().replace("\"USAGE\"", &usage));
    events.push("[DONE]".to_owned());
    raw(events.into_iter().map(|event| format!("data: {event}\n\n")))
}

/// Lets ada's upstream report every absurdity, and asks for bob in between.
async fn outlive_absurdities(storage: &str, url: impl Fn(&Process) -> String) {
    let upstream = Upstream::start().await;
    let gateway = Process::start(&config(&upstream, storage)).await;
    let ada = gateway.client().with_key(&user(&gateway, "ada", "pro").await);
    let bob = gateway.client().with_key(&user(&gateway, "bob", "pro").await);
    for count in ABSURD {
        upstream
            .reply(reports(count, false))
            .then(reports(count, true))
            .then(says("hello"));
        let whole = ada.chat(ask("m")).await;
        assert_eq!(whole.status, 200, "{count}: {}", whole.text());
        assert!(ada.stream(ask("m")).await.collect().await.is_done(), "{count}");
        assert_eq!(bob.chat(ask("m")).await.status, 200);
    }
    let url = url(&gateway);
    let rows = rows_when(&url, 3 * ABSURD.len()).await;
    let (ada, bob): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.user == "ada");
    assert_eq!((ada.len(), bob.len()), (2 * ABSURD.len(), ABSURD.len()));
    for row in &ada {
        assert_eq!((row.estimated, row.output), (1, 4), "{row:?}");
        assert!(row.input < 40 && row.credits == row.input + 8, "{row:?}");
    }
    let (spent, left) = (ada.iter().map(|row| row.credits).sum::<i64>(), balances(&url).await);
    assert_eq!(left["ada"], MICRO - spent);
    let report = gateway.run(&["usage", "--by", "user"]).await;
    assert!(report.contains("ada") && report.contains("bob"), "{report}");
}

#[tokio::test]
async fn absurd_reports_cost_an_estimate_and_stop_nobody() {
    outlive_absurdities(SQLITE, sqlite).await;
}

#[tokio::test]
async fn absurd_reports_cost_an_estimate_and_stop_nobody_in_postgresql() {
    let postgres = Postgres::start().await;
    let url = postgres.url();
    let storage = format!("storage: {{ url: \"{url}\" }}");
    outlive_absurdities(&storage, |_| url.clone()).await;
}

#[tokio::test]
async fn rows_that_were_set_aside_are_told_to_operators() {
    let upstream = Upstream::start().await;
    let config = config(&upstream, SQLITE).replace("auth: required", "auth: required, admin: { token: operator }");
    let mut gateway = Process::start(&config).await;
    let ledger = async |gateway: &Process| {
        let operator = gateway.client().with_key("operator");
        operator.get("/admin/snapshot").await.json()["ledger"].clone()
    };
    assert_eq!(ledger(&gateway).await, value!({ "rows_set_aside": 0, "file": null }));
    // A journal in which somebody has written.
    let journal = gateway.config_dir().join("jackfield.journal");
    gateway.kill().await;
    let node = std::fs::read_dir(&journal).unwrap().find_map(|file| {
        let name = file.unwrap().file_name().into_string().unwrap();
        name.strip_suffix(".lock").map(str::to_owned)
    });
    let segment = journal.join(format!("{}-9000.jsonl", node.unwrap()));
    std::fs::write(segment, "{\"n\":1,\"c\":1e300}\n").unwrap();
    gateway.start_again().await;
    let told = ledger(&gateway).await;
    assert_eq!(told["rows_set_aside"], 1, "{told}");
    assert!(told["file"].as_str().unwrap().ends_with("set-aside.jsonl"), "{told}");
}

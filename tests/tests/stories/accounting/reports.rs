//! `jackfield usage` over what real requests have left.

use jackfield_accounting::ledger::Day;
use jackfield_tests::gateway::Process;
use jackfield_tests::upstream::Upstream;
use serde_json::{Value, json as value};

use super::books::{Row, rows_when};
use super::{SQLITE, config, sqlite, user};
use crate::scene::{ask, refuses, says};

/// A gateway that has served `ada` twice and `bob` once, and has failed `bob` once.
async fn after_business() -> (Process, Vec<Row>) {
    let upstream = Upstream::start().await;
    let gateway = Process::start(&config(&upstream, SQLITE)).await;
    upstream
        .reply(says("hello"))
        .then(says("hello"))
        .then(says("hello"))
        .then(refuses(500, "no"));
    let ada = gateway.client().with_key(&user(&gateway, "ada", "pro").await);
    let bob = gateway.client().with_key(&user(&gateway, "bob", "pro").await);
    assert_eq!(ada.chat(ask("m")).await.status, 200);
    assert_eq!(ada.chat(ask("n")).await.status, 200);
    assert_eq!(bob.chat(ask("m")).await.status, 200);
    assert_eq!(bob.chat(ask("m")).await.status, 502);
    let rows = rows_when(&sqlite(&gateway), 4).await;
    (gateway, rows)
}

async fn usage(gateway: &Process, by: &str, format: &str) -> String {
    let arguments = ["usage", "--by", by, "--format", format];
    gateway.run(&arguments).await
}

#[tokio::test]
async fn usage_is_reported_by_model_user_and_day_in_three_forms() {
    let (gateway, rows) = after_business().await;
    assert_eq!(
        usage(&gateway, "model", "csv").await,
        "model,requests,failed,input_tokens,output_tokens,cached_tokens,reasoning_tokens,credits\n\
         m,3,1,22,14,8,0,0.000050\n\
         n,1,0,11,7,4,0,0.000025\n"
    );
    assert_eq!(
        usage(&gateway, "upstream-model", "csv").await,
        "upstream_model,requests,failed,input_tokens,output_tokens,cached_tokens,reasoning_tokens,credits\n\
         m,3,1,22,14,8,0,0.000050\n\
         n-large,1,0,11,7,4,0,0.000025\n"
    );
    assert_eq!(
        usage(&gateway, "user", "table").await,
        "user   requests  failed  input_tokens  output_tokens  cached_tokens  reasoning_tokens   credits\n\
         ada           2       0            22             14              8                 0  0.000050\n\
         bob           2       1            11              7              4                 0  0.000025\n\
         total         4       1            33             21             12                 0  0.000075\n"
    );
    let mut days: Vec<String> = rows.iter().map(|row| Day::of_millis(row.time).to_string()).collect();
    days.dedup();
    let reported: Value = serde_json::from_str(&usage(&gateway, "day", "json").await).unwrap();
    let reported = reported.as_array().unwrap();
    // Two, if midnight has passed meanwhile.
    assert_eq!(reported.len(), days.len());
    for (row, day) in reported.iter().zip(&days) {
        assert_eq!(row["day"], **day);
    }
    if let [row] = &reported[..] {
        let expected = value!({
            "day": days[0], "requests": 4, "failed": 1, "input_tokens": 33, "output_tokens": 21,
            "cached_tokens": 12, "reasoning_tokens": 0, "credits": 0.000_075,
        });
        assert_eq!(*row, expected);
    }
}

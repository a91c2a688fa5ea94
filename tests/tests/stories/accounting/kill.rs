//! The gateway is killed under load, again and again, and its books are right all the same.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use jackfield_accounting::credits::as_credits;
use jackfield_accounting::ledger::Day;
use jackfield_tests::gateway::Process;
use jackfield_tests::upstream::{Reply, Request, Upstream, json, sse};
use jackfield_tests::vendor::{Turn, openai};
use serde_json::{Value, json as value};

use super::books::{Row, balances, rows};
use super::customer::{Received, besiege};
use super::{MICRO, SQLITE, config, sqlite, user};

/// How often it is killed.
const KILLS: usize = 20;

/// How many answers come before the first kill, and how many more before each that follows: so that it dies while it
/// takes in what the one before has left, and also while it writes its own.
const FIRST: usize = 10;
const MORE: usize = 40;

/// Who asks.
const USERS: [&str; 3] = ["ada", "bob", "eve"];

/// An upstream of which no two neighbouring replies cost the same.
async fn upstream() -> Upstream {
    let upstream = Upstream::start().await;
    let replies = AtomicU64::new(0);
    upstream.answer(move |request| reply(request, replies.fetch_add(1, Ordering::Relaxed)));
    upstream
}

fn reply(request: &Request, number: u64) -> Reply {
    let mut turn = Turn::says(&["never ", "gonna ", "give ", "you ", "up"]);
    turn.usage.output_tokens = 1 + number % 997;
    if request.json()["stream"] == true {
        sse(openai::chunks(&turn, 1, true))
    } else {
        json(200, openai::completion(&turn, 1))
    }
}

#[tokio::test]
async fn every_answer_received_is_in_the_ledger_once_after_twenty_kills() {
    let upstream = upstream().await;
    let mut gateway = Process::start(&config(&upstream, SQLITE)).await;
    let mut keys = Vec::new();
    for name in USERS {
        keys.push(user(&gateway, name, "pro").await);
    }
    let mut received = Vec::new();
    for round in 0..KILLS {
        let (url, enough) = (gateway.url().to_owned(), FIRST + round * MORE);
        let kill = async || gateway.kill().await;
        received.extend(besiege(&url, &keys, enough, kill).await);
        gateway.start_again().await;
    }
    let rows = rows(&sqlite(&gateway)).await;
    assert_each_once(&rows, &received);
    assert!(rows.len() <= upstream.requests().len());
    assert_charged(&rows, &balances(&sqlite(&gateway)).await);
    assert_reported(&rows, &gateway).await;
    for (name, key) in USERS.iter().zip(&keys) {
        assert_counted(&rows, name, &gateway, key).await;
    }
}

/// Each answer has one row with what its client was told, and no row is there twice.
fn assert_each_once(rows: &[Row], received: &[Received]) {
    let by_id: HashMap<&str, &Row> = rows.iter().map(|row| (&*row.request_id, row)).collect();
    assert_eq!(by_id.len(), rows.len());
    for answer in received {
        let row = by_id.get(&*answer.request_id);
        assert!(row.is_some(), "no row of {answer:?}");
        let row = row.unwrap();
        let told = (answer.input, answer.output);
        assert_eq!((row.input, row.output), told, "{row:?}");
        assert_eq!((&*row.ended, row.estimated), ("ok", 0), "{row:?}");
    }
}

/// Each row costs what its tokens cost, and the balances lack just that.
fn assert_charged(rows: &[Row], balances: &BTreeMap<String, i64>) {
    for row in rows {
        assert_eq!(row.credits, row.input + 2 * row.output, "{row:?}");
    }
    for name in USERS {
        let charges: i64 = of(rows, name).map(|row| row.credits).sum();
        assert_eq!(balances[name], MICRO - charges, "{name}");
    }
}

/// `jackfield usage` adds the rows up.
async fn assert_reported(rows: &[Row], gateway: &Process) {
    let usage = ["usage", "--by", "user", "--format", "json"];
    let reported: Value = serde_json::from_str(&gateway.run(&usage).await).unwrap();
    let sums = USERS.map(|name| {
        let sum = |what: fn(&Row) -> i64| of(rows, name).map(what).sum::<i64>();
        value!([
            name,
            of(rows, name).count(),
            sum(|row| row.input),
            sum(|row| row.output),
            as_credits(sum(|row| row.credits))
        ])
    });
    let read = |row: &Value| {
        let columns = ["user", "requests", "input_tokens", "output_tokens", "credits"];
        columns.map(|column| row[column].clone()).into_iter().collect()
    };
    let read: Vec<Value> = reported.as_array().unwrap().iter().map(read).collect();
    assert_eq!(read, sums);
}

/// The counters have survived: what the user has used today is what the ledger says.
async fn assert_counted(rows: &[Row], name: &str, gateway: &Process, key: &str) {
    let used = gateway.client().with_key(key).get("/v1/user/requests").await;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let today = Day::of_millis(i64::try_from(now.as_millis()).unwrap());
    let today = of(rows, name).filter(|row| Day::of_millis(row.time) == today);
    let costs: i64 = today.map(|row| row.request_cost).sum();
    assert_eq!(used.json()["requests_used_today"], costs, "{name}");
}

fn of<'a>(rows: &'a [Row], name: &str) -> impl Iterator<Item = &'a Row> {
    rows.iter().filter(move |row| row.user == name)
}

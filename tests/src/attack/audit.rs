//! What an attack leaves behind: nothing in flight, no memory, and books that are right.

use std::collections::BTreeMap;
use std::time::Duration;

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Connection, Row};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use super::stage::{CREDITS, STREAMS, Stage, ask};

/// How long what was begun may take to end: every clock of the [`Stage`] has run out by then.
const SETTLING: Duration = Duration::from_secs(15);

/// How long a refusal may take.
const MOMENT: Duration = Duration::from_millis(500);

/// Micro-credits in a credit.
const MICRO: i64 = 1_000_000;

/// Everything that is not as it must be.
pub async fn faults(stage: &Stage, served: usize, resident_before: u64, growth: u64) -> Vec<String> {
    let mut faults = Vec::new();
    faults.extend(in_flight(stage).await);
    faults.extend(streams(stage).await);
    faults.extend(memory(stage, resident_before, growth).await);
    faults.extend(books(stage, served).await);
    faults
}

/// Waits until the memory is about what it was: the allocator gives pages back some time after the last of them is free.
async fn memory(stage: &Stage, before: u64, growth: u64) -> Option<String> {
    let until = Instant::now() + SETTLING;
    loop {
        let resident = stage.gateway.resident_bytes();
        if resident <= before + growth {
            return None;
        }
        if Instant::now() > until {
            return Some(format!("{resident} bytes of memory are held, and {before} were before"));
        }
        sleep(Duration::from_millis(100)).await;
    }
}

/// Waits until nothing is in flight.
async fn in_flight(stage: &Stage) -> Option<String> {
    let until = Instant::now() + SETTLING;
    loop {
        let count = stage.snapshot().await["requests_under_way"].clone();
        if count == 0 {
            return None;
        }
        if Instant::now() > until {
            return Some(format!("{count} requests are still in flight"));
        }
        sleep(Duration::from_millis(50)).await;
    }
}

/// The attacker may have as many streams at once as ever: no slot is held.
async fn streams(stage: &Stage) -> Option<String> {
    // A silent upstream keeps them open together; whoever is refused hears of it at once.
    let mut open = JoinSet::new();
    for _ in 0..STREAMS {
        let client = stage.client(&stage.attacker);
        open.spawn(async move { client.stream(ask("silence", true)).await.status });
    }
    let first = timeout(MOMENT, open.join_next()).await.ok()??;
    Some(format!(
        "a stream was answered with {first:?} although no other was open"
    ))
}

/// The rows of the ledger and the balances agree, and whoever was served has a row.
async fn books(stage: &Stage, served: usize) -> Vec<String> {
    let until = Instant::now() + SETTLING;
    loop {
        let faults = wrong(stage, served).await;
        if faults.is_empty() || Instant::now() > until {
            return faults;
        }
        sleep(Duration::from_millis(100)).await;
    }
}

async fn wrong(stage: &Stage, served: usize) -> Vec<String> {
    let mut faults = Vec::new();
    let url = stage.database();
    let charged = by_user(
        &url,
        "SELECT user_id AS id, SUM(credits) AS number FROM ledger GROUP BY user_id",
    )
    .await;
    for (user, balance) in by_user(&url, "SELECT id, balance AS number FROM users").await {
        let had = if user == "spent" { 0 } else { CREDITS * MICRO };
        let paid = charged.get(&user).copied().unwrap_or(0);
        if balance != had - paid {
            faults.push(format!("{user} had {had}, was charged {paid}, and has {balance}"));
        }
        if paid < 0 || user == "spent" && paid > 0 {
            faults.push(format!("{user} was charged {paid}"));
        }
    }
    let rows = by_user(
        &url,
        "SELECT user_id AS id, COUNT(*) AS number FROM ledger GROUP BY user_id",
    )
    .await;
    let rows = rows.get("bystander").copied().unwrap_or(0);
    if usize::try_from(rows) != Ok(served) {
        faults.push(format!("the bystander was served {served} times and has {rows} rows"));
    }
    faults
}

async fn by_user(url: &str, question: &str) -> BTreeMap<String, i64> {
    sqlx::any::install_default_drivers();
    let mut connection = AnyConnection::connect(url).await.expect("the gateway's database");
    let rows: Vec<AnyRow> = sqlx::query(question).fetch_all(&mut connection).await.expect("rows");
    connection.close().await.expect("a connection that closes");
    let read = |row: &AnyRow| {
        (
            row.try_get("id").unwrap_or_default(),
            row.try_get("number").unwrap_or(i64::MIN),
        )
    };
    rows.iter().map(read).collect()
}

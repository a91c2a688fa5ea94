//! Tests of the path from the journal into the store.

use std::fs;
use std::num::NonZeroUsize;
use std::path::Path;
use std::thread;

use tokio::task;

use super::*;
use crate::ledger::Ledger;
use crate::ledger::table::UsageBy;
use crate::store::Store;
use crate::store::tests::{Database, on_both};

on_both!(every_record_is_stored_exactly_once_whenever_processes_die);

/// A process with its journal, over a store that others may share.
struct Process {
    journal: Arc<Journal>,
    ledger: Ledger,
    balances: Arc<Balances>,
    writer: Writer,
}

// === impl Process ===

impl Process {
    fn start(dir: &Path, store: &Arc<Store>) -> Self {
        let journal = Arc::new(Journal::open(dir, NonZeroUsize::MIN).unwrap());
        let balances = Arc::new(Balances::new());
        let table = Arc::new(Table::open(Store::clone(store)).unwrap());
        let told = Arc::clone(&balances);
        Self {
            ledger: Ledger::new(Arc::clone(&journal)),
            writer: Writer::new(Arc::clone(&journal), table, told),
            journal,
            balances,
        }
    }

    /// A request of ada's that cost 10.
    fn request(&self) {
        let hold = self.balances.hold_anyway(&"ada".into(), 50);
        self.ledger.record(record(), Some(hold));
    }
}

fn record() -> Record<'static> {
    Record {
        user_id: Some("ada".into()),
        credits: 10,
        ..Record::default()
    }
}

/// Rows in the store and what they cost.
async fn rows(store: &Store) -> (u64, i64) {
    let table = Table::open(store.clone()).unwrap();
    let usage = table.usage(UsageBy::Model, 0, i64::MAX).await.unwrap();
    usage.first().map_or((0, 0), |row| (row.requests, row.credits))
}

fn files(dir: &Path) -> usize {
    fs::read_dir(dir).unwrap().count()
}

/// One more node's store over the database, with ada as a user.
async fn open(database: &Database) -> Arc<Store> {
    let store = database.open().await;
    if store.user("ada").await.unwrap().is_none() {
        store.add_user("ada", "max", 1_000_000, 0).await.unwrap();
    }
    Arc::new(store)
}

#[tokio::test]
async fn a_pending_charge_is_released_when_the_store_has_it() {
    let (dir, database) = (tempfile::tempdir().unwrap(), Database::sqlite());
    let store = open(&database).await;
    let mut process = Process::start(dir.path(), &store);
    process.balances.refresh(&"ada".into(), 1_000_000);
    (0..700).for_each(|_| process.request());
    assert_eq!(process.balances.available("ada"), Some(993_000));
    process.writer.round().unwrap();
    assert_eq!(process.balances.available("ada"), Some(993_000));
    // As the store has it now: were anything still pending, it would count twice.
    process.balances.refresh(&"ada".into(), 993_000);
    assert_eq!(process.balances.available("ada"), Some(993_000));
    assert_eq!(rows(&store).await, (700, 7_000));
}

#[tokio::test]
async fn rows_of_another_process_release_nothing_here() {
    let (dir, database) = (tempfile::tempdir().unwrap(), Database::sqlite());
    let store = open(&database).await;
    let dead = Process::start(dir.path(), &store);
    (0..3).for_each(|_| dead.request());
    drop(dead);
    let mut process = Process::start(dir.path(), &store);
    process.balances.refresh(&"ada".into(), 1_000_000);
    process.request();
    process.writer.catch_up().unwrap();
    // The balance is that of the store, 30 less; our own 10 is still pending.
    assert_eq!(process.balances.available("ada"), Some(999_960));
    process.writer.round().unwrap();
    assert_eq!(process.balances.available("ada"), Some(999_960));
    assert_eq!(rows(&store).await.0, 4);
}

#[tokio::test]
async fn records_of_an_outage_wait_in_one_file_and_are_then_inserted() {
    let (dir, database) = (tempfile::tempdir().unwrap(), Database::sqlite());
    let store = open(&database).await;
    let mut process = Process::start(dir.path(), &store);
    store.close().await;
    for _ in 0..5 {
        process.request();
        process.writer.round().unwrap_err();
    }
    // The lock, the segment that waits, and the one that grows.
    assert_eq!(files(dir.path()), 3);
    let store = open(&database).await;
    process.writer.table = Arc::new(Table::open(Store::clone(&store)).unwrap());
    process.writer.round().unwrap();
    assert_eq!(rows(&store).await, (5, 50));
    drop(process);
    assert_eq!(files(dir.path()), 0);
}

#[tokio::test]
async fn a_start_during_an_outage_inserts_orphaned_records_later() {
    let (dir, database) = (tempfile::tempdir().unwrap(), Database::sqlite());
    let store = open(&database).await;
    Process::start(dir.path(), &store).request();
    store.close().await;
    let mut process = Process::start(dir.path(), &store);
    process.writer.catch_up().unwrap_err();
    let store = open(&database).await;
    process.writer.table = Arc::new(Table::open(Store::clone(&store)).unwrap());
    process.writer.round().unwrap();
    assert_eq!(rows(&store).await, (1, 10));
}

#[tokio::test]
async fn everything_written_is_inserted_at_the_stop() {
    let (dir, database) = (tempfile::tempdir().unwrap(), Database::sqlite());
    let store = open(&database).await;
    let process = Process::start(dir.path(), &store);
    (0..3).for_each(|_| process.request());
    let stop = CancellationToken::new();
    stop.cancel();
    let Process {
        journal,
        ledger,
        writer,
        ..
    } = process;
    task::spawn_blocking(move || writer.run(&stop)).await.unwrap();
    drop((ledger, journal));
    assert_eq!(rows(&store).await, (3, 30));
    assert_eq!(files(dir.path()), 0);
}

#[tokio::test]
async fn a_damaged_line_is_set_aside_and_a_torn_one_ignored() {
    let (dir, database) = (tempfile::tempdir().unwrap(), Database::sqlite());
    let store = open(&database).await;
    let mut lines = Vec::new();
    for seq in 0..3 {
        let record = Record {
            node: 12,
            seq,
            ..record()
        };
        record.write_line(&mut lines).unwrap();
        lines.extend(if seq == 2 {
            &b"{\"t\":1,\"id"[..]
        } else {
            b"\xff damage\n"
        });
    }
    fs::write(dir.path().join("12-0.jsonl"), lines).unwrap();
    let mut process = Process::start(dir.path(), &store);
    process.writer.catch_up().unwrap();
    assert_eq!(rows(&store).await.0, 3);
    let aside = fs::read(dir.path().join("set-aside.jsonl")).unwrap();
    assert_eq!(aside, b"\xff damage\n\xff damage\n");
    drop(process);
    assert_eq!(files(dir.path()), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_the_database_refuses_is_set_aside_and_no_longer_pending() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&Database::postgres().await).await;
    let mut process = Process::start(dir.path(), &store);
    process.balances.refresh(&"ada".into(), 1_000_000);
    process.request();
    let refused = Record {
        request_id: "a\0b".into(),
        ..record()
    };
    let hold = process.balances.hold_anyway(&"ada".into(), 50);
    process.ledger.record(refused, Some(hold));
    task::block_in_place(|| process.writer.round()).unwrap();
    assert_eq!(process.balances.available("ada"), Some(999_990));
    let aside = fs::read_to_string(dir.path().join("set-aside.jsonl")).unwrap();
    assert!(aside.contains("a\\u0000b"), "{aside}");
    assert_eq!(rows(&store).await, (1, 10));
}

#[tokio::test]
async fn a_removed_segment_does_not_block_the_ones_after_it() {
    let (dir, database) = (tempfile::tempdir().unwrap(), Database::sqlite());
    let store = open(&database).await;
    let mut process = Process::start(dir.path(), &store);
    store.close().await;
    process.request();
    process.writer.round().unwrap_err();
    let store = open(&database).await;
    process.writer.table = Arc::new(Table::open(Store::clone(&store)).unwrap());
    process.writer.reading = None;
    for segment in Segment::list(dir.path(), process.journal.node()).unwrap() {
        if segment.number == 0 {
            segment.remove().unwrap();
        }
    }
    process.request();
    process.writer.round().unwrap();
    assert_eq!(rows(&store).await.0, 1);
}

/// Eight threads write while the writer inserts; then the process dies. The rest is not inserted, and some inserted
/// segments remain, as if the process had died before it could remove them.
fn live_and_die(dir: &Path, store: &Arc<Store>, each: usize) {
    let process = Process::start(dir, store);
    let (mut writer, node) = (process.writer, process.journal.node());
    let (ledger, balances) = (&process.ledger, &process.balances);
    let kept = tempfile::tempdir().unwrap();
    let copy = |segment: &Segment| kept.path().join(segment.path().file_name().unwrap());
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..each {
                    ledger.record(record(), Some(balances.hold_anyway(&"ada".into(), 1)));
                }
            });
        }
        writer.catch_up().unwrap();
        for _ in 0..fastrand::usize(0..5) {
            for segment in Segment::list(dir, node).unwrap() {
                // It fails for segments that have a copy already.
                let _ = fs::hard_link(segment.path(), copy(&segment));
            }
            writer.round().unwrap();
        }
    });
    drop((writer, process.ledger, process.journal));
    for entry in fs::read_dir(kept.path()).unwrap() {
        let copy = entry.unwrap();
        if fastrand::bool() {
            // It fails for segments that are still there, which were not inserted.
            let _ = fs::hard_link(copy.path(), dir.join(copy.file_name()));
        }
    }
}

async fn every_record_is_stored_exactly_once_whenever_processes_die(database: Database) {
    let store = open(&database).await;
    let dir = tempfile::tempdir().unwrap();
    let mut written = 0;
    for _ in 0..6 {
        let each = fastrand::usize(1..400);
        task::block_in_place(|| live_and_die(dir.path(), &store, each));
        written += 8 * each as u64;
    }
    let mut last = Process::start(dir.path(), &store);
    task::block_in_place(|| last.writer.catch_up()).unwrap();
    let spent = i64::try_from(written * 10).unwrap();
    assert_eq!(rows(&store).await, (written, spent));
    let ada = store.user("ada").await.unwrap().unwrap();
    assert_eq!(ada.balance, 1_000_000 - spent);
    drop(last);
    assert_eq!(files(dir.path()), 0);
}

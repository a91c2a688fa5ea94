//! The counters in memory: concurrent requests, idle users, and the model.

use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, SystemTime};

use proptest::prelude::*;

use super::super::Limits;
use super::super::tests::model;
use super::*;

const STREAM: Charge = Charge { day: 1, stream: true };

fn at(seconds: u64) -> Moment {
    (SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)).into()
}

fn users(memory: &Memory) -> usize {
    memory.shards.each().map(|shard| shard.users.len()).sum()
}

/// How many of a hundred concurrent requests pass when one is left.
fn of_a_hundred(quota: Quota, charge: Charge) -> usize {
    let memory = Arc::new(Memory::default());
    let (start, passed) = (Barrier::new(100), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..100 {
            scope.spawn(|| {
                start.wait();
                let taken = memory.take("ada", &quota, charge, at(1_700_000_000));
                passed.fetch_add(usize::from(taken.is_ok()), Ordering::Relaxed);
                // Nobody ends before everyone has asked.
                start.wait();
            });
        }
    });
    passed.into_inner()
}

#[test]
fn exactly_one_of_a_hundred_requests_for_the_last_slot_passes() {
    let one = Some(1);
    let quotas = [
        (one, None, None, None),
        (None, one, None, None),
        (None, None, one, None),
        (None, None, None, one),
    ];
    for (per_day, per_hour, per_minute, concurrent_streams) in quotas {
        let quota = Quota {
            per_day,
            per_hour,
            per_minute,
            concurrent_streams,
        };
        assert_eq!(of_a_hundred(quota, STREAM), 1, "{quota:?}");
    }
}

#[test]
fn idle_users_are_dropped_when_the_hour_changes() {
    let memory = Arc::new(Memory {
        // One shard, so that one request sweeps all users.
        shards: Sharded::with_shards(1),
    });
    // Yesterday: one whose stream ended, one whose stream still runs, one who was refunded.
    let yesterday = at(1_700_000_000);
    let quota = Quota::default();
    drop(memory.take("ended", &quota, STREAM, yesterday).unwrap());
    let running = memory.take("running", &quota, STREAM, yesterday).unwrap();
    memory.take("refunded", &quota, STREAM, yesterday).unwrap().refund();
    assert_eq!(users(&memory), 3);
    let today = at(1_700_000_000 + 86_400);
    drop(memory.take("today", &quota, STREAM, today).unwrap());
    assert_eq!(users(&memory), 2);
    assert_eq!(memory.usage("running", today).streams, 1);
    drop(running);
    assert_eq!(memory.usage("running", today).streams, 0);
}

#[test]
fn reading_the_usage_of_an_unknown_user_stores_nothing() {
    let memory = Memory::default();
    assert_eq!(memory.usage("stranger", at(1)), Usage::default());
    assert_eq!(users(&memory), 0);
}

proptest! {
    #[test]
    fn it_agrees_with_the_model(story in model::stories(true)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(model::agrees(&Limits::in_memory(), "", story))?;
    }
}

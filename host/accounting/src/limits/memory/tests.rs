//! The counters in memory: many at once, users forgotten, and the model.

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
    let shards = memory.shards.iter();
    shards.map(|shard| shard.lock().unwrap().users.len()).sum()
}

/// How many of a hundred requests at once pass with one left.
fn of_a_hundred(quota: Quota, charge: Charge) -> usize {
    let memory = Arc::new(Memory::default());
    let (start, passed) = (Barrier::new(100), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..100 {
            scope.spawn(|| {
                start.wait();
                let taken = memory.take("ada", &quota, charge, at(1_700_000_000));
                passed.fetch_add(usize::from(taken.is_ok()), Ordering::Relaxed);
                // Nobody ends before all have asked.
                start.wait();
            });
        }
    });
    passed.into_inner()
}

#[test]
fn of_a_hundred_requests_for_the_last_place_one_gets_it() {
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
fn the_idle_are_forgotten_when_the_hour_turns() {
    let memory = Arc::new(Memory {
        // One shard, so that one request sweeps all.
        shards: vec![Mutex::default()],
        hasher: RandomState::new(),
    });
    // Yesterday: one who ended, one whose stream still runs, one who gave all back.
    let yesterday = at(1_700_000_000);
    let quota = Quota::default();
    drop(memory.take("ended", &quota, STREAM, yesterday).unwrap());
    let running = memory.take("running", &quota, STREAM, yesterday).unwrap();
    memory.take("gave back", &quota, STREAM, yesterday).unwrap().give_back();
    assert_eq!(users(&memory), 3);
    let today = at(1_700_000_000 + 86_400);
    drop(memory.take("today", &quota, STREAM, today).unwrap());
    assert_eq!(users(&memory), 2);
    assert_eq!(memory.usage("running", today).streams, 1);
    drop(running);
    assert_eq!(memory.usage("running", today).streams, 0);
}

#[test]
fn asking_for_the_usage_of_a_stranger_keeps_nothing() {
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

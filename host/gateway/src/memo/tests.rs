//! What is kept, for whom, and how much of it.

use super::*;

fn memo() -> Memo<u32> {
    Memo::new(true, None)
}

fn key(parameters: &str) -> Key<'_> {
    Key {
        name: "first",
        settings: b"{}",
        operation: "chat",
        dialect: "openai-chat",
        stream: false,
        model: "m",
        caller: ["free", "u_1"],
        parameters: parameters.as_bytes(),
    }
}

fn seen_twice(memo: &Memo<u32>, key: &Key<'_>, value: u32) {
    for _ in 0..2 {
        keep(memo, key, value, 100);
    }
}

fn found(memo: &Memo<u32>, key: &Key<'_>) -> Option<u32> {
    match memo.find(key) {
        Found::Kept(value) => Some(*value),
        Found::New(_) => None,
    }
}

/// Gives to the memo what was prepared for a key.
fn keep(memo: &Memo<u32>, key: &Key<'_>, value: u32, bytes: usize) {
    let ticket = Ticket(memo.hasher.hash_one(key));
    memo.keep(ticket, key, &Arc::new(value), bytes);
}

#[test]
fn what_is_asked_for_twice_is_kept() {
    let (memo, key) = (memo(), key(r#"{"seed":1}"#));
    keep(&memo, &key, 1, 100);
    assert_eq!(found(&memo, &key), None);
    keep(&memo, &key, 1, 100);
    assert_eq!(found(&memo, &key), Some(1));
    assert_eq!(memo.counts(), MemoCounts { hits: 1, misses: 1 });
}

#[test]
fn whatever_a_plugin_is_told_tells_entries_apart() {
    let (memo, kept) = (memo(), key("{}"));
    seen_twice(&memo, &kept, 1);
    let others = [
        Key { name: "second", ..kept },
        Key {
            settings: b"{\"a\":1}",
            ..kept
        },
        Key {
            operation: "embeddings",
            ..kept
        },
        Key {
            dialect: "anthropic-messages",
            ..kept
        },
        Key { stream: true, ..kept },
        Key { model: "n", ..kept },
        Key {
            caller: ["pro", "u_1"],
            ..kept
        },
        Key {
            caller: ["free", "u_2"],
            ..kept
        },
        // The same letters, divided otherwise.
        Key {
            caller: ["freeu", "_1"],
            ..kept
        },
        Key {
            parameters: b"{ }",
            ..kept
        },
    ];
    for other in others {
        assert_eq!(found(&memo, &other), None, "{other:?}");
    }
    assert_eq!(found(&memo, &kept), Some(1));
}

#[test]
fn parameters_that_never_come_again_push_nothing_out() {
    let (memo, kept) = (memo(), key("{}"));
    seen_twice(&memo, &kept, 1);
    for seed in 0..10 * MAX_ENTRIES {
        keep(&memo, &key(&format!(r#"{{"seed":{seed}}}"#)), 2, 100);
    }
    assert_eq!(found(&memo, &kept), Some(1));
}

#[test]
fn what_is_used_stays_and_the_room_is_bounded() {
    let (memo, kept) = (memo(), key("{}"));
    seen_twice(&memo, &kept, 1);
    for seed in 0..10 * MAX_ENTRIES {
        seen_twice(&memo, &key(&format!(r#"{{"seed":{seed}}}"#)), 2);
        assert_eq!(found(&memo, &kept), Some(1), "after {seed}");
    }
    let shard = memo.shard().unwrap();
    assert!(shard.young.entries.len() + shard.old.entries.len() <= 2 * MAX_ENTRIES);
    assert_eq!(
        shard.young.bytes,
        shard.young.entries.values().map(|entry| entry.bytes).sum::<usize>()
    );
}

#[test]
fn what_is_large_is_not_kept() {
    let memo = memo();
    let parameters = "x".repeat(MAX_ENTRY);
    seen_twice(&memo, &key(&parameters), 1);
    assert_eq!(found(&memo, &key(&parameters)), None);
    for _ in 0..2 {
        keep(&memo, &key("{}"), 1, MAX_ENTRY);
    }
    assert_eq!(found(&memo, &key("{}")), None);
}

#[test]
fn a_thread_does_not_wait_for_another() {
    let (memo, kept) = (memo(), key("{}"));
    seen_twice(&memo, &kept, 1);
    let _locked: Vec<_> = memo.shards.iter().map(|shard| shard.lock().unwrap()).collect();
    assert_eq!(found(&memo, &kept), None);
}

#[test]
fn off_it_keeps_nothing_and_counts_go_on() {
    let (before, kept) = (memo(), key("{}"));
    seen_twice(&before, &kept, 1);
    assert_eq!(found(&before, &kept), Some(1));
    let after = Memo::new(false, Some(&before));
    seen_twice(&after, &kept, 1);
    assert_eq!(found(&after, &kept), None);
    assert_eq!(after.counts(), MemoCounts { hits: 1, misses: 0 });
}

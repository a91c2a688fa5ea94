//! What an instance keeps, and what ends a call.

use std::thread;
use std::time::Duration;

use jackfield_config::{Isolation, PluginLimits};

use super::{guest, is_repeatable, load, prepared};
use crate::{CallError, Engine, Ticker};

fn answer(prepare: &str, change: impl Fn(PluginLimits) -> PluginLimits) -> Result<String, CallError> {
    prepared(&load(&Engine::new().unwrap(), prepare, change))
}

fn shared(limits: PluginLimits) -> PluginLimits {
    PluginLimits {
        isolation: Isolation::Shared,
        ..limits
    }
}

#[test]
fn no_instance_serves_two_calls() {
    let plugin = load(&Engine::new().unwrap(), guest::COUNTS, |limits| limits);
    assert_eq!(prepared(&plugin), Ok("1".to_owned()));
    assert_eq!(prepared(&plugin), Ok("1".to_owned()));
}

#[test]
fn a_shared_instance_serves_one_call_after_the_other() {
    let plugin = load(&Engine::new().unwrap(), guest::COUNTS, shared);
    assert_eq!(prepared(&plugin), Ok("1".to_owned()));
    assert_eq!(prepared(&plugin), Ok("2".to_owned()));
}

#[test]
fn a_shared_instance_that_trapped_is_not_used_again() {
    let third_call_traps = format!(
        "(if (i32.eq (global.get $calls) (i32.const 2)) (then (unreachable))) {}",
        guest::COUNTS
    );
    let plugin = load(&Engine::new().unwrap(), &third_call_traps, shared);
    assert_eq!(prepared(&plugin), Ok("1".to_owned()));
    assert_eq!(prepared(&plugin), Ok("2".to_owned()));
    assert!(matches!(prepared(&plugin), Err(CallError::Trap(_))));
    assert_eq!(prepared(&plugin), Ok("1".to_owned()));
}

/// `shared`, with room for eight pages. The guest begins with two.
fn shared_in_eight_pages(limits: PluginLimits) -> PluginLimits {
    PluginLimits {
        max_memory_bytes: 8 << 16,
        ..shared(limits)
    }
}

#[test]
fn a_shared_instance_that_has_grown_beyond_half_of_its_memory_is_not_used_again() {
    let leaks = format!("(drop (memory.grow (i32.const 1))) {}", guest::COUNTS);
    let plugin = load(&Engine::new().unwrap(), &leaks, shared_in_eight_pages);
    for expected in ["1", "2", "3", "1", "2", "3", "1"] {
        assert_eq!(prepared(&plugin), Ok(expected.to_owned()));
    }
}

#[test]
fn a_call_that_runs_out_of_memory_in_a_used_instance_is_run_again_in_a_fresh_one() {
    let second_call_is_out_of_memory = format!(
        "(if (global.get $calls) (then
            (if (i32.eq (memory.grow (i32.const 7)) (i32.const -1)) (then (unreachable))))) {}",
        guest::COUNTS
    );
    let plugin = load(
        &Engine::new().unwrap(),
        &second_call_is_out_of_memory,
        shared_in_eight_pages,
    );
    for _ in 0..4 {
        assert_eq!(prepared(&plugin), Ok("1".to_owned()));
    }
}

#[test]
fn a_call_that_runs_out_of_memory_in_a_fresh_instance_fails() {
    let bomb = "(if (i32.eq (memory.grow (i32.const 7)) (i32.const -1)) (then (unreachable)))
        (call $answer (global.get $out) (i32.const 0))";
    let plugin = load(&Engine::new().unwrap(), bomb, shared_in_eight_pages);
    for _ in 0..2 {
        assert_eq!(prepared(&plugin), Err(CallError::Memory(8 << 16)));
    }
}

#[test]
fn who_asks_for_the_body_prepares_for_this_request_alone() {
    let engine = Engine::new().unwrap();
    for limits in [shared, |limits| limits] {
        let plugin = load(&engine, guest::COUNTS, limits);
        assert!(is_repeatable(&plugin));
        let curious = format!("(call $body (global.get $out)) {}", guest::COUNTS);
        let plugin = load(&engine, &curious, limits);
        assert!(!is_repeatable(&plugin));
        assert!(!is_repeatable(&plugin));
    }
}

#[test]
fn the_body_is_what_the_client_sent() {
    let echo = "(call $body (global.get $out))
        (call $answer (i32.load (global.get $out)) (i32.load offset=4 (global.get $out)))";
    assert_eq!(answer(echo, |limits| limits), Ok("hello".to_owned()));
}

#[test]
fn a_trap_is_reported_with_its_reason() {
    let trapped = answer("(unreachable)", |limits| limits);
    let reason = "wasm trap: wasm `unreachable` instruction executed";
    assert_eq!(trapped, Err(CallError::Trap(reason.to_owned())));
}

#[test]
fn memory_beyond_the_limit_is_refused() {
    let bomb = "(if (i32.eq (memory.grow (i32.const 1)) (i32.const -1)) (then (unreachable)))
        (call $answer (global.get $out) (i32.const 0))";
    let pages = |count: usize| {
        answer(bomb, |limits| PluginLimits {
            max_memory_bytes: count << 16,
            ..limits
        })
    };
    assert_eq!(pages(3), Ok(String::new()));
    assert_eq!(pages(2), Err(CallError::Memory(2 << 16)));
}

#[test]
fn output_beyond_the_limit_is_refused() {
    let six_bytes = "(call $answer (i32.const 2048) (i32.const 6))";
    let limited = |max_output_bytes| {
        answer(six_bytes, |limits| PluginLimits {
            max_output_bytes,
            ..limits
        })
    };
    assert_eq!(limited(6), Ok("\0".repeat(6)));
    assert_eq!(limited(5), Err(CallError::Output(5)));
}

const ENDLESS: &str = "(loop (br 0)) (unreachable)";

#[test]
fn an_endless_loop_ends_when_the_epoch_reaches_its_deadline() {
    let engine = Engine::new().unwrap();
    let plugin = load(&engine, ENDLESS, |limits| limits);
    let ended = thread::scope(|scope| {
        let call = scope.spawn(|| prepared(&plugin));
        while !call.is_finished() {
            engine.tick();
            thread::yield_now();
        }
        call.join().unwrap()
    });
    assert_eq!(ended, Err(CallError::Deadline(Duration::from_millis(100))));
}

#[test]
fn the_ticker_ends_an_endless_loop() {
    let engine = Engine::new().unwrap();
    let _ticker = Ticker::start(&engine);
    let deadline = Duration::from_millis(1);
    let plugin = load(&engine, ENDLESS, |limits| PluginLimits { deadline, ..limits });
    assert_eq!(prepared(&plugin), Err(CallError::Deadline(deadline)));
}

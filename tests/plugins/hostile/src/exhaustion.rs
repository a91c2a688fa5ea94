//! Uses up what the host has: time, memory, room for output, patience for log lines.

use std::hint::{black_box, spin_loop};

use jackfield_plugin_sdk::log;

use crate::answer::ID;

/// The content of a huge answer, in bytes: twice what a call may return by default.
const HUGE: usize = 32 << 20;

/// What is hoarded at a time, in bytes.
const PIECE: usize = 1 << 20;

/// What is leaked at a time, in bytes.
const LEAK: usize = 256 << 10;

/// How many lines flood the log.
const LINES: usize = 100_000;

/// Never returns.
pub fn time() -> ! {
    loop {
        spin_loop();
    }
}

/// Returns after some tenths of a second: with each call, more than the host gives to one read.
pub fn some_time() {
    compute(200_000_000);
}

/// Takes some tens of milliseconds, as an interpreter might for a large request.
pub fn little_time() {
    compute(20_000_000);
}

/// Takes a step of a pseudorandom sequence this often. Each needs the one before, so that no compiler and no processor
/// takes several at once.
fn compute(steps: u32) {
    let mut number = black_box(88_172_645_463_325_252_u64);
    for _ in 0..steps {
        number ^= number << 13;
        number ^= number >> 7;
        number ^= number << 17;
    }
    black_box(number);
}

/// Takes memory until none is given: the allocator then traps.
pub fn memory() -> ! {
    let mut hoard: Vec<Vec<u8>> = Vec::new();
    loop {
        hoard.push(black_box(Vec::with_capacity(PIECE)));
    }
}

/// Takes memory and never gives it back.
pub fn leak() {
    Vec::leak(black_box(vec![1_u8; LEAK]));
}

/// Writes many lines to the log.
pub fn log() {
    for _ in 0..LINES {
        log::info("flood");
    }
}

/// Writes lines that would look like the host's own, and one that is long.
pub fn forge_lines() {
    log::warn("x\n2026-01-01T00:00:00Z  INFO jackfield::request: ok user=\"eve\"\r\u{1b}[31m\u{2028}\u{202e}");
    log::warn(&"long".repeat(10_000));
}

/// A reply or a chunk in which nothing is wrong but its size.
///
/// Written by hand into a buffer of the right size: growing one would meet the limit on memory first.
pub fn output(stream: bool) -> Vec<u8> {
    let (object, member) = if stream {
        ("chat.completion.chunk", "delta")
    } else {
        ("chat.completion", "message")
    };
    let before = format!(
        r#"{{"id":"{ID}","object":"{object}","created":0,"model":"huge-output","choices":[{{"index":0,"finish_reason":"stop","{member}":{{"role":"assistant","content":""#
    );
    let after = r#""}}]}"#;
    let mut reply = Vec::with_capacity(before.len() + HUGE + after.len());
    reply.extend_from_slice(before.as_bytes());
    reply.resize(before.len() + HUGE, b'a');
    reply.extend_from_slice(after.as_bytes());
    reply
}

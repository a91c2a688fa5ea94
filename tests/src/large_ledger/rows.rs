//! The rows: 25,000 a day for 400 days, of 1,000 users with two keys each, 20 models and 5 providers; one in fifty failed.

use fastrand::Rng;
use jackfield_accounting::ledger::{Ended, Record};

/// When the first row arrived, in milliseconds since 1970: at noon, so that some rows are of the last day.
const BEGIN: u64 = 20_000 * 86_400_000 + 43_200_000;

/// The time from one row to the next, in milliseconds.
pub(super) const BETWEEN: u64 = 86_400_000 / 25_000;

/// How many users there are.
const USERS: u32 = 1_000;

/// The users, each with the ids of their keys.
pub(super) fn accounts() -> impl Iterator<Item = (String, [String; 2])> {
    (0..USERS).map(|user| (format!("user{user}"), [0, 1].map(|key| format!("key{user}_{key}"))))
}

/// Makes rows, always the same ones.
pub(super) struct Rows {
    made: u64,
    random: Rng,
    /// The id of a request in the middle of what was made.
    some_id: String,
    failed: u64,
}

// === impl Rows ===

impl Rows {
    pub(super) fn new() -> Self {
        Self {
            made: 0,
            random: Rng::with_seed(7),
            some_id: String::new(),
            failed: 0,
        }
    }

    /// How many there are.
    pub(super) fn made(&self) -> u64 {
        self.made
    }

    /// How many of them failed.
    pub(super) fn failed(&self) -> u64 {
        self.failed
    }

    /// The time just after the last one, in milliseconds since 1970.
    pub(super) fn now(&self) -> i64 {
        (BEGIN + self.made * BETWEEN).cast_signed()
    }

    /// The id of one of them.
    pub(super) fn some_id(&self) -> &str {
        &self.some_id
    }

    /// The next ones.
    pub(super) fn batch(&mut self, size: u64) -> Vec<Record<'static>> {
        (0..size).map(|_| self.row()).collect()
    }

    fn row(&mut self) -> Record<'static> {
        let (seq, time) = (self.made, BEGIN + self.made * BETWEEN);
        self.made += 1;
        let random = &mut self.random;
        // Few users make most requests.
        let user = random.u32(..USERS).min(random.u32(..USERS)).min(random.u32(..USERS));
        let model = random.u32(..20).min(random.u32(..20));
        let failed = random.u32(..50) == 0;
        self.failed += u64::from(failed);
        let request_id = format!("req_{time:012x}{:020x}", random.u128(..) >> 48);
        if seq.is_power_of_two() {
            self.some_id.clone_from(&request_id);
        }
        Record {
            node: 7,
            seq,
            time,
            request_id: request_id.into(),
            user_id: Some(format!("user{user}").into()),
            key_id: Some(format!("key{user}_{}", random.u32(..2)).into()),
            operation: "chat".into(),
            // One in 5,000 rows has a model of its own.
            model: if seq % 5_000 == 77 {
                "rare".into()
            } else {
                format!("model{model}").into()
            },
            provider: Some(format!("provider{}", model % 5).into()),
            upstream_model: Some(format!("vendor/model{model}").into()),
            attempts: 1,
            status: if failed { 502 } else { 200 },
            ended: if failed { Ended::Failed } else { Ended::Ok },
            error_code: failed.then(|| "PROVIDER_ERROR".into()),
            class: failed.then(|| "overloaded".into()),
            input_tokens: Some(random.u64(10..5_000)),
            output_tokens: Some(random.u64(1..900)),
            credits: 1_500,
            request_cost: 1,
            latency_ms: random.u64(200..9_000),
            first_content_ms: Some(150),
            stream: true,
            endpoint: "/v1/chat/completions".into(),
            plugin_us: Some(60),
            ..Record::default()
        }
    }
}

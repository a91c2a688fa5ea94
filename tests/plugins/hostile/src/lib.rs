//! Adapter that misbehaves as its upstream model's name says: what the sandbox must survive.
//!
//! In reading order: [`answer`] is how it behaves when it is good. [`exhaustion`] uses up what the host has,
//! [`escape`] asks for requests that it may not make, [`midstream`] waits for a stream to begin, [`telling`] repeats
//! what it sees, and [`forgery`] says what the SDK's types cannot.

pub mod answer;
pub mod escape;
pub mod exhaustion;
pub mod forgery;
pub mod midstream;
pub mod telling;

use std::sync::atomic::{AtomicU64, Ordering};

use jackfield_plugin_sdk::{Adapter, Auth, Call, Decoded, Event, Exchange, Failure, Manifest, Prepared, Reply, Step};

use crate::midstream::Seen;

/// The adapter.
pub struct Hostile;

/// What the client wants of this adapter.
#[derive(serde::Deserialize)]
struct Wish {
    user: Option<String>,
}

/// How many calls of `prepare` this very instance has served.
static CALLS: AtomicU64 = AtomicU64::new(0);

// === impl Hostile ===

impl Adapter for Hostile {
    type Settings = ();
    type State = Seen;

    fn manifest() -> Manifest {
        Manifest::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION")).auth(Auth::Bearer)
    }

    fn prepare(call: &Call<()>) -> Result<Prepared, Failure> {
        let calls = CALLS.fetch_add(1, Ordering::Relaxed) + 1;
        match call.model.as_str() {
            // The forgery replaces the answer by a huge one.
            "good" | "huge-output" => answer::saying("good", call),
            "static-counter" => answer::saying(&calls.to_string(), call),
            "log-flood" => {
                exhaustion::log();
                answer::saying("good", call)
            }
            "log-forgery" => {
                exhaustion::forge_lines();
                answer::saying("good", call)
            }
            "burn" => {
                exhaustion::little_time();
                answer::saying("good", call)
            }
            "leak" => {
                exhaustion::leak();
                answer::saying("good", call)
            }
            "loop-prepare" => exhaustion::time(),
            "memory-bomb" => exhaustion::memory(),
            "trap" => trap(),
            "as-asked" => match call.parameters::<Wish>()?.user.as_deref() {
                Some("trap") => trap(),
                Some("time") => exhaustion::time(),
                Some("memory") => exhaustion::memory(),
                _ => answer::saying("good", call),
            },
            "endless-polling" => Ok(poll().into()),
            "trap-midstream" | "loop-midstream" | "slow-midstream" | "bad-chunks" => Ok(midstream::exchange().into()),
            "tells" => Ok(telling::exchange(call.stream).into()),
            behaviour => escape::exchange(behaviour).map(Into::into),
        }
    }

    fn decode(call: &Call<()>, reply: &Reply) -> Result<Step, Failure> {
        match call.model.as_str() {
            "endless-polling" => Ok(Step::Again(poll())),
            "tells" => Err(telling::all(reply)),
            _ if reply.is_success() => Ok(Step::Canonical),
            _ => Err(Failure::from_reply(reply)),
        }
    }

    fn decode_events(call: &Call<()>, seen: &mut Seen, events: &[Event], _last: bool) -> Result<Decoded, Failure> {
        match call.model.as_str() {
            "tells" => Err(telling::events(events)),
            behaviour => midstream::decode(behaviour, seen, events),
        }
    }
}

/// Asks after a job that never ends.
fn poll() -> Exchange {
    Exchange::get("/job")
}

/// Panics, which in a plugin is a trap.
#[expect(clippy::panic, reason = "it is what this plugin is for")]
fn trap() -> ! {
    panic!("hostile panic")
}

//! Waits for a stream to begin before it misbehaves. Its upstream speaks canonically, so it passes chunks through.

use jackfield_plugin_sdk::{Decoded, Event, Exchange, Failure};
use serde::{Deserialize, Serialize};

use crate::{exhaustion, trap};

/// The event at which it misbehaves, counted from 1.
const FATAL: u32 = 3;

/// The events of this stream that were seen so far.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Seen {
    events: u32,
}

/// Asks for a stream whose events this adapter is to decode.
pub fn exchange() -> Exchange {
    Exchange::post("/chat/completions").sse()
}

/// Passes events through up to the fatal one.
///
/// # Errors
/// If an event is no canonical chunk.
pub fn decode(behaviour: &str, seen: &mut Seen, events: &[Event]) -> Result<Decoded, Failure> {
    let mut decoded = Decoded::default();
    for event in events {
        seen.events += 1;
        match behaviour {
            "trap-midstream" if seen.events == FATAL => trap(),
            "loop-midstream" if seen.events == FATAL => exhaustion::time(),
            "slow-midstream" => {
                exhaustion::some_time();
                decoded.chunks.push(event.json()?);
            }
            _ if event.data == b"[DONE]" => decoded.done = true,
            _ => decoded.chunks.push(event.json()?),
        }
    }
    Ok(decoded)
}

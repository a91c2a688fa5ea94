//! Adapter whose manifest is a block of text that a test overwrites in the built file: what a plugin's update may say.
//!
//! Its upstream speaks OpenAI's API, so that it has nothing else to do.

use std::hint::black_box;

use jackfield_plugin_sdk::bindings::exports::jackfield::plugin::adapter::Guest;
use jackfield_plugin_sdk::bindings::jackfield::plugin::types::{Call, Decoded, Event, Failure, Prepared, Reply, Step};
use jackfield_plugin_sdk::component::Component;
use jackfield_plugin_sdk::{Adapter, Exchange, Manifest};

/// The size of the block, in bytes.
const SIZE: usize = 16 << 10;

/// How the block begins, by which a test finds it. It is no manifest yet: `plugin build` would take one out of the block.
const BEGINNING: &[u8] = br#"{"mark":"turncoat"}"#;

/// The manifest, filled up with spaces.
static MANIFEST: [u8; SIZE] = filled();

/// The adapter.
pub struct Turncoat;

/// The adapter as the SDK would export it.
type Honest = Component<Turncoat>;

/// The same with the manifest of the block.
pub struct Rewritten;

#[cfg(target_arch = "wasm32")]
const _: () = {
    jackfield_plugin_sdk::bindings::export!(Rewritten with_types_in jackfield_plugin_sdk::bindings);
};

const fn filled() -> [u8; SIZE] {
    let mut block = [b' '; SIZE];
    let mut at = 0;
    while at < BEGINNING.len() {
        block[at] = BEGINNING[at];
        at += 1;
    }
    block
}

// === impl Turncoat ===

impl Adapter for Turncoat {
    type Settings = ();
    type State = ();

    fn manifest() -> Manifest {
        Manifest::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
    }

    fn prepare(
        call: &jackfield_plugin_sdk::Call<()>,
    ) -> Result<jackfield_plugin_sdk::Prepared, jackfield_plugin_sdk::Failure> {
        Ok(Exchange::post("/chat/completions").canonical(call.stream).into())
    }
}

// === impl Rewritten ===

impl Guest for Rewritten {
    fn describe() -> Vec<u8> {
        black_box(&MANIFEST).trim_ascii().to_vec()
    }

    fn prepare(call: Call) -> Result<Prepared, Failure> {
        Honest::prepare(call)
    }

    fn decode(call: Call, reply: Reply) -> Result<Step, Failure> {
        Honest::decode(call, reply)
    }

    fn decode_events(call: Call, state: Vec<u8>, events: Vec<Event>, last: bool) -> Result<Decoded, Failure> {
        Honest::decode_events(call, state, events, last)
    }
}

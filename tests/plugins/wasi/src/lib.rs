//! Adapter without the SDK that imports WASI, as components of other languages do, and tells what it could reach.

mod bindings;
mod reach;

use bindings::exports::jackfield::plugin::adapter::Guest;
use bindings::jackfield::plugin::types::{Answer, Call, Decoded, Event, Failure, Payload, Prepared, Reply, Step};
use serde_json::{Value, json};

/// The adapter.
pub struct WasiGuest;

#[cfg(target_arch = "wasm32")]
#[expect(unsafe_code, reason = "the exports of a component are unsafe by their form")]
const _: () = {
    bindings::export!(WasiGuest with_types_in bindings);
};

// === impl WasiGuest ===

impl Guest for WasiGuest {
    fn describe() -> Vec<u8> {
        let manifest = json!({
            "name": env!("CARGO_PKG_NAME"),
            "version": env!("CARGO_PKG_VERSION"),
            "operations": ["chat"],
            "needs_upstream": false,
        });
        manifest.to_string().into_bytes()
    }

    fn prepare(call: Call) -> Result<Prepared, Failure> {
        reach::write_to_stdout("hello from stdout\n");
        reach::write_to_stderr("hello from stderr\n");
        if call.model == "sleep" {
            reach::sleep();
        }
        let content = reach::everything().to_string();
        Ok(Prepared::Answer(if call.stream {
            Answer::Chunks(reply("chat.completion.chunk", "delta", &content))
        } else {
            Answer::Whole(Payload {
                media_type: String::new(),
                body: reply("chat.completion", "message", &content),
                more: Vec::new(),
            })
        }))
    }

    fn decode(_call: Call, _reply: Reply) -> Result<Step, Failure> {
        Err(nothing_was_sent())
    }

    fn decode_events(_call: Call, _state: Vec<u8>, _events: Vec<Event>, _last: bool) -> Result<Decoded, Failure> {
        Err(nothing_was_sent())
    }
}

/// A reply, or a stream of one chunk, that says `content`.
fn reply(object: &str, member: &str, content: &str) -> Vec<u8> {
    let mut choice = json!({ "index": 0, "finish_reason": "stop" });
    choice[member] = json!({ "role": "assistant", "content": content });
    let reply: Value = json!({
        "id": "chatcmpl-wasi",
        "object": object,
        "created": 0,
        "model": "wasi",
        "choices": [choice],
    });
    reply.to_string().into_bytes()
}

fn nothing_was_sent() -> Failure {
    Failure {
        class: "malformed".to_owned(),
        message: "a reply to a request that was never sent".to_owned(),
        retry_after_ms: None,
        detail: Vec::new(),
    }
}

//! The replies in the shape of Anthropic's Messages.
//!
//! Source: <https://platform.claude.com/docs/en/api/messages>, and `/build-with-claude/streaming` beside it.

use std::iter;

use serde_json::{Value, json};

use super::{PIECE, TEXT};

/// A buffered message.
pub(super) fn whole() -> String {
    json!({
        "id": "msg_0", "type": "message", "role": "assistant", "model": "upstream",
        "content": [{ "type": "text", "text": TEXT }],
        "stop_reason": "end_turn", "stop_sequence": null,
        "usage": { "input_tokens": 50, "output_tokens": 35 },
    })
    .to_string()
}

/// The events of a stream: the message and its one block begin, the block's pieces, and both end.
pub(super) fn events(pieces: u16) -> Vec<String> {
    let message = json!({
        "id": "msg_0", "type": "message", "role": "assistant", "model": "upstream", "content": [],
        "stop_reason": null, "stop_sequence": null,
        "usage": { "input_tokens": 50, "output_tokens": 1 },
    });
    let text = json!({ "type": "text", "text": "" });
    let piece = json!({ "type": "text_delta", "text": PIECE });
    let end = json!({ "stop_reason": "end_turn", "stop_sequence": null });
    let begin = [
        json!({ "type": "message_start", "message": message }),
        json!({ "type": "content_block_start", "index": 0, "content_block": text }),
    ];
    let content = json!({ "type": "content_block_delta", "index": 0, "delta": piece });
    let finish = [
        json!({ "type": "content_block_stop", "index": 0 }),
        json!({ "type": "message_delta", "delta": end, "usage": { "output_tokens": 100 } }),
        json!({ "type": "message_stop" }),
    ];
    let events = begin.into_iter().chain(iter::repeat_n(content, usize::from(pieces)));
    events.chain(finish).map(|data| event(&data)).collect()
}

fn event(data: &Value) -> String {
    let name = data["type"].as_str().unwrap_or_default();
    format!("event: {name}\ndata: {data}\n\n")
}

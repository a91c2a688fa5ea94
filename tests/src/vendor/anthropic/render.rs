//! A turn in Anthropic's words: whole, or as the events of a stream.

use serde_json::{Value, json};

use crate::vendor::anthropic::MODEL;
use crate::vendor::turn::{Call, Finish, Thinking, Turn, Usage};

/// The turn as a `message`.
pub fn message(turn: &Turn) -> Value {
    json!({
        "model": MODEL,
        "id": "msg_double",
        "type": "message",
        "role": "assistant",
        "content": blocks(turn).iter().map(Block::whole).collect::<Vec<_>>(),
        "stop_reason": reason(turn.finish),
        "stop_sequence": null,
        "usage": usage(turn.usage, turn.usage.output_tokens),
    })
}

/// The turn as the events of a stream, from `message_start` to `message_stop`.
pub fn events(turn: &Turn) -> Vec<Value> {
    let mut start = message(turn);
    start["content"] = json!([]);
    start["stop_reason"] = Value::Null;
    start["usage"] = usage(turn.usage, 1);
    let mut events = vec![json!({ "type": "message_start", "message": start })];
    for (index, block) in blocks(turn).iter().enumerate() {
        let begin = block.begin();
        events
            .push(json!({ "type": "content_block_start", "index": index, "content_block": begin }));
        if index == 0 {
            events.push(json!({ "type": "ping" }));
        }
        events.extend(
            block.deltas().into_iter().map(
                |delta| json!({ "type": "content_block_delta", "index": index, "delta": delta }),
            ),
        );
        events.push(json!({ "type": "content_block_stop", "index": index }));
    }
    events.push(json!({
        "type": "message_delta",
        "delta": { "stop_reason": reason(turn.finish), "stop_sequence": null },
        "usage": usage(turn.usage, turn.usage.output_tokens),
    }));
    events.push(json!({ "type": "message_stop" }));
    events
}

/// A block of a message's content.
enum Block<'a> {
    Thinking(&'a Thinking),
    Text(&'a [String]),
    Call(&'a Call),
}

fn blocks(turn: &Turn) -> Vec<Block<'_>> {
    let text = (!turn.text.is_empty()).then_some(Block::Text(&turn.text));
    let thinking = turn.thinking.iter().map(Block::Thinking);
    thinking
        .chain(text)
        .chain(turn.calls.iter().map(Block::Call))
        .collect()
}

// === impl Block ===

impl Block<'_> {
    fn whole(&self) -> Value {
        let mut block = self.begin();
        match self {
            Self::Thinking(thinking) => {
                block["thinking"] = json!(thinking.pieces.concat());
                block["signature"] = json!(thinking.signature);
            }
            Self::Text(pieces) => block["text"] = json!(pieces.concat()),
            Self::Call(call) => {
                let input = serde_json::from_str(&call.arguments.concat());
                block["input"] = input.expect("the arguments of a scripted call are JSON");
            }
        }
        block
    }

    /// The block as it opens in a stream.
    fn begin(&self) -> Value {
        match self {
            Self::Thinking(_) => json!({ "type": "thinking", "thinking": "", "signature": "" }),
            Self::Text(_) => json!({ "type": "text", "text": "" }),
            Self::Call(call) => {
                let id = format!("toolu_{}", call.id);
                json!({ "type": "tool_use", "id": id, "name": call.name, "input": {} })
            }
        }
    }

    fn deltas(&self) -> Vec<Value> {
        match self {
            Self::Thinking(thinking) => {
                let piece = |text| json!({ "type": "thinking_delta", "thinking": text });
                let mut deltas: Vec<Value> = thinking.pieces.iter().map(piece).collect();
                let signature = &thinking.signature;
                deltas.push(json!({ "type": "signature_delta", "signature": signature }));
                deltas
            }
            Self::Text(pieces) => {
                let piece = |text| json!({ "type": "text_delta", "text": text });
                pieces.iter().map(piece).collect()
            }
            Self::Call(call) => {
                let piece = |text| json!({ "type": "input_json_delta", "partial_json": text });
                // The vendor opens each call with an empty piece.
                std::iter::once("")
                    .chain(call.arguments.iter().map(String::as_str))
                    .map(piece)
                    .collect()
            }
        }
    }
}

fn reason(finish: Finish) -> &'static str {
    match finish {
        Finish::Stop => "end_turn",
        Finish::Length => "max_tokens",
        Finish::Calls => "tool_use",
    }
}

/// Anthropic counts cached input apart from `input_tokens`.
fn usage(usage: Usage, output_tokens: u64) -> Value {
    json!({
        "input_tokens": usage.input_tokens - usage.cached_tokens,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": usage.cached_tokens,
        "output_tokens": output_tokens,
        "service_tier": "standard",
    })
}

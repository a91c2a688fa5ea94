//! A turn in the words of Converse: whole, or as the events of a stream.

use serde_json::{Value, json};

use crate::vendor::turn::{Call, Finish, Thinking, Turn, Usage};

/// The turn as a reply of `Converse`.
pub fn reply(turn: &Turn) -> Value {
    let content: Vec<Value> = blocks(turn).iter().map(Block::whole).collect();
    json!({
        "output": { "message": { "role": "assistant", "content": content } },
        "stopReason": reason(turn.finish),
        "usage": usage(turn.usage),
        "metrics": { "latencyMs": 100 },
    })
}

/// The turn as the events of `ConverseStream`, each with its type.
pub fn events(turn: &Turn) -> Vec<(&'static str, Value)> {
    let mut events = vec![("messageStart", json!({ "role": "assistant" }))];
    for (index, block) in blocks(turn).iter().enumerate() {
        if let Block::Call(call) = block {
            let start = json!({ "toolUse": { "toolUseId": id(call), "name": call.name } });
            events.push((
                "contentBlockStart",
                json!({ "contentBlockIndex": index, "start": start }),
            ));
        }
        let delta = |delta| {
            (
                "contentBlockDelta",
                json!({ "contentBlockIndex": index, "delta": delta }),
            )
        };
        events.extend(block.deltas().into_iter().map(delta));
        events.push(("contentBlockStop", json!({ "contentBlockIndex": index })));
    }
    events.push(("messageStop", json!({ "stopReason": reason(turn.finish) })));
    events.push((
        "metadata",
        json!({ "usage": usage(turn.usage), "metrics": { "latencyMs": 100 } }),
    ));
    events
}

/// A block of a message's content.
enum Block<'a> {
    Thinking(&'a Thinking),
    Redacted(&'a str),
    Text(&'a [String]),
    Call(&'a Call),
}

fn blocks(turn: &Turn) -> Vec<Block<'_>> {
    let thinking = turn.thinking.iter().map(Block::Thinking);
    let redacted = turn.redacted.as_deref().map(Block::Redacted);
    let text = (!turn.text.is_empty()).then_some(Block::Text(&turn.text));
    let calls = turn.calls.iter().map(Block::Call);
    thinking.chain(redacted).chain(text).chain(calls).collect()
}

// === impl Block ===

impl Block<'_> {
    fn whole(&self) -> Value {
        match self {
            Self::Thinking(thinking) => {
                let text = thinking.pieces.concat();
                let said = json!({ "text": text, "signature": thinking.signature });
                json!({ "reasoningContent": { "reasoningText": said } })
            }
            Self::Redacted(data) => json!({ "reasoningContent": { "redactedContent": data } }),
            Self::Text(pieces) => json!({ "text": pieces.concat() }),
            Self::Call(call) => {
                let input: Value =
                    serde_json::from_str(&call.arguments.concat()).expect("the arguments of a scripted call are JSON");
                json!({ "toolUse": { "toolUseId": id(call), "name": call.name, "input": input } })
            }
        }
    }

    fn deltas(&self) -> Vec<Value> {
        match self {
            Self::Thinking(thinking) => {
                let piece = |text| json!({ "reasoningContent": { "text": text } });
                let mut deltas: Vec<Value> = thinking.pieces.iter().map(piece).collect();
                deltas.push(json!({ "reasoningContent": { "signature": thinking.signature } }));
                deltas
            }
            Self::Redacted(data) => vec![json!({ "reasoningContent": { "redactedContent": data } })],
            Self::Text(pieces) => pieces.iter().map(|text| json!({ "text": text })).collect(),
            Self::Call(call) => {
                let piece = |text| json!({ "toolUse": { "input": text } });
                call.arguments.iter().map(piece).collect()
            }
        }
    }
}

fn id(call: &Call) -> String {
    format!("tooluse_{}", call.id)
}

fn reason(finish: Finish) -> &'static str {
    match finish {
        Finish::Stop => "end_turn",
        Finish::Sequence => "stop_sequence",
        Finish::Filter => "content_filtered",
        Finish::Length => "max_tokens",
        Finish::Calls => "tool_use",
    }
}

/// Converse counts apart from `inputTokens` what came from its cache and went into it.
fn usage(usage: Usage) -> Value {
    json!({
        "inputTokens": usage.input_tokens - usage.cached_tokens - usage.written_tokens,
        "outputTokens": usage.output_tokens,
        "totalTokens": usage.input_tokens + usage.output_tokens,
        "cacheReadInputTokens": usage.cached_tokens,
        "cacheWriteInputTokens": usage.written_tokens,
    })
}

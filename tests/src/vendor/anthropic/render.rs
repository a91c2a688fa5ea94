//! A turn in Anthropic's words: whole, or as the events of a stream.

use serde_json::{Value, json};

use crate::vendor::anthropic::MODEL;
use crate::vendor::turn::{Call, Citation, Finish, Search, Thinking, Turn, Usage};

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
        "usage": whole_usage(turn),
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
        events.push(json!({ "type": "content_block_start", "index": index, "content_block": begin }));
        if index == 0 {
            events.push(json!({ "type": "ping" }));
        }
        events.extend(
            block
                .deltas()
                .into_iter()
                .map(|delta| json!({ "type": "content_block_delta", "index": index, "delta": delta })),
        );
        events.push(json!({ "type": "content_block_stop", "index": index }));
    }
    events.push(json!({
        "type": "message_delta",
        "delta": { "stop_reason": reason(turn.finish), "stop_sequence": null },
        "usage": whole_usage(turn),
    }));
    events.push(json!({ "type": "message_stop" }));
    events
}

/// A block of a message's content.
enum Block<'a> {
    Thinking(&'a Thinking),
    Redacted(&'a str),
    Search(&'a Search),
    Found(&'a Search),
    Text(&'a [String], &'a [Citation]),
    Call(&'a Call),
}

fn blocks(turn: &Turn) -> Vec<Block<'_>> {
    let text = (!turn.text.is_empty()).then_some(Block::Text(&turn.text, &turn.citations));
    let thinking = turn.thinking.iter().map(Block::Thinking);
    let redacted = turn.redacted.as_deref().map(Block::Redacted);
    let search = turn.search.iter();
    thinking
        .chain(redacted)
        .chain(search.flat_map(|search| [Block::Search(search), Block::Found(search)]))
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
            Self::Redacted(_) | Self::Found(_) => {}
            Self::Search(search) => block["input"] = json!({ "query": search.query }),
            Self::Text(pieces, citations) => {
                block["text"] = json!(pieces.concat());
                if !citations.is_empty() {
                    block["citations"] = citations.iter().map(cited).collect();
                }
            }
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
            Self::Redacted(data) => json!({ "type": "redacted_thinking", "data": data }),
            Self::Search(search) => {
                let id = search_id(search);
                json!({ "type": "server_tool_use", "id": id, "name": "web_search", "input": {} })
            }
            // A result comes whole, right at the start of its block.
            Self::Found(search) => {
                let page = json!({
                    "type": "web_search_result",
                    "url": search.url,
                    "title": search.title,
                    "encrypted_content": "cGFnZSBvZiB0aGUgZG91Ymxl",
                    "page_age": null,
                });
                let id = search_id(search);
                json!({ "type": "web_search_tool_result", "tool_use_id": id, "content": [page] })
            }
            Self::Text(_, []) => json!({ "type": "text", "text": "" }),
            Self::Text(..) => json!({ "type": "text", "text": "", "citations": [] }),
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
            Self::Redacted(_) | Self::Found(_) => Vec::new(),
            Self::Search(search) => {
                let query = json!({ "query": search.query }).to_string();
                // Between two characters: a piece of a stream is valid UTF-8.
                let (first, second) = query.split_at(query.floor_char_boundary(query.len() / 2));
                let piece = |text| json!({ "type": "input_json_delta", "partial_json": text });
                ["", first, second].into_iter().map(piece).collect()
            }
            Self::Text(pieces, citations) => {
                let piece = |text| json!({ "type": "text_delta", "text": text });
                let cite = |citation| json!({ "type": "citations_delta", "citation": cited(citation) });
                let pieces = pieces.iter().map(piece);
                pieces.chain(citations.iter().map(cite)).collect()
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

fn search_id(search: &Search) -> String {
    format!("srvtoolu_{}", search.id)
}

fn cited(citation: &Citation) -> Value {
    match citation {
        Citation::Page { url, title, quote } => json!({
            "type": "web_search_result_location",
            "cited_text": quote,
            "encrypted_index": "aW5kZXggb2YgdGhlIGRvdWJsZQ==",
            "title": title,
            "url": url,
        }),
        Citation::Document { index, title, quote } => json!({
            "type": "char_location",
            "cited_text": quote,
            "document_index": index,
            "document_title": title,
            "start_char_index": 0,
            "end_char_index": quote.chars().count(),
            "file_id": null,
        }),
    }
}

fn reason(finish: Finish) -> &'static str {
    match finish {
        Finish::Stop => "end_turn",
        Finish::Sequence => "stop_sequence",
        Finish::Filter => "refusal",
        Finish::Length => "max_tokens",
        Finish::Calls => "tool_use",
    }
}

/// Anthropic counts apart from `input_tokens` what came from its cache and went into it.
fn usage(usage: Usage, output_tokens: u64) -> Value {
    let mut told = json!({
        "input_tokens": usage.input_tokens - usage.cached_tokens - usage.written_tokens,
        "cache_creation_input_tokens": usage.written_tokens,
        "cache_read_input_tokens": usage.cached_tokens,
        "output_tokens": output_tokens,
        "service_tier": "standard",
    });
    if usage.written_tokens > 0 {
        told["cache_creation"] = json!({
            "ephemeral_5m_input_tokens": usage.written_tokens,
            "ephemeral_1h_input_tokens": 0,
        });
    }
    told
}

/// The usage at the end, with the vendor's own tools that were used.
fn whole_usage(turn: &Turn) -> Value {
    let mut told = usage(turn.usage, turn.usage.output_tokens);
    if turn.search.is_some() {
        told["server_tool_use"] = json!({ "web_search_requests": 1 });
    }
    told
}

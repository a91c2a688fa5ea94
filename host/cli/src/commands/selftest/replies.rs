//! What an upstream in order answers, in the form that each shipped adapter reads. Others get the form that most speak.

/// The text that a model says.
pub(super) const TEXT: &str = "One two three.";

/// A right answer.
pub(super) struct Answer {
    pub(super) media_type: &'static str,
    /// Its first half: of a stream, with the first content.
    pub(super) begin: Vec<u8>,
    pub(super) rest: Vec<u8>,
}

/// What the upstream of this adapter answers.
pub(super) fn answer(adapter: &str, stream: bool) -> Answer {
    if stream { streamed(adapter) } else { whole(adapter) }
}

fn whole(adapter: &str) -> Answer {
    let body = match adapter {
        "anthropic" => {
            r#"{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"One two three."}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":3,"output_tokens":3}}"#
        }
        "gemini" => {
            r#"{"candidates":[{"content":{"parts":[{"text":"One two three."}],"role":"model"},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":3,"totalTokenCount":6},"modelVersion":"m"}"#
        }
        "cohere" => {
            r#"{"id":"1","finish_reason":"COMPLETE","message":{"role":"assistant","content":[{"type":"text","text":"One two three."}]},"usage":{"tokens":{"input_tokens":3,"output_tokens":3}}}"#
        }
        "ollama" => {
            r#"{"model":"m","created_at":"2026-01-01T00:00:00Z","message":{"role":"assistant","content":"One two three."},"done":true,"done_reason":"stop","prompt_eval_count":3,"eval_count":3}"#
        }
        "bedrock" => {
            r#"{"output":{"message":{"role":"assistant","content":[{"text":"One two three."}]}},"stopReason":"end_turn","usage":{"inputTokens":3,"outputTokens":3,"totalTokens":6},"metrics":{"latencyMs":1}}"#
        }
        _ => {
            r#"{"id":"1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"One two three."},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":3,"total_tokens":6}}"#
        }
    };
    let (begin, rest) = body.as_bytes().split_at(body.len() / 2);
    Answer {
        media_type: "application/json",
        begin: begin.to_vec(),
        rest: rest.to_vec(),
    }
}

fn streamed(adapter: &str) -> Answer {
    match adapter {
        "anthropic" => events(&[
            r#"{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":3,"output_tokens":1}}}"#,
            r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
            r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"One "}}"#,
        ], &[
            r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"two three."}}"#,
            r#"{"type":"content_block_stop","index":0}"#,
            r#"{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":3}}"#,
            r#"{"type":"message_stop"}"#,
        ]),
        "gemini" => events(&[
            r#"{"candidates":[{"content":{"parts":[{"text":"One "}],"role":"model"},"index":0}],"modelVersion":"m"}"#,
        ], &[
            r#"{"candidates":[{"content":{"parts":[{"text":"two three."}],"role":"model"},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":3,"totalTokenCount":6},"modelVersion":"m"}"#,
        ]),
        "cohere" => events(&[
            r#"{"type":"message-start","id":"1","delta":{"message":{"role":"assistant","content":[],"tool_plan":"","tool_calls":[],"citations":[]}}}"#,
            r#"{"type":"content-start","index":0,"delta":{"message":{"content":{"type":"text","text":""}}}}"#,
            r#"{"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"One "}}}}"#,
        ], &[
            r#"{"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"two three."}}}}"#,
            r#"{"type":"content-end","index":0}"#,
            r#"{"type":"message-end","delta":{"finish_reason":"COMPLETE","usage":{"tokens":{"input_tokens":3,"output_tokens":3}}}}"#,
        ]),
        "ollama" => Answer {
            media_type: "application/x-ndjson",
            begin: br#"{"model":"m","created_at":"2026-01-01T00:00:00Z","message":{"role":"assistant","content":"One "},"done":false}
"#.to_vec(),
            rest: br#"{"model":"m","created_at":"2026-01-01T00:00:00Z","message":{"role":"assistant","content":"two three."},"done":false}
{"model":"m","created_at":"2026-01-01T00:00:00Z","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","prompt_eval_count":3,"eval_count":3}
"#.to_vec(),
        },
        "bedrock" => frames(),
        _ => events(&[
            r#"{"id":"1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"One "},"finish_reason":null}]}"#,
        ], &[
            r#"{"id":"1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"two three."},"finish_reason":null}]}"#,
            r#"{"id":"1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#,
            r#"{"id":"1","object":"chat.completion.chunk","created":1,"model":"m","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":3,"total_tokens":6}}"#,
            "[DONE]",
        ]),
    }
}

/// Server-sent events. One with a type says it in its name as well.
fn events(begin: &[&str], rest: &[&str]) -> Answer {
    let event = |data: &&str| {
        let kind = data
            .strip_prefix(r#"{"type":""#)
            .and_then(|rest| rest.split('"').next());
        let name = kind.map_or_else(String::new, |kind| format!("event: {kind}\n"));
        format!("{name}data: {data}\n\n")
    };
    Answer {
        media_type: "text/event-stream",
        begin: begin.iter().map(event).collect::<String>().into_bytes(),
        rest: rest.iter().map(event).collect::<String>().into_bytes(),
    }
}

/// Binary frames (AWS event stream).
fn frames() -> Answer {
    let begin = [
        frame("messageStart", r#"{"role":"assistant"}"#),
        frame(
            "contentBlockDelta",
            r#"{"contentBlockIndex":0,"delta":{"text":"One "}}"#,
        ),
    ];
    let rest = [
        frame(
            "contentBlockDelta",
            r#"{"contentBlockIndex":0,"delta":{"text":"two three."}}"#,
        ),
        frame("contentBlockStop", r#"{"contentBlockIndex":0}"#),
        frame("messageStop", r#"{"stopReason":"end_turn"}"#),
        frame(
            "metadata",
            r#"{"usage":{"inputTokens":3,"outputTokens":3,"totalTokens":6},"metrics":{"latencyMs":1}}"#,
        ),
    ];
    Answer {
        media_type: "application/vnd.amazon.eventstream",
        begin: begin.concat(),
        rest: rest.concat(),
    }
}

/// One frame: its lengths and their checksum, headers, payload, and a checksum of it all.
fn frame(event: &str, payload: &str) -> Vec<u8> {
    let mut headers = Vec::new();
    for (name, value) in [
        (":event-type", event),
        (":content-type", "application/json"),
        (":message-type", "event"),
    ] {
        headers.push(name.len() as u8);
        headers.extend(name.as_bytes());
        // The type of a text.
        headers.push(7);
        headers.extend((value.len() as u16).to_be_bytes());
        headers.extend(value.as_bytes());
    }
    let length = 16 + headers.len() + payload.len();
    let mut frame = Vec::with_capacity(length);
    frame.extend((length as u32).to_be_bytes());
    frame.extend((headers.len() as u32).to_be_bytes());
    frame.extend(crc32fast::hash(&frame).to_be_bytes());
    frame.extend(headers);
    frame.extend(payload.as_bytes());
    frame.extend(crc32fast::hash(&frame).to_be_bytes());
    frame
}

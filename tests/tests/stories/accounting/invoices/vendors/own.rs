//! Vendors with words of their own.

use jackfield_tests::upstream::{aws_events, json, ndjson, sse, sse_typed};
use serde_json::{Value, json as value};

use crate::accounting::invoices::Invoice;

/// What was read from the cache and written to it is counted beside `input_tokens`; thinking within the output. A stream
/// tells of the prompt when it begins, and of the rest when it ends.
pub(super) fn anthropic() -> Invoice {
    let prompt = value!({
        "input_tokens": 6, "cache_read_input_tokens": 6289, "cache_creation_input_tokens": 3338,
        "cache_creation": { "ephemeral_5m_input_tokens": 1338, "ephemeral_1h_input_tokens": 2000 }, "output_tokens": 1,
    });
    let rest = value!({
        "output_tokens": 198, "output_tokens_details": { "thinking_tokens": 100 },
        "server_tool_use": { "web_search_requests": 2 },
    });
    let message = |content: Value, usage: &Value| {
        value!({ "id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": content,
            "stop_reason": null, "stop_sequence": null, "usage": usage })
    };
    let mut all = prompt.clone();
    all.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    let mut whole = message(value!([{ "type": "text", "text": "hi" }]), &all);
    whole["stop_reason"] = "end_turn".into();
    let events = [
        value!({ "type": "message_start", "message": message(value!([]), &prompt) }),
        value!({ "type": "content_block_start", "index": 0, "content_block": { "type": "text", "text": "" } }),
        value!({ "type": "content_block_delta", "index": 0, "delta": { "type": "text_delta", "text": "hi" } }),
        value!({ "type": "content_block_stop", "index": 0 }),
        value!({ "type": "message_delta", "delta": { "stop_reason": "end_turn", "stop_sequence": null }, "usage": rest }),
        value!({ "type": "message_stop" }),
    ];
    Invoice {
        vendor: "anthropic",
        provider: "adapter: anthropic",
        base: "/v1",
        model: "claude-sonnet-4-5",
        whole: json(200, whole),
        streamed: sse_typed(&events),
        lines: &[
            ("uncached", 6),               //     60
            ("cached", 6289),              //  6,289
            ("written", 1338),             // 16,056
            ("written for an hour", 2000), // 40,000
            ("output", 98),                //  4,900
            ("reasoning", 100),            //  6,000
            ("search", 2),                 // 20,000
        ],
        sum: 93_305,
    }
}

/// Cached tokens and audio are within the prompt; what tools put into it, and the thoughts, are beside the counts.
pub(super) fn gemini() -> Invoice {
    let event = |reason: Value, usage: Value| {
        let content = value!({ "role": "model", "parts": [{ "text": "hi" }] });
        let mut candidate = value!({ "index": 0, "content": content });
        if !reason.is_null() {
            candidate["finishReason"] = reason;
        }
        value!({ "candidates": [candidate], "usageMetadata": usage, "modelVersion": "m", "responseId": "x" })
    };
    let usage = value!({
        "promptTokenCount": 1000, "cachedContentTokenCount": 400, "toolUsePromptTokenCount": 50,
        "candidatesTokenCount": 120, "thoughtsTokenCount": 80, "totalTokenCount": 1250,
        "promptTokensDetails": [{ "modality": "TEXT", "tokenCount": 800 }, { "modality": "AUDIO", "tokenCount": 200 }],
    });
    let begun = value!({ "promptTokenCount": 1000, "candidatesTokenCount": 1, "totalTokenCount": 1001 });
    let whole = event("STOP".into(), usage);
    Invoice {
        vendor: "gemini",
        provider: "adapter: gemini",
        base: "/v1beta",
        model: "gemini-2.5-flash",
        streamed: sse([event(Value::Null, begun), whole.clone()]).without_done(),
        whole: json(200, whole),
        lines: &[
            ("uncached", 450), // 4,500
            ("cached", 400),   //   400
            ("audio in", 200), // 8,000
            ("output", 120),   // 6,000
            ("reasoning", 80), // 4,800
        ],
        sum: 23_700,
    }
}

/// As Anthropic counts, in other words.
pub(super) fn bedrock() -> Invoice {
    let usage = value!({
        "inputTokens": 100, "cacheReadInputTokens": 900, "cacheWriteInputTokens": 500, "outputTokens": 10,
        "totalTokens": 1510,
        "cacheDetails": [{ "ttl": "5m", "inputTokens": 300 }, { "ttl": "1h", "inputTokens": 200 }],
    });
    let said = value!({ "role": "assistant", "content": [{ "text": "hi" }] });
    let whole = value!({ "output": { "message": said }, "stopReason": "end_turn", "usage": usage, "metrics": { "latencyMs": 1 } });
    let events = [
        ("messageStart", value!({ "role": "assistant" })),
        (
            "contentBlockDelta",
            value!({ "contentBlockIndex": 0, "delta": { "text": "hi" } }),
        ),
        ("contentBlockStop", value!({ "contentBlockIndex": 0 })),
        ("messageStop", value!({ "stopReason": "end_turn" })),
        ("metadata", value!({ "usage": usage, "metrics": { "latencyMs": 1 } })),
    ];
    Invoice {
        vendor: "bedrock",
        provider: "adapter: bedrock, auth: { scheme: bearer }",
        base: "",
        model: "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        whole: json(200, whole),
        streamed: aws_events(events),
        lines: &[
            ("uncached", 100),            // 1,000
            ("cached", 900),              //   900
            ("written", 300),             // 3,600
            ("written for an hour", 200), // 4,000
            ("output", 10),               //   500
        ],
        sum: 10_000,
    }
}

/// What is billed is less than what the model read and wrote: the vendor adds to every prompt, and does not charge for it.
/// The cached tokens are among those that were read.
pub(super) fn cohere() -> Invoice {
    let usage = value!({
        "billed_units": { "input_tokens": 46, "output_tokens": 14 },
        "tokens": { "input_tokens": 1445, "output_tokens": 43 }, "cached_tokens": 704,
    });
    let said = value!({ "role": "assistant", "content": [{ "type": "text", "text": "hi" }] });
    let whole = value!({ "id": "x", "finish_reason": "COMPLETE", "message": said, "usage": usage });
    let content = |content: Value| value!({ "message": { "content": content } });
    let events = [
        value!({ "type": "message-start", "id": "x", "delta": { "message": { "role": "assistant" } } }),
        value!({ "type": "content-start", "index": 0, "delta": content(value!({ "type": "text", "text": "" })) }),
        value!({ "type": "content-delta", "index": 0, "delta": content(value!({ "text": "hi" })) }),
        value!({ "type": "content-end", "index": 0 }),
        value!({ "type": "message-end", "delta": { "finish_reason": "COMPLETE", "usage": usage } }),
    ];
    Invoice {
        vendor: "cohere",
        provider: "adapter: cohere",
        base: "",
        model: "command-a-03-2025",
        whole: json(200, whole),
        streamed: sse_typed(&events),
        lines: &[
            ("uncached", 46), // 460
            ("output", 14),   // 700
        ],
        sum: 1160,
    }
}

/// Words of its own, in the last line of a stream.
pub(super) fn ollama() -> Invoice {
    let line = |text: &str, done: bool| {
        value!({ "model": "m", "created_at": "2026-01-01T00:00:00Z", "done": done,
            "message": { "role": "assistant", "content": text } })
    };
    let counted = |mut line: Value| {
        for (name, value) in [("prompt_eval_count", 26), ("eval_count", 298)] {
            line[name] = value.into();
        }
        line["done_reason"] = "stop".into();
        line
    };
    Invoice {
        vendor: "ollama",
        provider: "adapter: ollama",
        base: "",
        model: "qwen3:8b",
        whole: json(200, counted(line("hi", true))),
        streamed: ndjson([line("hi", false), counted(line("", true))]),
        lines: &[
            ("uncached", 26), //    260
            ("output", 298),  // 14,900
        ],
        sum: 15_160,
    }
}

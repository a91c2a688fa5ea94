//! The vendors: what each answers, and the lines of its invoice. Here are those that follow OpenAI; [`own`] has the others.

mod own;

use jackfield_tests::upstream::{Reply, json, sse};
use serde_json::{Value, json as value};

use super::Invoice;

/// All of them.
pub(super) fn all() -> Vec<Invoice> {
    vec![
        openai(),
        own::anthropic(),
        own::gemini(),
        own::bedrock(),
        own::cohere(),
        mistral(),
        deepseek(),
        xai(),
        perplexity(),
        minimax(),
        own::ollama(),
    ]
}

/// A completion with this usage, whole and in chunks, as all have it that follow OpenAI.
fn completions(usage: &Value) -> (Reply, Reply) {
    let object = |kind: &str, choices: Value| value!({ "id": "x", "object": kind, "created": 1, "model": "m", "choices": choices });
    let mut whole = object(
        "chat.completion",
        value!([{ "index": 0, "message": { "role": "assistant", "content": "hi" }, "finish_reason": "stop" }]),
    );
    whole["usage"] = usage.clone();
    let chunk = |delta: Value, reason: Value| {
        let choices = value!([{ "index": 0, "delta": delta, "finish_reason": reason }]);
        object("chat.completion.chunk", choices)
    };
    let mut last = chunk(value!({}), "stop".into());
    last["usage"] = usage.clone();
    let first = chunk(value!({ "role": "assistant", "content": "hi" }), Value::Null);
    (json(200, whole), sse([first, last]))
}

/// An invoice of a vendor that follows OpenAI.
fn like_openai(
    (vendor, provider, model): (&'static str, &'static str, &'static str),
    usage: &Value,
    lines: &'static [(&'static str, i64)],
    sum: i64,
) -> Invoice {
    let (whole, streamed) = completions(usage);
    Invoice {
        vendor,
        provider,
        base: "/v1",
        model,
        whole,
        streamed,
        lines,
        sum,
    }
}

/// Each class is counted within the whole: 1,000 in, of which 600 cached and 100 audio; 300 out, of which 50 reasoning and
/// 80 audio.
fn openai() -> Invoice {
    like_openai(
        ("openai", "adapter: openai", "gpt-4o-audio-preview"),
        &value!({
            "prompt_tokens": 1000, "completion_tokens": 300, "total_tokens": 1300,
            "prompt_tokens_details": { "cached_tokens": 600, "audio_tokens": 100 },
            "completion_tokens_details": { "reasoning_tokens": 50, "audio_tokens": 80 },
        }),
        &[
            ("uncached", 300), //  3,000
            ("cached", 600),   //    600
            ("audio in", 100), //  4,000
            ("output", 170),   //  8,500
            ("reasoning", 50), //  3,000
            ("audio out", 80), //  6,400
        ],
        25_500,
    )
}

/// The plain counts.
fn mistral() -> Invoice {
    like_openai(
        ("mistral", "adapter: mistral", "mistral-medium-2508"),
        &value!({ "prompt_tokens": 124, "completion_tokens": 22, "total_tokens": 146 }),
        &[
            ("uncached", 124), // 1,240
            ("output", 22),    // 1,100
        ],
        2340,
    )
}

/// What hit the cache has its own word, and the details repeat it.
fn deepseek() -> Invoice {
    like_openai(
        (
            "deepseek",
            "adapter: openai, settings: { preset: deepseek }",
            "deepseek-reasoner",
        ),
        &value!({
            "prompt_tokens": 339, "completion_tokens": 83, "total_tokens": 422,
            "prompt_cache_hit_tokens": 320, "prompt_cache_miss_tokens": 19,
            "prompt_tokens_details": { "cached_tokens": 320 },
            "completion_tokens_details": { "reasoning_tokens": 39 },
        }),
        &[
            ("uncached", 19),  //   190
            ("cached", 320),   //   320
            ("output", 44),    // 2,200
            ("reasoning", 39), // 2,340
        ],
        5050,
    )
}

/// Reasoning is counted beside the completion: the total tells.
fn xai() -> Invoice {
    like_openai(
        ("xai", "adapter: openai, settings: { preset: xai }", "grok-4"),
        &value!({
            "prompt_tokens": 12, "completion_tokens": 1, "total_tokens": 303,
            "prompt_tokens_details": { "cached_tokens": 2 },
            "completion_tokens_details": { "reasoning_tokens": 290 },
        }),
        &[
            ("uncached", 10),   //    100
            ("cached", 2),      //      2
            ("output", 1),      //     50
            ("reasoning", 290), // 17,400
        ],
        17_552,
    )
}

/// Searches are counted with the tokens.
fn perplexity() -> Invoice {
    like_openai(
        (
            "perplexity",
            "adapter: openai, settings: { preset: perplexity }",
            "sonar-deep-research",
        ),
        &value!({
            "prompt_tokens": 10, "completion_tokens": 31, "total_tokens": 41, "num_search_queries": 3,
        }),
        &[
            ("uncached", 10), //    100
            ("output", 31),   //  1,550
            ("search", 3),    // 30,000
        ],
        31_650,
    )
}

/// As OpenAI counts.
fn minimax() -> Invoice {
    like_openai(
        ("minimax", "adapter: minimax", "MiniMax-M2"),
        &value!({
            "prompt_tokens": 200, "completion_tokens": 100, "total_tokens": 300,
            "prompt_tokens_details": { "cached_tokens": 50 },
            "completion_tokens_details": { "reasoning_tokens": 60 },
        }),
        &[
            ("uncached", 150), // 1,500
            ("cached", 50),    //    50
            ("output", 40),    // 2,000
            ("reasoning", 60), // 3,600
        ],
        7150,
    )
}

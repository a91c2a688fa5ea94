//! Every member that a chat's request may have, over every adapter: it changes what the vendor gets, or the request is
//! refused by its name, or a header names it. Nothing is lost in silence.

use serde_json::{Value, json};

use crate::requests::{DATA_URL, openai_tool};

/// A member, and where it is.
pub(crate) struct Member {
    /// The word by which a refusal or a header names it.
    pub(crate) name: &'static str,
    /// What it needs beside it.
    pub(crate) beside: Value,
    /// What a request has in addition.
    pub(crate) added: Value,
}

// === impl Member ===

impl Member {
    /// True if a refusal names it, or what came with it.
    pub(crate) fn is_named_in(&self, refusal: &str) -> bool {
        let mut added = self.added.as_object().into_iter().flatten();
        refusal.contains(self.name) || added.any(|(name, _)| name != "messages" && refusal.contains(name))
    }
}

/// All members of OpenAI's API reference, those that other vendors have added, and one that nobody knows.
pub(crate) fn all() -> Vec<Member> {
    let plain = [
        ("frequency_penalty", json!(0.5)),
        ("functions", json!([openai_tool()["function"]])),
        ("logit_bias", json!({ "50256": -100 })),
        ("logprobs", json!(true)),
        ("max_completion_tokens", json!(77)),
        ("max_tokens", json!(77)),
        ("metadata", json!({ "a": "b" })),
        ("modalities", json!(["text", "image"])),
        ("n", json!(2)),
        ("of_tomorrow", json!({ "a": 1 })),
        ("prediction", json!({ "type": "content", "content": "x" })),
        ("presence_penalty", json!(0.5)),
        ("prompt_cache_key", json!("k")),
        ("prompt_cache_retention", json!("24h")),
        ("reasoning_effort", json!("high")),
        ("response_format", json!({ "type": "json_object" })),
        ("safety_identifier", json!("s")),
        ("seed", json!(7)),
        ("service_tier", json!("flex")),
        ("stop", json!(["###"])),
        ("store", json!(true)),
        ("temperature", json!(0.5)),
        ("thinking", json!({ "type": "enabled", "budget_tokens": 2048 })),
        ("tools", json!([openai_tool()])),
        ("top_k", json!(5)),
        ("top_p", json!(0.5)),
        ("user", json!("u-1")),
        ("verbosity", json!("low")),
        ("web_search_options", json!({})),
    ];
    let plain = plain.into_iter().map(|(name, value)| {
        let mut added = json!({});
        added[name] = value;
        Member {
            name,
            beside: json!({}),
            added,
        }
    });
    plain.chain(beside_others()).chain(in_messages()).collect()
}

fn beside_others() -> Vec<Member> {
    let member = |name, beside: Value, added: Value| Member { name, beside, added };
    let tools = json!({ "tools": [openai_tool()] });
    vec![
        member(
            "audio",
            json!({}),
            json!({ "modalities": ["text", "audio"], "audio": { "voice": "alloy", "format": "wav" } }),
        ),
        member(
            "top_logprobs",
            json!({ "logprobs": true }),
            json!({ "top_logprobs": 2 }),
        ),
        member(
            "parallel_tool_calls",
            tools.clone(),
            json!({ "parallel_tool_calls": false }),
        ),
        member("tool_choice", tools, json!({ "tool_choice": "required" })),
    ]
}

fn in_messages() -> Vec<Member> {
    let said = |message: Value| json!({ "messages": [message] });
    let member = |name, beside: Value, added: Value| Member {
        name,
        beside: said(beside),
        added: said(added),
    };
    let image = json!({ "type": "image_url", "image_url": { "url": DATA_URL } });
    let mut detailed = image.clone();
    detailed["image_url"]["detail"] = json!("low");
    let text = json!({ "type": "text", "text": "hi" });
    let mut marked = text.clone();
    marked["cache_control"] = json!({ "type": "ephemeral" });
    let user = |content: &Value| json!({ "role": "user", "content": content });
    vec![
        member(
            "name",
            user(&json!("hi")),
            json!({ "role": "user", "content": "hi", "name": "ann" }),
        ),
        member("detail", user(&json!([image])), user(&json!([detailed]))),
        member("cache_control", user(&json!([text])), user(&json!([marked]))),
    ]
}

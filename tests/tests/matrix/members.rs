//! Every member that a request may have, over every adapter: it changes what the vendor gets, or the request is refused by
//! its name, or a header names it. Nothing is lost in silence.
//!
//! Here are those at the top of a chat; [`chat`] has those within its messages and tools, [`messages`], [`responses`] and
//! [`gemini`] those of the other dialects, and [`operations`] those of embeddings, rankings and images.

pub(crate) mod chat;
pub(crate) mod gemini;
pub(crate) mod messages;
pub(crate) mod operations;
pub(crate) mod responses;

use serde_json::{Value, json};

use crate::requests::openai_tool;

/// A member, and where it is.
pub(crate) struct Member {
    /// The word by which a refusal or a header names it.
    pub(crate) name: &'static str,
    /// What it needs beside it.
    pub(crate) beside: Value,
    /// What a request has in addition.
    pub(crate) added: Value,
    /// What holds it, if that may be left out as a whole, which names it too.
    pub(crate) container: Option<&'static str>,
    /// The adapter or the gateway may do it by itself, so that it shows in the reply.
    pub(crate) shows_in_reply: bool,
}

// === impl Member ===

impl Member {
    /// A member that the request has at its top, beside these.
    pub(crate) fn of(name: &'static str, beside: Value, added: Value) -> Self {
        Self {
            name,
            beside,
            added,
            container: None,
            shows_in_reply: false,
        }
    }

    /// A member with this value that a request has at its top.
    pub(crate) fn at_top(name: &'static str, value: Value) -> Self {
        Self::of(
            name,
            json!({}),
            Value::Object([(name.to_owned(), value)].into_iter().collect()),
        )
    }

    /// A member with this value of the object at `place`, which is a pointer into a request with these members.
    pub(crate) fn within(request: &Value, place: &str, name: &'static str, value: Value) -> Self {
        let mut added = request.clone();
        added.pointer_mut(place).unwrap()[name] = value;
        Self::of(name, request.clone(), added)
    }

    /// The same, within something that may be left out as a whole.
    pub(crate) fn held_by(self, container: &'static str) -> Self {
        Self {
            container: Some(container),
            ..self
        }
    }

    /// True if what a header says was dropped is this, or what holds it.
    pub(crate) fn is_dropped_in(&self, dropped: &str) -> bool {
        dropped.contains(self.name) || self.container.is_some_and(|container| dropped.contains(container))
    }

    /// The same, which the adapter or the gateway may do by itself.
    pub(crate) fn shown_in_reply(self) -> Self {
        Self {
            shows_in_reply: true,
            ..self
        }
    }

    /// Where it is, as far as its request shows.
    pub(crate) fn place(&self) -> String {
        let added = self.added.to_string();
        let at = added.find(&format!("\"{}\"", self.name)).unwrap_or_default();
        added.chars().skip(at.saturating_sub(60)).take(160).collect()
    }

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
    let plain = plain.into_iter().map(|(name, value)| Member::at_top(name, value));
    plain.chain(beside_others()).collect()
}

fn beside_others() -> Vec<Member> {
    let member = Member::of;
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

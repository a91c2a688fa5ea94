//! Whether texts and images are harmful.
//!
//! Source: <https://platform.openai.com/docs/api-reference/moderations>.

use std::collections::BTreeMap;

use serde::Serialize;

use super::members::object;
use super::{Extra, Json};

/// A request to judge texts and images.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ModerationRequest {
    /// The client's name for the model; the upstream's is in [`Call::model`](crate::Call::model).
    pub model: String,
    /// A text, a list of texts, or a list of parts: texts and images.
    pub input: Json,
    /// Unknown fields.
    #[serde(flatten)]
    pub extra: Extra,
}

/// The reply to a request to judge.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Moderation {
    /// The upstream's id for the reply.
    pub id: String,
    /// The upstream's name for the model.
    pub model: String,
    /// One judgement for each text of a list; one alone for parts.
    pub results: Vec<Judgement>,
    /// Unknown fields.
    #[serde(flatten)]
    pub extra: Extra,
}

/// What is thought of one text.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Judgement {
    /// Whether it is harmful.
    pub flagged: bool,
    /// The kinds of harm, such as `violence`, and whether it is of that kind.
    pub categories: BTreeMap<String, bool>,
    /// How likely each of them is, from 0 to 1.
    pub category_scores: BTreeMap<String, f64>,
    /// Unknown fields, such as `category_applied_input_types`.
    #[serde(flatten)]
    pub extra: Extra,
}

object! {
    ModerationRequest {
        "model" => model,
        "input" => input,
    } requires "input"
}

object! {
    Moderation {
        "id" => id,
        "model" => model,
        "results" => results,
    } requires "results"
}

object! {
    Judgement {
        "flagged" => flagged,
        "categories" => categories,
        "category_scores" => category_scores,
    } requires "flagged"
}

// === impl ModerationRequest ===

impl ModerationRequest {
    /// The texts to judge, each by itself; of a list of parts their texts together.
    pub fn texts(&self) -> Vec<String> {
        if let Some(text) = self.input.as_str() {
            return vec![text];
        }
        let entries: Vec<Json> = self.input.read().unwrap_or_default();
        let texts: Vec<String> = entries.iter().filter_map(Json::as_str).collect();
        if !texts.is_empty() {
            return texts;
        }
        let parts = entries.iter().filter_map(|part| part.read::<Extra>()?.text("text"));
        vec![parts.collect::<Vec<_>>().join("\n")]
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts_are_found_in_every_form_of_the_input() {
        let texts = |input| {
            let request: ModerationRequest = serde_json::from_value(json!({"model": "m", "input": input})).unwrap();
            request.texts()
        };
        assert_eq!(texts(json!("a")), ["a"]);
        assert_eq!(texts(json!(["a", "b"])), ["a", "b"]);
        let parts = json!([{"type": "text", "text": "a"}, {"type": "image_url"}, {"type": "text", "text": "b"}]);
        assert_eq!(texts(parts), ["a\nb"]);
    }

    #[test]
    fn a_reply_keeps_what_it_does_not_know() {
        let reply = json!({
            "id": "modr-1", "model": "m",
            "results": [{
                "flagged": true, "categories": {"violence": true}, "category_scores": {"violence": 0.5},
                "category_applied_input_types": {"violence": ["text"]},
            }],
        });
        let read: Moderation = serde_json::from_value(reply.clone()).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), reply);
    }
}

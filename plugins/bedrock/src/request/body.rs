//! The body of a Converse request while it is built.

use std::collections::BTreeSet;

use jackfield_plugin_sdk::canonical::{Extra, Json};
use serde_json::Value;

use crate::settings::Settings;

/// OpenAI's words for the members of `inferenceConfig`.
const INFERENCE: [(&str, &str); 3] = [
    ("maxTokens", "max_tokens"),
    ("temperature", "temperature"),
    ("topP", "top_p"),
];

/// The parts of a body besides the messages.
#[derive(Default)]
pub(super) struct Body {
    /// `inferenceConfig`
    pub(super) inference: Extra,
    /// `additionalModelRequestFields`
    pub(super) additional: Extra,
    /// `outputConfig`
    pub(super) output: Extra,
    /// All others.
    pub(super) members: Extra,
    /// What could not be sent.
    pub(super) dropped: BTreeSet<&'static str>,
}

// === impl Body ===

impl Body {
    /// Removes members of `inferenceConfig`, and names them as dropped.
    pub(super) fn drop_inference(&mut self, names: &[&str]) {
        for (own, canonical) in INFERENCE.iter().filter(|(own, _)| names.contains(own)) {
            if self.inference.remove(own).is_some() {
                self.dropped.insert(canonical);
            }
        }
    }

    /// Raises the limit of tokens if the budget for thinking does not fit. The budget is part of the limit and must be
    /// smaller, so a limit too small for it is taken as meant for the answer alone.
    pub(super) fn make_room(&mut self, budget: u64, answer: u64, most: Option<u64>) {
        let limit: u64 = self.inference.read("maxTokens").unwrap_or(answer);
        if limit <= budget || !self.inference.contains_key("maxTokens") {
            let raised = limit.saturating_add(budget);
            self.inference
                .insert("maxTokens", most.map_or(raised, |most| raised.min(most)));
        }
    }

    /// The members of the request, changed as the operator wants it.
    pub(super) fn finish(self, settings: &Settings) -> (Extra, BTreeSet<&'static str>) {
        let mut members = self.members;
        let parts = [
            ("inferenceConfig", self.inference),
            ("outputConfig", self.output),
            ("additionalModelRequestFields", self.additional),
        ];
        for (name, part) in parts {
            if !part.is_empty() {
                members.insert(name, part);
            }
        }
        for name in &settings.drop_parameters {
            members.remove(name);
        }
        for (name, value) in &settings.extra_parameters {
            let merged = merged(members.read(name), value);
            members.insert(name.as_str(), merged);
        }
        (members, self.dropped)
    }
}

/// An object with the members of another one, or the other value.
fn merged(known: Option<Extra>, value: &Value) -> Json {
    match (known, value) {
        (Some(mut known), Value::Object(members)) => {
            for (name, value) in members {
                known.set(name.as_str(), value);
            }
            known.into()
        }
        (_, value) => Json::of(value),
    }
}

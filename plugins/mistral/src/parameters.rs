//! The parameters of a request in Mistral's words, as a patch on the client's body.
//!
//! Sources: <https://docs.mistral.ai/api/endpoint/chat>, <https://docs.mistral.ai/api/endpoint/embeddings>, and
//! `ChatCompletionRequest` in the SDK `mistralai`.

use std::collections::BTreeMap;

use jackfield_plugin_sdk::canonical::{Extra, Json};
use jackfield_plugin_sdk::{Call, Failure};
use serde::Serialize;

use crate::settings::Settings;

/// What OpenAI's clients send and Mistral refuses; the client is told.
const UNKNOWN: [&str; 11] = [
    "audio",
    "logit_bias",
    "modalities",
    "moderation",
    "prompt_cache_options",
    "prompt_cache_retention",
    "safety_identifier",
    "store",
    "user",
    "verbosity",
    "web_search_options",
];

/// The highest temperature.
const HOTTEST: f64 = 1.5;

/// The client's parameters, and the members that change.
pub(crate) struct Patch {
    given: Extra,
    /// The members to replace, add, or (null) remove.
    pub(crate) members: BTreeMap<String, Json>,
    /// What the client asked for and Mistral does not get.
    pub(crate) dropped: Vec<String>,
}

/// The parameters of a chat.
///
/// # Errors
/// If a parameter has an unexpected shape.
pub(crate) fn of_chat(call: &Call<Settings>) -> Result<Patch, Failure> {
    let mut patch = Patch::of(call)?;
    for name in UNKNOWN {
        patch.lose(name);
    }
    // Every stream ends with its usage, and this is refused.
    patch.take("stream_options");
    if let Some(limit) = patch.take("max_completion_tokens") {
        patch.set("max_tokens", &limit);
    }
    if let Some(seed) = patch.take("seed") {
        patch.set("random_seed", &seed);
    }
    if patch.text("tool_choice").as_deref() == Some("required") {
        patch.set("tool_choice", "any");
    }
    match patch.get("temperature").and_then(Json::read::<f64>) {
        Some(temperature) if temperature > HOTTEST => patch.set("temperature", &HOTTEST),
        _ => {}
    }
    patch.tier();
    patch.think();
    patch.tools();
    Ok(patch.finish(&call.settings))
}

/// The parameters of a request for embeddings.
///
/// # Errors
/// If a parameter has an unexpected shape.
pub(crate) fn of_embeddings(call: &Call<Settings>) -> Result<Patch, Failure> {
    let mut patch = Patch::of(call)?;
    if let Some(dimensions) = patch.take("dimensions") {
        patch.set("output_dimension", &dimensions);
    }
    patch.lose("user");
    Ok(patch.finish(&call.settings))
}

// === impl Patch ===

impl Patch {
    /// A patch that sets the model alone.
    ///
    /// # Errors
    /// If the parameters cannot be read.
    pub(crate) fn of(call: &Call<Settings>) -> Result<Self, Failure> {
        let mut patch = Self {
            given: call.parameters()?,
            members: BTreeMap::new(),
            dropped: Vec::new(),
        };
        patch.set("model", call.settings.models.get(&call.model).unwrap_or(&call.model));
        Ok(patch)
    }

    /// Sets a member.
    pub(crate) fn set<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) {
        self.members.insert(name.to_owned(), Json::of(value));
    }

    /// The member's current value; `None` if it is absent or null.
    fn get(&self, name: &str) -> Option<&Json> {
        let value = self.members.get(name).or_else(|| self.given.get(name))?;
        (!value.is_null()).then_some(value)
    }

    fn text(&self, name: &str) -> Option<String> {
        self.get(name)?.as_str()
    }

    /// Removes a member, and returns what it was.
    pub(crate) fn take(&mut self, name: &str) -> Option<Json> {
        let value = self.get(name).cloned();
        if self.given.contains_key(name) {
            self.set(name, &());
        }
        value
    }

    /// Removes a member, and names it if the client loses something.
    pub(crate) fn lose(&mut self, name: &str) {
        if self.take(name).is_some() {
            self.dropped.push(name.to_owned());
        }
    }

    /// OpenAI's tiers in Mistral's words: the usual one, or a faster one where the account has it.
    fn tier(&mut self) {
        match self.text("service_tier").as_deref() {
            Some("default") => self.set("service_tier", "standard_only"),
            Some("priority") => self.set("service_tier", "auto"),
            Some("auto" | "standard_only") => {}
            _ => self.lose("service_tier"),
        }
    }

    /// `thinking` and `output_config` in the words of `reasoning_effort`, which Mistral shares with OpenAI.
    fn think(&mut self) {
        let thinking: Extra = self.take("thinking").and_then(|it| it.read()).unwrap_or_default();
        let config: Extra = self.take("output_config").and_then(|it| it.read()).unwrap_or_default();
        for (place, members, read) in [
            ("thinking", &thinking, ["type", "budget_tokens"].as_slice()),
            ("output_config", &config, ["effort"].as_slice()),
        ] {
            let unread = members.iter().filter(|(name, _)| !read.contains(name));
            self.dropped.extend(unread.map(|(name, _)| format!("{place}.{name}")));
        }
        let effort = match (thinking.text("type").as_deref(), thinking.read("budget_tokens")) {
            (Some("disabled"), _) => Some("none".to_owned()),
            (Some(_), budget) => config.text("effort").or_else(|| budget.map(effort_of)),
            (None, _) => config.text("effort"),
        };
        if let Some(effort) = effort {
            self.set("reasoning_effort", &effort);
        }
    }

    /// Functions without parameters take an object without members: Mistral demands a schema.
    fn tools(&mut self) {
        let tools: Vec<Json> = self.get("tools").and_then(Json::read).unwrap_or_default();
        let completed: Vec<Option<Json>> = tools.iter().map(with_parameters).collect();
        if completed.iter().all(Option::is_none) {
            return;
        }
        let pairs = tools.into_iter().zip(completed);
        let tools: Vec<Json> = pairs.map(|(tool, completed)| completed.unwrap_or(tool)).collect();
        self.set("tools", &tools);
    }

    /// Applies the operator's settings, which override everything.
    pub(crate) fn finish(mut self, settings: &Settings) -> Self {
        for name in &settings.drop_parameters {
            self.set(name, &());
        }
        for (name, value) in &settings.extra_parameters {
            self.set(name, value);
        }
        self
    }
}

/// The tool with an empty schema, if it is a function without one.
fn with_parameters(tool: &Json) -> Option<Json> {
    let mut tool: Extra = tool.read()?;
    let mut function: Extra = tool.read("function")?;
    if function.get("parameters").is_some_and(|schema| !schema.is_null()) {
        return None;
    }
    function.insert("parameters", Json::parse(r#"{"type":"object","properties":{}}"#).ok()?);
    tool.insert("function", function);
    Some(tool.into())
}

/// The steps by which the `anthropic` adapter gives an effort its number of tokens.
fn effort_of(budget: u64) -> String {
    match budget {
        0..4096 => "low",
        4096..16_384 => "medium",
        _ => "high",
    }
    .to_owned()
}

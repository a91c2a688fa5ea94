//! What the client says about thinking, in the vendor's words.
//!
//! Clients say it in OpenAI's words (`reasoning_effort`), or in Anthropic's (`thinking` and `output_config.effort`), which
//! arrive where the vendor accepts `thinking`.

use jackfield_plugin_sdk::Failure;
use jackfield_plugin_sdk::canonical::Extra;

use crate::patch::Patch;
use crate::preset::{Switch, Thinking};

const EFFORT: &str = "reasoning_effort";
const THINKING: &str = "thinking";
const CONFIG: &str = "output_config";
const KWARGS: &str = "chat_template_kwargs";

/// What the client wants.
#[derive(Debug, Default, PartialEq, Eq)]
struct Wish {
    /// Whether the model is to think; `None` if that is not said.
    on: Option<bool>,
    /// How hard, in OpenAI's or Anthropic's word.
    effort: Option<String>,
    /// How many tokens at most.
    budget: Option<u64>,
}

/// Writes the client's wish. Returns whether thinking is switched off.
///
/// # Errors
/// If a value cannot be written.
pub fn write(patch: &mut Patch, vendor: &Thinking) -> Result<bool, Failure> {
    if is_told_already(patch, vendor) {
        return Ok(false);
    }
    let wish = Wish::read(patch);
    if wish == Wish::default() {
        return Ok(false);
    }
    let is_off = wish.on == Some(false);
    // The vendor's own `thinking` keeps what else is in it.
    if !matches!(vendor.switch, Switch::Type(_)) {
        lose_others(patch, THINKING, &["type", "budget_tokens"]);
    }
    lose_others(patch, CONFIG, &["effort"]);
    switch(patch, vendor, &wish)?;
    effort(patch, vendor, &wish)?;
    if patch.get(CONFIG).is_some() {
        patch.remove(CONFIG)?;
    }
    Ok(is_off)
}

/// Names the members of an object that say something else than how much to think.
fn lose_others(patch: &mut Patch, object: &str, said: &[&str]) {
    let members: Extra = patch.read(object).unwrap_or_default();
    for (name, _) in members.iter().filter(|(name, _)| !said.contains(name)) {
        patch.lose(&format!("{object}.{name}"));
    }
}

/// Whether the client uses the vendor's own parameter.
fn is_told_already(patch: &Patch, vendor: &Thinking) -> bool {
    match vendor.switch {
        Switch::Enable => patch.get("enable_thinking").is_some(),
        Switch::Reasoning(_) => patch.get("reasoning").is_some(),
        _ => false,
    }
}

fn switch(patch: &mut Patch, vendor: &Thinking, wish: &Wish) -> Result<(), Failure> {
    let is_off = wish.on == Some(false);
    let is_said = patch.get(THINKING).is_some();
    match vendor.switch {
        Switch::None if is_off && is_said => patch.lose(THINKING),
        Switch::None | Switch::Effort(_) => {}
        // The model thinks unless it is told not to, so an effort alone needs no switch.
        Switch::Type(_) | Switch::Reasoning(_) if !is_said && !is_off => {}
        Switch::Type(word) => {
            if wish.budget.is_some() && !vendor.has_effort {
                patch.lose("thinking.budget_tokens");
            }
            let mut thinking: Extra = patch.read(THINKING).unwrap_or_default();
            thinking.retain(|name, _| name != "budget_tokens");
            thinking.insert("type", if is_off { "disabled" } else { word });
            return patch.set(THINKING, &thinking);
        }
        Switch::Enable => {
            patch.set("enable_thinking", &!is_off)?;
            let tokens = wish.budget.or_else(|| budget(wish.effort.as_deref()?));
            if let Some(tokens) = tokens.filter(|_| !is_off) {
                patch.set("thinking_budget", &tokens)?;
            }
        }
        Switch::Reasoning(is_complete) => {
            let mut reasoning = Extra::new();
            match (wish.budget, &wish.effort) {
                (Some(tokens), _) if is_complete && !is_off => reasoning.insert("max_tokens", tokens),
                (_, Some(effort)) if is_complete && !is_off => reasoning.insert("effort", effort.as_str()),
                _ => reasoning.insert("enabled", !is_off),
            }
            patch.set("reasoning", &reasoning)?;
        }
        Switch::Template => {
            let mut arguments: Extra = patch.read(KWARGS).unwrap_or_default();
            arguments.insert_new("enable_thinking", !is_off);
            patch.set(KWARGS, &arguments)?;
        }
    }
    if is_said { patch.remove(THINKING) } else { Ok(()) }
}

fn effort(patch: &mut Patch, vendor: &Thinking, wish: &Wish) -> Result<(), Failure> {
    let is_off = wish.on == Some(false);
    let told = match (&vendor.switch, is_off) {
        (Switch::Effort(off), true) => Some((*off).to_owned()),
        (Switch::None, true) => patch.read(EFFORT),
        (_, true) => None,
        (_, false) => wish
            .effort
            .clone()
            .or_else(|| wish.budget.map(|tokens| word(tokens).to_owned())),
    };
    // `reasoning` and `thinking_budget` say how much by themselves.
    let is_written = match vendor.switch {
        Switch::Reasoning(true) => patch.get("reasoning").is_some(),
        Switch::Enable => true,
        _ => false,
    };
    match told.filter(|_| vendor.has_effort && !is_written) {
        Some(told) => {
            let other = vendor.efforts.iter().find(|(clients, _)| *clients == told);
            let told = other.map_or(told.as_str(), |(_, vendors)| vendors);
            patch.set(EFFORT, told)
        }
        None if patch.get(EFFORT).is_none() => {
            let config: Extra = patch.read(CONFIG).unwrap_or_default();
            if config.contains_key("effort") && !is_off && !is_written {
                patch.lose("output_config.effort");
            }
            Ok(())
        }
        None => {
            if !is_off && !is_written {
                patch.lose(EFFORT);
            }
            patch.remove(EFFORT)
        }
    }
}

/// The steps by which the `anthropic` adapter gives an effort its number of tokens.
fn budget(effort: &str) -> Option<u64> {
    match effort {
        "minimal" | "low" => Some(1024),
        "medium" => Some(4096),
        "high" | "xhigh" => Some(16_384),
        // The most that the model has.
        _ => None,
    }
}

fn word(budget: u64) -> &'static str {
    match budget {
        0..4096 => "low",
        4096..16_384 => "medium",
        _ => "high",
    }
}

// === impl Wish ===

impl Wish {
    fn read(patch: &Patch) -> Self {
        let thinking: Extra = patch.read(THINKING).unwrap_or_default();
        let config: Extra = patch.read(CONFIG).unwrap_or_default();
        let effort: Option<String> = config.text("effort").or_else(|| patch.read(EFFORT));
        let on = match thinking.text("type").as_deref() {
            Some("disabled") => Some(false),
            Some(_) => Some(true),
            None => effort.as_ref().map(|effort| effort != "none"),
        };
        Self {
            on,
            effort,
            budget: thinking.read("budget_tokens"),
        }
    }
}

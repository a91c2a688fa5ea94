//! Translates OpenAI's reasoning effort, and Anthropic's thinking, to the API's thinking config.
//!
//! Sources: <https://ai.google.dev/gemini-api/docs/thinking>; <https://ai.google.dev/gemini-api/docs/openai>, "Thinking", for
//! the budgets of the efforts.

use jackfield_plugin_sdk::canonical::{Extra, Json};

use crate::generation::{Rules, Thinking};
use jackfield_plugin_sdk::Dropped;

/// OpenAI's efforts in rising order, each with its budget in tokens; the largest take all there is.
const EFFORTS: [(&str, u64); 6] = [
    ("minimal", 1024),
    ("low", 1024),
    ("medium", 8192),
    ("high", 24_576),
    ("xhigh", u64::MAX),
    ("max", u64::MAX),
];

/// What the client asks for.
#[derive(Clone, Copy)]
enum Asked {
    Nothing,
    Whatever,
    /// An effort, by its place among [`EFFORTS`].
    Effort(usize),
    Budget(u64),
}

/// The thinking config; none if the client asks for nothing. Takes Anthropic's members out of `members`; its `thinking`
/// takes precedence over an effort.
pub(super) fn config(
    effort: Option<&str>,
    members: &mut Extra,
    rules: Rules,
    with_thoughts: bool,
    dropped: &mut Dropped,
) -> Option<Extra> {
    let thinking: Option<Extra> = members.take("thinking");
    let output: Extra = members.take("output_config").unwrap_or_default();
    let word = output.text("effort");
    let is_hidden = thinking
        .as_ref()
        .is_some_and(|thinking| thinking.text("display").as_deref() == Some("omitted"));
    let asked = asked(effort, thinking.as_ref(), word.as_deref(), dropped)?;
    let mut config = Extra::new();
    match rules.thinking {
        Thinking::Never => {
            if !matches!(asked, Asked::Nothing) {
                dropped.add(if thinking.is_some() {
                    "thinking"
                } else {
                    "reasoning_effort"
                });
            }
            return None;
        }
        Thinking::Budget { least, most, off } => config.insert("thinkingBudget", budget(asked, least, most, off)),
        Thinking::Level(levels) => {
            if let Some(level) = level(asked, levels) {
                config.insert("thinkingLevel", level.to_ascii_uppercase());
            }
        }
    }
    if with_thoughts && !is_hidden && !matches!(asked, Asked::Nothing) {
        config.insert("includeThoughts", true);
    }
    Some(config)
}

fn asked(effort: Option<&str>, thinking: Option<&Extra>, word: Option<&str>, dropped: &mut Dropped) -> Option<Asked> {
    let place = |word: &str| EFFORTS.iter().position(|(name, _)| *name == word);
    let by_word = word.and_then(place).map(Asked::Effort);
    if let Some(thinking) = thinking {
        return Some(match thinking.text("type").as_deref() {
            Some("disabled") => Asked::Nothing,
            Some("enabled") => thinking.read("budget_tokens").map_or(Asked::Whatever, Asked::Budget),
            _ => by_word.unwrap_or(Asked::Whatever),
        });
    }
    match effort {
        None => by_word,
        Some("none") => Some(Asked::Nothing),
        Some("auto") => Some(Asked::Whatever),
        Some(word) => {
            let known = place(word).map(Asked::Effort);
            if known.is_none() {
                dropped.add("reasoning_effort");
            }
            known
        }
    }
}

/// The budget; -1 lets the model choose.
fn budget(asked: Asked, least: u64, most: u64, off: bool) -> Json {
    Json::from(match asked {
        Asked::Whatever => return Json::of(&-1),
        Asked::Nothing if off => 0,
        Asked::Nothing => least,
        Asked::Effort(place) => EFFORTS
            .get(place)
            .map_or(most, |(_, budget)| (*budget).clamp(least, most)),
        Asked::Budget(tokens) => tokens.clamp(least, most),
    })
}

/// The level: the nearest one up to the effort that the model has. A model that always thinks does so as little as it
/// can where nothing was asked for. A budget has the effort of the `anthropic` adapter's budgets.
fn level(asked: Asked, levels: &'static [&'static str]) -> Option<&'static str> {
    let place = match asked {
        Asked::Whatever => return None,
        Asked::Nothing => 0,
        Asked::Effort(place) => place,
        Asked::Budget(0..4096) => 1,
        Asked::Budget(4096..16_384) => 2,
        Asked::Budget(_) => 3,
    };
    let mut up_to = EFFORTS.iter().take(place + 1).rev().map(|(name, _)| *name);
    up_to.find(|name| levels.contains(name)).or(levels.first().copied())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::generation::rules;

    fn config_of(model: &str, effort: Option<&str>, members: &Value) -> Option<Value> {
        let mut members: Extra = serde_json::from_value(members.clone()).unwrap();
        let config = config(effort, &mut members, rules(model), true, &mut Dropped::default());
        assert!(members.is_empty());
        config.map(|config| serde_json::to_value(config).unwrap())
    }

    #[test]
    fn an_effort_is_a_budget_for_2_5_and_a_level_from_3_on() {
        let budget = |tokens: i64| Some(json!({"thinkingBudget": tokens, "includeThoughts": true}));
        let level = |level: &str| Some(json!({"thinkingLevel": level, "includeThoughts": true}));
        for (model, effort, expected) in [
            ("gemini-2.5-flash", "low", budget(1024)),
            ("gemini-2.5-flash", "high", budget(24_576)),
            ("gemini-2.5-pro", "xhigh", budget(32_768)),
            ("gemini-2.5-flash", "none", Some(json!({"thinkingBudget": 0}))),
            ("gemini-2.5-pro", "none", Some(json!({"thinkingBudget": 128}))),
            ("gemini-2.5-pro", "auto", budget(-1)),
            ("gemini-3-flash-preview", "minimal", level("MINIMAL")),
            ("gemini-3-pro-preview", "minimal", level("LOW")),
            ("gemini-3-pro-preview", "medium", level("LOW")),
            ("gemini-3.1-pro-preview", "medium", level("MEDIUM")),
            ("gemini-3.1-pro-preview", "max", level("HIGH")),
            ("gemini-3.1-pro-preview", "none", Some(json!({"thinkingLevel": "LOW"}))),
            ("gemini-3.1-pro-preview", "odd", None),
            ("gemini-2.0-flash", "high", None),
        ] {
            assert_eq!(config_of(model, Some(effort), &json!({})), expected, "{model} {effort}");
        }
    }

    #[test]
    fn anthropics_thinking_comes_before_the_effort() {
        let thinking = |thinking: Value| json!({ "thinking": thinking });
        let enabled = thinking(json!({"type": "enabled", "budget_tokens": 5000}));
        for (model, members, expected) in [
            (
                "gemini-2.5-flash",
                &enabled,
                json!({"thinkingBudget": 5000, "includeThoughts": true}),
            ),
            (
                "gemini-3.1-pro-preview",
                &enabled,
                json!({"thinkingLevel": "MEDIUM", "includeThoughts": true}),
            ),
            (
                "gemini-3.1-pro-preview",
                &thinking(json!({"type": "adaptive"})),
                json!({"includeThoughts": true}),
            ),
            (
                "gemini-3.1-pro-preview",
                &thinking(json!({"type": "enabled", "budget_tokens": 1024, "display": "omitted"})),
                json!({"thinkingLevel": "LOW"}),
            ),
            (
                "gemini-2.5-flash",
                &thinking(json!({"type": "disabled"})),
                json!({"thinkingBudget": 0}),
            ),
            (
                "gemini-3.1-pro-preview",
                &json!({"thinking": {"type": "adaptive"}, "output_config": {"effort": "low"}}),
                json!({"thinkingLevel": "LOW", "includeThoughts": true}),
            ),
        ] {
            assert_eq!(
                config_of(model, Some("high"), members),
                Some(expected),
                "{model} {members}"
            );
        }
        let word = json!({"output_config": {"effort": "low"}});
        assert_eq!(
            config_of("gemini-3.1-pro-preview", None, &word),
            Some(json!({"thinkingLevel": "LOW", "includeThoughts": true}))
        );
        assert_eq!(config_of("gemini-3.1-pro-preview", None, &json!({})), None);
    }
}

//! What an operator may set under a guard's `settings`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

/// The rules for everyone, and those for the callers of some plans. Nothing is forbidden that no rule names.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The rules for everyone.
    pub rules: Rules,
    /// The rules for the callers of a plan, by the plan's name: each rule that is here overrides that of everyone.
    /// Default: none.
    pub plans: BTreeMap<String, Rules>,
}

/// What is allowed. Each rule that is left out allows everything.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Rules {
    /// The only models that may be asked for, by their names here; `*` stands for anything. Others are refused with the
    /// code `model_not_allowed`.
    pub models: Option<Vec<String>>,
    /// Which tools a request may offer.
    pub tools: Option<Tools>,
    /// Which parameters a request may set.
    pub parameters: Option<Parameters>,
    /// How long a reply may be.
    pub max_tokens: Option<MaxTokens>,
    /// The most characters that all texts of a request may have. Longer ones are refused with the code
    /// `too_many_characters`.
    #[schemars(range(min = 1))]
    pub max_characters: Option<u64>,
    /// The most messages of a conversation, without those that have no text. Longer ones are refused with the code
    /// `too_many_messages`.
    #[schemars(range(min = 1))]
    pub max_messages: Option<u64>,
    /// Words that neither side may use.
    pub words: Option<DeniedWords>,
    /// What a client gets instead of the rule's own error.
    pub refusal: Option<Refusal>,
}

/// Which tools a request may offer. A tool's name is that of its function, or its type if the vendor runs it.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Tools {
    /// The only tools; `*` stands for anything, and `[]` for none. Default: all.
    pub allow: Option<Vec<String>>,
    /// Tools that are not allowed, whatever `allow` says. Default: none.
    pub deny: Vec<String>,
    /// What happens to a request with another tool: `refuse` it with the code `tool_not_allowed`, or `remove` the tool.
    /// Default: `refuse`.
    pub action: RemoveOrRefuse,
}

/// What happens to a request that has what it may not have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RemoveOrRefuse {
    /// The request is refused.
    #[default]
    Refuse,
    /// The request goes on without it.
    Remove,
}

/// Which parameters a request may set: members of its body, such as `logit_bias`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Parameters {
    /// Requests with one of these are refused with the code `parameter_not_allowed`. Default: none.
    pub refuse: Vec<String>,
    /// These are left out. Default: none.
    pub remove: Vec<String>,
}

/// How long a reply may be.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MaxTokens {
    /// The most tokens that a request may ask for.
    #[schemars(range(min = 1))]
    pub limit: u64,
    /// What happens to a request that asks for more: `lower` sets the limit, `refuse` refuses it with the code
    /// `max_tokens_exceeded`. Default: `lower`.
    #[serde(default)]
    pub action: LowerOrRefuse,
    /// Whether to set the limit in a request that asks for no number. If not, such a reply may be longer. Default: true.
    #[serde(default = "yes")]
    pub set_if_absent: bool,
}

/// What happens to a request that asks for too much.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LowerOrRefuse {
    /// It gets as much as it may have.
    #[default]
    Lower,
    /// The request is refused.
    Refuse,
}

/// Words and names, found in letters of either case but not within longer words. They have up to 64 characters.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DeniedWords {
    /// Requests with one of these are refused with the code `content_blocked`. Default: none.
    #[schemars(length(max = 2000), inner(length(min = 1, max = 64)))]
    pub request: Vec<String>,
    /// Replies with one of these do not reach the client: see `in_reply`. Default: none.
    #[schemars(length(max = 2000), inner(length(min = 1, max = 64)))]
    pub reply: Vec<String>,
    /// What happens to a reply with such a word. Default: `refuse`.
    pub in_reply: InReply,
}

/// What happens to a reply with a word that it may not have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum InReply {
    /// The client gets an error with the code `content_blocked`; in a stream, after what came before the word.
    #[default]
    Refuse,
    /// The client gets `***` in its place.
    Mask,
}

/// What a client gets instead of a rule's own error.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Refusal {
    /// One sentence for people. Default: the rule's own.
    pub message: Option<String>,
    /// A word for programs. Default: the rule's own.
    #[schemars(regex(pattern = "^[A-Za-z0-9_.-]{1,64}$"))]
    pub code: Option<String>,
    /// The HTTP status. Default: 403 for models and tools, otherwise 400.
    #[schemars(range(min = 400, max = 499))]
    pub status: Option<u16>,
}

fn yes() -> bool {
    true
}

// === impl Settings ===

impl Settings {
    /// The rules for the callers of this plan.
    pub fn of(&self, plan: &str) -> Rules {
        let mut rules = self.rules.clone();
        let Some(own) = self.plans.get(plan).cloned() else {
            return rules;
        };
        override_with(&mut rules.models, own.models);
        override_with(&mut rules.tools, own.tools);
        override_with(&mut rules.parameters, own.parameters);
        override_with(&mut rules.max_tokens, own.max_tokens);
        override_with(&mut rules.max_characters, own.max_characters);
        override_with(&mut rules.max_messages, own.max_messages);
        override_with(&mut rules.words, own.words);
        override_with(&mut rules.refusal, own.refusal);
        rules
    }
}

fn override_with<T>(rule: &mut Option<T>, own: Option<T>) {
    if own.is_some() {
        *rule = own;
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Settings;

    #[test]
    fn a_plans_rule_overrides_that_of_everyone_alone() {
        let settings: Settings = serde_json::from_value(json!({
            "rules": {"models": ["fast"], "max_messages": 5},
            "plans": {"gold": {"models": ["*"]}},
        }))
        .unwrap();
        let gold = settings.of("gold");
        assert_eq!((gold.models, gold.max_messages), (Some(vec!["*".to_owned()]), Some(5)));
        assert_eq!(settings.of("").models, Some(vec!["fast".to_owned()]));
    }
}

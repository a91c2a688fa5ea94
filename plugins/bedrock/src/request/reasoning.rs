//! Tells a model how much to think, each family in its own words.
//!
//! Sources: <https://docs.aws.amazon.com/bedrock/latest/userguide/claude-messages-extended-thinking.html>;
//! <https://docs.aws.amazon.com/nova/latest/nova2-userguide/extended-thinking.html>;
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-openai.html>; `OutputConfig.effort` in
//! botocore's model of `bedrock-runtime`.

use jackfield_plugin_sdk::canonical::{ChatRequest, Extra};
use jackfield_plugin_sdk::claude::{LEAST_BUDGET, LEVELS, Rules, Thinking, level_of_budget, nearest_effort};

use super::body::Body;
use super::tools::one;
use crate::model::{Family, Model};

/// Room for the answer beside a budget, if the client sets no limit.
const ANSWER: u64 = 4096;

/// The efforts of models that have three.
const THREE: &[&str] = &["low", "medium", "high"];

/// What the client asks for.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Wish {
    /// Where in [`LEVELS`] the effort is; none if the model is not to think, or nothing is said.
    level: Option<usize>,
    /// The budget in tokens, if the client names one.
    budget: Option<u64>,
    /// Whether thinking is forbidden.
    is_off: bool,
    /// How Claude shows its thinking.
    display: Option<String>,
    /// The members that said so.
    names: Vec<&'static str>,
}

/// Where the model may not think, because the API would refuse the request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hindrance {
    /// A tool call is forced, or the reply is begun.
    pub(super) is_prevented: bool,
    /// Calls lack the thinking that led to them.
    pub(super) is_unexplained: bool,
}

// === impl Wish ===

impl Wish {
    /// Takes the wish out of a request: `thinking` and `output_config`, which come from Anthropic's dialect, else
    /// `reasoning_effort`.
    pub(super) fn take(request: &mut ChatRequest) -> Self {
        let mut wish = Self::default();
        let level_of = |word: &str| LEVELS.iter().position(|(name, _)| *name == word);
        let mut config: Extra = request.extra.take("output_config").unwrap_or_default();
        let effort: Option<String> = config.take("effort");
        if let Some(level) = effort.as_deref().and_then(level_of) {
            wish.names.push("output_config.effort");
            wish.level = Some(level);
        }
        if let Some(mut thinking) = request.extra.take::<Extra>("thinking") {
            wish.names.push("thinking");
            wish.budget = thinking.take("budget_tokens");
            wish.display = thinking.take("display");
            match thinking.take_text("type").as_str() {
                "enabled" => {
                    let level = level_of_budget(wish.budget.unwrap_or(LEAST_BUDGET));
                    wish.level = wish.level.or(Some(level));
                }
                "adaptive" => wish.level = wish.level.or(level_of("high")),
                _ => (wish.is_off, wish.level) = (true, None),
            }
            return wish;
        }
        if let Some(effort) = request.reasoning_effort.take() {
            wish.names.push("reasoning_effort");
            wish.level = level_of(&effort).or(wish.level);
        }
        wish
    }

    /// Whether the model is to think.
    pub(super) fn thinks(&self) -> bool {
        self.level.is_some()
    }

    /// Sets what the model understands. A wish that it does not is named as dropped, as are parameters that may not stand
    /// beside thinking.
    pub(super) fn apply(self, body: &mut Body, model: &Model<'_>, hindrance: Hindrance) {
        match (model.family(), self.level) {
            (Family::Claude(rules), level) => self.claude(level, body, rules, hindrance),
            (_, None) => {}
            (Family::Nova2, Some(level)) => {
                let effort = nearest_effort(level, THREE);
                let mut config = one("type", "enabled");
                config.insert("maxReasoningEffort", effort);
                body.additional.insert_new("reasoningConfig", config);
                if effort == "high" {
                    // At this effort the model refuses them.
                    body.drop_inference(&["maxTokens", "temperature", "topP"]);
                }
            }
            (Family::OpenAi, Some(level)) => {
                body.additional
                    .insert_new("reasoning_effort", nearest_effort(level, THREE));
            }
            (Family::Nova | Family::Other, Some(_)) => body.dropped.extend(self.names),
        }
    }

    fn claude(self, level: Option<usize>, body: &mut Body, rules: Rules, hindrance: Hindrance) {
        let Some(level) = level else {
            if self.is_off && rules.thinking != Thinking::Never {
                body.additional.insert_new("thinking", one("type", "disabled"));
            }
            return;
        };
        // An effort alone does not ask for thinking.
        let asks = self.names != ["output_config.effort"];
        let mut thinking = Extra::new();
        match rules.thinking {
            Thinking::Never => {
                body.dropped.extend(self.names);
                return;
            }
            Thinking::Budget if !asks || hindrance.is_prevented || hindrance.is_unexplained => {
                body.dropped.extend(self.names);
                return;
            }
            Thinking::Budget => {
                let (_, usual) = LEVELS.get(level).copied().unwrap_or(("", LEAST_BUDGET));
                let most = rules.max_output.map_or(u64::MAX, |most| most / 2);
                let budget = self.budget.unwrap_or_else(|| usual.min(most));
                body.make_room(budget, ANSWER, rules.max_output);
                thinking.insert("type", "enabled");
                thinking.insert("budget_tokens", budget);
            }
            Thinking::Adaptive(efforts) => {
                body.output.insert_new("effort", nearest_effort(level, efforts));
                if hindrance.is_prevented {
                    return;
                }
                thinking.insert("type", "adaptive");
            }
        }
        if !asks {
            return;
        }
        thinking.extend(self.display.map(|display| ("display".to_owned(), display.into())));
        body.additional.insert_new("thinking", thinking);
    }
}

//! What the id of a model tells: who made the model, and what it accepts.
//!
//! Sources: <https://docs.aws.amazon.com/bedrock/latest/userguide/models-supported.html>,
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html>,
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/conversation-inference-supported-models-features.html>.

use jackfield_plugin_sdk::claude::{self, Rules};

use crate::settings::{Settings, StructuredOutput};

/// The makers whose names stand in the ids of their models.
const MAKERS: [&str; 19] = [
    "ai21",
    "amazon",
    "anthropic",
    "cohere",
    "deepseek",
    "google",
    "luma",
    "meta",
    "minimax",
    "mistral",
    "moonshot",
    "moonshotai",
    "nvidia",
    "openai",
    "qwen",
    "stability",
    "twelvelabs",
    "writer",
    "zai",
];

/// The makers of open-weight models that can be held to a JSON schema.
///
/// Source: <https://docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html>.
const HELD_TO_SCHEMAS: [&str; 10] = [
    "deepseek",
    "google",
    "minimax",
    "mistral",
    "moonshot",
    "moonshotai",
    "nvidia",
    "openai",
    "qwen",
    "zai",
];

/// A model, as far as its id tells what it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Model<'a> {
    /// Who made it; empty if the id does not tell.
    pub(crate) maker: &'a str,
    /// The id without an ARN and a geography: `anthropic.claude-opus-4-6-v1`.
    pub(crate) base: &'a str,
    /// Whether and how the operator wants it held to schemas.
    structured_output: StructuredOutput,
}

/// A kind of models that are told to think in the same way.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Family {
    /// Anthropic's, with what this generation accepts.
    Claude(Rules),
    /// Amazon's that reason.
    Nova2,
    /// Amazon's that do not.
    Nova,
    /// OpenAI's.
    OpenAi,
    /// All others.
    Other,
}

// === impl Model ===

impl<'a> Model<'a> {
    /// The model with this id, which may be that of an inference profile or an ARN.
    pub(crate) fn of(id: &'a str, settings: &'a Settings) -> Self {
        let name = settings.known_as.get(id).map_or(id, String::as_str);
        let name = name.rsplit('/').next().unwrap_or_default();
        let mut start = 0;
        let mut found = None;
        for part in name.split('.') {
            if let Some(maker) = MAKERS.iter().find(|maker| **maker == part) {
                found = Some((*maker, &name[start..]));
                break;
            }
            start += part.len() + 1;
        }
        let (maker, base) = found.unwrap_or((if name.contains("claude") { "anthropic" } else { "" }, name));
        Self {
            maker,
            base,
            structured_output: settings.structured_output,
        }
    }

    /// How it is told to think.
    pub(crate) fn family(&self) -> Family {
        match self.maker {
            "anthropic" => Family::Claude(claude::rules(self.base)),
            "amazon" if self.base.contains("nova-2") => Family::Nova2,
            "amazon" => Family::Nova,
            "openai" => Family::OpenAi,
            _ => Family::Other,
        }
    }

    /// The origin of signatures that are not Claude's. A model refuses what another maker's has signed.
    pub(crate) fn origin(&self) -> String {
        match self.maker {
            "" => "bedrock".to_owned(),
            maker => format!("bedrock-{maker}"),
        }
    }

    /// Whether it is Claude, whose signatures are valid on all platforms.
    ///
    /// Source: <https://platform.claude.com/docs/en/build-with-claude/extended-thinking>, "Thinking encryption".
    pub(crate) fn is_claude(&self) -> bool {
        self.maker == "anthropic"
    }

    /// Whether it takes cache points.
    ///
    /// Source: <https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html>.
    pub(crate) fn caches(&self) -> bool {
        matches!(self.maker, "anthropic" | "amazon")
    }

    /// Whether a reply, or the arguments of a tool, can be held to a JSON schema.
    pub(crate) fn holds_schemas(&self) -> bool {
        match (self.structured_output, self.family()) {
            (StructuredOutput::Native, _) => true,
            (StructuredOutput::Prompt, _) => false,
            // On Bedrock from 4.5 on; the rules have Opus 4.1 too, as on Anthropic's own API.
            (StructuredOutput::Auto, Family::Claude(rules)) => rules.schemas && !self.base.contains("opus-4-1"),
            (StructuredOutput::Auto, _) => HELD_TO_SCHEMAS.contains(&self.maker),
        }
    }

    /// Whether it may be forced to answer by a call where it cannot be held to a schema.
    pub(crate) fn answers_by_calls(&self) -> bool {
        self.structured_output == StructuredOutput::Auto && self.forces_tools(true)
    }

    /// Whether it goes on with a reply that is begun.
    pub(crate) fn prefill(&self) -> bool {
        match self.family() {
            Family::Claude(rules) => rules.prefill,
            Family::Nova | Family::Nova2 => true,
            Family::OpenAi | Family::Other => false,
        }
    }

    /// Whether any tool call, or a certain one, can be forced.
    ///
    /// Source: <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolChoice.html>.
    pub(crate) fn forces_tools(&self, is_named: bool) -> bool {
        match self.family() {
            Family::Claude(rules) => rules.forced_tools,
            Family::Nova | Family::Nova2 => true,
            Family::OpenAi | Family::Other => self.maker == "mistral" && !is_named,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Model;
    use crate::Settings;

    #[test]
    fn an_id_tells_the_maker_in_all_its_forms() {
        for (id, maker, base) in [
            ("amazon.nova-pro-v1:0", "amazon", "amazon.nova-pro-v1:0"),
            (
                "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
                "anthropic",
                "anthropic.claude-sonnet-4-5-20250929-v1:0",
            ),
            ("us-gov.anthropic.claude-x", "anthropic", "anthropic.claude-x"),
            ("openai.gpt-oss-120b-1:0", "openai", "openai.gpt-oss-120b-1:0"),
            (
                "arn:aws:bedrock:us-east-1:123456789012:inference-profile/eu.mistral.pixtral-large-2502-v1:0",
                "mistral",
                "mistral.pixtral-large-2502-v1:0",
            ),
            (
                "arn:aws:bedrock:us-east-1::foundation-model/deepseek.v3-v1:0",
                "deepseek",
                "deepseek.v3-v1:0",
            ),
            (
                "arn:aws:bedrock:us-east-1:1:application-inference-profile/ab1",
                "",
                "ab1",
            ),
            ("my-claude-3-7", "anthropic", "my-claude-3-7"),
        ] {
            let settings = Settings::default();
            let model = Model::of(id, &settings);
            assert_eq!((model.maker, model.base), (maker, base), "{id}");
        }
    }

    #[test]
    fn an_operator_may_say_what_a_profile_is() {
        let arn = "arn:aws:bedrock:us-east-1:1:application-inference-profile/ab1";
        let settings: Settings = serde_json::from_value(serde_json::json!({
            "known_as": { arn: "anthropic.claude-opus-4-6-v1" },
        }))
        .unwrap();
        let model = Model::of(arn, &settings);
        assert!(model.is_claude() && model.holds_schemas() && !model.prefill());
    }
}

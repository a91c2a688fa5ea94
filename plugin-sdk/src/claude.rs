//! What each generation of Claude accepts, known by its name: the same on every platform that serves it.
//!
//! Sources: the migration guides of each generation, <https://platform.claude.com/docs/en/about-claude/models/migration-guide>;
//! <https://platform.claude.com/docs/en/build-with-claude/thinking>, <https://platform.claude.com/docs/en/build-with-claude/effort>,
//! <https://platform.claude.com/docs/en/api/errors>, "Prefill not supported";
//! <https://platform.claude.com/docs/en/build-with-claude/structured-outputs>.

/// What a model accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// How the model is told to think.
    pub thinking: Thinking,
    /// Which sampling parameters it accepts.
    pub sampling: Sampling,
    /// Whether a conversation may end with the assistant's words for the model to continue.
    pub prefill: bool,
    /// Whether a tool call can be forced.
    pub forced_tools: bool,
    /// Whether a reply can be held to a JSON schema.
    pub schemas: bool,
    /// The most tokens a reply may have; none if unknown.
    pub max_output: Option<u64>,
}

/// How a model is told to think.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thinking {
    /// It cannot think.
    Never,
    /// By a budget of tokens.
    Budget,
    /// By an effort, one of these.
    Adaptive(&'static [&'static str]),
}

/// Which of `temperature`, `top_p` and `top_k` a model accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sampling {
    /// All of them.
    Any,
    /// `temperature` or `top_p`, not both.
    One,
    /// None.
    Never,
}

const OPUS: &str = "opus";
const SONNET: &str = "sonnet";
const FABLE: &str = "fable";
const MYTHOS: &str = "mythos";

/// The families of models.
const FAMILIES: [&str; 5] = [OPUS, SONNET, "haiku", FABLE, MYTHOS];

const EFFORTS_4_6: &[&str] = &["low", "medium", "high", "max"];
/// The efforts of Claude Opus 4.7 and later.
pub const EFFORTS: &[&str] = &["low", "medium", "high", "xhigh", "max"];

/// The efforts in rising order, each with its thinking budget in tokens. The minimum is the vendor's. Each step is four
/// times the one below, up to 32,768, beyond which the vendor advises against waiting for a reply. The steps are our
/// own choice, because OpenAI publishes no numbers.
pub const LEVELS: [(&str, u64); 6] = [
    ("minimal", LEAST_BUDGET),
    ("low", LEAST_BUDGET),
    ("medium", 4 * LEAST_BUDGET),
    ("high", 16 * LEAST_BUDGET),
    ("xhigh", 32 * LEAST_BUDGET),
    ("max", 32 * LEAST_BUDGET),
];

/// The smallest budget the API accepts, in tokens.
pub const LEAST_BUDGET: u64 = 1024;

/// The place in [`LEVELS`] of the highest effort whose budget is not above this one.
pub fn level_of_budget(tokens: u64) -> usize {
    let level = LEVELS.iter().rposition(|(_, budget)| *budget <= tokens);
    level.unwrap_or_default()
}

/// Of the efforts that a model has, the one at this place in [`LEVELS`], or the nearest below.
pub fn nearest_effort(level: usize, efforts: &[&'static str]) -> &'static str {
    let up_to = LEVELS.iter().take(level + 1).rev();
    let known = up_to.map(|(name, _)| *name).find(|name| efforts.contains(name));
    known.or(efforts.first().copied()).unwrap_or("low")
}

/// A model without a generation that we know: it is told everything in the oldest way.
const UNKNOWN: Rules = Rules {
    thinking: Thinking::Budget,
    sampling: Sampling::Any,
    prefill: true,
    forced_tools: true,
    schemas: true,
    max_output: None,
};

const CLAUDE_1: Rules = Rules {
    thinking: Thinking::Never,
    schemas: false,
    ..UNKNOWN
};
const CLAUDE_3_7: Rules = Rules {
    schemas: false,
    max_output: Some(64_000),
    ..UNKNOWN
};
const OPUS_4: Rules = Rules {
    max_output: Some(32_000),
    ..CLAUDE_3_7
};
const OPUS_4_1: Rules = Rules {
    sampling: Sampling::One,
    schemas: true,
    ..OPUS_4
};
const CLAUDE_4_5: Rules = Rules {
    sampling: Sampling::One,
    schemas: true,
    ..CLAUDE_3_7
};
const CLAUDE_4_6: Rules = Rules {
    thinking: Thinking::Adaptive(EFFORTS_4_6),
    prefill: false,
    max_output: Some(128_000),
    ..CLAUDE_4_5
};
const CLAUDE_4_7: Rules = Rules {
    thinking: Thinking::Adaptive(EFFORTS),
    sampling: Sampling::Never,
    ..CLAUDE_4_6
};
const CLAUDE_5_5: Rules = Rules {
    forced_tools: false,
    ..CLAUDE_4_7
};

/// The rules by generation: the last row whose family and version fit. `""` is any family.
const TABLE: [(&str, [u16; 2], Rules); 12] = [
    ("", [0, 0], CLAUDE_1),
    ("", [3, 7], CLAUDE_3_7),
    (OPUS, [4, 0], OPUS_4),
    (OPUS, [4, 1], OPUS_4_1),
    ("", [4, 5], CLAUDE_4_5),
    ("", [4, 6], CLAUDE_4_6),
    ("", [4, 7], CLAUDE_4_7),
    (OPUS, [5, 5], CLAUDE_5_5),
    (SONNET, [5, 5], CLAUDE_5_5),
    (FABLE, [5, 1], CLAUDE_5_5),
    (MYTHOS, [5, 1], CLAUDE_5_5),
    ("", [5, 6], CLAUDE_5_5),
];

/// The rules for the model of this name.
pub fn rules(model: &str) -> Rules {
    let Some((family, version)) = generation(model) else {
        return UNKNOWN;
    };
    let fitting = |(of, since, _): &&(&str, [u16; 2], Rules)| (of.is_empty() || *of == family) && *since <= version;
    TABLE.iter().rfind(fitting).map_or(UNKNOWN, |(_, _, rules)| *rules)
}

/// The family and version in a name, on any platform and in any order: `claude-opus-4-7`, `claude-4.7-opus`,
/// `us.anthropic.claude-3-7-sonnet-20250219-v1:0`, `claude-opus-4-1@20250805`. `None` if it is not Claude's, or names
/// no version.
fn generation(model: &str) -> Option<(&'static str, [u16; 2])> {
    let name = model.to_ascii_lowercase();
    let (_, rest) = name.rsplit_once("claude")?;
    let words: Vec<&str> = rest.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    let family = FAMILIES.into_iter().find(|family| words.contains(family));
    // A longer number is a date, and what begins with a letter is a word or the platform's own version.
    let number = |word: &str| word.parse::<u16>().ok().filter(|_| word.len() <= 2);
    let first = words.iter().position(|word| number(word).is_some());
    let version = match (first, family) {
        (Some(first), _) => {
            [first, first + 1].map(|at| words.get(at).and_then(|word| number(word)).unwrap_or_default())
        }
        // The previews have no version, and came after 4.6.
        (None, Some(FABLE | MYTHOS)) => [4, 7],
        (None, _) => return None,
    };
    Some((family.unwrap_or_default(), version))
}

#[cfg(test)]
mod tests {
    use super::{
        CLAUDE_1, CLAUDE_3_7, CLAUDE_4_5, CLAUDE_4_6, CLAUDE_4_7, CLAUDE_5_5, OPUS_4, OPUS_4_1, UNKNOWN, rules,
    };

    #[test]
    fn every_name_has_the_rules_of_its_generation() {
        for (model, expected) in [
            ("claude-2.1", CLAUDE_1),
            ("claude-3-5-sonnet-20241022", CLAUDE_1),
            ("claude-3-7-sonnet-latest", CLAUDE_3_7),
            ("us.anthropic.claude-3-7-sonnet-20250219-v1:0", CLAUDE_3_7),
            ("claude-sonnet-4-20250514", CLAUDE_3_7),
            ("claude-opus-4@20250514", OPUS_4),
            ("claude-4-opus-20250514", OPUS_4),
            ("anthropic.claude-opus-4-1-20250805-v1:0", OPUS_4_1),
            ("claude-sonnet-4-5", CLAUDE_4_5),
            ("claude-haiku-4-5-20251001", CLAUDE_4_5),
            ("anthropic/claude-opus-4.5", CLAUDE_4_5),
            ("anthropic.claude-opus-4-6-v1", CLAUDE_4_6),
            ("claude-sonnet-4-6@20260217", CLAUDE_4_6),
            ("claude-opus-4-7", CLAUDE_4_7),
            ("global.anthropic.claude-opus-4-7-20260416-v1:0", CLAUDE_4_7),
            ("claude-opus-4-7@20260416", CLAUDE_4_7),
            ("anthropic/claude-4.7-opus", CLAUDE_4_7),
            ("Claude-Opus-4-8", CLAUDE_4_7),
            ("claude-mythos-preview", CLAUDE_4_7),
            ("claude-opus-5", CLAUDE_4_7),
            ("claude-sonnet-5", CLAUDE_4_7),
            ("claude-haiku-5-5", CLAUDE_4_7),
            ("claude-opus-5-5", CLAUDE_5_5),
            ("claude-sonnet-5-5", CLAUDE_5_5),
            ("claude-fable-5-1", CLAUDE_5_5),
            ("claude-saga-6", CLAUDE_5_5),
            ("claude-opus-latest", UNKNOWN),
            ("MiniMax-M2", UNKNOWN),
            ("opus-4-7", UNKNOWN),
            ("", UNKNOWN),
        ] {
            assert_eq!(rules(model), expected, "{model}");
        }
    }
}

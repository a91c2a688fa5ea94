//! What each generation of Gemini accepts, known by its name.
//!
//! Sources: <https://ai.google.dev/gemini-api/docs/thinking>;
//! <https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/thinking>, "Supported thinking levels";
//! <https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/gemini/3-5-flash-lite>, its breaking changes.

/// What a model accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "each is an ability of its own")]
pub(crate) struct Rules {
    /// How the model is told to think.
    pub(crate) thinking: Thinking,
    /// Whether the API refuses tool calls without the signature of their thoughts.
    pub(crate) signed_calls: bool,
    /// Whether a reply may be held to a JSON schema while tools are offered.
    pub(crate) schema_with_tools: bool,
    /// Whether it accepts `presencePenalty` and `frequencyPenalty`.
    pub(crate) penalties: bool,
    /// Whether it accepts a system instruction.
    pub(crate) system: bool,
}

/// How a model is told to think.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Thinking {
    /// It cannot be told.
    Never,
    /// By a budget of tokens within these bounds; with `off`, also by none.
    Budget { least: u64, most: u64, off: bool },
    /// By a level, one of these in rising order.
    Level(&'static [&'static str]),
}

const FROM_MINIMAL: &[&str] = &["minimal", "low", "medium", "high"];
const FROM_LOW: &[&str] = &["low", "medium", "high"];
const EXTREMES: &[&str] = &["low", "high"];

/// A model that we do not know is taken for one of the latest: names such as `gemini-flash-latest` move on.
const LATEST: Rules = Rules {
    thinking: Thinking::Level(FROM_LOW),
    signed_calls: true,
    schema_with_tools: true,
    penalties: false,
    system: true,
};
const GEMINI_3: Rules = Rules {
    penalties: true,
    ..LATEST
};
const GEMINI_2_5: Rules = Rules {
    thinking: Thinking::Budget {
        least: 128,
        most: 24_576,
        off: true,
    },
    signed_calls: false,
    schema_with_tools: false,
    ..GEMINI_3
};
const GEMINI_2: Rules = Rules {
    thinking: Thinking::Never,
    ..GEMINI_2_5
};
const GEMMA: Rules = Rules {
    system: false,
    ..GEMINI_2
};

/// The rules for the model of this name.
pub(crate) fn rules(model: &str) -> Rules {
    let name = model.to_ascii_lowercase();
    if name.contains("gemma") {
        return GEMMA;
    }
    let has = |word: &str| name.contains(word);
    match version(&name) {
        None => LATEST,
        Some(version) if version < [2, 5] => GEMINI_2,
        Some(version) if version < [3, 0] => Rules {
            thinking: budget(has("pro"), has("lite")),
            ..GEMINI_2_5
        },
        Some(version) => Rules {
            thinking: Thinking::Level(levels(version, has("pro"))),
            penalties: version < [3, 5],
            ..GEMINI_3
        },
    }
}

/// The budgets of the models 2.5.
fn budget(is_pro: bool, is_lite: bool) -> Thinking {
    let (least, most, off) = match (is_pro, is_lite) {
        (true, _) => (128, 32_768, false),
        (_, true) => (512, 24_576, true),
        _ => (1, 24_576, true),
    };
    Thinking::Budget { least, most, off }
}

fn levels(version: [u16; 2], is_pro: bool) -> &'static [&'static str] {
    match (is_pro, version) {
        (true, [3, 0]) => EXTREMES,
        (false, [3, 0..=6]) => FROM_MINIMAL,
        _ => FROM_LOW,
    }
}

/// The version in a name: `gemini-2.5-flash`, `models/gemini-3-pro-preview`, `google/gemini-3.1-pro`.
fn version(name: &str) -> Option<[u16; 2]> {
    let (_, rest) = name.rsplit_once("gemini-")?;
    let mut numbers = rest.split('-').next()?.splitn(2, '.').map(str::parse);
    let major = numbers.next()?.ok()?;
    let minor = numbers.next().unwrap_or(Ok(0)).ok()?;
    Some([major, minor])
}

#[cfg(test)]
mod tests {
    use super::{EXTREMES, FROM_LOW, FROM_MINIMAL, GEMINI_2, GEMMA, LATEST, Thinking, rules};

    #[test]
    fn every_name_has_the_thinking_of_its_generation() {
        let budget = |least, most, off| Thinking::Budget { least, most, off };
        for (model, expected) in [
            ("gemini-2.0-flash", Thinking::Never),
            ("gemini-1.5-pro-002", Thinking::Never),
            ("gemini-2.5-pro", budget(128, 32_768, false)),
            ("gemini-2.5-flash", budget(1, 24_576, true)),
            ("gemini-2.5-flash-lite-preview-09-2025", budget(512, 24_576, true)),
            ("models/gemini-3-pro-preview", Thinking::Level(EXTREMES)),
            ("google/gemini-3.1-pro-preview", Thinking::Level(FROM_LOW)),
            ("gemini-3-flash-preview", Thinking::Level(FROM_MINIMAL)),
            ("gemini-3.5-flash-lite", Thinking::Level(FROM_MINIMAL)),
            ("Gemini-3.8-flash", Thinking::Level(FROM_LOW)),
            ("gemini-4-pro", Thinking::Level(FROM_LOW)),
        ] {
            assert_eq!(rules(model).thinking, expected, "{model}");
        }
    }

    #[test]
    fn what_is_not_known_is_taken_for_the_latest() {
        for model in ["gemini-flash-latest", "my-tuned-model", "endpoints/123"] {
            assert_eq!(rules(model), LATEST, "{model}");
        }
        assert_eq!(rules("gemma-3-27b-it"), GEMMA);
        assert_eq!(rules("gemini-2.0-flash-001"), GEMINI_2);
    }

    #[test]
    fn penalties_end_with_3_5_and_signed_calls_begin_with_3() {
        let of = |model: &str| (rules(model).penalties, rules(model).signed_calls);
        assert_eq!(of("gemini-2.5-pro"), (true, false));
        assert_eq!(of("gemini-3.1-pro-preview"), (true, true));
        assert_eq!(of("gemini-3.5-flash-lite"), (false, true));
    }
}

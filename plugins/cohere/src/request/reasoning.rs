//! Translates how much the model is to think.
//!
//! Source: <https://docs.cohere.com/docs/reasoning>. Models that think do so unless it is disabled; a budget limits them.

use jackfield_plugin_sdk::Draft;
use jackfield_plugin_sdk::canonical::{ChatRequest, Extra, Json};

/// The beginnings of the names of models that do not think; the API refuses `thinking` for them.
///
/// Source: <https://docs.cohere.com/docs/models>.
const THOUGHTLESS: [&str; 7] = [
    "c4ai-",
    "command-a-03-2025",
    "command-a-translate",
    "command-a-vision",
    "command-light",
    "command-nightly",
    "command-r",
];

/// The budget for each effort, in tokens. From `high` on there is none: the vendor's own translation of OpenAI's efforts
/// only turns thinking on. The other numbers are our own choice.
const BUDGETS: [(&str, Option<u64>); 6] = [
    ("minimal", Some(1024)),
    ("low", Some(1024)),
    ("medium", Some(4096)),
    ("high", None),
    ("xhigh", None),
    ("max", None),
];

/// Whether the model may think, as far as its name tells.
pub(super) fn is_known_to(model: &str) -> bool {
    !THOUGHTLESS.iter().any(|start| model.starts_with(start))
}

/// Sets `thinking` for what the client asks: in Cohere's form, in Anthropic's, or as OpenAI's effort, in this order.
pub(super) fn set(request: &mut ChatRequest, thinks: bool, draft: &mut Draft) {
    let mut config: Extra = request.extra.take("output_config").unwrap_or_default();
    let thinking: Option<Extra> = request.extra.take("thinking");
    let effort = config.take("effort").or_else(|| request.reasoning_effort.take());
    let name = if thinking.is_some() {
        "thinking"
    } else {
        "reasoning_effort"
    };
    let wanted = match thinking {
        Some(thinking) => of_thinking(&thinking, effort.as_deref()),
        None => match effort.as_deref() {
            None => return,
            Some(effort) => of_effort(effort),
        },
    };
    match wanted {
        // A model that does not think needs not be told.
        Some(Wanted::Off) if !thinks => {}
        Some(wanted) if thinks => draft.members.insert("thinking", wanted.into_json()),
        _ => draft.leave_out(name),
    }
}

/// How much the model is to think.
enum Wanted {
    Off,
    UpTo(Option<u64>),
}

fn of_thinking(thinking: &Extra, effort: Option<&str>) -> Option<Wanted> {
    let budget = ["token_budget", "budget_tokens"]
        .iter()
        .find_map(|name| thinking.get(name)?.as_count());
    match thinking.text("type")?.as_str() {
        "disabled" => Some(Wanted::Off),
        "enabled" => Some(Wanted::UpTo(budget)),
        "adaptive" => effort.map_or(Some(Wanted::UpTo(None)), of_effort),
        _ => None,
    }
}

fn of_effort(effort: &str) -> Option<Wanted> {
    if effort == "none" {
        return Some(Wanted::Off);
    }
    let known = BUDGETS.iter().find(|(name, _)| *name == effort);
    known.map(|(_, budget)| Wanted::UpTo(*budget))
}

// === impl Wanted ===

impl Wanted {
    fn into_json(self) -> Json {
        let mut thinking = Extra::new();
        match self {
            Self::Off => thinking.insert("type", "disabled"),
            Self::UpTo(budget) => {
                thinking.insert("type", "enabled");
                if let Some(budget) = budget.filter(|budget| *budget > 0) {
                    thinking.insert("token_budget", budget);
                }
            }
        }
        thinking.into()
    }
}

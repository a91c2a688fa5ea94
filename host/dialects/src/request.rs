//! A client's request, read as far as the host needs to and not further.

use serde::Deserialize;

use crate::fault::RequestFault;
use crate::json::{Members, Outline, fields};
use crate::operation::Operation;

/// A request whose required fields are in place. The rest is the upstream's to judge.
#[derive(Debug, Clone)]
pub struct ParsedRequest<'a> {
    /// What the client asks for.
    pub operation: Operation,
    /// The id of the model; never empty.
    pub model: String,
    /// The client asks for a stream.
    pub stream: bool,
    /// The client asks for the usage in the stream.
    pub include_usage: bool,
    /// The conversation holds the result of a tool, so that it should not change its backend midway.
    pub pinned: bool,
    /// The body's top level.
    pub members: Members<'a>,
    /// The members that a plugin gets only if it asks for the whole body.
    pub(crate) bulk: &'static [&'static str],
}

// === impl ParsedRequest ===

impl ParsedRequest<'_> {
    /// True if the client asks the model to think before it answers, in any of the words that vendors have for it:
    /// `reasoning_effort`, `reasoning`, `thinking`, `output_config.effort`, `generationConfig.thinkingConfig`.
    pub fn asks_to_think(&self) -> bool {
        asks_to_think(&self.members)
    }

    /// True if its answer depends on what a vendor keeps, or is to be kept by one: `store: true`, `background: true`,
    /// `conversation`, `previous_response_id`, `container`. Another answer in its place would not do the same.
    pub fn is_stateful(&self) -> bool {
        let given = |name: &str| self.members.get(name).map(serde_json::value::RawValue::get);
        let asks = |name| given(name) == Some("true");
        let names = |name| given(name).is_some_and(|value| value != "null");
        asks("store")
            || asks("background")
            || ["conversation", "previous_response_id", "container"]
                .iter()
                .any(|name| names(name))
    }

    /// The same request with other members, in which all is as it was that was read.
    #[must_use]
    pub fn with_members<'b>(&self, members: Members<'b>) -> ParsedRequest<'b> {
        ParsedRequest {
            operation: self.operation,
            model: self.model.clone(),
            stream: self.stream,
            include_usage: self.include_usage,
            pinned: self.pinned,
            members,
            bulk: self.bulk,
        }
    }

    /// The same request after edits of its text that leave all as it is that was read.
    ///
    /// # Errors
    /// If the outline is that of another text, and this one is no object.
    pub fn edited<'b>(&self, text: &'b [u8], outline: &Outline) -> Result<ParsedRequest<'b>, RequestFault> {
        let members = outline.members(text);
        Ok(self.with_members(members.map_err(|error| fields::no_object(&error))?))
    }

    /// The request without its bulk, such as `messages`, as a JSON object.
    pub fn parameters(&self) -> Vec<u8> {
        self.members.without(self.bulk)
    }
}

/// A `thinking` or `reasoning` object, as far as it says whether there is to be any.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Thinking {
    #[serde(rename = "type")]
    kind: Option<String>,
    effort: Option<String>,
    enabled: Option<bool>,
}

fn asks_to_think(request: &Members<'_>) -> bool {
    let effort = |effort: &str| !matches!(effort, "none" | "minimal");
    let object = |key| serde_json::from_str::<Option<Thinking>>(request.get(key)?.get()).ok()?;
    let word = |key| serde_json::from_str::<Option<String>>(request.get(key)?.get()).ok()?;
    let thinks = |it: Thinking| {
        it.enabled != Some(false) && it.kind.as_deref() != Some("disabled") && it.effort.as_deref().is_none_or(effort)
    };
    word("reasoning_effort").is_some_and(|word: String| effort(&word))
        || ["generationConfig", "generation_config"]
            .into_iter()
            .any(|key| is_configured(request, key))
        || ["thinking", "reasoning"].into_iter().filter_map(object).any(thinks)
        || object("output_config").is_some_and(|it: Thinking| it.effort.as_deref().is_some_and(effort))
}

/// Whether a config of Google's dialect asks for thinking: by a level, or by a budget, of which -1 leaves it to the model.
fn is_configured(request: &Members<'_>, key: &str) -> bool {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Config {
        #[serde(alias = "thinking_config", rename = "thinkingConfig")]
        thinking: Option<Budget>,
    }
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Budget {
        #[serde(alias = "thinking_budget", rename = "thinkingBudget")]
        budget: Option<i64>,
        #[serde(alias = "thinking_level", rename = "thinkingLevel")]
        level: Option<String>,
    }
    let config: Option<Config> = request
        .get(key)
        .and_then(|config| serde_json::from_str(config.get()).ok());
    let thinking = config.and_then(|config| config.thinking).unwrap_or_default();
    thinking.budget.is_some_and(|budget| budget != 0)
        || thinking
            .level
            .is_some_and(|level| !level.eq_ignore_ascii_case("minimal"))
}

/// The limit on an answer's tokens that a request sets: `max_completion_tokens`, else `max_tokens`. A value that makes
/// no sense is left to the upstream to judge.
pub(crate) fn max_tokens(request: &Members<'_>) -> Option<u64> {
    let read = |key| request.get(key)?.get().parse().ok();
    ["max_completion_tokens", "max_tokens"].into_iter().find_map(read)
}

#[cfg(test)]
mod tests {
    use super::{Members, asks_to_think};

    #[test]
    fn thinking_is_asked_for_in_many_words() {
        for (text, asks) in [
            ("{}", false),
            (r#"{"reasoning_effort":"high"}"#, true),
            (r#"{"reasoning_effort":"none"}"#, false),
            (r#"{"reasoning_effort":null}"#, false),
            (r#"{"thinking":{"type":"enabled","budget_tokens":2048}}"#, true),
            (r#"{"thinking":{"type":"adaptive"}}"#, true),
            (r#"{"thinking":{"type":"disabled"}}"#, false),
            (r#"{"thinking":true}"#, false),
            (r#"{"reasoning":{"effort":"low"}}"#, true),
            (r#"{"reasoning":{"enabled":false}}"#, false),
            (r#"{"output_config":{"effort":"medium"}}"#, true),
            (r#"{"output_config":{"format":{}}}"#, false),
            (r#"{"generationConfig":{"thinkingConfig":{"thinkingBudget":-1}}}"#, true),
            (
                r#"{"generation_config":{"thinking_config":{"thinking_level":"HIGH"}}}"#,
                true,
            ),
            (r#"{"generationConfig":{"thinkingConfig":{"thinkingBudget":0}}}"#, false),
            (r#"{"generationConfig":{"temperature":1}}"#, false),
        ] {
            assert_eq!(asks_to_think(&Members::of(text).unwrap()), asks, "{text}");
        }
    }
}

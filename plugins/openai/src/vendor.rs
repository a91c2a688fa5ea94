//! A chat's parameters as the vendor of the preset has them, before the operator's own settings.

use jackfield_plugin_sdk::canonical::{Extra, Json};
use jackfield_plugin_sdk::{Call, Failure};

use crate::patch::Patch;
use crate::preset::{ToolChoices, Traits};
use crate::settings::Settings;
use crate::{messages, thinking};

/// What models with fixed sampling refuse.
const SAMPLING: [&str; 5] = ["temperature", "top_p", "n", "presence_penalty", "frequency_penalty"];

/// Applies the preset.
///
/// # Errors
/// Of class client or unsupported, if the vendor has no words for a parameter.
pub fn apply(patch: &mut Patch, call: &Call<Settings>, vendor: &Traits) -> Result<(), Failure> {
    let kept = &call.settings.keep_parameters;
    let changes = |name: &&str| !kept.iter().any(|kept| kept == name);
    for name in vendor.drops.iter().copied().filter(changes) {
        patch.drop(name)?;
    }
    for (from, to) in vendor.renames.iter().filter(|(from, _)| changes(from)) {
        patch.rename(from, to)?;
    }
    sample(patch, vendor, changes)?;
    let is_off = changes(&"thinking") && thinking::write(patch, &vendor.thinking)?;
    if vendor.only_functions && changes(&"tools") {
        check_tools(patch)?;
    }
    if changes(&"tool_choice") {
        choose_tools(patch, vendor)?;
    }
    for (name, value) in vendor.defaults {
        if patch.get(name).is_none() {
            patch.set(name, &Json::parse(value)?)?;
        }
    }
    if let Some(messages) = messages::rewritten(call, &vendor.history, !is_off)? {
        patch.set("messages", &messages)?;
    }
    Ok(())
}

/// Keeps the sampling within what the model has.
fn sample(patch: &mut Patch, vendor: &Traits, changes: impl Fn(&&str) -> bool) -> Result<(), Failure> {
    let model: String = patch.read("model").unwrap_or_default();
    if vendor.fixed_sampling.iter().any(|pattern| matches(pattern, &model)) {
        let mut names = SAMPLING.into_iter().filter(&changes);
        return names.try_for_each(|name| patch.drop(name));
    }
    match patch.read::<f64>("temperature") {
        Some(temperature) if temperature > vendor.max_temperature && changes(&"temperature") => {
            patch.set("temperature", &vendor.max_temperature)
        }
        _ => Ok(()),
    }
}

/// Whether the name fits the pattern, in which `*` stands for anything.
fn matches(pattern: &str, name: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let rest = name.strip_prefix(head);
    rest.is_some_and(|rest| rest.char_indices().any(|(at, _)| matches(tail, &rest[at..])) || matches(tail, ""))
}

/// Refuses tools that are no functions.
///
/// # Errors
/// If there is one.
fn check_tools(patch: &Patch) -> Result<(), Failure> {
    let tools: Vec<Extra> = patch.read("tools").unwrap_or_default();
    let mut kinds = tools.iter().filter_map(|tool| tool.text("type"));
    match kinds.find(|kind| kind != "function") {
        Some(kind) => Err(Failure::unsupported(format!(
            "tools[].type: this provider has no tools of type `{kind}`"
        ))),
        None => Ok(()),
    }
}

/// Writes a choice of tools that the vendor has no words for in other words.
///
/// # Errors
/// If there are none.
fn choose_tools(patch: &mut Patch, vendor: &Traits) -> Result<(), Failure> {
    let Some(choice) = patch.read::<Json>("tool_choice") else {
        return Ok(());
    };
    match vendor.tool_choice {
        ToolChoices::Free if choice.is_object() || choice.as_str().as_deref() == Some("required") => Err(
            Failure::unsupported("tool_choice: this provider cannot force a call of a tool"),
        ),
        ToolChoices::Words if choice.is_object() => choose_by_word(patch, &choice),
        ToolChoices::All | ToolChoices::Free | ToolChoices::Words => Ok(()),
    }
}

/// Makes the named function the only tool, which is required.
fn choose_by_word(patch: &mut Patch, choice: &Json) -> Result<(), Failure> {
    let name = |of: &Json| of.read::<Extra>()?.read::<Extra>("function")?.text("name");
    let wanted = name(choice);
    let mut tools: Vec<Json> = patch.read("tools").unwrap_or_default();
    tools.retain(|tool| name(tool) == wanted);
    if wanted.is_none() || tools.is_empty() {
        return Err(Failure::client("tool_choice: names no function of the tools"));
    }
    patch.set("tools", &tools)?;
    patch.set("tool_choice", "required")
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_stands_for_anything() {
        for (pattern, name) in [
            ("kimi-k2.*", "kimi-k2.5"),
            ("kimi-k2.*", "kimi-k2."),
            ("*thinking*", "kimi-k2-thinking"),
            ("*thinking*", "kimi-k2-thinking-turbo"),
            ("a*b*c", "a-b-c"),
            ("plain", "plain"),
        ] {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [
            ("kimi-k2.*", "kimi-k2-0905"),
            ("*thinking*", "think"),
            ("a*b", "abc"),
            ("plain", "plai"),
        ] {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
    }
}

//! Holds a request against the rules.

use std::collections::BTreeSet;

use jackfield_plugin_sdk::canonical::Extra;
use jackfield_plugin_sdk::words::Words;
use jackfield_plugin_sdk::{Changes, Failure, Operation, Part, Refusal, Shaping, Verdict};

use crate::reply::Position;
use crate::settings::{self, LowerOrRefuse, MaxTokens, RemoveOrRefuse, Rules, Settings};
use crate::tokens::{self, Asked};
use crate::{names, tools};

/// What a refusal for denied words says. It does not name the word, which the list may keep secret.
pub(crate) const BLOCKED: (&str, &str) = ("content_blocked", "the text has words that are not allowed here");

/// What becomes of a request.
///
/// # Errors
/// If its parameters cannot be read.
pub fn verdict(call: &Shaping<Settings>, parts: &[Part]) -> Result<Verdict<Position>, Failure> {
    let rules = call.settings.of(&call.plan);
    let parameters: Extra = call.parameters()?;
    if let Some(refusal) = refusal(call, &rules, &parameters, parts) {
        return Ok(in_own_words(refusal, rules.refusal.as_ref()).into());
    }
    changes(call, &rules, &parameters)
}

/// The refusal with the operator's words in place of the rule's.
pub(crate) fn in_own_words(refusal: Refusal, own: Option<&settings::Refusal>) -> Refusal {
    let Some(own) = own.cloned() else {
        return refusal;
    };
    let code = own.code.unwrap_or(refusal.code);
    Refusal::new(code, own.message.unwrap_or(refusal.message)).status(own.status.unwrap_or(refusal.status))
}

/// Why the request is refused, by the first rule that does.
fn refusal(call: &Shaping<Settings>, rules: &Rules, parameters: &Extra, parts: &[Part]) -> Option<Refusal> {
    model(call, rules)
        .or_else(|| tool(rules, parameters))
        .or_else(|| parameter(rules, parameters))
        .or_else(|| tokens(call, rules, parameters))
        .or_else(|| size(call, rules, parts))
        .or_else(|| words(rules, parts))
}

fn model(call: &Shaping<Settings>, rules: &Rules) -> Option<Refusal> {
    let models = rules.models.as_ref()?;
    let message = || format!("the model `{}` is not among those of this plan", call.model);
    (!names::any(models, &call.model)).then(|| Refusal::new("model_not_allowed", message()).status(403))
}

fn tool(rules: &Rules, parameters: &Extra) -> Option<Refusal> {
    let rule = rules
        .tools
        .as_ref()
        .filter(|rule| rule.action == RemoveOrRefuse::Refuse)?;
    let tool = tools::first_denied(parameters, rule)?;
    Some(Refusal::new("tool_not_allowed", format!("the tool `{tool}` is not allowed here")).status(403))
}

fn parameter(rules: &Rules, parameters: &Extra) -> Option<Refusal> {
    let refused = rules.parameters.as_ref()?.refuse.iter();
    let name = { refused }.find(|name| is_set(parameters, name))?;
    Some(Refusal::new(
        "parameter_not_allowed",
        format!("the parameter `{name}` is not allowed here"),
    ))
}

fn tokens(call: &Shaping<Settings>, rules: &Rules, parameters: &Extra) -> Option<Refusal> {
    let rule = tokens_rule(call, rules).filter(|rule| rule.action == LowerOrRefuse::Refuse)?;
    let Asked::TooMuch(names) = tokens::asked(call, parameters, rule.limit) else {
        return None;
    };
    let message = format!("{}: must be at most {}", names.join(", "), rule.limit);
    Some(Refusal::new("max_tokens_exceeded", message))
}

/// The rule for the length of a reply, if the operation has one.
fn tokens_rule<'a>(call: &Shaping<Settings>, rules: &'a Rules) -> Option<&'a MaxTokens> {
    rules.max_tokens.as_ref().filter(|_| call.operation == Operation::Chat)
}

fn size(call: &Shaping<Settings>, rules: &Rules, parts: &[Part]) -> Option<Refusal> {
    if let Some(most) = rules.max_characters {
        let characters: u64 = parts.iter().map(|part| part.text.chars().count() as u64).sum();
        if characters > most {
            let message = format!("the texts have {characters} characters, but may have at most {most}");
            return Some(Refusal::new("too_many_characters", message));
        }
    }
    let most = rules.max_messages.filter(|_| call.operation == Operation::Chat)?;
    let messages = messages(parts);
    let message = || format!("the conversation has {messages} messages, but may have at most {most}");
    (messages > most).then(|| Refusal::new("too_many_messages", message()))
}

/// The number of messages: parts whose paths begin with the same list and place.
fn messages(parts: &[Part]) -> u64 {
    let message = |path: &str| {
        let mut steps = path.split('/').skip(1);
        let (list, place) = (steps.next()?.to_owned(), steps.next()?.to_owned());
        matches!(list.as_str(), "messages" | "input").then_some((list, place))
    };
    let distinct: BTreeSet<_> = parts.iter().filter_map(|part| message(&part.path)).collect();
    distinct.len() as u64
}

fn words(rules: &Rules, parts: &[Part]) -> Option<Refusal> {
    let denied = Words::new(&rules.words.as_ref()?.request);
    let has_one = !denied.is_empty() && parts.iter().any(|part| !denied.find(&part.text).is_empty());
    let (code, message) = BLOCKED;
    has_one.then(|| Refusal::new(code, message))
}

/// What the rules change in the request.
fn changes(call: &Shaping<Settings>, rules: &Rules, parameters: &Extra) -> Result<Verdict<Position>, Failure> {
    let mut changes = Changes::new();
    if let Some(rule) = rules
        .tools
        .as_ref()
        .filter(|rule| rule.action == RemoveOrRefuse::Remove)
    {
        for (name, value) in tools::without_denied(parameters, rule) {
            changes = changes.parameter(name, value)?;
        }
    }
    for name in rules.parameters.iter().flat_map(|rule| &rule.remove) {
        if is_set(parameters, name) {
            changes = changes.without(name);
        }
    }
    if let Some(rule) = tokens_rule(call, rules) {
        let set = match tokens::asked(call, parameters, rule.limit) {
            Asked::TooMuch(names) => names,
            Asked::Nothing(name) if rule.set_if_absent => vec![name],
            Asked::Nothing(_) | Asked::Enough => Vec::new(),
        };
        for name in set {
            changes = changes.parameter(name, rule.limit)?;
        }
    }
    if rules.words.as_ref().is_none_or(|words| words.reply.is_empty()) {
        changes = changes.without_reply();
    }
    Ok(changes.into())
}

fn is_set(parameters: &Extra, name: &str) -> bool {
    parameters.get(name).is_some_and(|value| !value.is_null())
}

#[cfg(test)]
mod tests {
    use jackfield_plugin_sdk::{PartKind, PartRole};

    use super::*;

    #[test]
    fn a_message_counts_once_however_many_texts_it_has() {
        let part = |path: &str| Part {
            path: path.to_owned(),
            role: PartRole::User,
            kind: PartKind::Text,
            choice: 0,
            text: String::new(),
        };
        let paths = [
            "/system",
            "/messages/0/content",
            "/messages/1/content/0/text",
            "/messages/1/content/1/text",
            "/input/2",
        ];
        assert_eq!(messages(&paths.map(part)), 3);
    }
}

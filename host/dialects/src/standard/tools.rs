//! Tools and the choice among them, as OpenAI's API has them.

use super::target::{Edits, Target};
use crate::accepts::Extension;
use crate::fault::RequestFault;
use crate::json::fields::{entries, given};
use crate::json::raw::inside;
use crate::json::{List, Members, json_string};

/// Where tools are.
const PLACE: &str = "tools[]";

/// What becomes of `tools`.
pub(super) enum Written {
    /// They stay as they are.
    Same,
    /// This is their value.
    Changed(String),
    /// None of them is left, so that there is no choice either: some vendors refuse one.
    Gone,
}

/// What becomes of these `tools`, of which the model is to choose. Tools of the vendor's own are left out and listed where
/// the target does not accept those. The names of all others are noted.
///
/// # Errors
/// If one of them is the vendor's own, the target does not accept those, and the model must call it or another target has
/// it.
pub(super) fn write(tools: &str, choice: Option<&str>, target: &mut Target) -> Result<Written, RequestFault> {
    let tools: Vec<(&str, Option<Members<'_>>)> = entries(tools)
        .unwrap_or_default()
        .into_iter()
        .map(|raw| (raw.get(), Members::of(raw.get()).ok()))
        .collect();
    for (_, tool) in &tools {
        // All names first: a short form must not be that of a later tool.
        if let Some(name) = tool.as_ref().and_then(name) {
            target.names.keep(&name);
        }
    }
    let (mut list, mut is_same, mut gone) = (List::default(), true, Vec::new());
    for (index, (text, tool)) in tools.iter().enumerate() {
        if let Some(own) = tool.as_ref().and_then(|tool| Own::of(tool, target)) {
            target.dropped.add("", &format!("tools[type={}]", own.kind));
            gone.push((index, own));
            continue;
        }
        let edits = match tool {
            Some(tool) => edits(tool, target),
            None => Edits::default(),
        };
        is_same &= edits.is_empty();
        match tool {
            Some(tool) => list.push(edits.apply(tool, text).as_bytes()),
            None => list.push(text),
        }
    }
    let forced = Forced::of(choice, list.is_empty());
    let refused = |(_, own): &&(usize, Own<'_>)| target.elsewhere || forced.calls(own);
    if let Some((index, own)) = gone.iter().find(refused) {
        return Err(own.fault().within(&format!("tools[{index}]")));
    }
    Ok(match gone.is_empty() {
        true if is_same => Written::Same,
        false if list.is_empty() => Written::Gone,
        _ => Written::Changed(String::from_utf8(list.into_text()).unwrap_or_default()),
    })
}

/// A tool of the vendor's own that the target does not have.
struct Own<'a> {
    kind: &'a str,
    name: &'a str,
}

/// What the model must call.
enum Forced {
    /// Nothing.
    Free,
    /// Any tool, of which no other is left.
    Any,
    /// The one of this name or type.
    One(String),
}

// === impl Own ===

impl<'a> Own<'a> {
    /// `None` if the target can be sent the tool.
    fn of(tool: &Members<'a>, target: &Target) -> Option<Self> {
        let kind = given(tool, "type").map(inside).unwrap_or_default();
        let is_own = !matches!(kind, "function" | "custom");
        let name = given(tool, "name").map_or(kind, inside);
        let is_lost = is_own && target.is_translated() && !target.accepts(Extension::ServerTools);
        is_lost.then_some(Self { kind, name })
    }

    fn fault(&self) -> RequestFault {
        let Self { kind, name } = self;
        let message = format!("this provider does not have the tool `{name}` of type `{kind}`");
        RequestFault::new("", message)
    }
}

// === impl Forced ===

impl Forced {
    /// What this choice forces, where the vendor's own tools are `alone`.
    fn of(choice: Option<&str>, alone: bool) -> Self {
        let Some(choice) = choice else { return Self::Free };
        if choice.starts_with('"') {
            return match inside(choice) {
                "required" | "any" if alone => Self::Any,
                _ => Self::Free,
            };
        }
        let Ok(members) = Members::of(choice) else {
            return Self::Free;
        };
        match given(&members, "type").map(inside).unwrap_or_default() {
            "function" => name(&members).map_or(Self::Free, Self::One),
            "allowed_tools" => Self::Free,
            kind => Self::One(kind.to_owned()),
        }
    }

    fn calls(&self, own: &Own<'_>) -> bool {
        match self {
            Self::Free => false,
            Self::Any => true,
            Self::One(one) => one == own.name || one == own.kind,
        }
    }
}

/// The value of `tool_choice` with the names that its tools have now; `None` if it stays as it is.
pub(super) fn choice(choice: &str, target: &Target) -> Option<String> {
    (!target.names.is_empty()).then(|| target.names.shorten_in(choice))
}

/// The `function` of a call with a name that is not too long; `None` if it stays as it is.
pub(super) fn renamed(call: &Members<'_>, target: &mut Target) -> Option<String> {
    let function = given(call, "function")?;
    let members = Members::of(function).ok()?;
    let mut edits = Edits::default();
    edits.set_if("name", short(&members, target));
    (!edits.is_empty()).then(|| edits.apply(&members, function).into_owned())
}

fn edits<'m>(tool: &'m Members<'_>, target: &mut Target) -> Edits<'m> {
    let kind = given(tool, "type").map(inside).unwrap_or_default();
    if !matches!(kind, "function" | "custom") {
        return Edits::default();
    }
    let mut edits = target.without_extensions(tool, &["custom", "function", "type"], PLACE);
    let Some(text) = given(tool, "function") else {
        return edits;
    };
    let Ok(function) = Members::of(text) else {
        return edits;
    };
    let mut changed = Edits::default();
    changed.set_if("name", short(&function, target));
    if target.is_translated() {
        changed.set_if("parameters", given(&function, "parameters").and_then(schema));
    }
    if !changed.is_empty() {
        edits.set("function", changed.apply(&function, text).into_owned());
    }
    edits
}

/// A schema with a type and properties, without which OpenAI refuses it; `None` if it has both.
fn schema(text: &str) -> Option<String> {
    let schema = Members::of(text).ok()?;
    let mut edits = Edits::default();
    for (name, value) in [("type", "\"object\""), ("properties", "{}")] {
        edits.set_if(name, given(&schema, name).is_none().then(|| value.to_owned()));
    }
    (!edits.is_empty()).then(|| edits.apply(&schema, text).into_owned())
}

fn name(tool: &Members<'_>) -> Option<String> {
    let function = Members::of(given(tool, "function")?).ok()?;
    serde_json::from_str(given(&function, "name")?).ok()
}

/// The name of a function as JSON if the target wants a shorter one.
fn short(function: &Members<'_>, target: &mut Target) -> Option<String> {
    let name: String = serde_json::from_str(given(function, "name")?).ok()?;
    if target.accepts(Extension::LongToolNames) {
        return None;
    }
    target.names.shorten(&name).map(json_string)
}

//! Tools and the choice among them, as OpenAI's API has them.

use super::target::{Edits, Target};
use crate::accepts::Extension;
use crate::fault::RequestFault;
use crate::json::fields::{entries, given};
use crate::json::raw::inside;
use crate::json::{List, Members, json_string};

/// Where tools are.
const PLACE: &str = "tools[]";

/// The value of `tools`; `None` if there are none or they stay as they are. The names of all of them are noted.
///
/// # Errors
/// If one of them is the vendor's own, and the target does not accept those.
pub(super) fn write(tools: &str, target: &mut Target) -> Result<Option<String>, RequestFault> {
    let tools: Vec<(&str, Option<Members<'_>>)> = entries(tools)
        .unwrap_or_default()
        .into_iter()
        .map(|raw| (raw.get(), Members::parse(raw.get().as_bytes()).ok()))
        .collect();
    for (_, tool) in &tools {
        // All names first: a short form must not be that of a later tool.
        if let Some(name) = tool.as_ref().and_then(name) {
            target.names.keep(&name);
        }
    }
    let (mut list, mut is_same) = (List::default(), true);
    for (index, (text, tool)) in tools.iter().enumerate() {
        let edits = match tool {
            Some(tool) => edits(tool, target).map_err(|fault| fault.within(&format!("tools[{index}]")))?,
            None => Edits::default(),
        };
        is_same &= edits.is_empty();
        match tool {
            Some(tool) => list.push(edits.apply(tool, text).as_bytes()),
            None => list.push(text),
        }
    }
    Ok((!is_same).then(|| String::from_utf8(list.into_text()).unwrap_or_default()))
}

/// The value of `tool_choice` with the names that its tools have now; `None` if it stays as it is.
pub(super) fn choice(choice: &str, target: &Target) -> Option<String> {
    (!target.names.is_empty()).then(|| target.names.shorten_in(choice))
}

/// The `function` of a call with a name that is not too long; `None` if it stays as it is.
pub(super) fn renamed(call: &Members<'_>, target: &mut Target) -> Option<String> {
    let function = given(call, "function")?;
    let members = Members::parse(function.as_bytes()).ok()?;
    let mut edits = Edits::default();
    edits.set_if("name", short(&members, target));
    (!edits.is_empty()).then(|| edits.apply(&members, function).into_owned())
}

fn edits<'m>(tool: &'m Members<'_>, target: &mut Target) -> Result<Edits<'m>, RequestFault> {
    let kind = given(tool, "type").map(inside).unwrap_or_default();
    if !matches!(kind, "function" | "custom") {
        if target.is_translated() && !target.accepts(Extension::ServerTools) {
            let name = given(tool, "name").map_or(kind, inside);
            let message = format!("this provider does not have the tool `{name}` of type `{kind}`");
            return Err(RequestFault::new("", message));
        }
        return Ok(Edits::default());
    }
    let mut edits = target.without_extensions(tool, &["custom", "function", "type"], PLACE);
    let Some(text) = given(tool, "function") else {
        return Ok(edits);
    };
    let Ok(function) = Members::parse(text.as_bytes()) else {
        return Ok(edits);
    };
    let mut changed = Edits::default();
    changed.set_if("name", short(&function, target));
    if target.is_translated() {
        changed.set_if("parameters", given(&function, "parameters").and_then(schema));
    }
    if !changed.is_empty() {
        edits.set("function", changed.apply(&function, text).into_owned());
    }
    Ok(edits)
}

/// A schema with a type and properties, without which OpenAI refuses it; `None` if it has both.
fn schema(text: &str) -> Option<String> {
    let schema = Members::parse(text.as_bytes()).ok()?;
    let mut edits = Edits::default();
    for (name, value) in [("type", "\"object\""), ("properties", "{}")] {
        edits.set_if(name, given(&schema, name).is_none().then(|| value.to_owned()));
    }
    (!edits.is_empty()).then(|| edits.apply(&schema, text).into_owned())
}

fn name(tool: &Members<'_>) -> Option<String> {
    let function = Members::parse(given(tool, "function")?.as_bytes()).ok()?;
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

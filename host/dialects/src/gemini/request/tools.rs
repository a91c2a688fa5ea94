//! Tools: what the client offers, and what the model may choose.
//!
//! Sources: <https://ai.google.dev/api/caching#Tool>, <https://ai.google.dev/api/caching#FunctionCallingConfig>.

use std::collections::BTreeSet;

use serde_json::value::RawValue;

use super::{Member, schema};
use crate::fault::RequestFault;
use crate::gemini::spelled::Spelled;
use crate::json::{List, Object, json_string};
use crate::standard::Dropped;

/// Where the choice among functions is.
const CHOICE: &str = "toolConfig.functionCallingConfig";

/// `tools` and `toolConfig` in the words of a chat, which has functions only. Tools that the vendor runs have no
/// counterpart; they are listed.
///
/// # Errors
/// If a function or the choice is not of its shape, or two functions have the same name.
pub(super) fn translate(request: &Spelled<'_>, dropped: &mut Dropped) -> Result<Vec<Member>, RequestFault> {
    let (mut list, mut names) = (List::default(), BTreeSet::new());
    for (index, raw) in request.list("tools", "tools")?.into_iter().enumerate() {
        let at = |fault: RequestFault| fault.within(&format!("tools[{index}]"));
        let tool = Spelled::read(raw).map_err(at)?;
        let functions = tool.list("functionDeclarations", "functions").map_err(at)?;
        dropped.add_all("tools[]", tool.unread_even_empty());
        for (number, function) in functions.into_iter().enumerate() {
            let place = format!("functionDeclarations[{number}]");
            let (name, function) = self::function(function, dropped).map_err(|fault| at(fault.within(&place)))?;
            if !names.insert(name.clone()) {
                let message = format!("`{name}` is the name of another function");
                return Err(at(RequestFault::new(format!("{place}.name"), message)));
            }
            list.push_object(|tool| {
                tool.raw("type", "\"function\"");
                tool.raw("function", function);
            });
        }
    }
    let choice = config(request, dropped)?;
    if list.is_empty() {
        // Without functions there is no choice: some vendors refuse one.
        if choice.is_some_and(|choice| choice != b"\"none\"") {
            dropped.add("", CHOICE);
        }
        return Ok(Vec::new());
    }
    let mut set = vec![("tools", list.into_text())];
    set.extend(choice.map(|choice| ("tool_choice", choice)));
    Ok(set)
}

/// The choice among functions in `toolConfig`; `None` if it is the model's.
fn config(request: &Spelled<'_>, dropped: &mut Dropped) -> Result<Option<Vec<u8>>, RequestFault> {
    let Some(config) = request.object("toolConfig")? else {
        return Ok(None);
    };
    let calling = config.object("functionCallingConfig");
    let calling = calling.map_err(|fault| fault.within("toolConfig"))?;
    dropped.add_all("toolConfig", config.unread());
    let chosen = calling.map(|calling| choice(&calling, dropped)).transpose();
    Ok(chosen.map_err(|fault| fault.within(CHOICE))?.flatten())
}

/// The name of a function, and the function in the words of a chat.
fn function(raw: &RawValue, dropped: &mut Dropped) -> Result<(String, Vec<u8>), RequestFault> {
    let declared = Spelled::read(raw)?;
    let name = declared.name("name")?;
    let parameters = if let Some(schema) = declared.value("parametersJsonSchema") {
        Some(schema.get().to_owned())
    } else {
        let own = declared.value("parameters").map(schema::standard);
        own.transpose().map_err(|fault| fault.within("parameters"))?
    };
    let description = declared.string("description")?;
    dropped.add_all("tools[].functionDeclarations[]", declared.unread());
    let function = Object::text(|function| {
        function.string("name", &name);
        if let Some(description) = description {
            function.raw("description", description);
        }
        function.raw(
            "parameters",
            parameters.unwrap_or_else(|| r#"{"type":"object","properties":{}}"#.to_owned()),
        );
    });
    Ok((name, function))
}

/// The choice among functions; `None` if it is the model's.
fn choice(calling: &Spelled<'_>, dropped: &mut Dropped) -> Result<Option<Vec<u8>>, RequestFault> {
    let allowed = calling.list("allowedFunctionNames", "names")?;
    let mode = calling.text("mode")?.unwrap_or_default();
    dropped.add_all(CHOICE, calling.unread());
    let mode = match mode.as_str() {
        "NONE" => return Ok(Some(b"\"none\"".to_vec())),
        "ANY" => "required",
        "" | "MODE_UNSPECIFIED" | "AUTO" | "VALIDATED" => "auto",
        _ => return Err(RequestFault::new("mode", "must be AUTO, ANY, NONE or VALIDATED")),
    };
    let names = allowed.iter().map(|name| serde_json::from_str::<String>(name.get()));
    let names: Vec<String> = names
        .collect::<Result<_, _>>()
        .map_err(|_| RequestFault::new("allowedFunctionNames", "must be a list of names"))?;
    let one = |name: &str| format!(r#"{{"type":"function","function":{{"name":{}}}}}"#, json_string(name));
    Ok(match names.as_slice() {
        [] if mode == "auto" => None,
        [] => Some(json_string(mode).into()),
        [only] if mode == "required" => Some(one(only).into()),
        several => Some(Object::text(|choice| {
            choice.raw("type", "\"allowed_tools\"");
            choice.object("allowed_tools", |allowed| {
                allowed.string("mode", mode);
                let several: Vec<String> = several.iter().map(|name| one(name)).collect();
                allowed.raw("tools", format!("[{}]", several.join(",")));
            });
        })),
    })
}

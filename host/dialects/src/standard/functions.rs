//! OpenAI's deprecated functions as tools, for targets that know tools alone.
//!
//! Functions are told apart by their names, and tools by the ids of their calls: a call gets an id of its place in the
//! conversation, and a result that of the last call with its name.
//!
//! Source: <https://platform.openai.com/docs/api-reference/chat/create>, `functions` and `function_call`.

use std::collections::BTreeMap;

use memchr::memmem;
use serde_json::value::RawValue;

use super::target::Edits;
use crate::fault::RequestFault;
use crate::json::fields::{entries, given};
use crate::json::raw::inside;
use crate::json::{List, Members, json_string};

/// The members by which functions are offered and called, and the role of what they return.
const FUNCTIONS: &str = "functions";
const FUNCTION_CALL: &str = "function_call";
const ROLE: &str = "function";

/// A request that has tools in place of functions.
#[derive(Debug)]
pub(super) struct Modern {
    pub(super) text: Vec<u8>,
    /// The client offered functions, so that it expects a `function_call` in the reply.
    pub(super) is_offered: bool,
}

/// The request with tools in place of functions; `None` if it has none.
///
/// # Errors
/// If the functions are no list of objects with a name, or a call is demanded where there are none.
pub(super) fn as_tools(request: &Members<'_>) -> Result<Option<Modern>, RequestFault> {
    let functions = given(request, FUNCTIONS);
    let choice = given(request, FUNCTION_CALL);
    let messages = given(request, "messages").filter(|messages| has_calls(messages, functions.is_some()));
    if functions.is_none() && choice.is_none() && messages.is_none() {
        return Ok(None);
    }
    let mut edits = Edits::default();
    edits.set_if("messages", messages.and_then(conversation));
    let offered = functions.map(tools).transpose()?.unwrap_or_default();
    if offered.is_empty() && choice.is_some() {
        return Err(RequestFault::new(FUNCTION_CALL, "is allowed only beside `functions`"));
    }
    for name in [FUNCTIONS, FUNCTION_CALL] {
        if request.get(name).is_some() {
            edits.remove(name);
        }
    }
    if !offered.is_empty() {
        let others = given(request, "tools").and_then(entries).unwrap_or_default();
        let mut list = List::default();
        for tool in others
            .into_iter()
            .map(RawValue::get)
            .chain(offered.iter().map(String::as_str))
        {
            list.push(tool);
        }
        edits.set("tools", String::from_utf8(list.into_text()).unwrap_or_default());
        if given(request, "tool_choice").is_none() {
            edits.set_if("tool_choice", choice.and_then(tool_choice));
        }
        // A reply has one `function_call`.
        edits.set("parallel_tool_calls", "false".to_owned());
    }
    Ok(Some(Modern {
        text: edits.apply(request, request.text()).into_owned().into_bytes(),
        is_offered: !offered.is_empty(),
    }))
}

/// Whether there may be calls of functions or their results. Where none are offered, a result has its call before it.
fn has_calls(messages: &str, is_offered: bool) -> bool {
    let has = |word: &str| memmem::find(messages.as_bytes(), word.as_bytes()).is_some();
    has("\"function_call\"") || (is_offered && has("\"function\""))
}

fn tools(functions: &str) -> Result<Vec<String>, RequestFault> {
    let tool = |function: &RawValue| {
        let members = Members::of(function.get()).ok()?;
        given(&members, "name").filter(|name| name.starts_with('"'))?;
        Some(format!(r#"{{"type":"function","function":{}}}"#, function.get()))
    };
    let tools = entries(functions).and_then(|functions| functions.into_iter().map(tool).collect());
    tools.ok_or_else(|| RequestFault::new(FUNCTIONS, "must be a list of objects with a name"))
}

/// The choice among tools for one among functions: a word, or the name of one.
fn tool_choice(choice: &str) -> Option<String> {
    if choice.starts_with('"') {
        return Some(choice.to_owned());
    }
    let members = Members::of(choice).ok()?;
    let name = given(&members, "name")?;
    Some(format!(r#"{{"type":"function","function":{{"name":{name}}}}}"#))
}

/// The messages; `None` if they are no list.
fn conversation(messages: &str) -> Option<String> {
    let (mut list, mut ids) = (List::default(), BTreeMap::new());
    for (place, message) in entries(messages)?.into_iter().enumerate() {
        list.push(rewritten(message.get(), place, &mut ids));
    }
    String::from_utf8(list.into_text()).ok()
}

fn rewritten(message: &str, place: usize, ids: &mut BTreeMap<String, String>) -> String {
    let Ok(members) = Members::of(message) else {
        return message.to_owned();
    };
    let mut edits = Edits::default();
    if let Some(call) = given(&members, FUNCTION_CALL) {
        edits.remove(FUNCTION_CALL);
        if given(&members, "tool_calls").is_none() {
            let id = json_string(&format!("call_{place}"));
            let calls = format!(r#"[{{"id":{id},"type":"function","function":{call}}}]"#);
            edits.set("tool_calls", calls);
            let called = Members::of(call).ok();
            let name = called.and_then(|call| given(&call, "name").map(str::to_owned));
            ids.extend(name.map(|name| (name, id)));
        }
    }
    if given(&members, "role").map(inside) == Some(ROLE) {
        let name = given(&members, "name").unwrap_or("\"\"");
        edits.set("role", "\"tool\"".to_owned());
        edits.remove("name");
        if given(&members, "tool_call_id").is_none() {
            let id = ids.get(name).cloned();
            edits.set("tool_call_id", id.unwrap_or_else(|| name.to_owned()));
        }
        if given(&members, "content").is_none() {
            edits.set("content", "\"\"".to_owned());
        }
    }
    edits.apply(&members, message).into_owned()
}

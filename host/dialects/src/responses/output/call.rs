//! The items `function_call` and `custom_tool_call`.

use serde_json::{Map, Value};

use super::status::Status;
use super::told::{Slot, Told};
use crate::json::{Object, json_string};
use crate::responses::toolbox::Tool;

/// The parameter of the function that stands for a custom tool.
pub(in crate::responses) const INPUT: &str = "input";

/// A call while it grows.
#[derive(Debug)]
pub(super) struct CallItem {
    slot: Slot,
    tool: Tool,
    /// What the call's result is answered with.
    call_id: String,
    /// The arguments so far.
    arguments: String,
}

// === impl CallItem ===

impl CallItem {
    /// A call of this tool that begins here.
    pub(super) fn begin(slot: Slot, tool: Tool, call_id: String, told: &mut Told) -> Self {
        let call = Self {
            slot,
            tool,
            call_id,
            arguments: String::new(),
        };
        told.item(&call.slot, "added", call.item(Status::InProgress));
        call
    }

    /// The prefix of the ids of such items.
    pub(super) fn prefix(tool: &Tool) -> &'static str {
        if tool.is_custom { "ctc" } else { "fc" }
    }

    /// Its id among calls.
    pub(super) fn call_id(&self) -> &str {
        &self.call_id
    }

    /// More of the arguments. Those of a custom tool hold its text, which is told once it is whole.
    pub(super) fn grow(&mut self, piece: &str, told: &mut Told) {
        self.arguments.push_str(piece);
        if !self.tool.is_custom {
            self.delta("response.function_call_arguments", piece, told);
        }
    }

    /// The call ends. One without arguments has those of an empty object, unless it was cut off.
    pub(super) fn close(&mut self, status: Status, told: &mut Told) {
        if self.arguments.trim().is_empty() && status == Status::Completed && !self.tool.is_custom {
            self.arguments.clear();
            self.grow("{}", told);
        }
        let (events, member) = if self.tool.is_custom {
            self.arguments = text_in(&self.arguments);
            self.delta("response.custom_tool_call_input", &self.arguments, told);
            ("response.custom_tool_call_input", INPUT)
        } else {
            ("response.function_call_arguments", "arguments")
        };
        told.about(&self.slot, &format!("{events}.done"), |event| {
            event.string(member, &self.arguments);
        });
        told.item(&self.slot, "done", self.item(status));
    }

    /// The item as JSON.
    pub(super) fn item(&self, status: Status) -> Vec<u8> {
        // What a custom tool's text is made of means nothing to its client.
        let hidden = self.tool.is_custom && status == Status::InProgress;
        let arguments = if hidden { "" } else { &*self.arguments };
        Object::text(|item| {
            item.string("id", &self.slot.id);
            let (kind, member) = if self.tool.is_custom {
                ("custom_tool_call", INPUT)
            } else {
                ("function_call", "arguments")
            };
            item.string("type", kind);
            item.string("status", status.as_str());
            item.string("call_id", &self.call_id);
            item.string("name", &self.tool.name);
            if let Some(namespace) = &self.tool.namespace {
                item.string("namespace", namespace);
            }
            item.string(member, arguments);
        })
    }

    fn delta(&self, events: &str, piece: &str, told: &mut Told) {
        if !piece.is_empty() {
            told.about(&self.slot, &format!("{events}.delta"), |event| {
                event.raw("delta", json_string(piece));
            });
        }
    }
}

/// The text for a custom tool in the arguments of the function that stands for it. Arguments that are no such object,
/// because a limit cut them off or the model wrote the text alone, are the text.
fn text_in(arguments: &str) -> String {
    let object: Option<Map<String, Value>> = serde_json::from_str(arguments).ok();
    match object.as_ref().and_then(|object| object.get(INPUT)) {
        Some(Value::String(text)) => text.clone(),
        _ => arguments.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::text_in;

    #[test]
    fn the_text_of_a_custom_tool_is_found_in_its_arguments() {
        for (arguments, text) in [
            (r#"{"input":"*** Begin \"Patch\"\n"}"#, "*** Begin \"Patch\"\n"),
            (r#"{"input":7}"#, r#"{"input":7}"#),
            (r#"{"inp"#, r#"{"inp"#),
            ("plain", "plain"),
            ("", ""),
        ] {
            assert_eq!(text_in(arguments), text);
        }
    }
}

//! The tools that a client offers, by the names under which a chat model knows them.
//!
//! A chat has functions only: a tool of a namespace becomes `namespace__name`, and a custom tool a function whose one
//! parameter is the text. What the model calls must come back under the client's own name and kind.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use crate::json::Members;
use crate::json::fields::{entries, given};
use crate::json::text::text;

/// What parts a namespace's name from a tool's.
const SEPARATOR: &str = "__";

/// A tool as its client knows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Tool {
    /// Its name.
    pub(super) name: String,
    /// The namespace that it is in.
    pub(super) namespace: Option<String>,
    /// It takes a text, not an object.
    pub(super) is_custom: bool,
}

/// The tools of one request.
#[derive(Debug, Clone, Default)]
pub(super) struct Toolbox {
    by_chat_name: BTreeMap<String, Tool>,
}

// === impl Toolbox ===

impl Toolbox {
    /// The tools of a request, as far as they can be read: what is wrong with them was told before.
    pub(super) fn of(request: &Members<'_>) -> Self {
        let mut toolbox = Self::default();
        for tool in given(request, "tools").and_then(entries).unwrap_or_default() {
            toolbox.read(tool, None);
        }
        toolbox
    }

    /// Adds a tool; false if there is one of this name.
    pub(super) fn add(&mut self, tool: Tool) -> bool {
        self.by_chat_name.insert(tool.chat_name(), tool).is_none()
    }

    /// The tool that a chat model calls by this name. One that nobody offered counts as a function.
    pub(super) fn called(&self, chat_name: &str) -> Tool {
        let unknown = || Tool {
            name: chat_name.to_owned(),
            ..Tool::default()
        };
        self.by_chat_name.get(chat_name).cloned().unwrap_or_else(unknown)
    }

    fn read(&mut self, tool: &RawValue, namespace: Option<&str>) {
        let Ok(members) = Members::of(tool.get()) else {
            return;
        };
        let word = |key: &str| members.get(key).and_then(text);
        let Some(name) = word("name") else { return };
        let kind = word("type");
        match kind.as_deref() {
            Some("namespace") if namespace.is_none() => {
                for inner in given(&members, "tools").and_then(entries).unwrap_or_default() {
                    self.read(inner, Some(&name));
                }
            }
            Some(kind @ ("function" | "custom")) => {
                self.add(Tool {
                    name,
                    namespace: namespace.map(str::to_owned),
                    is_custom: kind == "custom",
                });
            }
            _ => {}
        }
    }
}

// === impl Tool ===

impl Tool {
    /// The name under which a chat model knows the tool.
    pub(super) fn chat_name(&self) -> String {
        match &self.namespace {
            Some(namespace) => format!("{namespace}{SEPARATOR}{}", self.name),
            None => self.name.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Tool, Toolbox};
    use crate::json::Members;

    #[test]
    fn a_call_comes_back_under_the_clients_name_and_kind() {
        let request = br#"{"tools":[{"type":"function","name":"f"},{"type":"custom","name":"patch"},
            {"type":"namespace","name":"ns","tools":[{"type":"function","name":"f"},{"type":"custom","name":"c"}]},
            {"type":"web_search"},7]}"#;
        let toolbox = Toolbox::of(&Members::parse(request).unwrap());
        let tool = |name: &str, namespace: Option<&str>, is_custom| Tool {
            name: name.to_owned(),
            namespace: namespace.map(str::to_owned),
            is_custom,
        };
        for (called, expected) in [
            ("f", tool("f", None, false)),
            ("patch", tool("patch", None, true)),
            ("ns__f", tool("f", Some("ns"), false)),
            ("ns__c", tool("c", Some("ns"), true)),
            ("web_search", tool("web_search", None, false)),
        ] {
            assert_eq!(toolbox.called(called), expected);
            assert_eq!(expected.chat_name(), called);
        }
    }
}

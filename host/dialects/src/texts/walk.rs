//! Finds the texts in a request or a reply: the same members hold them in every dialect.

use serde_json::value::RawValue;

pub(crate) use super::problem::Problem;
use super::{TextKind, TextPart, Texts};
use crate::bounds;
use crate::json::{Members, place_of, text};

/// How deep contents may hold contents. A tool's result within a message needs two.
const DEPTH: usize = 16;

/// A search through one JSON text.
#[derive(Debug)]
pub(crate) struct Walk<'a> {
    whole: &'a str,
    /// Who speaks where the search is.
    pub(crate) role: &'static str,
    /// The choice in which the search is.
    pub(crate) choice: u32,
    found: Texts,
    problem: Option<Problem>,
}

// === impl Walk ===

impl<'a> Walk<'a> {
    /// A search through `whole`, of which every value that it is given must be a slice.
    pub(crate) fn new(whole: &'a str) -> Self {
        Self {
            whole,
            role: "",
            choice: 0,
            found: Texts::default(),
            problem: None,
        }
    }

    /// What was found.
    ///
    /// # Errors
    /// If two readers might find different texts.
    pub(crate) fn finish(self) -> Result<Texts, Problem> {
        self.problem.map_or(Ok(self.found), Err)
    }

    /// The members of an object; `None` if it is none.
    pub(crate) fn object(&mut self, value: &'a RawValue, path: &str) -> Option<Members<'a>> {
        if !value.get().starts_with('{') {
            return None;
        }
        let Ok(members) = Members::of(value.get()) else {
            self.problem(path, "cannot be read");
            return None;
        };
        self.check(&members, path);
        Some(members)
    }

    /// Notes if an object has a member twice: readers differ in which of them counts.
    pub(crate) fn check(&mut self, members: &Members<'_>, path: &str) {
        if members.has_repeats() {
            self.problem(path, "has a member twice; write each member once");
        }
    }

    /// The entries of a list; none of anything else.
    pub(crate) fn list(&mut self, value: &'a RawValue, path: &str) -> Vec<(String, &'a RawValue)> {
        if !value.get().starts_with('[') {
            return Vec::new();
        }
        let Ok(entries) = bounds::long_list(value) else {
            self.problem(path, "has too many entries");
            return Vec::new();
        };
        let entries = entries.into_iter().enumerate();
        entries
            .map(|(index, entry)| (format!("{path}/{index}"), entry))
            .collect()
    }

    /// A text, if the value is a string with anything in it.
    pub(crate) fn string(&mut self, value: Option<&'a RawValue>, path: String, kind: TextKind) {
        let Some(value) = value.filter(|value| value.get() != "\"\"") else {
            return;
        };
        if let Some(text) = text::text(value) {
            self.add(value, path, kind, text, false);
        }
    }

    /// Values that repeat the texts of the choice in another form.
    pub(crate) fn echo(&mut self, value: Option<&'a RawValue>) {
        if let Some(value) = value.filter(|value| value.get() != "null") {
            let at = place_of(self.whole, value.get());
            self.found.echoes.push((self.choice, at));
        }
    }

    /// A message, whose role is that of its texts.
    pub(crate) fn message(&mut self, message: &Members<'a>, path: &str) {
        let at = |member: &str| format!("{path}/{member}");
        let content = message.get("content");
        for member in ["reasoning_content", "reasoning"] {
            self.string(message.get(member), at(member), TextKind::Reasoning);
        }
        for member in ["reasoning_details", "thinking_blocks"] {
            if let Some(thoughts) = message.get(member) {
                self.thoughts(thoughts, &at(member));
            }
        }
        if let Some(citations) = message.get("citations") {
            self.citations(citations, &at("citations"));
        }
        for (member, content) in [("content", content), ("content_blocks", message.get("content_blocks"))] {
            if let Some(content) = content {
                self.content(content, &at(member), DEPTH);
            }
        }
        self.string(message.get("refusal"), at("refusal"), TextKind::Text);
        for (member, inner) in [("function_call", "arguments"), ("audio", "transcript")] {
            if let Some(held) = message.get(member).and_then(|value| self.object(value, &at(member))) {
                let path = format!("{path}/{member}/{inner}");
                match inner {
                    "arguments" => self.arguments(held.get(inner), path),
                    _ => self.string(held.get(inner), path, TextKind::Text),
                }
            }
        }
        if let Some(calls) = message.get("tool_calls") {
            self.calls(calls, &at("tool_calls"));
        }
    }

    /// A content: a string, a block, or a list of both.
    pub(crate) fn content(&mut self, content: &'a RawValue, path: &str, depth: usize) {
        match content.get().as_bytes().first() {
            Some(b'[' | b'{') if depth == 0 => self.problem(path, "is nested too deep"),
            Some(b'"') => self.string(Some(content), path.to_owned(), TextKind::Text),
            Some(b'{') => self.block(content, path, depth),
            Some(b'[') => {
                for (path, entry) in self.list(content, path) {
                    self.content(entry, &path, depth - 1);
                }
            }
            _ => {}
        }
    }

    /// A list of blocks of one role.
    pub(crate) fn blocks(&mut self, content: &'a RawValue, path: &str) {
        self.content(content, path, DEPTH);
    }

    fn block(&mut self, block: &'a RawValue, path: &str, depth: usize) {
        let Some(members) = self.object(block, path) else {
            return;
        };
        let kind = members.get("type").and_then(text::text).unwrap_or_default();
        let at = |member: &str| format!("{path}/{member}");
        match kind.as_str() {
            "thinking" | "reasoning" => {
                for member in ["thinking", "reasoning", "summary", "text"] {
                    if let Some(thought) = members.get(member) {
                        self.thoughts(thought, &at(member));
                    }
                }
                return;
            }
            "tool_use" | "server_tool_use" | "mcp_tool_use" => {
                return self.arguments(members.get("input"), at("input"));
            }
            _ => {}
        }
        let spoken = self.role;
        if kind.ends_with("tool_result") {
            self.role = "tool";
        }
        for member in ["title", "context", "text", "refusal"] {
            self.string(members.get(member), at(member), TextKind::Text);
        }
        for member in ["content", "source"] {
            if let Some(held) = members.get(member) {
                self.content(held, &at(member), depth.saturating_sub(1));
            }
        }
        if kind == "text" && members.get("media_type").is_some() {
            // The source of a document of plain text.
            self.string(members.get("data"), at("data"), TextKind::Text);
        }
        if let Some(citations) = members.get("citations") {
            self.citations(citations, &at("citations"));
        }
        self.role = spoken;
    }

    /// What a text is based on, in the words of its source.
    fn citations(&mut self, citations: &'a RawValue, path: &str) {
        for (path, citation) in self.list(citations, path) {
            self.citation(citation, &path);
        }
    }

    /// One of these.
    pub(crate) fn citation(&mut self, citation: &'a RawValue, path: &str) {
        if let Some(citation) = self.object(citation, path) {
            self.string(citation.get("cited_text"), format!("{path}/cited_text"), TextKind::Text);
        }
    }

    /// Thoughts: a string, or a list of strings and of objects that hold some.
    pub(crate) fn thoughts(&mut self, thoughts: &'a RawValue, path: &str) {
        self.string(Some(thoughts), path.to_owned(), TextKind::Reasoning);
        for (path, entry) in self.list(thoughts, path) {
            self.string(Some(entry), path.clone(), TextKind::Reasoning);
            let Some(members) = self.object(entry, &path) else {
                continue;
            };
            for member in ["text", "thinking", "summary"] {
                self.string(members.get(member), format!("{path}/{member}"), TextKind::Reasoning);
            }
        }
    }

    fn calls(&mut self, calls: &'a RawValue, path: &str) {
        for (path, call) in self.list(calls, path) {
            let Some(call) = self.object(call, &path) else {
                continue;
            };
            for (member, inner) in [("function", "arguments"), ("custom", "input")] {
                let held = call
                    .get(member)
                    .and_then(|value| self.object(value, &format!("{path}/{member}")));
                if let Some(held) = held {
                    self.arguments(held.get(inner), format!("{path}/{member}/{inner}"));
                }
            }
        }
    }

    /// Arguments: a string that holds JSON, or the object itself.
    pub(crate) fn arguments(&mut self, arguments: Option<&'a RawValue>, path: String) {
        match arguments {
            Some(object) if object.get().starts_with('{') && object.get() != "{}" => {
                let text = object.get().to_owned();
                self.add(object, path, TextKind::ToolArguments, text, true);
            }
            arguments => self.string(arguments, path, TextKind::ToolArguments),
        }
    }

    fn add(&mut self, value: &RawValue, path: String, kind: TextKind, text: String, is_object: bool) {
        self.found.parts.push(TextPart {
            path,
            role: self.role,
            kind,
            choice: self.choice,
            text,
            at: place_of(self.whole, value.get()),
            is_object,
        });
    }

    /// Notes why two readers might find different texts.
    pub(crate) fn problem(&mut self, path: &str, what: &'static str) {
        self.problem.get_or_insert_with(|| Problem {
            path: path.to_owned(),
            what,
        });
    }
}

/// The role of a message in the words that all dialects share.
pub(crate) fn role(message: &Members<'_>) -> &'static str {
    let role = message.get("role").and_then(text::text).unwrap_or_default();
    match role.as_str() {
        "system" | "developer" => "system",
        "assistant" | "model" => "assistant",
        "tool" | "function" => "tool",
        _ => "user",
    }
}

/// A member's name as a part of a JSON Pointer (RFC 6901, section 3).
pub(crate) fn escaped(member: &str) -> String {
    member.replace('~', "~0").replace('/', "~1")
}

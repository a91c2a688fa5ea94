//! What a chat request has that no struct knows, by name: an adapter that writes the request anew loses it.

use super::{ChatRequest, Content, ContentPart, Extra, Json, Message, ThinkingBlock, Tool, ToolChoice};
use crate::Dropped;

const MESSAGE: &str = "messages[]";
const PART: &str = "messages[].content[]";
const CALL: &str = "messages[].tool_calls[]";
const TOOL: &str = "tools[]";

/// Options of other vendors that are objects, with the members that every adapter reads.
const OPTIONS: [(&str, &[&str]); 3] = [
    ("thinking", &["type", "budget_tokens"]),
    ("output_config", &["effort"]),
    ("web_search_options", &[]),
];

/// A walk through a request.
struct Walk<'a> {
    known: &'a [&'a str],
    dropped: &'a mut Dropped,
}

// === impl ChatRequest ===

impl ChatRequest {
    /// Names each unknown member within the messages, the tools, the tool choice and the options, by its place: such as
    /// `messages[].content[].image_url.zoom`. What the adapter reads itself, it lists as `known`, by the same names;
    /// `tools[].*` stands for all members there. The members at the top of the request are left to the adapter, and `null`,
    /// `false` and what is empty say nothing.
    ///
    /// ```
    /// use jackfield_plugin_sdk::{Dropped, canonical::ChatRequest};
    ///
    /// let request = r#"{"model": "m", "messages": [{"role": "tool", "content": "x", "is_error": true, "score": 1}]}"#;
    /// let request: ChatRequest = serde_json::from_str(request).unwrap();
    /// let mut dropped = Dropped::default();
    /// request.name_unknown(&["messages[].is_error"], &mut dropped);
    /// assert_eq!(dropped.names(), ["messages[].score"]);
    /// ```
    pub fn name_unknown(&self, known: &[&str], dropped: &mut Dropped) {
        let mut walk = Walk { known, dropped };
        for message in &self.messages {
            walk.message(message);
        }
        for tool in &self.tools {
            walk.tool(tool);
        }
        if let Some(ToolChoice::Named { function, extra, .. }) = &self.tool_choice {
            walk.lose("tool_choice", extra);
            walk.lose("tool_choice.function", &function.extra);
        }
        for (place, read) in OPTIONS {
            if let Some(members) = self.extra.read(place) {
                walk.lose(place, &without(&members, read));
            }
        }
        if let Some(format) = &self.response_format {
            walk.lose("response_format", &format.extra);
            if let Some(named) = &format.json_schema {
                walk.lose("response_format.json_schema", &named.extra);
            }
        }
    }
}

// === impl Walk ===

impl Walk<'_> {
    fn lose(&mut self, place: &str, members: &Extra) {
        for (name, value) in members.iter() {
            let name = format!("{place}.{name}");
            let is_known = |known: &&str| match known.strip_suffix(".*") {
                Some(all) => all == place,
                None => **known == name,
            };
            if !self.known.iter().any(is_known) {
                self.dropped.add_said(name, value);
            }
        }
    }

    fn message(&mut self, message: &Message) {
        self.lose(MESSAGE, &message.extra);
        if let Some(Content::Parts(parts)) = &message.content {
            for part in parts {
                self.part(part);
            }
        }
        for block in &message.thinking_blocks {
            if let ThinkingBlock::Thinking { extra, .. } | ThinkingBlock::RedactedThinking { extra, .. } = block {
                // Where a piece of a stream belongs is no member of the block.
                let extra = without(extra, &["index"]);
                self.lose("messages[].thinking_blocks[]", &extra);
            }
        }
        for call in &message.tool_calls {
            self.lose(CALL, &call.extra);
            self.lose("messages[].tool_calls[].function", &call.function.extra);
        }
    }

    fn part(&mut self, part: &ContentPart) {
        match part {
            ContentPart::Text { extra, .. } => self.lose(PART, extra),
            ContentPart::ImageUrl { image_url, extra } => {
                self.lose(PART, extra);
                self.lose("messages[].content[].image_url", &image_url.extra);
            }
            ContentPart::File { file, extra } => {
                self.lose(PART, extra);
                self.lose("messages[].content[].file", &file.extra);
            }
            ContentPart::Other(part) => self.other(part),
        }
    }

    /// A part that has no struct. Of an unknown kind, it is the adapter's to judge.
    fn other(&mut self, part: &Json) {
        let part: Extra = part.read().unwrap_or_default();
        match part.text("type").as_deref() {
            Some("refusal") => self.lose(PART, &without(&part, &["type", "refusal"])),
            Some("input_audio") => {
                self.lose(PART, &without(&part, &["type", "input_audio"]));
                let audio: Extra = part.read("input_audio").unwrap_or_default();
                let audio = without(&audio, &["data", "format"]);
                self.lose("messages[].content[].input_audio", &audio);
            }
            _ => {}
        }
    }

    fn tool(&mut self, tool: &Tool) {
        if let Some(function) = &tool.function {
            self.lose(TOOL, &tool.extra);
            self.lose("tools[].function", &function.extra);
        }
    }
}

/// The members but these.
fn without(members: &Extra, names: &[&str]) -> Extra {
    let others = members.iter().filter(|(name, _)| !names.contains(name));
    others.map(|(name, value)| (name.to_owned(), value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::Dropped;
    use crate::canonical::ChatRequest;

    #[test]
    fn what_no_struct_knows_is_named_by_its_place_unless_the_adapter_knows_it() {
        let x = json!({ "a": 1 });
        let call =
            json!({ "id": "c", "type": "function", "function": { "name": "f", "arguments": "{}", "x": x }, "x": x });
        let thought = json!({ "type": "thinking", "thinking": "hm", "signature": "s", "index": 0, "x": x });
        let request = json!({
            "model": "m",
            "x": x,
            "thinking": { "type": "enabled", "budget_tokens": 1024, "x": x },
            "output_config": { "effort": "low", "x": x },
            "messages": [
                { "role": "user", "x": x, "content": [
                    { "type": "text", "text": "hi", "x": x, "cache_control": x, "null": null, "false": false },
                    { "type": "image_url", "image_url": { "url": "u", "x": x } },
                    { "type": "file", "file": { "file_data": "d", "x": x } },
                    { "type": "input_audio", "input_audio": { "data": "d", "format": "wav", "x": x } },
                    { "type": "of_tomorrow", "x": x },
                ] },
                { "role": "assistant", "content": null, "tool_calls": [call], "thinking_blocks": [thought] },
                { "role": "tool", "tool_call_id": "c", "content": "x", "is_error": true },
            ],
            "tools": [{ "type": "function", "x": x, "function": { "name": "f", "x": x } }, { "type": "own", "x": x }],
            "tool_choice": { "type": "function", "function": { "name": "f", "x": x }, "x": x },
            "response_format": { "type": "json_schema", "x": x, "json_schema": { "name": "n", "schema": {}, "x": x } },
        });
        let request: ChatRequest = serde_json::from_value(request).unwrap();
        let mut dropped = Dropped::default();
        let known = ["messages[].is_error", "messages[].content[].cache_control", "tools[].*"];
        request.name_unknown(&known, &mut dropped);
        assert_eq!(
            dropped.names(),
            [
                "messages[].x",
                "messages[].content[].x",
                "messages[].content[].image_url.x",
                "messages[].content[].file.x",
                "messages[].content[].input_audio.x",
                "messages[].thinking_blocks[].x",
                "messages[].tool_calls[].x",
                "messages[].tool_calls[].function.x",
                "tools[].function.x",
                "tool_choice.x",
                "tool_choice.function.x",
                "thinking.x",
                "output_config.x",
                "response_format.x",
                "response_format.json_schema.x",
            ]
        );
    }
}

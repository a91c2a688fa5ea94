//! The parts of a translated message, whole or in a stream: its id, its first members, its blocks.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::call_id;
use super::tokens::Tokens;
use crate::bounds::entries;
use crate::fault::StreamFault;
use crate::json::{Members, Object};
use crate::openai::annotations::pages;
use crate::openai::delta::Delta;
use crate::openai::parts::Part;
use crate::standard::Dropped;

/// A block of thinking in canonical JSON, whole or in pieces that share an index.
#[derive(Deserialize)]
pub(crate) struct ThinkingPiece<'a> {
    #[serde(rename = "type")]
    pub(crate) kind: Option<String>,
    pub(crate) index: Option<u64>,
    #[serde(borrow)]
    thinking: Option<&'a RawValue>,
    #[serde(borrow)]
    signature: Option<&'a RawValue>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

/// The id of the message, in Anthropic's form. `fallback` is for upstreams that give none.
pub(super) fn message_id(upstream: Option<&str>, fallback: &str) -> String {
    let upstream = upstream.unwrap_or_default();
    let own = [upstream, fallback].map(|id| {
        let bare = ["msg_", "chatcmpl-"].iter().find_map(|prefix| id.strip_prefix(prefix));
        let legal = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        bare.unwrap_or(id).chars().filter(legal).collect::<String>()
    });
    let own = own.into_iter().find(|id| !id.is_empty());
    format!("msg_{}", own.unwrap_or_else(|| "0".to_owned()))
}

/// The id of a call whose upstream gave none.
pub(super) fn call_id(message_id: &str, place: u64) -> String {
    let message = message_id.strip_prefix("msg_").unwrap_or(message_id);
    format!("toolu_{message}_{place}")
}

/// The members that come first in every message. `model` is JSON.
pub(super) fn write_head(message: &mut Object<'_>, id: &str, model: &str) {
    message.string("id", id);
    message.raw("type", "\"message\"");
    message.raw("role", "\"assistant\"");
    message.raw("model", model);
}

/// The `usage` of a message.
pub(super) fn write_usage(object: &mut Object<'_>, tokens: &Tokens) {
    object.object("usage", |usage| tokens.write(usage));
}

/// A `tool_use` block.
pub(super) fn write_call(block: &mut Object<'_>, id: &str, name: &str, input: &str, caller: Option<&str>) {
    block.raw("type", "\"tool_use\"");
    block.string("id", &call_id::legal(id));
    block.string("name", name);
    block.raw("input", input);
    if let Some(caller) = caller {
        block.raw("caller", caller);
    }
}

/// The entries of a list in a canonical reply, read as `T`.
pub(super) fn read_list<'a, T: Deserialize<'a>>(list: Option<&'a RawValue>, name: &str) -> Result<Vec<T>, StreamFault> {
    let read = |list| entries(list).map_err(|error| StreamFault::malformed(format!("{name}: {error}")));
    list.map_or(Ok(Vec::new()), read)
}

/// What of a whole message has no place in a reply of this dialect, nor in one of responses: images, and what is cited
/// where there is no text.
pub(crate) fn unplaced(message: &Delta<'_>) -> Dropped {
    let mut dropped = Dropped::default();
    if message.has_images() {
        dropped.add("reply", "images");
    }
    let has_text = || {
        let parts = message.parts().unwrap_or_default();
        parts.iter().any(|part| matches!(part, Part::Text(_)))
    };
    if pages(message.annotations).is_ok_and(|pages| !pages.is_empty()) && !has_text() {
        dropped.add("reply", "annotations");
    }
    dropped
}

/// An entry of a stream's list without its `index`, which is the entry's place in that list and not one of its own
/// members.
pub(super) fn without_index(entry: &RawValue) -> Result<Vec<u8>, StreamFault> {
    Members::of(entry.get())
        .map(|members| members.without(&["index"]))
        .map_err(|error| StreamFault::malformed(error.to_string()))
}

/// The JSON of a value that is a string and not empty; `None` for any other.
pub(super) fn filled_string(value: Option<&RawValue>) -> Option<&str> {
    value
        .map(RawValue::get)
        .filter(|text| text.starts_with('"') && *text != "\"\"")
}

// === impl ThinkingPiece ===

impl ThinkingPiece<'_> {
    /// The text, as JSON; `None` if it is empty.
    pub(crate) fn thinking(&self) -> Option<&str> {
        filled_string(self.thinking)
    }

    /// The vendor's signature, as JSON; `None` if it is empty.
    pub(crate) fn signature(&self) -> Option<&str> {
        filled_string(self.signature)
    }

    /// The whole block, if it is thinking that only the vendor can read.
    pub(crate) fn redacted(&self) -> Option<Vec<u8>> {
        let is_redacted = self.kind.as_deref() == Some("redacted_thinking");
        let data = filled_string(self.data).filter(|_| is_redacted)?;
        Some(Object::text(|block| {
            block.raw("type", "\"redacted_thinking\"");
            block.raw("data", data);
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::{call_id, message_id};

    #[test]
    fn an_id_is_put_into_anthropics_form() {
        for (upstream, id) in [
            (Some("msg_01AB"), "msg_01AB"),
            (Some("chatcmpl-9x"), "msg_9x"),
            (Some("gen:1 \n\"2"), "msg_gen12"),
            (Some(""), "msg_r1"),
            (None, "msg_r1"),
        ] {
            assert_eq!(message_id(upstream, "r1"), id);
        }
        assert_eq!(message_id(None, ""), "msg_0");
        assert_eq!(call_id("msg_9x", 2), "toolu_9x_2");
    }
}

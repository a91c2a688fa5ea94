//! A fast look at a request that a client wrote itself: most have no extension, and are not worth a closer look.

use memchr::{memchr2_iter, memmem};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{call_ids, names};
use crate::json::Members;
use crate::json::fields::given;

/// The names of members that later turns of a conversation bring with them, cut at their first underscore.
const MEMBERS: [(&[u8], &[u8]); 9] = [
    (b"\"cache", b"control\""),
    (b"\"content", b"blocks\""),
    (b"\"extra", b"content\""),
    (b"\"function", b"call\""),
    (b"\"google", b"parts\""),
    (b"\"is", b"error\""),
    (b"\"reasoning", b"content\""),
    (b"\"reasoning", b"details\""),
    (b"\"thinking", b"blocks\""),
];

/// The names of such members that are lists and have no underscore.
const LISTS: [&[u8]; 2] = [b"\"citations\"", b"\"images\""];

/// True if the request may have an extension in it.
pub(super) fn may_have_extensions(request: &Members<'_>) -> bool {
    ["functions", "function_call"]
        .iter()
        .any(|name| request.get(name).is_some())
        || in_messages(given(request, "messages").unwrap_or_default().as_bytes())
        || in_tools(given(request, "tools").unwrap_or_default().as_bytes())
}

/// One pass finds all names, each of which has an underscore, and whether there are parts: text has few of either byte.
fn in_messages(messages: &[u8]) -> bool {
    let (mut has_parts, mut has_image) = (false, false);
    for at in memchr2_iter(b'_', b'[', messages) {
        let (before, after) = (&messages[..at], &messages[at + 1..]);
        if messages[at] == b'[' {
            let name = name_of(before);
            if LISTS.iter().any(|list| name.ends_with(list)) {
                return true;
            }
            has_parts |= name.ends_with(b"\"content\"");
            continue;
        }
        let is = |(head, tail): &(&[u8], &[u8])| after.starts_with(tail) && before.ends_with(head);
        if MEMBERS.iter().any(is) {
            return true;
        }
        let id = after.strip_prefix(b"call_id\"").filter(|_| before.ends_with(b"\"tool"));
        if id.is_some_and(|id| is_longer(id, call_ids::LONGEST)) {
            return true;
        }
        has_image |= is(&(b"\"image", b"url\""));
    }
    let has = |word: &[u8]| memmem::find(messages, word).is_some();
    if has_parts && has(b"\"assistant\"") && assistants_parts_repeat(messages) {
        return true;
    }
    // An image or a file is an extension only in the result of a tool.
    has_parts && (has(b"\"document\"") || ((has_image || has(b"\"file\"")) && has(b"\"tool\"")))
}

/// A message, but for what is of no matter here.
#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow, default)]
    role: Option<&'a RawValue>,
    #[serde(borrow, default)]
    content: Option<&'a RawValue>,
}

/// True if parts of an assistant may repeat the members of their message.
fn assistants_parts_repeat(messages: &[u8]) -> bool {
    let messages: Vec<Message<'_>> = serde_json::from_slice(messages).unwrap_or_default();
    let is_assistant = |message: &&Message<'_>| message.role.is_some_and(|role| role.get() == "\"assistant\"");
    let contents = messages
        .iter()
        .filter(is_assistant)
        .filter_map(|message| message.content);
    let mut parts = contents.map(RawValue::get).filter(|content| content.starts_with('['));
    let names = [
        "\"annotations\"",
        "\"audio\"",
        "\"refusal\"",
        "\"role\"",
        "\"tool_calls\"",
    ];
    parts.any(|parts| names.iter().any(|name| parts.contains(name)))
}

/// What ends with the name of the member whose value follows; nothing if that is no member.
fn name_of(before: &[u8]) -> &[u8] {
    let name = before.trim_ascii_end().strip_suffix(b":");
    name.unwrap_or_default().trim_ascii_end()
}

/// True if a tool has a mark of the cache, or a name that may be too long.
fn in_tools(tools: &[u8]) -> bool {
    if tools.is_empty() {
        return false;
    }
    if memmem::find(tools, b"\"cache_control\"").is_some() {
        return true;
    }
    let name = b"\"name\"";
    memmem::find_iter(tools, name).any(|at| is_longer(&tools[at + name.len()..], names::LONGEST))
}

/// True if a member's value, which follows its name, is a text that may be longer than this.
fn is_longer(after_name: &[u8], most: usize) -> bool {
    let value = after_name.iter();
    let value = value.skip_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b':'));
    let mut value = value.skip(1).take_while(|byte| **byte != b'"');
    value.nth(most).is_some()
}

#[cfg(test)]
mod tests {
    use super::may_have_extensions;
    use crate::json::Members;

    fn found(body: &str) -> bool {
        may_have_extensions(&Members::of(body).unwrap())
    }

    #[test]
    fn what_a_client_of_openai_sends_is_not_looked_at_twice() {
        let image = r#"{"type":"image_url","image_url":{"url":"data:image/png;base64,AA=="}}"#;
        for body in [
            "{}".to_owned(),
            r#"{"messages":[{"role":"user","content":"the \"cache_control\" of my_file, is_error and thinking_blocks"}]}"#.to_owned(),
            r#"{"messages":[{"role":"tool","tool_call_id":"c","content":"x"}],"tools":[{"type":"function","function":{"name": "f","parameters":{"properties":{"name":{}}}}}]}"#.to_owned(),
            format!(r#"{{"messages":[{{"role":"user","content":[{image}]}}],"top_k":5,"cache_control":{{}}}}"#),
            r#"{"messages":[{"role":"assistant","content":[{"type":"text","text":"a \"role\""}]},{"role":"user","content":[{"role":1}]}]}"#.to_owned(),
        ] {
            assert!(!found(&body), "{body}");
        }
    }

    #[test]
    fn every_extension_that_a_conversation_brings_is_found() {
        let image = r#"{"type":"image_url","image_url":{"url":"u"}}"#;
        let name = "n".repeat(65);
        for body in [
            r#"{"messages":[{"role":"assistant","content":"x","reasoning_content":"y"}]}"#.to_owned(),
            r#"{"messages":[{"role":"assistant","content":"x","thinking_blocks":[]}]}"#.to_owned(),
            r#"{"messages":[{"role":"assistant","content":"x","content_blocks":[]}]}"#.to_owned(),
            r#"{"messages":[{"role":"assistant","content":"x","citations": [{}]}]}"#.to_owned(),
            r#"{"messages":[{"role":"assistant","content":null,"images" :[]}]}"#.to_owned(),
            r#"{"messages":[{"role":"assistant","content":"x","google_parts":[]}]}"#.to_owned(),
            r#"{"messages":[{"role":"assistant","tool_calls":[{"extra_content":{}}]}]}"#.to_owned(),
            r#"{"messages":[{"role":"assistant","content":"x","reasoning_details":[]}]}"#.to_owned(),
            r#"{"messages":[{"role":"user","content":[{"type":"text","text":"x","cache_control":{}}]}]}"#.to_owned(),
            r#"{"messages":[{"role":"tool","content":"x","is_error":true}]}"#.to_owned(),
            r#"{"messages":[{"role":"user","content" : [{"type":"document"}]}]}"#.to_owned(),
            format!(r#"{{"messages":[{{"role":"tool","content":[{image}]}}]}}"#),
            r#"{"messages":[],"tools":[{"type":"function","cache_control":{}}]}"#.to_owned(),
            r#"{"messages":[{"role":"assistant","content":[{"type":"text","text":"a","role":"assistant"}]}]}"#
                .to_owned(),
            r#"{"messages":[{"role":"assistant","content":[{"type":"text","text":"a","annotations":[]}]}]}"#.to_owned(),
            r#"{"messages":[],"functions":[]}"#.to_owned(),
            r#"{"messages":[{"role":"assistant","function_call":{"name":"f","arguments":"{}"}}]}"#.to_owned(),
            format!(
                r#"{{"messages":[{{"role":"tool","tool_call_id" : "{}","content":"x"}}]}}"#,
                &name[..41]
            ),
            format!(r#"{{"messages":[],"tools":[{{"type":"function","function":{{"name" : "{name}"}}}}]}}"#),
        ] {
            assert!(found(&body), "{body}");
        }
    }
}

//! How the conversation and the user of a request are known: by name, or by how the conversation begins.
//!
//! Nothing is unescaped, and nothing is read that comes after the first message of the user, so that a long conversation
//! costs no more than a short one.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::json::Members;

/// How much of the instructions, and of the user's first message, counts, in bytes.
const MOST: usize = 4096;

/// The name that the client gave the conversation: `prompt_cache_key`
/// (<https://platform.openai.com/docs/guides/prompt-caching>) or `session_id`
/// (<https://openrouter.ai/docs/api-reference/overview>).
pub fn session(request: &Members<'_>) -> Option<String> {
    ["prompt_cache_key", "session_id"]
        .into_iter()
        .find_map(|key| word(request.get(key)?))
}

/// Whom the request names as its user: `safety_identifier`, `user`, or `user_id` of `metadata`.
pub fn user(request: &Members<'_>) -> Option<String> {
    #[derive(Deserialize)]
    struct Metadata<'a> {
        #[serde(borrow)]
        user_id: Option<&'a RawValue>,
    }
    let in_metadata = || {
        let metadata: Metadata<'_> = serde_json::from_str(request.get("metadata")?.get()).ok()?;
        word(metadata.user_id?)
    };
    let named = ["safety_identifier", "user"]
        .into_iter()
        .find_map(|key| word(request.get(key)?));
    named.or_else(in_metadata)
}

/// How the conversation begins: its instructions and the first message of the user, as far as they count, as the client
/// wrote them. All requests of a conversation begin alike. Nothing if there is no such message.
pub fn opening<'a>(request: &Members<'a>) -> Vec<&'a str> {
    let mut opening = Opening::default();
    for key in ["system", "instructions", "systemInstruction", "system_instruction"] {
        if let Some(value) = request.get(key) {
            opening.instructions.read(value);
        }
    }
    for key in ["messages", "input", "contents"] {
        if let Some(value) = request.get(key) {
            // An error, because what comes later is left unread.
            let _ = serde_json::Deserializer::from_str(value.get()).deserialize_any(&mut opening);
        }
    }
    if opening.message.texts.is_empty() {
        return Vec::new();
    }
    let mut texts = opening.instructions.texts;
    texts.extend(opening.message.texts);
    texts
}

/// How a conversation begins.
#[derive(Default)]
struct Opening<'a> {
    instructions: Texts<'a>,
    message: Texts<'a>,
}

/// The beginning of some texts, as they stand in JSON.
#[derive(Default)]
struct Texts<'a> {
    texts: Vec<&'a str>,
    bytes: usize,
}

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow, default)]
    role: Cow<'a, str>,
    #[serde(borrow, default)]
    content: Option<&'a RawValue>,
    /// The content in Google's dialect, where it may be the user's without a role.
    #[serde(borrow, default)]
    parts: Option<&'a RawValue>,
}

/// A part of a message.
#[derive(Deserialize)]
struct Part<'a> {
    #[serde(borrow)]
    text: Option<&'a RawValue>,
}

// === impl Opening ===

/// Reads messages up to the first one of the user; a text that stands for all messages is one of the user.
impl<'a> Visitor<'a> for &mut Opening<'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("messages")
    }

    fn visit_borrowed_str<E>(self, text: &'a str) -> Result<(), E> {
        self.message.add(text);
        Ok(())
    }

    fn visit_str<E>(self, _escaped: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut messages: A) -> Result<(), A::Error> {
        while let Some(Message { role, content, parts }) = messages.next_element()? {
            let role = if role.is_empty() && parts.is_some() {
                "user"
            } else {
                &*role
            };
            match (role, content.or(parts)) {
                ("user", Some(content)) => {
                    self.message.read(content);
                    break;
                }
                ("system" | "developer", Some(content)) => self.instructions.read(content),
                _ => {}
            }
        }
        Ok(())
    }
}

// === impl Texts ===

impl<'a> Texts<'a> {
    /// Adds the texts of a message's content: a string, or a list of parts. Content without a text, such as an image,
    /// counts as it stands.
    fn read(&mut self, content: &'a RawValue) {
        let parts: Vec<Part<'a>> = serde_json::from_str(content.get()).unwrap_or_default();
        let texts = parts.into_iter().filter_map(|part| part.text);
        let before = self.bytes;
        texts.for_each(|text| self.add(text.get()));
        if self.bytes == before {
            self.add(content.get());
        }
    }

    fn add(&mut self, text: &'a str) {
        let end = text.floor_char_boundary(MOST - self.bytes);
        if end > 0 {
            self.bytes += end;
            self.texts.push(&text[..end]);
        }
    }
}

fn word(value: &RawValue) -> Option<String> {
    let word: String = serde_json::from_str(value.get()).ok()?;
    (!word.is_empty()).then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(text: &str) -> Vec<String> {
        let members = Members::of(text).unwrap();
        opening(&members).into_iter().map(str::to_owned).collect()
    }

    fn named(name: fn(&Members<'_>) -> Option<String>, text: &str) -> Option<String> {
        name(&Members::of(text).unwrap())
    }

    #[test]
    fn a_conversation_is_known_by_its_instructions_and_the_first_message_of_its_user() {
        let first = r#"{"messages":[{"role":"system","content":"be kind"},{"role":"user","content":"hello"}"#;
        let later = r#",{"role":"assistant","content":"hi"},{"role":"user","content":"and now?"}]}"#;
        let opening = opened(&format!("{first}]}}"));
        assert_eq!(opening, ["\"be kind\"", "\"hello\""]);
        assert_eq!(opened(&format!("{first}{later}")), opening);
    }

    #[test]
    fn parts_count_by_their_texts_so_that_a_mark_on_one_changes_nothing() {
        let one = r#"{"system":[{"type":"text","text":"s"}],"messages":[{"role":"user","content":[{"type":"text","text":"u"}]}]}"#;
        let marked = one.replace("\"u\"", "\"u\",\"cache_control\":{\"type\":\"ephemeral\"}");
        assert_eq!(opened(one), ["\"s\"", "\"u\""]);
        assert_eq!(opened(&marked), opened(one));
    }

    #[test]
    fn other_shapes_of_a_conversation_count_as_well() {
        let items = r#"{"instructions":"s","input":[{"role":"user","content":[{"type":"input_text","text":"u"}]}]}"#;
        assert_eq!(opened(items), ["\"s\"", "\"u\""]);
        assert_eq!(opened(r#"{"input":"u"}"#), ["u"]);
        let contents = r#"{"systemInstruction":{"parts":[{"text":"s"}]},"contents":[{"parts":[{"text":"u"}]},{"role":"model","parts":[]}]}"#;
        assert_eq!(opened(contents), ["{\"parts\":[{\"text\":\"s\"}]}", "\"u\""]);
        let image =
            r#"{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://x"}}]}]}"#;
        assert!(opened(image)[0].contains("https://x"));
    }

    #[test]
    fn without_a_message_of_the_user_there_is_no_opening() {
        for text in [
            "{}",
            r#"{"messages":[]}"#,
            r#"{"messages":[{"role":"system","content":"s"}]}"#,
            r#"{"messages":[{"role":"user","content":""}, 1]}"#,
            r#"{"messages":5,"input":{"a":1}}"#,
        ] {
            assert!(opened(text).len() < 2, "{text}");
        }
    }

    #[test]
    fn only_the_beginning_counts() {
        let text = |end| {
            format!(
                r#"{{"messages":[{{"role":"user","content":"{}{end}"}}]}}"#,
                "é".repeat(5000)
            )
        };
        assert_eq!(opened(&text("a")), opened(&text("b")));
        assert!(opened(&text("a"))[0].len() <= MOST);
    }

    #[test]
    fn a_name_of_the_clients_is_taken() {
        assert_eq!(
            named(session, r#"{"session_id":"s","prompt_cache_key":"k"}"#).as_deref(),
            Some("k")
        );
        assert_eq!(
            named(session, r#"{"session_id":"s","prompt_cache_key":""}"#).as_deref(),
            Some("s")
        );
        assert_eq!(named(session, r#"{"session_id":5}"#), None);
        assert_eq!(named(user, r#"{"user":"u"}"#).as_deref(), Some("u"));
        assert_eq!(
            named(user, r#"{"user":"u","safety_identifier":"s"}"#).as_deref(),
            Some("s")
        );
        assert_eq!(named(user, r#"{"metadata":{"user_id":"m"}}"#).as_deref(), Some("m"));
        assert_eq!(named(user, r#"{"metadata":{"other":"m"}}"#), None);
    }
}

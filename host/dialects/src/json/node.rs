//! A JSON value as a tree that can grow, in which numbers keep their digits.

use serde_json::value::RawValue;

use super::{List, Members, Object, json_string};
use crate::fault::StreamFault;

/// How deep values are taken apart; what lies below stays text. No member that streams in pieces lies deeper.
const DEPTH: usize = 8;

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Node {
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// An object, its members in order.
    Object(Vec<(String, Node)>),
    /// Anything else, as JSON on one line: numbers, `true`, `false`, `null`, and what lies too deep.
    Raw(String),
}

// === impl Node ===

impl Node {
    /// Reads a value.
    ///
    /// # Errors
    /// [`StreamFault::Malformed`] if `text` is not JSON.
    pub(crate) fn read(text: &str) -> Result<Self, StreamFault> {
        Self::read_at(serde_json::from_str(text)?, DEPTH)
    }

    fn read_at(value: &RawValue, depth: usize) -> Result<Self, StreamFault> {
        let text = value.get();
        Ok(match text.as_bytes().first() {
            Some(b'"') => Self::Text(serde_json::from_str(text)?),
            Some(b'[') if depth > 0 => {
                let entries: Vec<&RawValue> = serde_json::from_str(text)?;
                let entries = entries.into_iter().map(|entry| Self::read_at(entry, depth - 1));
                Self::List(entries.collect::<Result<_, _>>()?)
            }
            Some(b'{') if depth > 0 => {
                let members = Members::of(text).map_err(|error| StreamFault::malformed(error.message))?;
                let members = members
                    .all()
                    .map(|(key, value)| Ok((key.to_owned(), Self::read_at(value, depth - 1)?)));
                Self::Object(members.collect::<Result<_, StreamFault>>()?)
            }
            // A line break can only stand between tokens.
            _ => Self::Raw(text.replace(['\n', '\r'], " ")),
        })
    }

    /// A member of an object.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        self.members()
            .iter()
            .find(|(known, _)| known == key)
            .map(|(_, value)| value)
    }

    /// The members of an object; none of anything else.
    pub(crate) fn members(&self) -> &[(String, Self)] {
        match self {
            Self::Object(members) => members,
            _ => &[],
        }
    }

    /// The entries of a list; none of anything else.
    pub(crate) fn entries(&self) -> &[Self] {
        match self {
            Self::List(entries) => entries,
            _ => &[],
        }
    }

    /// Sets a member of an object.
    pub(crate) fn set(&mut self, key: &str, value: Self) {
        let Self::Object(members) = self else { return };
        match members.iter_mut().find(|(known, _)| known == key) {
            Some((_, known)) => *known = value,
            None => members.push((key.to_owned(), value)),
        }
    }

    /// Takes a member out of an object.
    pub(crate) fn take(&mut self, key: &str) -> Option<Self> {
        let Self::Object(members) = self else { return None };
        let place = members.iter().position(|(known, _)| known == key)?;
        Some(members.remove(place).1)
    }

    /// False for `null` and the empty text.
    pub(crate) fn is_given(&self) -> bool {
        match self {
            Self::Text(text) => !text.is_empty(),
            Self::Raw(raw) => raw != "null",
            Self::List(_) | Self::Object(_) => true,
        }
    }

    /// The value as JSON, on one line.
    pub(crate) fn json(&self) -> Vec<u8> {
        match self {
            Self::Text(text) => json_string(text).into_bytes(),
            Self::Raw(raw) => raw.clone().into_bytes(),
            Self::List(entries) => {
                let mut list = List::default();
                for entry in entries {
                    list.push(entry.json());
                }
                list.into_text()
            }
            Self::Object(members) => Object::text(|object| {
                for (key, value) in members {
                    // Written between quotes as it stands, so it must be as JSON has it.
                    let key = json_string(key);
                    object.raw(&key[1..key.len() - 1], value.json());
                }
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_written_as_it_was_read_but_on_one_line() {
        let text = "{\"a\\\"\":1.10,\"b\":[12345678901234567890123,null,\n{\"c\":\"\\u00e9\\n\"}],\"d\":{},\"e\":[]}";
        let line = "{\"a\\\"\":1.10,\"b\":[12345678901234567890123,null,{\"c\":\"é\\n\"}],\"d\":{},\"e\":[]}";
        assert_eq!(Node::read(text).unwrap().json(), line.as_bytes());
        let deep = format!("{}1{}", "[\n".repeat(60), "]".repeat(60));
        let json = Node::read(&deep).unwrap().json();
        assert!(!json.contains(&b'\n') && json.len() <= deep.len());
        assert!(Node::read("{").is_err());
    }

    #[test]
    fn members_are_set_and_taken_in_place() {
        let mut node = Node::read(r#"{"a":1,"b":2}"#).unwrap();
        node.set("a", Node::Raw("3".to_owned()));
        node.set("c", Node::Text("x".to_owned()));
        assert_eq!(node.take("b"), Some(Node::Raw("2".to_owned())));
        assert_eq!(node.take("b"), None);
        assert_eq!(node.json(), br#"{"a":3,"c":"x"}"#);
    }
}

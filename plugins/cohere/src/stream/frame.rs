//! The events of a stream, as far as they are read.

use jackfield_plugin_sdk::canonical::{Extra, Json};
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};

use crate::logprobs;

/// An event.
#[derive(Deserialize)]
pub(super) struct Frame {
    #[serde(rename = "type", default)]
    pub(super) kind: Option<String>,
    #[serde(default)]
    pub(super) id: Option<String>,
    #[serde(default)]
    pub(super) index: Option<u64>,
    #[serde(default)]
    pub(super) delta: Option<Delta>,
    #[serde(default)]
    pub(super) logprobs: Option<logprobs::Item>,
    /// What an error says.
    #[serde(default)]
    message: Option<String>,
}

/// What an event adds.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Delta {
    pub(super) message: Option<Message>,
    pub(super) finish_reason: Option<String>,
    pub(super) usage: Option<Extra>,
    pub(super) error: Option<String>,
}

/// What an event adds to the message. Each event adds to one member, and `message-start` lists them all empty.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Message {
    #[serde(deserialize_with = "one")]
    pub(super) content: Option<Block>,
    pub(super) tool_plan: Option<String>,
    #[serde(deserialize_with = "one")]
    tool_calls: Option<Call>,
    #[serde(deserialize_with = "one")]
    pub(super) citations: Option<Extra>,
}

/// A block of content, or more of it.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Block {
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) text: Option<String>,
    pub(super) thinking: Option<String>,
}

/// A call, or more of it.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Call {
    pub(super) id: Option<String>,
    pub(super) function: Option<Function>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Function {
    pub(super) name: Option<String>,
    pub(super) arguments: Option<String>,
}

// === impl Frame ===

impl Frame {
    /// What an error says.
    pub(super) fn said(self) -> String {
        let message = self.message.filter(|message| !message.trim().is_empty());
        message.unwrap_or_else(|| "the stream has an event without a type".to_owned())
    }
}

// === impl Message ===

impl Message {
    /// The call that an event is about.
    pub(super) fn call(self) -> Call {
        self.tool_calls.unwrap_or_default()
    }
}

/// One value; a list, which is empty at the start, is none or its first entry.
fn one<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    let json = Json::deserialize(deserializer)?;
    if json.is_null() {
        return Ok(None);
    }
    let entry = if json.is_array() {
        json.read::<Vec<T>>().map(|list| list.into_iter().next())
    } else {
        json.read().map(Some)
    };
    entry.ok_or_else(|| D::Error::custom("a part of the message is not an object"))
}

//! The events of a stream as the upstream writes them.

use std::borrow::Cow;

use jackfield_plugin_sdk::canonical::Extra;
use serde::Deserialize;

use crate::usage::Usage;

/// What all events have, and the deltas that make up nearly all of a stream. The others are read once more.
#[derive(Deserialize)]
pub(super) struct Frame<'a> {
    #[serde(rename = "type", borrow)]
    pub(super) kind: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(super) delta: Option<Delta<'a>>,
}

/// What is new in the open block. Only the member that the kind names is there.
#[derive(Default, Deserialize)]
pub(super) struct Delta<'a> {
    #[serde(rename = "type", borrow, default)]
    pub(super) kind: Cow<'a, str>,
    #[serde(default)]
    pub(super) text: String,
    #[serde(default)]
    pub(super) thinking: String,
    #[serde(default)]
    pub(super) signature: String,
    #[serde(default)]
    pub(super) partial_json: String,
}

/// A delta with all its members, for the rare kinds.
#[derive(Deserialize)]
pub(super) struct WholeDelta {
    pub(super) delta: Extra,
}

/// `message_start`
#[derive(Deserialize)]
pub(super) struct MessageStart {
    pub(super) message: Message,
}

/// The message as it begins: as a rule without content.
#[derive(Deserialize)]
pub(super) struct Message {
    #[serde(default)]
    pub(super) id: String,
    #[serde(default)]
    pub(super) model: String,
    #[serde(default)]
    pub(super) content: Vec<Extra>,
    #[serde(default)]
    pub(super) usage: Option<Usage>,
    /// `stop_reason` and what else belongs to the end.
    #[serde(flatten)]
    pub(super) extra: Extra,
}

/// `content_block_start`
#[derive(Deserialize)]
pub(super) struct BlockStart {
    pub(super) content_block: Extra,
}

/// `message_delta`
#[derive(Deserialize)]
pub(super) struct MessageDelta {
    #[serde(default)]
    pub(super) delta: Extra,
    #[serde(default)]
    pub(super) usage: Option<Usage>,
    /// `type`, and what else belongs to the end: `context_management` for one.
    #[serde(flatten)]
    pub(super) extra: Extra,
}

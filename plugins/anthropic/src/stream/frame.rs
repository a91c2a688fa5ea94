//! The upstream's stream events.

use std::borrow::Cow;

use jackfield_plugin_sdk::canonical::Extra;
use serde::Deserialize;

use crate::usage::Usage;

/// What all events have, plus the deltas that make up nearly all of a stream. Other events are parsed a second time.
#[derive(Deserialize)]
pub(super) struct Frame<'a> {
    #[serde(rename = "type", borrow)]
    pub(super) kind: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(super) delta: Option<Delta<'a>>,
}

/// New content for the open block. Only the member that matches the kind is set.
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

/// A delta with all its members, for rare kinds.
#[derive(Deserialize)]
pub(super) struct WholeDelta {
    pub(super) delta: Extra,
}

/// `message_start`
#[derive(Deserialize)]
pub(super) struct MessageStart {
    pub(super) message: Message,
}

/// The message in its start event: usually without content.
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
    /// `stop_reason` and the other members that describe the end.
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
    /// `type`, and the other members that describe the end, such as `context_management`.
    #[serde(flatten)]
    pub(super) extra: Extra,
}

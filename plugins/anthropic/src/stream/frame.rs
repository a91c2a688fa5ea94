//! The upstream's stream events.

use std::borrow::Cow;

use jackfield_plugin_sdk::canonical::{Extra, Json};
use serde::Deserialize;
use serde_json::value::RawValue;

/// What all events have, plus the deltas that make up nearly all of a stream. Other events are parsed a second time.
#[derive(Deserialize)]
pub(super) struct Frame<'a> {
    #[serde(rename = "type", borrow, default)]
    pub(super) kind: Option<Cow<'a, str>>,
    /// Which block it concerns.
    #[serde(default)]
    pub(super) index: Option<u64>,
    #[serde(borrow, default)]
    pub(super) delta: Option<Delta<'a>>,
}

/// New content for an open block. Only the member that matches the kind is set. The texts are raw, because those of an
/// unknown kind may be no texts.
#[derive(Default, Deserialize)]
pub(super) struct Delta<'a> {
    #[serde(rename = "type", borrow, default)]
    pub(super) kind: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(super) text: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) thinking: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) signature: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) partial_json: Option<&'a RawValue>,
}

/// A delta with all its members, for rare kinds.
#[derive(Deserialize)]
pub(super) struct WholeDelta {
    pub(super) delta: Extra,
}

/// `message_start`
#[derive(Deserialize)]
pub(super) struct MessageStart {
    /// The message: usually without content.
    pub(super) message: Extra,
}

/// `content_block_start`
#[derive(Deserialize)]
pub(super) struct BlockStart {
    pub(super) content_block: Extra,
}

/// The text of a piece, in which half a character is replaced; empty if the piece is no text.
pub(super) fn text(piece: Option<&RawValue>) -> String {
    let read = |piece: &RawValue| match serde_json::from_str(piece.get()) {
        Ok(text) => Some(text),
        Err(_) => Json::parse(piece.get()).ok()?.as_str(),
    };
    piece.and_then(read).unwrap_or_default()
}

//! Deltas that repeat the one before in all but their text.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jackfield_plugin_sdk::{Event, Repeated};
use serde_json::value::RawValue;

use super::block::OpenBlock;

/// A delta that has extended its block by a text.
#[derive(Clone, Copy)]
pub(super) struct RepeatedDelta<'e> {
    index: u64,
    event: Repeated<'e>,
}

// === impl RepeatedDelta ===

impl<'e> RepeatedDelta<'e> {
    /// What the next events may repeat of `event`, which has added this text to the block of this index.
    pub(super) fn of(index: u64, event: &'e Event, text: &RawValue) -> Option<Self> {
        let event = Repeated::of(event, text.get())?;
        Some(Self { index, event })
    }

    /// The block that `event` extends, and by what text, if it repeats this one.
    pub(super) fn more<'o, 'f>(
        self,
        open: &'o mut BTreeMap<u64, OpenBlock>,
        event: &'f Event,
    ) -> Option<(&'o mut OpenBlock, Cow<'f, str>)> {
        let text = self.event.text(event)?;
        open.get_mut(&self.index).map(|open| (open, text))
    }
}

//! An object's text that was made from one that was read: where its members are is known, so it need not be read again.

use std::ops::Range;

use super::Members;
use crate::json::splice::{Replacement, SpliceError, in_order, read_utf8, spliced};

/// The text of an object that was made from another one, and where its members are in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edited {
    text: Vec<u8>,
    outline: Outline,
}

/// Where the members of an object are in its text, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outline(pub(super) Vec<Place>);

/// Where one member is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// The quote before its name.
    pub(super) start: usize,
    /// Its value.
    pub(super) value: Range<usize>,
}

// === impl Edited ===

impl Edited {
    /// An object with other bytes at these places, each within one of its values. What takes a place must leave the value
    /// one.
    pub(crate) fn within(members: &Members<'_>, mut edits: Vec<Replacement<'_>>) -> Self {
        in_order(&mut edits);
        Self {
            outline: Outline(members.places()).after(&edits),
            text: spliced(members.whole(), edits),
        }
    }

    /// What is written, with the members of which the places are noted meanwhile.
    pub(super) fn noting(write: impl FnOnce(&mut dyn FnMut(Place)) -> Vec<u8>) -> Self {
        let mut places = Vec::new();
        let text = write(&mut |place| places.push(place));
        Self {
            text,
            outline: Outline(places),
        }
    }

    /// The text.
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// Where the members are in it.
    pub fn outline(&self) -> &Outline {
        &self.outline
    }

    /// The text, and where its members are in it.
    pub fn into_parts(self) -> (Vec<u8>, Outline) {
        (self.text, self.outline)
    }
}

// === impl Outline ===

impl Outline {
    /// The members of the text that this is the outline of. Their values are not looked at.
    ///
    /// # Errors
    /// If it is the outline of another text, and this one is no object.
    pub fn members<'a>(&self, text: &'a [u8]) -> Result<Members<'a>, SpliceError> {
        match Members::at(read_utf8(text)?, &self.0) {
            Some(members) => Ok(members),
            None => Members::parse(text),
        }
    }

    /// The outline after edits within values, in order.
    fn after(mut self, edits: &[Replacement<'_>]) -> Self {
        let mut edits = edits.iter().peekable();
        let (mut added, mut removed) = (0, 0);
        let mut moved = |at: usize, is_end: bool| {
            let is_before = |place: &Range<usize>| place.start < at || is_end && place.end <= at;
            while let Some((place, text)) = edits.next_if(|(place, _)| is_before(place)) {
                added += text.len();
                removed += place.len();
            }
            at + added - removed
        };
        for place in &mut self.0 {
            place.start = moved(place.start, false);
            place.value = moved(place.value.start, false)..moved(place.value.end, true);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use proptest::prelude::*;

    use super::*;
    use crate::json::place_of;

    fn assert_known(edited: &Edited) {
        let read = Members::parse(edited.text()).unwrap();
        let kept = edited.outline().members(edited.text()).unwrap();
        assert_eq!(kept.places(), read.places());
        assert!(
            kept.all()
                .map(|(name, value)| (name, value.get()))
                .eq(read.all().map(|(name, value)| (name, value.get())))
        );
        assert_eq!(kept.has_repeats(), read.has_repeats());
    }

    /// The values are kept without a look at them, so what is no JSON shows that nobody looked.
    #[test]
    fn what_is_known_is_not_read_again() {
        let outline = Outline(Members::parse(br#"{"a": [1] }"#).unwrap().places());
        let members = outline.members(br#"{"a": [x] }"#).unwrap();
        assert_eq!(members.get("a").unwrap().get(), "[x]");
        assert!(
            outline.members(br#"{"b""#).is_err(),
            "the text of something else is read"
        );
        assert_eq!(
            outline
                .members(br#"{"longer": 1}"#)
                .unwrap()
                .get("longer")
                .unwrap()
                .get(),
            "1"
        );
    }

    #[test]
    fn members_are_known_after_a_patch() {
        let text = br#"{ "a" : 1, "b":[2 ],"a":3, "c\u0064": {} }"#;
        let members = Members::parse(text).unwrap();
        for patch in [
            "{}",
            r#"{"a":null}"#,
            r#"{"b":"xyz", "e" : [1], "f":null}"#,
            r#"{"a":null,"b":null,"cd":null}"#,
        ] {
            let patch = Members::of(patch).unwrap();
            let edited = members.patched(&patch);
            assert_eq!(edited.text(), members.patch(&patch));
            assert_eq!(edited.text(), members.patch_pieces(&patch).concat().as_bytes());
            assert_known(&edited);
        }
        assert_known(&members.set(&[("b", Some("4")), ("g", Some("{}"))]));
    }

    proptest! {
        #[test]
        fn members_are_known_after_edits(
            values in proptest::collection::vec("[a-z\u{e9}]{0,6}", 1..6),
            edits in proptest::collection::vec((0_usize..6, 0_usize..8, 0_usize..8, "[0-9]{0,4}"), 0..6),
        ) {
            let written: Vec<String> =
                values.iter().enumerate().map(|(index, value)| format!("\"k{index}\" : \"{value}\"")).collect();
            let text = format!("{{ {} }}", written.join(" ,"));
            let members = Members::of(&text).unwrap();
            let edits = edits.into_iter().filter_map(|(index, from, to, new)| {
                let value = members.get(&format!("k{index}"))?.get();
                let inner = &value[1..value.len() - 1];
                let (from, to) = (from.min(to), from.max(to));
                let part = inner.get(from..to)?;
                Some((place_of(&text, part), Cow::Owned(new)))
            });
            assert_known(&Edited::within(&members, edits.collect()));
        }
    }
}

//! Texts made from an object's members: without some of them, with others, or with other values.

use super::edited::{Edited, Place};
use super::{Member, Members};

/// The pieces of a text that is being written, and their length.
struct Pieces<'a>(Vec<&'a str>, usize);

// === impl Members ===

impl<'a> Members<'a> {
    /// The object without these members; all others are verbatim.
    pub fn without(&self, keys: &[&str]) -> Vec<u8> {
        self.rewrite(
            |member| (!keys.contains(&&*member.key)).then(|| member.value.get()),
            &[],
            &mut |_| {},
        )
        .joined()
    }

    /// The object with `patch` merged into it: JSON merge patch (RFC 7396), applied to the top level only.
    ///
    /// A `null` removes the member, any other value replaces it entirely or is appended. All other members are copied
    /// byte for byte, in their order. The result is allocated once.
    pub fn patch(&self, patch: &Members<'_>) -> Vec<u8> {
        self.merged(patch, &mut |_| {}).joined()
    }

    /// The same in pieces, in order. Those that are not changed are parts of this text: nothing is copied.
    pub fn patch_pieces<'b>(&'b self, patch: &'b Members<'_>) -> Vec<&'b str> {
        self.merged(patch, &mut |_| {}).0
    }

    /// The same, which need not be read again.
    pub fn patched(&self, patch: &Members<'_>) -> Edited {
        Edited::noting(|note| self.merged(patch, note).joined())
    }

    fn merged<'b>(&'b self, patch: &'b Members<'_>, note: &mut dyn FnMut(Place)) -> Pieces<'b> {
        let added: Vec<(&str, usize)> = patch
            .list
            .iter()
            .filter(|member| !member.shadowed && !member.is_null())
            .filter(|member| self.find(&member.key).is_none())
            .map(|member| (&patch.text[member.place.clone()], member.value.get().len()))
            .collect();
        self.rewrite(
            |member| match patch.find(&member.key) {
                None => Some(member.value.get()),
                Some(new) if new.is_null() => None,
                Some(new) => Some(new.value.get()),
            },
            &added,
            note,
        )
    }

    /// The object with these members changed: `Some` JSON replaces the value or is appended as a new member, `None`
    /// removes it. A key is written as it stands. All other members are copied byte for byte, in their order.
    pub(crate) fn with(&self, edits: &[(&str, Option<&str>)]) -> Vec<u8> {
        self.changed(edits, &mut |_| {})
    }

    /// The same, which need not be read again.
    pub(crate) fn set(&self, edits: &[(&str, Option<&str>)]) -> Edited {
        Edited::noting(|note| self.changed(edits, note))
    }

    fn changed(&self, edits: &[(&str, Option<&str>)], note: &mut dyn FnMut(Place)) -> Vec<u8> {
        let added: Vec<(String, usize)> = edits
            .iter()
            .filter(|(key, _)| self.find(key).is_none())
            .filter_map(|(key, value)| Some((key, value.as_ref()?)))
            .map(|(key, value)| (format!("\"{key}\":{value}"), value.len()))
            .collect();
        let added: Vec<(&str, usize)> = added.iter().map(|(text, value)| (text.as_str(), *value)).collect();
        self.rewrite(
            |member| match edits.iter().find(|(key, _)| *key == member.key) {
                None => Some(member.value.get()),
                Some((_, value)) => *value,
            },
            &added,
            note,
        )
        .joined()
    }

    /// The text with each member's value as `value_of` has it (`None`: without the member), and with the texts of
    /// further members, whose values have these lengths, before the closing brace. Notes where the members are in it.
    fn rewrite<'b>(
        &'b self,
        value_of: impl Fn(&'b Member<'a>) -> Option<&'b str>,
        added: &[(&'b str, usize)],
        note: &mut dyn FnMut(Place),
    ) -> Pieces<'b> {
        let mut pieces = Pieces(Vec::with_capacity(3 * self.list.len() + 2 * added.len() + 2), 0);
        // How far the text has been copied; `None` right after a member that was left out.
        let mut gap_from = Some(0);
        let mut separator = "{";
        for member in &self.list {
            let value = if member.shadowed { None } else { value_of(member) };
            let Some(value) = value else {
                gap_from = None;
                continue;
            };
            let value_at = member.place.end - member.value.get().len();
            pieces.push(gap_from.map_or(separator, |from| &self.text[from..member.place.start]));
            let start = pieces.push(&self.text[member.place.start..value_at]);
            let at = pieces.push(value);
            note(Place {
                start,
                value: at..pieces.1,
            });
            gap_from = Some(member.place.end);
            separator = ",";
        }
        for (member, value) in added {
            pieces.push(separator);
            let start = pieces.push(member);
            note(Place {
                start,
                value: pieces.1 - value..pieces.1,
            });
            separator = ",";
        }
        match gap_from {
            Some(from) if from > 0 => pieces.push(&self.text[from..]),
            _ if separator == "{" => pieces.push("{}"),
            _ => pieces.push("}"),
        };
        pieces
    }
}

// === impl Pieces ===

impl<'a> Pieces<'a> {
    /// Adds a piece, and says where it begins.
    fn push(&mut self, piece: &'a str) -> usize {
        self.0.push(piece);
        let at = self.1;
        self.1 += piece.len();
        at
    }

    fn joined(self) -> Vec<u8> {
        self.0.concat().into_bytes()
    }
}

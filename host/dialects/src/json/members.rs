//! The members of a JSON object as slices of its text.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::splice::{SpliceError, place_of, read_utf8};

/// The most members of an object. Even the properties of the largest schemas are fewer.
const MOST: usize = 10_000;

/// The top level of one JSON object, in order; the values stay raw text.
///
/// If a key is given twice, the last one counts (RFC 8259, section 4, leaves it open; most parsers do so), and no text
/// made from the members holds the others: two readers cannot disagree about it.
#[derive(Debug, Clone)]
pub struct Members<'a> {
    text: &'a str,
    list: Vec<Member<'a>>,
    /// Indices of the members that count, sorted by key: a hostile object of many members is searched as fast as a
    /// small one.
    by_key: Vec<usize>,
}

#[derive(Debug, Clone)]
struct Member<'a> {
    key: Cow<'a, str>,
    value: &'a RawValue,
    /// From the quote before the key to the end of the value.
    place: Range<usize>,
    /// The same key comes again later.
    shadowed: bool,
}

/// An object's keys and values in order, as serde finds them.
struct Entries<'a>(Vec<(&'a RawValue, &'a RawValue)>);

struct EntriesVisitor;

// === impl Members ===

impl Members<'_> {
    /// The object without members, for requests of which nothing else is known.
    pub const fn empty() -> &'static Members<'static> {
        static EMPTY: Members<'static> = Members {
            text: "{}",
            list: Vec::new(),
            by_key: Vec::new(),
        };
        &EMPTY
    }
}

impl<'a> Members<'a> {
    /// Reads an object and validates the whole of it.
    ///
    /// # Errors
    /// If `text` is not UTF-8, not JSON, or JSON but not an object.
    pub fn parse(text: &'a [u8]) -> Result<Self, SpliceError> {
        let text = read_utf8(text)?;
        let Entries(entries) = serde_json::from_str(text)?;
        let list = entries
            .into_iter()
            .map(|(key, value)| Member::new(text, key, value))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self::index(text, list))
    }

    /// The bytes of the whole object, as it was read.
    pub fn whole(&self) -> &'a [u8] {
        self.text.as_bytes()
    }

    /// The text of the whole object.
    pub(crate) fn text(&self) -> &'a str {
        self.text
    }

    /// True if a member is given more than once.
    pub(crate) fn has_repeats(&self) -> bool {
        self.by_key.len() < self.list.len()
    }

    /// The value of a member, as raw text.
    pub fn get(&self, key: &str) -> Option<&'a RawValue> {
        self.find(key).map(|member| member.value)
    }

    /// All members in order: names and values.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, &'a RawValue)> {
        let counting = self.list.iter().filter(|member| !member.shadowed);
        counting.map(|member| (&*member.key, member.value))
    }

    /// All members but these, in order: the text of each from its key to its value, and the value.
    pub(crate) fn others<'b>(
        &'b self,
        keys: &'b [&'b str],
    ) -> impl Iterator<Item = (&'a str, &'a RawValue)> + use<'a, 'b> {
        self.list
            .iter()
            .filter(move |member| !member.shadowed && !keys.contains(&&*member.key))
            .map(|member| (&self.text[member.place.clone()], member.value))
    }

    /// The object without these members; all others are verbatim.
    pub fn without(&self, keys: &[&str]) -> Vec<u8> {
        self.rewrite(
            |member| (!keys.contains(&&*member.key)).then(|| member.value.get()),
            &[],
        )
    }

    /// The object with `patch` merged into it: JSON merge patch (RFC 7396), applied to the top level only.
    ///
    /// A `null` removes the member, any other value replaces it entirely or is appended. All other members are copied
    /// byte for byte, in their order. The result is allocated once.
    pub fn patch(&self, patch: &Members<'_>) -> Vec<u8> {
        let added: Vec<&str> = patch
            .list
            .iter()
            .filter(|member| !member.shadowed && !member.is_null())
            .filter(|member| self.find(&member.key).is_none())
            .map(|member| &patch.text[member.place.clone()])
            .collect();
        self.rewrite(
            |member| match patch.find(&member.key) {
                None => Some(member.value.get()),
                Some(new) if new.is_null() => None,
                Some(new) => Some(new.value.get()),
            },
            &added,
        )
    }

    /// The object with these members changed: `Some` JSON replaces the value or is appended as a new member, `None`
    /// removes it. A key is written as it stands. All other members are copied byte for byte, in their order.
    pub(crate) fn with(&self, edits: &[(&str, Option<&str>)]) -> Vec<u8> {
        let added: Vec<String> = edits
            .iter()
            .filter(|(key, _)| self.find(key).is_none())
            .filter_map(|(key, value)| Some(format!("\"{key}\":{}", value.as_ref()?)))
            .collect();
        let added: Vec<&str> = added.iter().map(String::as_str).collect();
        self.rewrite(
            |member| match edits.iter().find(|(key, _)| *key == member.key) {
                None => Some(member.value.get()),
                Some((_, value)) => *value,
            },
            &added,
        )
    }

    fn index(text: &'a str, mut list: Vec<Member<'a>>) -> Self {
        let mut by_key: Vec<usize> = (0..list.len()).collect();
        // The sort is stable, so that of equal keys the last in the text comes last.
        by_key.sort_by(|&a, &b| list[a].key.cmp(&list[b].key));
        for pair in by_key.windows(2) {
            list[pair[0]].shadowed = list[pair[0]].key == list[pair[1]].key;
        }
        by_key.retain(|&index| !list[index].shadowed);
        Self { text, list, by_key }
    }

    fn find(&self, key: &str) -> Option<&Member<'a>> {
        let found = self
            .by_key
            .binary_search_by(|&index| (*self.list[index].key).cmp(key))
            .ok()?;
        Some(&self.list[self.by_key[found]])
    }

    /// The text with each member's value as `value_of` has it (`None`: without the member), and with the texts of
    /// further members before the closing brace.
    fn rewrite<'b>(&'b self, value_of: impl Fn(&'b Member<'a>) -> Option<&'b str>, added: &[&'b str]) -> Vec<u8> {
        let mut pieces: Vec<&str> = Vec::with_capacity(3 * self.list.len() + 2 * added.len() + 2);
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
            pieces.push(&self.text[member.place.start..value_at]);
            pieces.push(value);
            gap_from = Some(member.place.end);
            separator = ",";
        }
        for member in added {
            pieces.extend([separator, member]);
            separator = ",";
        }
        match gap_from {
            Some(from) if from > 0 => pieces.push(&self.text[from..]),
            _ if separator == "{" => pieces.push("{}"),
            _ => pieces.push("}"),
        }
        pieces.concat().into_bytes()
    }
}

// === impl Member ===

impl<'a> Member<'a> {
    fn new(text: &str, key: &'a RawValue, value: &'a RawValue) -> Result<Self, SpliceError> {
        let place = place_of(text, key.get()).start..place_of(text, value.get()).end;
        let quoted = key.get();
        let key = if quoted.contains('\\') {
            // The one fault that only shows up here is half of a surrogate pair.
            let key = serde_json::from_str(quoted)
                .map_err(|error| SpliceError::at(text, place.start, format!("a member's name is invalid: {error}")))?;
            Cow::Owned(key)
        } else {
            Cow::Borrowed(quoted.trim_matches('"'))
        };
        Ok(Self {
            key,
            value,
            place,
            shadowed: false,
        })
    }

    fn is_null(&self) -> bool {
        self.value.get() == "null"
    }
}

// === impl Entries ===

impl<'de: 'a, 'a> Deserialize<'de> for Entries<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EntriesVisitor).map(Entries)
    }
}

impl<'de> Visitor<'de> for EntriesVisitor {
    type Value = Vec<(&'de RawValue, &'de RawValue)>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a JSON object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
        let mut entries = Vec::with_capacity(16);
        while let Some(entry) = map.next_entry()? {
            if entries.len() == MOST {
                return Err(Error::custom(format!("an object has more than {MOST} members")));
            }
            entries.push(entry);
        }
        Ok(entries)
    }
}

//! The members of a JSON object as slices of its text. `abridged` finds them in a long one, `rewrite` makes other texts of
//! them, and `edited` keeps where they are in these.

mod abridged;
mod edited;
mod rewrite;

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;

use self::abridged::Abridged;
use self::edited::Place;
pub use self::edited::{Edited, Outline};
use super::depth::is_deep;
use super::raw::known;
use super::splice::{SpliceError, place_of, read_utf8};

/// Up to how many members are looked through one by one: most requests have fewer, and their names mostly differ in length.
const FEW: usize = 16;

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

/// Why adapters cannot read a body.
pub(crate) enum Unreadable {
    /// It is nested deeper than [`DEEPEST`](super::DEEPEST).
    Deep,
    /// It is no object.
    NoObject(SpliceError),
}

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
        Self::of(read_utf8(text)?)
    }

    /// The same of a text.
    ///
    /// # Errors
    /// If `text` is not JSON, or JSON but not an object.
    pub fn of(text: &'a str) -> Result<Self, SpliceError> {
        let members = Abridged::of(text).and_then(|abridged| abridged.members(text));
        // What is no object is told by the places in the text itself.
        members.map_or_else(|| Self::read(text), Ok)
    }

    /// Reads a body that adapters are to read, too.
    ///
    /// # Errors
    /// If it is nested deeper than [`DEEPEST`](super::DEEPEST), or as [`Self::parse`].
    pub(crate) fn of_body(body: &'a [u8]) -> Result<Self, Unreadable> {
        let text = read_utf8(body)?;
        // Long texts outside of arguments do not make it deeper.
        let shallow = Abridged::of(text).filter(|abridged| !abridged.is_deep());
        match shallow.and_then(|abridged| abridged.members(text)) {
            Some(members) => Ok(members),
            None if is_deep(body) => Err(Unreadable::Deep),
            None => Ok(Self::read(text)?),
        }
    }

    /// Reads every byte.
    fn read(text: &'a str) -> Result<Self, SpliceError> {
        let Entries(entries) = serde_json::from_str(text)?;
        let list = entries
            .into_iter()
            .map(|(key, value)| Member::new(text, key, value))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self::index(text, list))
    }

    /// The object whose members are at these places. Nothing is read but their names; `None` if `text` is another one.
    fn at(text: &'a str, places: &[Place]) -> Option<Self> {
        let list: Option<Vec<Member<'a>>> = places.iter().map(|place| Member::at(text, place)).collect();
        list.map(|list| Self::index(text, list))
    }

    /// Where the members are, in order.
    fn places(&self) -> Vec<Place> {
        let place = |member: &Member<'_>| Place {
            start: member.place.start,
            value: member.place.end - member.value.get().len()..member.place.end,
        };
        self.list.iter().map(place).collect()
    }

    /// Where the members are, so that the same text need not be read again.
    #[must_use]
    pub fn outline(&self) -> Outline {
        Outline(self.places())
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
        if self.list.len() <= FEW {
            return self.list.iter().find(|member| !member.shadowed && member.key == key);
        }
        let found = self
            .by_key
            .binary_search_by(|&index| (*self.list[index].key).cmp(key))
            .ok()?;
        Some(&self.list[self.by_key[found]])
    }
}

// === impl Member ===

impl<'a> Member<'a> {
    fn new(text: &str, key: &'a RawValue, value: &'a RawValue) -> Result<Self, SpliceError> {
        let place = place_of(text, key.get()).start..place_of(text, value.get()).end;
        // The one fault that only shows up here is half of a surrogate pair.
        let key = name(key.get())
            .map_err(|error| SpliceError::at(text, place.start, format!("a member's name is invalid: {error}")))?;
        Ok(Self {
            key,
            value,
            place,
            shadowed: false,
        })
    }

    /// The member at this place.
    fn at(text: &'a str, place: &Place) -> Option<Self> {
        let head = text.get(place.start..place.value.start)?.trim_end();
        Some(Self {
            key: name(head.strip_suffix(':')?.trim_end()).ok()?,
            value: known(text.get(place.value.clone())?)?,
            place: place.start..place.value.end,
            shadowed: false,
        })
    }

    fn is_null(&self) -> bool {
        self.value.get() == "null"
    }
}

/// What a member's name in quotes says.
fn name(quoted: &str) -> serde_json::Result<Cow<'_, str>> {
    if quoted.contains('\\') {
        serde_json::from_str(quoted).map(Cow::Owned)
    } else {
        Ok(Cow::Borrowed(quoted.trim_matches('"')))
    }
}

// === impl Unreadable ===

impl From<SpliceError> for Unreadable {
    fn from(error: SpliceError) -> Self {
        Self::NoObject(error)
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

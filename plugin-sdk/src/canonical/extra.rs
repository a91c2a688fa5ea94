//! The members of an object in their order, as JSON text: what a struct does not know, and what an adapter builds.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Json;
use crate::scan::is_same;

/// The most members that are searched one by one. Clients and upstreams may send any number, which are indexed.
const FEW: usize = 32;

/// The members of an object: names and values, in their original order. If a name comes twice, the last value counts.
///
/// What upstreams and clients invent tomorrow ends up here, and an adapter can build any object with it:
/// ```
/// use jackfield_plugin_sdk::canonical::Extra;
///
/// let mut block: Extra = serde_json::from_str(r#"{"type": "text", "text": "Hi", "score": 0.10}"#).unwrap();
/// assert_eq!(block.text("type").as_deref(), Some("text"));
/// let text: String = block.take("text").unwrap();
/// block.insert("content", text);
/// assert_eq!(serde_json::to_string(&block).unwrap(), r#"{"type":"text","score":0.10,"content":"Hi"}"#);
/// ```
#[derive(Clone, Default)]
pub struct Extra {
    /// The members in their order.
    members: Vec<(String, Json)>,
    /// The place of each by its name, once there have been more than a few; else empty.
    places: BTreeMap<String, usize>,
}

// === impl Extra ===

impl Extra {
    /// An object without members.
    pub fn new() -> Self {
        Self::default()
    }

    /// The member's value.
    pub fn get(&self, name: &str) -> Option<&Json> {
        self.place(name).map(|place| &self.members[place].1)
    }

    /// Whether there is such a member.
    pub fn contains_key(&self, name: &str) -> bool {
        self.place(name).is_some()
    }

    /// The member as a `T`; `None` if it is absent or has another shape.
    pub fn read<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        self.get(name)?.read()
    }

    /// The member's text; `None` if it is absent or no string.
    pub fn text(&self, name: &str) -> Option<String> {
        self.get(name)?.as_str()
    }

    /// Sets a member, in its old place if it has one.
    pub fn insert(&mut self, name: impl Into<String>, value: impl Into<Json>) {
        let (name, value) = (name.into(), value.into());
        match self.place(&name) {
            Some(place) => self.members[place].1 = value,
            None => self.push(name, value),
        }
    }

    /// Sets a member to anything that has a form in JSON.
    pub fn set<T: Serialize + ?Sized>(&mut self, name: impl Into<String>, value: &T) {
        self.insert(name, Json::of(value));
    }

    /// Sets a member unless there is one.
    pub fn insert_new(&mut self, name: impl Into<String>, value: impl Into<Json>) {
        let name = name.into();
        if !self.contains_key(&name) {
            self.push(name, value.into());
        }
    }

    /// Takes a member out, and moves up those behind it: to take out many, use [`retain`](Self::retain).
    pub fn remove(&mut self, name: &str) -> Option<Json> {
        let place = self.place(name)?;
        let (_, value) = self.members.remove(place);
        if self.places.remove(name).is_some() {
            let behind = self.places.values_mut().filter(|other| **other > place);
            behind.for_each(|other| *other -= 1);
        }
        Some(value)
    }

    /// Takes a member out as a `T`; `None` if it is absent or has another shape.
    pub fn take<T: DeserializeOwned>(&mut self, name: &str) -> Option<T> {
        self.remove(name)?.read()
    }

    /// Takes a text out; empty if there is none.
    pub fn take_text(&mut self, name: &str) -> String {
        self.remove(name).and_then(|value| value.string()).unwrap_or_default()
    }

    /// Keeps only the members for which `keep` is true.
    pub fn retain(&mut self, mut keep: impl FnMut(&str, &Json) -> bool) {
        self.members.retain(|(name, value)| keep(name, value));
        if !self.places.is_empty() {
            self.places.clear();
            self.note_places();
        }
    }

    /// The number of members.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there are no members.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// The members in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Json)> {
        self.members.iter().map(|(name, value)| (name.as_str(), value))
    }

    fn place(&self, name: &str) -> Option<usize> {
        if self.places.is_empty() {
            let is_it = |(other, _): &(String, _)| is_same(other.as_bytes(), name.as_bytes());
            self.members.iter().position(is_it)
        } else {
            self.places.get(name).copied()
        }
    }

    /// Adds a member whose name is new.
    fn push(&mut self, name: String, value: Json) {
        self.members.push((name, value));
        if self.members.len() > FEW || !self.places.is_empty() {
            self.note_places();
        }
    }

    /// Notes the places of the last members, which have none yet.
    fn note_places(&mut self) {
        for (place, (name, _)) in self.members.iter().enumerate().skip(self.places.len()) {
            self.places.insert(name.clone(), place);
        }
    }
}

impl IntoIterator for Extra {
    type Item = (String, Json);
    type IntoIter = std::vec::IntoIter<(String, Json)>;

    /// The members in their order.
    fn into_iter(self) -> Self::IntoIter {
        self.members.into_iter()
    }
}

impl Extend<(String, Json)> for Extra {
    fn extend<I: IntoIterator<Item = (String, Json)>>(&mut self, members: I) {
        for (name, value) in members {
            self.insert(name, value);
        }
    }
}

impl FromIterator<(String, Json)> for Extra {
    fn from_iter<I: IntoIterator<Item = (String, Json)>>(members: I) -> Self {
        let mut extra = Self::new();
        extra.extend(members);
        extra
    }
}

impl PartialEq for Extra {
    /// Objects are equal whatever the order of their members (RFC 8259, section 4).
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().all(|(name, value)| other.get(name) == Some(value))
    }
}

impl fmt::Debug for Extra {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl From<Extra> for Json {
    fn from(extra: Extra) -> Self {
        Self::of(&extra)
    }
}

impl Serialize for Extra {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for Extra {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ExtraVisitor)
    }
}

struct ExtraVisitor;

impl<'de> Visitor<'de> for ExtraVisitor {
    type Value = Extra;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Extra, A::Error> {
        let mut extra = Extra::new();
        while let Some((name, value)) = map.next_entry::<String, Json>()? {
            extra.insert(name, value);
        }
        Ok(extra)
    }
}

#[cfg(test)]
mod tests;

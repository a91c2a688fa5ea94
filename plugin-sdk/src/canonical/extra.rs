//! The members of an object in their order, as JSON text: what a struct does not know, and what an adapter builds.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Json;

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
    /// The values by name, each with its place.
    members: BTreeMap<String, (u64, Json)>,
    /// The place of the next new member.
    next: u64,
}

// === impl Extra ===

impl Extra {
    /// An object without members.
    pub fn new() -> Self {
        Self::default()
    }

    /// The member's value.
    pub fn get(&self, name: &str) -> Option<&Json> {
        self.members.get(name).map(|(_, value)| value)
    }

    /// Whether there is such a member.
    pub fn contains_key(&self, name: &str) -> bool {
        self.members.contains_key(name)
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
        let place = self.members.entry(name.into()).or_insert_with(|| {
            self.next = self.next.saturating_add(1);
            (self.next, Json::default())
        });
        place.1 = value.into();
    }

    /// Sets a member to anything that has a form in JSON.
    pub fn set<T: Serialize + ?Sized>(&mut self, name: impl Into<String>, value: &T) {
        self.insert(name, Json::of(value));
    }

    /// Sets a member unless there is one.
    pub fn insert_new(&mut self, name: impl Into<String>, value: impl Into<Json>) {
        let name = name.into();
        if !self.contains_key(&name) {
            self.insert(name, value);
        }
    }

    /// Takes a member out.
    pub fn remove(&mut self, name: &str) -> Option<Json> {
        self.members.remove(name).map(|(_, value)| value)
    }

    /// Takes a member out as a `T`; `None` if it is absent or has another shape.
    pub fn take<T: DeserializeOwned>(&mut self, name: &str) -> Option<T> {
        self.remove(name)?.read()
    }

    /// Takes a text out; empty if there is none.
    pub fn take_text(&mut self, name: &str) -> String {
        self.take(name).unwrap_or_default()
    }

    /// Keeps only the members for which `keep` is true.
    pub fn retain(&mut self, mut keep: impl FnMut(&str, &Json) -> bool) {
        self.members.retain(|name, (_, value)| keep(name, value));
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
        let mut members: Vec<_> = self.members.iter().collect();
        members.sort_unstable_by_key(|(_, (place, _))| *place);
        members.into_iter().map(|(name, (_, value))| (name.as_str(), value))
    }
}

impl IntoIterator for Extra {
    type Item = (String, Json);
    type IntoIter = std::vec::IntoIter<(String, Json)>;

    /// The members in their order.
    fn into_iter(self) -> Self::IntoIter {
        let mut members: Vec<_> = self.members.into_iter().collect();
        members.sort_unstable_by_key(|(_, (place, _))| *place);
        let members: Vec<_> = members.into_iter().map(|(name, (_, value))| (name, value)).collect();
        members.into_iter()
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
        let mut members = self.members.iter();
        self.len() == other.len() && members.all(|(name, (_, value))| other.get(name) == Some(value))
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
mod tests {
    use super::{Extra, Json};

    fn extra(text: &str) -> Extra {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn members_keep_their_order_and_their_digits() {
        let text = r#"{"z":10.10,"a":[1,2],"m":123456789012345678901234567890}"#;
        assert_eq!(Json::of(&extra(text)).text(), text);
        let through: Extra = extra(text).into_iter().collect();
        assert_eq!(Json::of(&through).text(), text);
    }

    #[test]
    fn the_last_of_two_values_counts_in_the_first_place() {
        assert_eq!(Json::of(&extra(r#"{"a":1,"b":2,"a":3}"#)).text(), r#"{"a":3,"b":2}"#);
    }

    #[test]
    fn objects_are_equal_in_any_order() {
        assert_eq!(extra(r#"{"a":1,"b":2}"#), extra(r#"{"b":2,"a":1}"#));
        assert_ne!(extra(r#"{"a":1}"#), extra(r#"{"a":1.0}"#));
    }

    #[test]
    fn a_member_is_taken_in_the_shape_that_is_asked_for() {
        let mut members = extra(r#"{"n":5,"t":"x","u":null}"#);
        assert_eq!(members.take::<u64>("n"), Some(5));
        assert_eq!(members.take_text("t"), "x");
        assert_eq!(members.take_text("u"), "");
        assert!(members.is_empty());
        members.insert_new("a", 1_u64);
        members.insert_new("a", 2_u64);
        assert_eq!((members.text("a"), members.read::<u64>("a")), (None, Some(1)));
    }
}

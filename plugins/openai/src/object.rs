//! A JSON object whose members keep their order and their text: numbers reach the other side digit for digit.

use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};

/// An object, of which only the members that change are read.
#[derive(Debug, Default)]
pub struct Object(Vec<(String, Box<RawValue>)>);

struct Members;

// === impl Object ===

impl Object {
    /// Reads an object; none if the text is something else.
    pub fn read(text: &RawValue) -> Option<Self> {
        serde_json::from_str(text.get()).ok()
    }

    /// A member's text.
    pub fn get(&self, name: &str) -> Option<&RawValue> {
        // If a name comes twice, the last one counts, as in most parsers.
        let found = self.0.iter().rev().find(|(member, _)| member == name);
        found.map(|(_, value)| &**value)
    }

    /// Removes a member.
    pub fn remove(&mut self, name: &str) -> Option<Box<RawValue>> {
        let value = self.get(name)?.to_owned();
        self.0.retain(|(member, _)| member != name);
        Some(value)
    }

    /// Sets a member, in its place if it has one.
    pub fn set(&mut self, name: &str, value: Box<RawValue>) {
        match self.0.iter_mut().rev().find(|(member, _)| member == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name.to_owned(), value)),
        }
    }

    /// An object with one member.
    pub fn of(name: &str, value: &RawValue) -> Self {
        Self(vec![(name.to_owned(), value.to_owned())])
    }

    /// The object as text.
    ///
    /// # Errors
    /// None: all members are JSON already.
    pub fn to_raw(&self) -> Result<Box<RawValue>, serde_json::Error> {
        to_raw_value(self)
    }
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members).map(Self)
    }
}

impl<'de> Visitor<'de> for Members {
    type Value = Vec<(String, Box<RawValue>)>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(members)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::Object;

    #[test]
    fn what_is_not_touched_keeps_its_place_and_its_digits() {
        let text = r#"{"b":10.10,"a":123456789012345678901234567890,"c":[1.0]}"#;
        let raw: &RawValue = serde_json::from_str(text).unwrap();
        let mut object = Object::read(raw).unwrap();
        assert_eq!(object.to_raw().unwrap().get(), text);
        let a = object.remove("a").unwrap();
        object.set("b", a);
        object.set("d", serde_json::from_str("null").unwrap());
        let expected = r#"{"b":123456789012345678901234567890,"c":[1.0],"d":null}"#;
        assert_eq!(object.to_raw().unwrap().get(), expected);
        assert!(Object::read(serde_json::from_str("[1]").unwrap()).is_none());
    }
}

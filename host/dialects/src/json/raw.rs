//! Single values as raw text: which of them are objects, and which are empty.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::{BorrowedStrDeserializer, MapAccessDeserializer};
use serde::de::{DeserializeSeed, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::fault::StreamFault;

/// A value that was written as an object. By itself serde takes a list for the fields of a struct in their order.
#[derive(Debug)]
pub(crate) struct ObjectOf<T>(pub(crate) T);

struct ObjectVisitor<T>(PhantomData<T>);

/// The name under which `serde_json` hands raw values over to its own type.
const RAW: &str = "$serde_json::private::RawValue";

/// A raw value as `serde_json` would hand it over after a look at it.
struct Seen<'a>(Option<&'a str>);

/// The text of what should be a JSON object, without white space around it.
pub(crate) fn object_text(data: &[u8]) -> Result<&str, StreamFault> {
    let text = simdutf8::basic::from_utf8(data.trim_ascii()).map_err(|_| StreamFault::malformed("it is not UTF-8"))?;
    // serde would read an array as the struct's fields in order.
    if text.starts_with('{') {
        Ok(text)
    } else {
        Err(StreamFault::malformed("it is not a JSON object"))
    }
}

/// The raw value that this text is. It is known to be one JSON value, and large: it is not looked at again.
///
/// There is no function of `serde_json` for that. Should its types talk to each other differently one day, the text is read.
pub(crate) fn known(text: &str) -> Option<&RawValue> {
    let seen = <&RawValue>::deserialize(MapAccessDeserializer::new(Seen(Some(text))));
    seen.or_else(|_| serde_json::from_str(text)).ok()
}

/// True unless the value is one of the ways to write nothing.
pub(crate) fn is_given(value: &RawValue) -> bool {
    !matches!(value.get(), "null" | "false" | "\"\"" | "[]" | "{}")
}

/// The inside of a JSON string: what is between its quotes.
pub(crate) fn inside(string: &str) -> &str {
    let unquoted = string.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    unquoted.unwrap_or_default()
}

/// Keeps a member whose value is `null`, which a plain `Option` would take for absent.
pub(crate) fn even_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

// === impl ObjectOf ===

impl<'de, T: Deserialize<'de>> Deserialize<'de> for ObjectOf<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor(PhantomData)).map(Self)
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = T;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<T, M::Error> {
        T::deserialize(MapAccessDeserializer::new(map))
    }
}

// === impl Seen ===

impl<'de> MapAccess<'de> for Seen<'de> {
    type Error = serde_json::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Self::Error> {
        let key = self.0.map(|_| seed.deserialize(BorrowedStrDeserializer::new(RAW)));
        key.transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Self::Error> {
        seed.deserialize(BorrowedStrDeserializer::new(self.0.take().unwrap_or_default()))
    }
}

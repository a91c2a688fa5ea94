//! Reads objects into structs that keep unknown members as text.
//!
//! serde's `flatten` would first parse every value into a tree of its own, in which numbers lose their digits.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{MapAccess, Visitor};

/// A struct that is read from an object's members.
pub(super) trait Members: Sized {
    /// Reads the members; `null` counts as absent.
    ///
    /// # Errors
    /// If a member has an unexpected shape, or a required one is missing.
    fn read<'de, A: MapAccess<'de>>(map: A) -> Result<Self, A::Error>;
}

/// A member's name, as a part of the text in which it stands if it has no escapes.
#[derive(Deserialize)]
#[serde(transparent)]
pub(super) struct Name<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

/// Reads any such struct.
pub(super) struct ObjectVisitor<T>(PhantomData<T>);

// === impl ObjectVisitor ===

impl<T> ObjectVisitor<T> {
    pub(super) fn new() -> Self {
        Self(PhantomData)
    }
}

impl<'de, T: Members> Visitor<'de> for ObjectVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::read(map)
    }
}

/// Implements [`Members`] for a struct with `Default` and a field `extra`: which member is which field.
macro_rules! members {
    ($name:ident { $($member:literal => $field:ident,)+ } $(requires $($needed:literal),+)?) => {
        impl $crate::canonical::members::Members for $name {
            fn read<'de, A: serde::de::MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
                let mut read = Self::default();
                let mut missing: Vec<&'static str> = vec![$($($needed),+)?];
                while let Some($crate::canonical::members::Name(name)) = map.next_key()? {
                    match name.as_ref() {
                        $($member => {
                            if let Some(value) = map.next_value()? {
                                read.$field = value;
                                missing.retain(|needed| *needed != $member);
                            }
                        })+
                        _ => read.extra.insert(name, map.next_value::<$crate::canonical::Json>()?),
                    }
                }
                match missing.first() {
                    Some(needed) => Err(serde::de::Error::missing_field(needed)),
                    None => Ok(read),
                }
            }
        }
    };
}

/// Implements [`Members`] and `Deserialize`.
macro_rules! object {
    ($name:ident $($rest:tt)+) => {
        $crate::canonical::members::members! { $name $($rest)+ }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_map($crate::canonical::members::ObjectVisitor::new())
            }
        }
    };
}

pub(super) use {members, object};

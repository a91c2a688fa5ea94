//! Names by which prices differ: the service tier and the model that served, and the kind of an image.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The name of a service tier, such as `default`, `flex` or `priority`.
pub type ServiceTier = Name<22>;

/// The name of the model that served, which is often more exact than the one that was asked for: `gpt-4o-2024-08-06`.
pub type ServedModel = Name<95>;

/// The quality and the size of an image, as prices name them: `hd/1024x1024`.
pub type ImageKind = Name<47>;

/// A word of visible ASCII with at most `LONGEST` characters. Kept in place, so that it can be copied with the counts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Name<const LONGEST: usize> {
    length: u8,
    bytes: [u8; LONGEST],
}

// === impl Name ===

impl<const LONGEST: usize> Name<LONGEST> {
    /// This name; `None` if it is not a short word of visible ASCII.
    #[must_use]
    pub fn new(name: &str) -> Option<Self> {
        let is_word = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic());
        let mut bytes = [0; LONGEST];
        bytes.get_mut(..name.len())?.copy_from_slice(name.as_bytes());
        let length = u8::try_from(name.len()).ok()?;
        is_word.then_some(Self { length, bytes })
    }

    /// A name from a JSON string; `None` if it is none.
    pub(crate) fn of_json(text: &str) -> Option<Self> {
        if text.contains('\\') {
            let name: String = serde_json::from_str(text).ok()?;
            return Self::new(&name);
        }
        Self::new(text.strip_prefix('"')?.strip_suffix('"')?)
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let name = self.bytes.get(..usize::from(self.length)).unwrap_or_default();
        str::from_utf8(name).unwrap_or_default()
    }
}

impl<const LONGEST: usize> fmt::Debug for Name<LONGEST> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl<const LONGEST: usize> Serialize for Name<LONGEST> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

impl<'de, const LONGEST: usize> Deserialize<'de> for Name<LONGEST> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let name = String::deserialize(from)?;
        Self::new(&name).ok_or_else(|| de::Error::custom("not a short word"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_short_word() {
        for (json, name) in [
            (r#""flex""#, Some("flex")),
            (r#""org\/m""#, Some("org/m")),
            (r#""""#, None),
            ("null", None),
            (r#""a b""#, None),
            (r#""a\nb""#, None),
            (r#""äther""#, None),
            (r#""a-name-that-is-far-too-long""#, None),
        ] {
            let tier = ServiceTier::of_json(json);
            assert_eq!(tier.as_ref().map(ServiceTier::as_str), name, "{json}");
        }
    }
}

//! The service tier in which a reply was served, as the upstream names it.

use std::fmt;

/// The longest name that is kept; others are no names of tiers.
const LONGEST: usize = 22;

/// The name of a service tier: a short word of ASCII, such as `default`, `flex` or `priority`. Kept in place, so that it can
/// be copied with the counts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ServiceTier {
    length: u8,
    bytes: [u8; LONGEST],
}

// === impl ServiceTier ===

impl ServiceTier {
    /// A tier with this name; `None` if it is not a short word of visible ASCII.
    #[must_use]
    pub fn new(name: &str) -> Option<Self> {
        let is_word = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic());
        let mut bytes = [0; LONGEST];
        bytes.get_mut(..name.len())?.copy_from_slice(name.as_bytes());
        is_word.then_some(Self {
            length: name.len() as u8,
            bytes,
        })
    }

    /// A tier from a JSON string; `None` if it is none.
    pub(crate) fn of_json(text: &str) -> Option<Self> {
        Self::new(text.strip_prefix('"')?.strip_suffix('"')?)
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let name = self.bytes.get(..usize::from(self.length)).unwrap_or_default();
        str::from_utf8(name).unwrap_or_default()
    }
}

impl fmt::Debug for ServiceTier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tier_is_a_short_word() {
        for (json, name) in [
            (r#""flex""#, Some("flex")),
            (r#""""#, None),
            ("null", None),
            (r#""a b""#, None),
            (r#""äther""#, None),
            (r#""a-name-that-is-far-too-long""#, None),
        ] {
            let tier = ServiceTier::of_json(json);
            assert_eq!(tier.as_ref().map(ServiceTier::as_str), name, "{json}");
        }
    }
}

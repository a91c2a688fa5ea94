//! A JSON value kept as text, so that its digits, its members and their order survive.

mod cut;
mod tidy;

use memchr::memchr;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use crate::long_text::said;

pub(crate) use cut::Cut;
pub(crate) use tidy::tidied;

/// A JSON value as the text in which it was written, without the white space between its tokens.
///
/// Nothing is lost that a parsed value would lose: numbers beyond 64 bits, `10.10`, members given twice. A `\u` escape
/// that is half of a character (RFC 8259, section 8.2) becomes U+FFFD, because nobody further on can read it.
///
/// ```
/// use jackfield_plugin_sdk::canonical::Json;
///
/// let json = Json::parse("{ \"price\": 10.10 }").unwrap();
/// assert_eq!(json.text(), r#"{"price":10.10}"#);
/// assert_eq!(Json::of(&["a"]).read::<Vec<String>>().unwrap(), ["a"]);
/// ```
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub struct Json(Box<RawValue>);

// === impl Json ===

impl Json {
    /// The value as JSON; `null` if it has no form in JSON, such as a map whose keys are no strings.
    pub fn of<T: Serialize + ?Sized>(value: &T) -> Self {
        serde_json::value::to_raw_value(value).map(Self).unwrap_or_default()
    }

    /// The value of a JSON text.
    ///
    /// # Errors
    /// If the text is not one JSON value.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// The value of a JSON text, tidied.
    pub(super) fn tidy(raw: Box<RawValue>) -> Result<Self, serde_json::Error> {
        match tidied(raw.get()) {
            None => Ok(Self(raw)),
            Some(tidy) => RawValue::from_string(tidy).map(Self),
        }
    }

    /// The JSON text.
    pub fn text(&self) -> &str {
        self.0.get()
    }

    /// The value as a `T`; `None` if it has another shape.
    pub fn read<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_str(self.text()).ok()
    }

    /// The string; `None` if the value is none.
    pub fn as_str(&self) -> Option<String> {
        self.string().map(said)
    }

    /// The string as it is written here, which may be the mark of a long one.
    pub(super) fn string(&self) -> Option<String> {
        let inner = self.text().strip_prefix('"')?.strip_suffix('"')?;
        match memchr(b'\\', inner.as_bytes()) {
            None => Some(inner.to_owned()),
            Some(_) => self.read(),
        }
    }

    /// A count of tokens or the like, which some upstreams write as `12.0`; `None` if the value is none.
    ///
    /// ```
    /// use jackfield_plugin_sdk::canonical::Json;
    ///
    /// let count = |text: &str| Json::parse(text).unwrap().as_count();
    /// assert_eq!((count("12"), count("12.0"), count("-1"), count("\"12\"")), (Some(12), Some(12), None, None));
    /// ```
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "only positive numbers are cast, and a cast from f64 saturates"
    )]
    pub fn as_count(&self) -> Option<u64> {
        let rounded = || {
            let number = self.read::<f64>().filter(|number| *number >= 0.0);
            number.map(|number| number as u64)
        };
        self.read().or_else(rounded)
    }

    /// Whether the value is `null`.
    pub fn is_null(&self) -> bool {
        self.text() == "null"
    }

    /// Whether the value is an object.
    pub fn is_object(&self) -> bool {
        self.starts_with('{')
    }

    /// Whether the value is a list.
    pub fn is_array(&self) -> bool {
        self.starts_with('[')
    }

    /// Whether the value is a string.
    pub fn is_string(&self) -> bool {
        self.starts_with('"')
    }

    /// Whether the value is a number.
    pub fn is_number(&self) -> bool {
        self.text().starts_with(|c: char| c == '-' || c.is_ascii_digit())
    }

    fn starts_with(&self, mark: char) -> bool {
        self.text().starts_with(mark)
    }
}

impl Default for Json {
    /// `null`.
    fn default() -> Self {
        Self(RawValue::NULL.to_owned())
    }
}

impl PartialEq for Json {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

impl Eq for Json {}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Self::of(text)
    }
}

impl From<String> for Json {
    fn from(text: String) -> Self {
        Self::of(&text)
    }
}

impl From<bool> for Json {
    fn from(value: bool) -> Self {
        Self::of(&value)
    }
}

impl From<u64> for Json {
    fn from(value: u64) -> Self {
        Self::of(&value)
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        Self::tidy(raw).map_err(serde::de::Error::custom)
    }
}

/// Parses JSON. If it fails and the text has `\u` escapes that are half of a character, it tries again without them:
/// clients and upstreams that cut a text between an emoji's two escapes mean no harm.
///
/// # Errors
/// If the text is not JSON of the expected shape.
pub(crate) fn parse_or_repair<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, serde_json::Error> {
    parse(bytes).or_else(|error| {
        let repaired = std::str::from_utf8(bytes).ok().and_then(tidied);
        repaired.map_or(Err(error), |text| serde_json::from_str(&text))
    })
}

/// Reads JSON that is checked for UTF-8 in one go. A parser of bytes checks each string in them.
///
/// # Errors
/// If it is not JSON of the expected shape.
pub(crate) fn parse<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, serde_json::Error> {
    match std::str::from_utf8(bytes) {
        Ok(text) => serde_json::from_str(text),
        Err(_) => serde_json::from_slice(bytes),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Json, parse_or_repair};

    #[test]
    fn a_number_keeps_its_digits() {
        for text in [
            "10.10",
            "1e400",
            "123456789012345678901234567890",
            "[-0.0,1E+2]",
            "{\"a\":1.0,\"a\":2}",
        ] {
            assert_eq!(Json::parse(text).unwrap().text(), text);
            let through = serde_json::to_string(&Json::parse(text).unwrap()).unwrap();
            assert_eq!(through, text);
        }
    }

    #[test]
    fn a_value_is_one_line_whatever_its_layout() {
        let json = Json::parse("{\n  \"a b\" : [ 1,\r\n 2 ] }").unwrap();
        assert_eq!(json.text(), "{\"a b\":[1,2]}");
    }

    #[test]
    fn a_value_is_asked_for_its_kind() {
        let of = |value| Json::of(&value);
        assert_eq!(of(json!("a\"")).as_str().as_deref(), Some("a\""));
        assert_eq!(of(json!(1)).as_str(), None);
        assert!(of(json!({})).is_object() && of(json!([])).is_array() && Json::default().is_null());
        assert_eq!(of(json!([1, 2])).read::<Vec<u8>>(), Some(vec![1, 2]));
        assert_eq!(of(json!([1, 2])).read::<u8>(), None);
    }

    #[test]
    fn half_a_character_does_not_make_a_text_unreadable() {
        let text = br#"["a \ud83d", "\ude00", "\ud83d\ude00"]"#;
        let read: Vec<String> = parse_or_repair(text).unwrap();
        assert_eq!(read, ["a \u{fffd}", "\u{fffd}", "\u{1f600}"]);
        assert!(parse_or_repair::<Vec<String>>(b"[1]").is_err());
    }
}

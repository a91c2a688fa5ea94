//! A text that stays JSON until somebody reads it.

use std::cell::OnceCell;
use std::fmt;
use std::ops::Deref;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Json;

/// A text of a conversation, which may be long. What a client wrote is kept as the JSON string that it came as, and is
/// written again as it is: most texts pass through an adapter unread, and to unescape and escape them is what such a call
/// would mostly be. The longest stay with the host ([`Call::chat`](crate::Call::chat)), and come when they are read.
///
/// It reads as a `str`:
/// ```
/// use jackfield_plugin_sdk::canonical::Text;
///
/// let text: Text = serde_json::from_str(r#""caf\u00e9\n""#).unwrap();
/// assert_eq!(text.trim(), "café");
/// assert_eq!(serde_json::to_string(&text).unwrap(), r#""caf\u00e9\n""#);
/// assert_eq!(serde_json::to_string(&Text::from("a\n")).unwrap(), r#""a\n""#);
/// ```
#[derive(Clone, Default)]
pub struct Text {
    /// The JSON string; `None` if the text is ours, or was changed.
    json: Option<Json>,
    /// What it says, once somebody has asked.
    said: OnceCell<String>,
}

// === impl Text ===

impl Text {
    /// The text of a JSON string; `None` if the value is none.
    pub fn of_json(json: Json) -> Option<Self> {
        json.is_string().then(|| Self {
            json: Some(json),
            said: OnceCell::new(),
        })
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        let read = || self.json.as_ref().and_then(Json::as_str).unwrap_or_default();
        self.said.get_or_init(read)
    }

    /// The text as a `String`.
    pub fn into_string(self) -> String {
        self.as_str();
        self.said.into_inner().unwrap_or_default()
    }

    /// Whether the text has nothing in it.
    pub fn is_empty(&self) -> bool {
        match &self.json {
            Some(json) => json.text() == "\"\"",
            None => self.as_str().is_empty(),
        }
    }

    /// Whether the text has nothing but white space.
    pub fn is_blank(&self) -> bool {
        // A plain letter at the start answers that without reading the rest.
        let json = self.json.as_ref().map(|json| json.text().as_bytes());
        match json.and_then(|json| json.get(1)) {
            Some(first) if first.is_ascii_alphanumeric() => false,
            _ => self.trim().is_empty(),
        }
    }

    /// Appends to the text.
    pub fn push_str(&mut self, more: &str) {
        self.change(|text| text.push_str(more));
    }

    /// Cuts white space at the end of the text.
    pub fn cut_end(&mut self) {
        let end = self.trim_end().len();
        if end < self.len() {
            self.change(|text| text.truncate(end));
        }
    }

    fn change(&mut self, change: impl FnOnce(&mut String)) {
        let mut text = std::mem::take(self).into_string();
        change(&mut text);
        *self = text.into();
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Text {}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self {
            json: None,
            said: OnceCell::from(text),
        }
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.into_string()
    }
}

impl From<Text> for Json {
    fn from(text: Text) -> Self {
        match text.json {
            Some(json) => json,
            None => text.as_str().into(),
        }
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.json {
            Some(json) => json.serialize(serializer),
            None => serializer.serialize_str(self.as_str()),
        }
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = Json::deserialize(deserializer)?;
        Self::of_json(json).ok_or_else(|| serde::de::Error::custom("expected a string"))
    }
}

#[cfg(test)]
mod tests {
    use super::Text;
    use crate::canonical::Json;

    fn read(json: &str) -> Text {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn what_nobody_changes_is_written_as_it_came() {
        for json in [r#""""#, r#""a\/\u00e9\n""#, r#""\ud83d\ude00""#, r#""é""#] {
            let text = read(json);
            let _ = text.len();
            assert_eq!(serde_json::to_string(&text).unwrap(), json);
            assert_eq!(Json::from(text).text(), json);
        }
    }

    #[test]
    fn what_is_changed_is_written_anew() {
        let mut text = read(r#""a\u00e9 \n""#);
        text.cut_end();
        assert_eq!(serde_json::to_string(&text).unwrap(), r#""aé""#);
        text.push_str("\t");
        assert_eq!(serde_json::to_string(&text).unwrap(), r#""aé\t""#);
        assert_eq!(text.into_string(), "aé\t");
    }

    #[test]
    fn half_a_character_is_replaced_before_anybody_reads_it() {
        let text = read(r#""a \ud83d""#);
        assert_eq!(serde_json::to_string(&text).unwrap(), r#""a \ufffd""#);
        assert_eq!(text.as_str(), "a \u{fffd}");
    }

    #[test]
    fn white_space_is_blank_however_it_is_written() {
        for (json, blank) in [
            (r#""""#, true),
            (r#"" \n""#, true),
            (r#""\u0020\u00a0""#, true),
            (r#""a""#, false),
            (r#""\u0061""#, false),
            (r#"" é""#, false),
        ] {
            assert_eq!(read(json).is_blank(), blank, "{json}");
        }
        assert!(Text::default().is_blank() && Text::from("\n").is_blank() && !Text::from("a").is_blank());
    }

    #[test]
    fn only_a_string_is_a_text() {
        for json in ["1", "null", "[\"a\"]", "{}"] {
            assert!(serde_json::from_str::<Text>(json).is_err(), "{json}");
        }
    }
}

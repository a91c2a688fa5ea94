//! A JSON value as the text in which it was written: the digits of its numbers are part of what a case says.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::indented::indented;

/// A JSON value without white space between its tokens, else as it was written. By default `null`.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub struct Verbatim(Box<RawValue>);

// === impl Verbatim ===

impl Verbatim {
    /// The value as JSON; `null` if it has no form in JSON.
    pub fn of<T: Serialize + ?Sized>(value: &T) -> Self {
        serde_json::value::to_raw_value(value).map(Self).unwrap_or_default()
    }

    /// An object with these members. The names come once each.
    pub fn object<'a>(members: impl IntoIterator<Item = (&'a str, Self)>) -> Self {
        let member = |(name, value): (&str, Self)| format!("{}:{}", Value::from(name), value.text());
        let members: Vec<String> = members.into_iter().map(member).collect();
        Self::read(&format!("{{{}}}", members.join(","))).unwrap_or_default()
    }

    /// The value of a JSON text; none if it is none.
    pub fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// The JSON text.
    pub fn text(&self) -> &str {
        self.0.get()
    }

    /// What it says, with numbers as 64 bits hold them.
    pub fn value(&self) -> Value {
        serde_json::from_str(self.text()).unwrap_or_default()
    }

    /// Whether it is `null`.
    pub fn is_null(&self) -> bool {
        self.text() == "null"
    }

    /// A string verbatim, null as nothing, anything else as JSON text.
    pub fn bytes(&self) -> Vec<u8> {
        match self.text().as_bytes() {
            b"null" => Vec::new(),
            [b'"', ..] => self.value().as_str().unwrap_or_default().into(),
            text => text.into(),
        }
    }

    /// The text with a line for each member and each entry.
    pub fn indented(&self) -> String {
        indented(self.text())
    }
}

impl Default for Verbatim {
    fn default() -> Self {
        Self(RawValue::NULL.to_owned())
    }
}

impl PartialEq for Verbatim {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

impl From<&str> for Verbatim {
    fn from(text: &str) -> Self {
        Self::of(text)
    }
}

impl From<Value> for Verbatim {
    fn from(value: Value) -> Self {
        Self::of(&value)
    }
}

impl<'de> Deserialize<'de> for Verbatim {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let text = without_space(raw.get());
        RawValue::from_string(text).map(Self).map_err(D::Error::custom)
    }
}

/// The JSON text without white space between its tokens.
fn without_space(text: &str) -> String {
    let (mut in_string, mut is_escaped) = (false, false);
    let is_kept = |mark: &char| {
        let is_quote = *mark == '"' && !is_escaped;
        is_escaped = in_string && *mark == '\\' && !is_escaped;
        in_string ^= is_quote;
        in_string || !mark.is_ascii_whitespace()
    };
    text.chars().filter(is_kept).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Verbatim;

    #[test]
    fn what_was_written_stays_but_for_white_space() {
        for (text, kept) in [
            ("[ 1.50,\n1e400 , -0.0 ]", "[1.50,1e400,-0.0]"),
            (r#"{ "a b" : "c \" d\\" , "e": [ ] }"#, r#"{"a b":"c \" d\\","e":[]}"#),
            ("123456789012345678901234567890", "123456789012345678901234567890"),
            (r#""\ud83d""#, r#""\ud83d""#),
        ] {
            assert_eq!(Verbatim::read(text).unwrap().text(), kept);
        }
        assert_eq!(Verbatim::read("{"), None);
    }

    #[test]
    fn an_object_is_made_of_what_was_written() {
        let digits = Verbatim::read("1.50").unwrap();
        assert_eq!(
            Verbatim::object([("a\"", digits), ("b", json!("x").into())]).text(),
            r#"{"a\"":1.50,"b":"x"}"#
        );
        assert_eq!(Verbatim::object([]).text(), "{}");
    }

    #[test]
    fn a_string_stands_for_its_text_and_null_for_nothing() {
        let bytes = |text: &str| String::from_utf8(Verbatim::read(text).unwrap().bytes()).unwrap();
        assert_eq!(
            (bytes("\"a\\n\""), bytes("null"), bytes("[1.0]")),
            ("a\n".into(), String::new(), "[1.0]".into())
        );
    }
}

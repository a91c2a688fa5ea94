//! The notation of durations in the configuration: `250ms`, `5s`, `2m`, `1h`, `30d`.

use std::time::Duration;

use schemars::{Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serializer, de::Error};

/// The units, largest first, in milliseconds.
const UNITS: [(&str, u64); 5] = [
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1000),
    ("ms", 1),
];

/// Parses a duration; `None` if the text is not one. At most nine digits, so that no unit overflows.
fn parse(text: &str) -> Option<Duration> {
    let split = text.find(|c: char| !c.is_ascii_digit())?;
    let (digits, unit) = text.split_at(split);
    let (_, milliseconds) = UNITS.iter().find(|(name, _)| *name == unit)?;
    let count: u64 = digits.parse().ok().filter(|_| digits.len() <= 9)?;
    Some(Duration::from_millis(count * milliseconds))
}

/// Writes a duration as a whole number of the largest possible unit, but for days, which only the reader has.
pub(crate) fn text(duration: Duration) -> String {
    let total = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let whole = UNITS.iter().skip(1).find(|(_, unit)| total.is_multiple_of(*unit));
    whole.map_or_else(
        || format!("{total}ms"),
        |(name, unit)| format!("{}{name}", total / unit),
    )
}

/// Serializes for `#[serde(with = "duration")]`; schemars needs it for the defaults in the schema.
///
/// # Errors
/// As the serializer's.
pub(crate) fn serialize<S: Serializer>(duration: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&text(*duration))
}

/// Deserializes for `#[serde(with = "duration")]`.
///
/// # Errors
/// If the value is not a duration. The schema refuses such a value first, with a problem and a remedy.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(from)?;
    parse(&text).ok_or_else(|| D::Error::custom("not a duration"))
}

/// Deserializes for `#[serde(deserialize_with = "duration::optional")]`.
///
/// # Errors
/// If the value is neither null nor a duration.
pub(crate) fn optional<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
    let text: Option<String> = Option::deserialize(from)?;
    text.map(|text| parse(&text).ok_or_else(|| D::Error::custom("not a duration")))
        .transpose()
}

/// The schema of a positive duration.
pub(crate) fn schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "string",
        "pattern": "^[1-9][0-9]{0,8}(ms|s|m|h|d)$",
        "errorMessage": "must be a positive duration",
        "remedy": "write one such as 250ms, 5s or 2m",
    })
}

/// The schema of an optional positive duration.
pub(crate) fn optional_schema(generator: &mut SchemaGenerator) -> Schema {
    optional_of(schema(generator))
}

/// The schema of a positive duration in whole seconds, for what the system counts so.
pub(crate) fn seconds_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "string",
        "pattern": "^[1-9][0-9]{0,8}(s|m|h|d)$",
        "errorMessage": "must be a positive duration in whole seconds",
        "remedy": "write one such as 15s or 2m",
    })
}

/// The schema of an optional positive duration in whole seconds.
pub(crate) fn optional_seconds_schema(generator: &mut SchemaGenerator) -> Schema {
    optional_of(seconds_schema(generator))
}

fn optional_of(mut schema: Schema) -> Schema {
    schema.insert("type".into(), serde_json::json!(["string", "null"]));
    schema
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_digits_and_a_unit() {
        let good = [
            ("250ms", 250),
            ("5s", 5000),
            ("2m", 120_000),
            ("1h", 3_600_000),
            ("90s", 90_000),
            ("400d", 34_560_000_000),
        ];
        for (text, milliseconds) in good {
            assert_eq!(parse(text), Some(Duration::from_millis(milliseconds)), "{text}");
        }
        for text in ["", "5", "s", "5 s", "5sec", "-5s", "1.5s", "5S", "1234567890h", "5s "] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_duration_is_written_in_its_largest_whole_unit() {
        for text_of in ["250ms", "5s", "2m", "1h", "90s", "999999999h"] {
            assert_eq!(text(parse(text_of).unwrap()), text_of);
        }
    }
}

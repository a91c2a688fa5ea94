//! Attributes of spans, as OTLP writes them.

use std::time::{SystemTime, UNIX_EPOCH};

use super::fields::any_value::{ARRAY, BOOL, DOUBLE, INT, STRING};
use super::fields::array_value::VALUES;
use super::fields::key_value::{KEY, VALUE};
use super::protobuf::{Message, number_key, short_key, varint};

/// Up to how many bytes a key and its text have for their message to have less than 128.
const MOST_SHORT: usize = 127 - 6;

/// The attributes of one span, or of one resource: they go into its message.
pub(super) struct Attributes<'m> {
    /// What they belong to.
    pub(super) of: &'m mut Message,
    /// Their field there, whose number is less than 16.
    pub(super) field: u32,
}

// === impl Attributes ===

impl Attributes<'_> {
    /// Adds a text, unless it is empty.
    pub(super) fn text(&mut self, key: &str, text: &str) {
        if text.is_empty() {
            return;
        }
        if key.len() + text.len() <= MOST_SHORT {
            self.short(key, [short_key(STRING), text.len() as u8], text.as_bytes());
        } else {
            self.add(key, |value| value.bytes(STRING, text.as_bytes()));
        }
    }

    /// Adds a text, if there is one.
    pub(super) fn some_text(&mut self, key: &str, text: Option<&str>) {
        self.text(key, text.unwrap_or_default());
    }

    /// Adds a number, if there is one.
    pub(super) fn number(&mut self, key: &str, number: Option<u64>) {
        if let Some(number) = number {
            // It is signed there.
            let (bytes, length) = varint(number.min(i64::MAX as u64));
            self.short(key, [number_key(INT)], &bytes[..length]);
        }
    }

    /// Adds a number of seconds or of something else that is not whole, if there is one.
    pub(super) fn fraction(&mut self, key: &str, number: Option<f64>) {
        if let Some(number) = number {
            self.add(key, |value| value.double(DOUBLE, number));
        }
    }

    pub(super) fn flag(&mut self, key: &str, flag: bool) {
        self.short(key, [number_key(BOOL), flag.into()], &[]);
    }

    /// Adds a list of texts, unless it is empty.
    pub(super) fn texts(&mut self, key: &str, texts: &[String]) {
        if texts.is_empty() {
            return;
        }
        self.add(key, |value| {
            value.message(ARRAY, |array| {
                for text in texts {
                    array.message(VALUES, |value| value.bytes(STRING, text.as_bytes()));
                }
            });
        });
    }

    /// Adds a value with a key, both short: all lengths have one byte then. `before` is what stands before the value's bytes.
    fn short<const N: usize>(&mut self, key: &str, before: [u8; N], value: &[u8]) {
        let in_value = (N + value.len()) as u8;
        let in_pair = 4 + key.len() as u8 + in_value;
        let before_key = [short_key(self.field), in_pair, short_key(KEY), key.len() as u8];
        self.of.reserve(before_key.len() + usize::from(in_pair));
        self.of.append(&before_key);
        self.of.append(key.as_bytes());
        self.of.append(&[short_key(VALUE), in_value]);
        self.of.append(&before);
        self.of.append(value);
    }

    fn add(&mut self, key: &str, write: impl FnOnce(&mut Message)) {
        self.of.message(self.field, |pair| {
            pair.bytes(KEY, key.as_bytes());
            pair.message(VALUE, write);
        });
    }
}

/// Nanoseconds since 1970.
pub(super) fn nanos(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

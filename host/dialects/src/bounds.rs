//! How much of a reply is kept, whatever its upstream sends: no model comes near it, and no upstream gets beyond.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::fault::StreamFault;

/// The most choices of a reply. OpenAI gives at most 128, others as many as they are asked for.
pub(crate) const CHOICES: usize = 1_024;

/// The most entries of a list in a message, such as its tool calls or its parts.
pub(crate) const ENTRIES: usize = 4_096;

/// The most entries of a list that has one for each input of the request.
const LONG: usize = 1 << 20;

/// The most blocks of a message that are open at a time. The vendor opens one after the other.
pub(crate) const OPEN_BLOCKS: usize = 1_024;

/// The most members of an object that is put together from the pieces of a stream.
pub(crate) const MEMBERS: usize = 128;

/// The most bytes of a stream that are kept: what waits for its turn, and the arguments of calls. No answer of any
/// model is as long.
pub(crate) const KEPT_BYTES: usize = 4 << 20;

/// The most bytes that are held back at a stream's end. A stream of more has gone on after it.
pub(crate) const ENDING_BYTES: usize = 256 << 10;

/// What an entry takes beside its text, about.
pub(crate) const ENTRY_BYTES: usize = 128;

struct ListVisitor<T, const MOST: usize>(PhantomData<T>);

/// Reads a list of up to `MOST` entries; `None` for `null`.
pub(crate) fn list<'de, D, T, const MOST: usize>(deserializer: D) -> Result<Option<Vec<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    deserializer.deserialize_any(ListVisitor::<T, MOST>(PhantomData))
}

/// Reads the list in this text, of up to [`ENTRIES`] entries; empty for `null`.
///
/// # Errors
/// If it is no list, an entry is no `T`, or there are more.
pub(crate) fn entries<'a, T: Deserialize<'a>>(text: &'a RawValue) -> Result<Vec<T>, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(text.get());
    list::<_, T, ENTRIES>(&mut deserializer).map(Option::unwrap_or_default)
}

/// The same of a list that has an entry for each input of the request.
///
/// # Errors
/// As [`entries`].
pub(crate) fn long_list(text: &RawValue) -> Result<Vec<&RawValue>, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(text.get());
    list::<_, _, LONG>(&mut deserializer).map(Option::unwrap_or_default)
}

/// Fails if there are more than `most` of `what`.
///
/// # Errors
/// [`StreamFault::Malformed`], which names the bound.
pub(crate) fn check(count: usize, most: usize, what: &str) -> Result<(), StreamFault> {
    if count > most {
        return Err(StreamFault::malformed(format!("it has more than {most} {what}")));
    }
    Ok(())
}

// === impl ListVisitor ===

impl<'de, T: Deserialize<'de>, const MOST: usize> Visitor<'de> for ListVisitor<T, MOST> {
    type Value = Option<Vec<T>>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "a list of up to {MOST} entries")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::new();
        while let Some(entry) = entries.next_element()? {
            if list.len() == MOST {
                return Err(Error::custom(format!("a list has more than {MOST} entries")));
            }
            list.push(entry);
        }
        Ok(Some(list))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::{ENTRIES, check, entries};

    #[test]
    fn a_list_has_a_bound_and_everything_else_is_as_usual() {
        let read = |text: &str| {
            let text: &RawValue = serde_json::from_str(text).unwrap();
            entries::<u8>(text).map_err(|error| error.to_string())
        };
        let ones = |count: usize| format!("[{}]", vec!["1"; count].join(","));
        assert_eq!(read("null"), Ok(vec![]));
        assert_eq!(read(&ones(ENTRIES)).unwrap().len(), ENTRIES);
        assert!(read(&ones(ENTRIES + 1)).unwrap_err().contains("more than 4096 entries"));
        for other in ["{}", "[\"a\"]", "1"] {
            assert!(read(other).is_err(), "{other}");
        }
    }

    #[test]
    fn a_bound_names_itself() {
        assert!(check(2, 2, "choices").is_ok());
        let fault = check(3, 2, "choices").unwrap_err().to_string();
        assert!(fault.ends_with("it has more than 2 choices"), "{fault}");
    }
}

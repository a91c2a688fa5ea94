//! The fields of requests that the host reads, each with its message for the client who got it wrong.

use serde_json::value::RawValue;

use super::depth::DEEPEST;
use super::members::Unreadable;
use super::{Members, SpliceError};
use crate::fault::RequestFault;

/// Reads a body's top level.
///
/// # Errors
/// If the body is not a JSON object, or nested too deep for adapters to read.
pub(crate) fn body(body: &[u8]) -> Result<Members<'_>, RequestFault> {
    Members::of_body(body).map_err(|fault| match fault {
        Unreadable::Deep => RequestFault::new("body", format!("is nested deeper than {DEEPEST} levels")),
        Unreadable::NoObject(error) => no_object(&error),
    })
}

/// The fault of a body that is no object.
pub(crate) fn no_object(error: &SpliceError) -> RequestFault {
    RequestFault::new("body", format!("is not a JSON object: {error}"))
}

/// A member's raw text; `null` counts as absent, as the vendors' SDKs write it.
pub(crate) fn given<'a>(members: &Members<'a>, key: &str) -> Option<&'a str> {
    members.get(key).map(RawValue::get).filter(|value| *value != "null")
}

/// `model`, which every operation needs.
pub(crate) fn model(members: &Members<'_>) -> Result<String, RequestFault> {
    let fault = |message: &str| RequestFault::new("model", message);
    let model = given(members, "model").ok_or_else(|| fault("is missing; give the id of a model"))?;
    match serde_json::from_str::<String>(model) {
        Ok(model) if model.is_empty() => Err(fault("is empty; give the id of a model")),
        Ok(model) => Ok(model),
        Err(_) => Err(fault("must be a string, the id of a model")),
    }
}

/// A flag that is off if absent.
pub(crate) fn flag(members: &Members<'_>, key: &'static str) -> Result<bool, RequestFault> {
    match given(members, key) {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(RequestFault::new(key, "must be true or false")),
    }
}

/// A reply that comes whole only: it is refused before anything is sent, and made, and paid for.
pub(crate) fn no_stream(members: &Members<'_>, what: &str) -> Result<(), RequestFault> {
    if flag(members, "stream")? {
        let message = format!("must be false or left out; {what} are not streamed");
        return Err(RequestFault::new("stream", message));
    }
    Ok(())
}

/// A whole number of at least 1.
pub(crate) fn count(members: &Members<'_>, key: &'static str) -> Result<Option<u64>, RequestFault> {
    let read = |number: &str| number.parse().ok().filter(|number| *number > 0);
    given(members, key)
        .map(|number| read(number).ok_or_else(|| RequestFault::new(key, "must be a whole number of at least 1")))
        .transpose()
}

/// A text.
pub(crate) fn text(members: &Members<'_>, key: &'static str) -> Result<Option<String>, RequestFault> {
    given(members, key)
        .map(|text| serde_json::from_str(text).map_err(|_| RequestFault::new(key, "must be a string")))
        .transpose()
}

/// A text that the operation requires; `what` completes "give …".
pub(crate) fn required_text(members: &Members<'_>, key: &'static str, what: &str) -> Result<String, RequestFault> {
    match text(members, key)? {
        None => Err(RequestFault::new(key, format!("is missing; give {what}"))),
        Some(text) if text.is_empty() => Err(RequestFault::new(key, format!("is empty; give {what}"))),
        Some(text) => Ok(text),
    }
}

/// A file of a form, or several: `what` completes "attach … as a file".
pub(crate) fn file(members: &Members<'_>, key: &'static str, what: &str) -> Result<(), RequestFault> {
    let fault = |message: String| Err(RequestFault::new(key, message));
    let Some(given) = given(members, key) else {
        return fault(format!("is missing; attach {what} as a file"));
    };
    let files = entries(given).unwrap_or_default();
    let is_file = |text: &str| text.starts_with('{');
    if is_file(given) || !files.is_empty() && files.iter().all(|file| is_file(file.get())) {
        return Ok(());
    }
    fault("must be a file with a filename".to_owned())
}

/// The entries of a list that must not be empty; `what` completes "a list of at least one …".
pub(crate) fn required_list<'a>(
    members: &Members<'a>,
    key: &'static str,
    what: &str,
) -> Result<Vec<&'a RawValue>, RequestFault> {
    let fault = |is: &str, remedy: &str| {
        Err(RequestFault::new(
            key,
            format!("{is}{remedy} a list of at least one {what}"),
        ))
    };
    let Some(list) = given(members, key) else {
        return fault("is missing;", " give");
    };
    match entries(list) {
        None => fault("must be", ""),
        Some(entries) if entries.is_empty() => fault("is empty;", " give"),
        Some(entries) => Ok(entries),
    }
}

/// The entries of a list; `None` if the value is not a list.
pub(crate) fn entries(list: &str) -> Option<Vec<&RawValue>> {
    serde_json::from_str(list).ok()
}

/// A word that must be one of a few.
pub(crate) fn word(members: &Members<'_>, key: &'static str, words: &[&str]) -> Result<Option<String>, RequestFault> {
    let Some(given) = given(members, key) else {
        return Ok(None);
    };
    let word: Option<String> = serde_json::from_str(given).ok();
    word.filter(|word| words.contains(&&**word))
        .map(Some)
        .ok_or_else(|| RequestFault::new(key, format!("must be {}", words.join(" or "))))
}

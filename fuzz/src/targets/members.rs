//! The members of an object and edits of them, beside a map that is built anew.

use std::collections::BTreeMap;

use jackfield_dialects::json::{Edit, Members, set_members};
use serde_json::value::RawValue;

/// The keys that are edited, as the host does it.
const KEYS: [&str; 3] = ["model", "stream", "messages"];

/// What an object says: the last value of each key.
type Model = BTreeMap<String, String>;

/// An object, and after a line's end another one that is merged into it.
pub fn run(data: &[u8]) {
    let (text, patch) = match data.iter().position(|byte| *byte == b'\n') {
        Some(end) => (&data[..end], &data[end + 1..]),
        None => (data, &b"{}"[..]),
    };
    let Some(expected) = model(text) else {
        assert!(Members::parse(text).is_err(), "what is no object was read as one");
        return;
    };
    let members = Members::parse(text).expect("an object is read");
    for (key, value) in &expected {
        assert_eq!(members.get(key).map(RawValue::get), Some(&**value), "{key}");
    }
    check_without(&members, &expected);
    if let (Some(changes), Ok(patch)) = (model(patch), Members::parse(patch)) {
        check_patch(&members.patch(&patch), expected.clone(), changes);
    }
    let text = std::str::from_utf8(text).expect("JSON is UTF-8");
    check_edits(text, &members, expected);
}

fn check_without(members: &Members<'_>, expected: &Model) {
    let mut expected = expected.clone();
    expected.retain(|key, _| !KEYS.contains(&&**key));
    assert_eq!(model(&members.without(&KEYS)), Some(expected));
}

fn check_patch(patched: &[u8], mut expected: Model, changes: Model) {
    for (key, value) in changes {
        if value == "null" {
            expected.remove(&key);
        } else {
            expected.insert(key, value);
        }
    }
    assert_eq!(model(patched), Some(expected));
}

fn check_edits(text: &str, members: &Members<'_>, mut expected: Model) {
    let place = |value: &RawValue| {
        let start = value.get().as_ptr().addr() - text.as_ptr().addr();
        start..start + value.get().len()
    };
    let edit = |key| Edit {
        key,
        at: members.get(key).map(place),
        value: "[1]",
    };
    let mut edited = Vec::new();
    set_members(text, &KEYS.map(edit), &mut edited);
    expected.extend(KEYS.map(|key| (key.to_owned(), "[1]".to_owned())));
    assert_eq!(model(&edited), Some(expected));
}

/// What serde makes of a text.
fn model(text: &[u8]) -> Option<Model> {
    let members: BTreeMap<String, &RawValue> = serde_json::from_slice(text).ok()?;
    let texts = members.into_iter().map(|(key, value)| (key, value.get().to_owned()));
    Some(texts.collect())
}

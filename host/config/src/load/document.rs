//! The place of each value of the configuration, so that any later check can point at it.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use super::yaml::Spot;
use crate::Fault;

/// The places of all values, by JSON Pointer (RFC 6901). It contains no values, so it cannot leak one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Document {
    pub(super) files: Vec<PathBuf>,
    pub(super) places: BTreeMap<String, Place>,
    /// Values that come from the environment or from a file: no fault ever quotes them.
    pub(super) referred: BTreeSet<String>,
    /// Values that refer to something missing.
    pub(super) missing: BTreeSet<String>,
}

/// Where a value is, and its path as shown to people.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) spot: Spot,
    pub(super) field: String,
}

// === impl Document ===

impl Document {
    /// A fault at the value with this path, or at its nearest ancestor that the files contain.
    pub(super) fn fault_at(&self, path: &[&str], problem: impl Into<String>, remedy: impl Into<String>) -> Fault {
        let mut pointer = String::new();
        let mut field = String::new();
        let mut spot = None;
        for name in path {
            pointer = join(&pointer, name);
            field = match self.places.get(&pointer) {
                Some(place) => {
                    spot = Some(place.spot);
                    place.field.clone()
                }
                None => below(&field, name),
            };
        }
        let spot = spot.unwrap_or_default();
        let file = self.files.get(spot.file).cloned().unwrap_or_default();
        let (line, column) = (spot.line, spot.column);
        Fault {
            file,
            line,
            column,
            field,
            problem: problem.into(),
            remedy: remedy.into(),
        }
    }

    /// Like `fault_at`, for a JSON Pointer.
    pub(super) fn fault(&self, pointer: &str, problem: impl Into<String>, remedy: impl Into<String>) -> Fault {
        let names = segments(pointer);
        let path: Vec<&str> = names.iter().map(String::as_str).collect();
        self.fault_at(&path, problem, remedy)
    }

    /// Whether the files contain a value with this path.
    pub(super) fn has(&self, path: &[&str]) -> bool {
        self.places.contains_key(&pointer(path))
    }

    /// Whether the value with this path is absent because it refers to something missing.
    pub(super) fn is_missing(&self, path: &[&str]) -> bool {
        self.missing.contains(&pointer(path))
    }

    /// Whether the value comes from the environment or from a file.
    pub(super) fn is_referred(&self, pointer: &str) -> bool {
        self.referred.contains(pointer)
    }

    /// The value as a fault may show it: in quotes, or a paraphrase if it comes from the environment or from a file.
    pub(super) fn quoted(&self, path: &[&str], text: &str) -> String {
        if self.is_referred(&pointer(path)) {
            return "the value it refers to".to_owned();
        }
        format!("{text:?}")
    }
}

/// The JSON Pointer of a path.
pub(super) fn pointer(path: &[&str]) -> String {
    path.iter().fold(String::new(), |pointer, name| join(&pointer, name))
}

/// The JSON Pointer of a member.
pub(super) fn join(pointer: &str, name: &str) -> String {
    format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// The path of a JSON Pointer.
pub(super) fn segments(pointer: &str) -> Vec<String> {
    pointer
        .split('/')
        .skip(1)
        .map(|name| name.replace("~1", "/").replace("~0", "~"))
        .collect()
}

/// The path of a member as shown to people: a name with a dot or a slash is in quotes.
pub(super) fn below(field: &str, name: &str) -> String {
    let plain = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'));
    let name = if plain { name.to_owned() } else { format!("{name:?}") };
    if field.is_empty() {
        name
    } else {
        format!("{field}.{name}")
    }
}

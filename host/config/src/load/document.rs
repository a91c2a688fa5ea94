//! Where each value of the configuration stands, so that later checks can point at it.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use super::yaml::Spot;
use crate::Fault;

/// The places of all values, by JSON Pointer (RFC 6901). It holds no value, so it cannot leak one.
#[derive(Clone, Debug, Default)]
pub struct Document {
    pub(super) files: Vec<PathBuf>,
    pub(super) places: BTreeMap<String, Place>,
    /// Values that come from the environment or from a file: they are never repeated in a fault.
    pub(super) referred: BTreeSet<String>,
    /// Values that refer to what is missing, within a provider that is off for it.
    pub(super) missing: BTreeSet<String>,
}

/// Where a value stands and how a person calls it.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) spot: Spot,
    pub(super) field: String,
}

// === impl Document ===

impl Document {
    /// A fault at the value of that path, or at the nearest place above it that is written down.
    pub fn fault_at(&self, path: &[&str], message: impl Into<String>, remedy: impl Into<String>) -> Fault {
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
            message: message.into(),
            remedy: remedy.into(),
        }
    }

    /// As `fault_at`, for a JSON Pointer.
    pub(super) fn fault(&self, pointer: &str, message: impl Into<String>, remedy: impl Into<String>) -> Fault {
        let names = segments(pointer);
        let path: Vec<&str> = names.iter().map(String::as_str).collect();
        self.fault_at(&path, message, remedy)
    }

    /// True if the configuration says anything at that path.
    pub(super) fn has(&self, path: &[&str]) -> bool {
        self.places.contains_key(&pointer(path))
    }

    /// True if the value, or what it is part of or made of, comes from the environment or from a file.
    pub(super) fn is_referred(&self, pointer: &str) -> bool {
        self.referred.contains(pointer)
    }

    /// A text for a fault's message: in quotes, or only alluded to if it comes from elsewhere.
    pub(super) fn quoted(&self, path: &[&str], text: &str) -> String {
        if self.is_referred(&pointer(path)) {
            return "the value referred to".to_owned();
        }
        format!("{text:?}")
    }
}

/// The pointer to a path.
pub(super) fn pointer(path: &[&str]) -> String {
    path.iter().fold(String::new(), |pointer, name| join(&pointer, name))
}

/// The pointer to a member.
pub(super) fn join(pointer: &str, name: &str) -> String {
    format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// The members that a pointer goes through.
pub(super) fn segments(pointer: &str) -> Vec<String> {
    pointer
        .split('/')
        .skip(1)
        .map(|name| name.replace("~1", "/").replace("~0", "~"))
        .collect()
}

/// A member's path as a person writes it, in quotes where a dot or slash would mislead.
pub(super) fn below(field: &str, name: &str) -> String {
    let plain = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'));
    let name = if plain { name.to_owned() } else { format!("{name:?}") };
    if field.is_empty() {
        name
    } else {
        format!("{field}.{name}")
    }
}

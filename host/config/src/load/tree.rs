//! Merges the files' trees into one JSON value: resolves references, and records the place of each value.

use std::{
    collections::BTreeMap,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use serde_json::{Map, Value};

use super::{
    document::{Document, Place, below, join, segments},
    interpolation::{Part, parts},
    reader::Reader,
    referred::{self, Shape, Unfit},
    yaml::{Entry, Node, Spot},
};
use crate::{Environment, Fault};

/// The values without which there is no provider: a missing reference in one of them is a fault.
const NEEDED: [&str; 2] = ["adapter", "auth/scheme"];

/// The sections whose entries may be spread over several files, each entry in one of them.
const SPREAD: [&str; 5] = ["keys", "models", "plans", "providers", "shapers"];

/// One walk over all files.
pub(super) struct Walk<'a> {
    pub(super) environment: &'a dyn Environment,
    pub(super) reader: &'a mut Reader,
    /// The folder that paths in `${file:…}` are resolved against.
    pub(super) base: PathBuf,
    pub(super) document: Document,
    pub(super) faults: Vec<Fault>,
    /// Providers that are off, and what each of them is missing.
    pub(super) off: BTreeMap<String, Vec<String>>,
}

/// Why a string has no value.
enum Unresolved {
    /// A reference in it, or what it refers to, is invalid.
    Wrong(String, &'static str),
    /// Something it refers to is missing.
    Missing(Vec<String>),
}

// === impl Walk ===

impl Walk<'_> {
    /// The whole configuration as one JSON value.
    pub(super) fn root(&mut self, entries: Vec<Entry>) -> Value {
        let entries = self.joined(entries);
        let mut root = self.map("", "", entries);
        // A section whose keys are all commented out counts as left out.
        root.retain(|_, section| !section.is_null());
        Value::Object(root)
    }

    /// The entries of all files, where those of a section that is spread over several files are one.
    fn joined(&mut self, entries: Vec<Entry>) -> Vec<Entry> {
        let mut joined: Vec<Entry> = Vec::with_capacity(entries.len());
        let mut places: BTreeMap<(String, usize), Spot> = BTreeMap::new();
        for entry in entries {
            let first = joined.iter_mut().find(|first| first.key == entry.key);
            if !SPREAD.contains(&entry.key.as_str()) {
                joined.push(entry);
            } else if let Some(earlier) = places.insert((entry.key.clone(), entry.spot.file), entry.spot) {
                self.duplicate(earlier, entry.spot, entry.key);
            } else if let Some(first) = first {
                first.absorb(entry);
            } else {
                joined.push(entry);
            }
        }
        joined
    }

    fn map(&mut self, pointer: &str, field: &str, entries: Vec<Entry>) -> Map<String, Value> {
        let mut map = Map::new();
        let mut first: BTreeMap<String, Spot> = BTreeMap::new();
        for Entry { key, spot, node } in entries {
            let (pointer, field) = (join(pointer, &key), below(field, &key));
            if let Some(earlier) = first.get(&key) {
                self.duplicate(*earlier, spot, field);
                continue;
            }
            first.insert(key.clone(), spot);
            if let Some(value) = self.node(&pointer, &field, spot, node) {
                map.insert(key, value);
            }
        }
        map
    }

    /// The value of a node, unless a reference in it is unresolved.
    fn node(&mut self, pointer: &str, field: &str, spot: Spot, node: Node) -> Option<Value> {
        self.document.places.insert(
            pointer.to_owned(),
            Place {
                spot,
                field: field.to_owned(),
            },
        );
        match node {
            Node::Scalar(Value::String(text)) => self.text(pointer, &text),
            Node::Scalar(value) => Some(value),
            Node::List(items) => {
                let item = |(index, (spot, node))| {
                    let value = self.node(
                        &join(pointer, &format!("{index}")),
                        &format!("{field}[{index}]"),
                        spot,
                        node,
                    );
                    // The other items must keep their indices.
                    value.unwrap_or(Value::Null)
                };
                Some(Value::Array(items.into_iter().enumerate().map(item).collect()))
            }
            Node::Map(entries) => Some(Value::Object(self.map(pointer, field, entries))),
        }
    }

    fn duplicate(&mut self, earlier: Spot, spot: Spot, field: String) {
        let files = &self.document.files;
        let name = |spot: Spot| files.get(spot.file).cloned().unwrap_or_default();
        self.faults.push(Fault {
            file: name(spot),
            line: spot.line,
            column: spot.column,
            field,
            problem: format!(
                "is already defined at {}:{}:{}",
                name(earlier).display(),
                earlier.line,
                earlier.column
            ),
            remedy: "keep one of the two".to_owned(),
        });
    }

    fn text(&mut self, pointer: &str, text: &str) -> Option<Value> {
        let unresolved = match self.resolve(pointer, text) {
            Ok(text) => return Some(Value::String(text)),
            Err(unresolved) => unresolved,
        };
        // This is the only fault at this value: its absence is not another.
        self.document.missing.insert(pointer.to_owned());
        let (problem, remedy) = match (unresolved, provider_of(pointer)) {
            (Unresolved::Missing(what), Some(provider)) => {
                self.off.entry(provider).or_default().extend(what);
                return None;
            }
            (Unresolved::Missing(what), None) => (what.join(", "), "provide it, or write the value itself"),
            (Unresolved::Wrong(problem, remedy), _) => (problem, remedy),
        };
        let fault = self.document.fault(pointer, problem, remedy);
        self.faults.push(fault);
        None
    }

    /// The text with its references replaced.
    fn resolve(&mut self, pointer: &str, text: &str) -> Result<String, Unresolved> {
        const SYNTAX: &str = "write ${env:NAME} or ${file:PATH}, or $${ for a literal ${";
        let parts = parts(text).map_err(|error| Unresolved::Wrong(error.to_string(), SYNTAX))?;
        let shape = shape_of(pointer);
        let mut resolved = String::with_capacity(text.len());
        let mut missing = Vec::new();
        for part in parts {
            let value = match part {
                Part::Text(text) => {
                    resolved.push_str(text);
                    continue;
                }
                Part::Variable(name) => self.variable(name, shape),
                Part::File(path) => self.file(Path::new(path), shape),
            };
            self.document.referred.insert(pointer.to_owned());
            match value {
                Ok(value) => resolved.push_str(&value),
                Err(Unresolved::Missing(what)) => missing.extend(what),
                Err(wrong) => return Err(wrong),
            }
        }
        if missing.is_empty() {
            Ok(resolved)
        } else {
            Err(Unresolved::Missing(missing))
        }
    }

    /// An empty variable counts as unset, because that is how compose files pass on variables that are not set.
    fn variable(&self, name: &str, shape: Shape) -> Result<String, Unresolved> {
        if self.environment.is_garbled(name) {
            return Err(unfit(name, Unfit::NotUnicode));
        }
        let content = self.environment.var(name).unwrap_or_default();
        match referred::value(&content, shape) {
            Ok("") => Err(Unresolved::Missing(vec![format!("{name} is not set")])),
            Ok(value) => Ok(value.to_owned()),
            Err(error) => Err(unfit(name, error)),
        }
    }

    fn file(&mut self, path: &Path, shape: Shape) -> Result<String, Unresolved> {
        let name = path.display().to_string();
        let missing = |what: String| Err(Unresolved::Missing(vec![what]));
        match self.reader.read(&self.base.join(path)) {
            Ok(content) => match referred::value(&content, shape) {
                Ok("") => missing(format!("{name} is empty")),
                Ok(value) => Ok(value.to_owned()),
                Err(error) => Err(unfit(&name, error)),
            },
            Err(error) if error.kind() == ErrorKind::InvalidData => Err(unfit(&name, Unfit::NotUnicode)),
            Err(error) => missing(format!("{name} cannot be read ({})", error.kind())),
        }
    }
}

// === impl Entry ===

impl Entry {
    /// Takes in the entries of the same section in another file. What is no mapping stays, for the schema to refuse.
    fn absorb(&mut self, other: Self) {
        match (&mut self.node, other.node) {
            (Node::Map(entries), Node::Map(more)) => entries.extend(more),
            // Its keys are all commented out.
            (_, Node::Scalar(Value::Null)) => {}
            (Node::Map(_) | Node::Scalar(Value::Null), node) => *self = Self { node, ..other },
            _ => {}
        }
    }
}

fn unfit(name: &str, error: Unfit) -> Unresolved {
    Unresolved::Wrong(format!("{name} {error}"), error.remedy())
}

/// An adapter's settings, certificates (PEM, RFC 7468) and a service account's key may have many lines; everything else is
/// one line.
fn shape_of(pointer: &str) -> Shape {
    match segments(pointer).as_slice() {
        [section, _, auth, member] if section == "providers" && auth == "auth" && member == "service_account" => {
            Shape::Text
        }
        [section, _, member, ..] if section == "providers" && ["settings", "tls"].contains(&member.as_str()) => {
            Shape::Text
        }
        [section, tls, ..] if section == "server" && tls == "tls" => Shape::Text,
        [section, admin, tls, ..] if section == "server" && admin == "admin" && tls == "tls" => Shape::Text,
        [section, _, member, ..] if section == "shapers" && member == "settings" => Shape::Text,
        [section, _, http, member, ..] if section == "shapers" && http == "http" && member == "tls" => Shape::Text,
        _ => Shape::Line,
    }
}

/// The provider that is off if the value at `pointer` is missing.
pub(super) fn provider_of(pointer: &str) -> Option<String> {
    let names = segments(pointer);
    match names.as_slice() {
        [section, provider, path @ ..] if section == "providers" && !path.is_empty() => {
            (!NEEDED.contains(&path.join("/").as_str())).then(|| provider.clone())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_settings_certificates_and_service_accounts_may_have_many_lines() {
        for pointer in [
            "/providers/a/auth/service_account",
            "/providers/a/settings/x",
            "/providers/a/tls/ca",
            "/shapers/a/settings/x",
            "/shapers/a/http/tls/ca",
            "/server/tls/key",
            "/server/admin/tls/client_ca",
        ] {
            assert_eq!(shape_of(pointer), Shape::Text, "{pointer}");
        }
        for pointer in [
            "/providers/a/api_key",
            "/providers/a/auth/secret_access_key",
            "/providers/settings/api_key",
            "/keys/a/key",
            "/shapers/a/http/api_key",
            "/tokens/secrets/0",
            "/server/admin/token",
        ] {
            assert_eq!(shape_of(pointer), Shape::Line, "{pointer}");
        }
    }
}

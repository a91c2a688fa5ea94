//! Merges the files' trees into one JSON value: resolves references, and records the place of each value.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde_json::{Map, Value};

use super::{
    document::{Document, Place, below, join, segments},
    interpolation::{Part, parts},
    reader::Reader,
    yaml::{Entry, Node, Spot},
};
use crate::{Environment, Fault};

/// The values without which there is no provider: a missing reference in one of them is a fault.
const NEEDED: [&str; 2] = ["adapter", "auth/scheme"];

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
    /// A reference in it is invalid.
    Wrong(String),
    /// Something it refers to is missing.
    Missing(Vec<String>),
}

// === impl Walk ===

impl Walk<'_> {
    /// The whole configuration as one JSON value.
    pub(super) fn root(&mut self, entries: Vec<Entry>) -> Value {
        let mut root = self.map("", "", entries);
        // A section whose keys are all commented out counts as left out.
        root.retain(|_, section| !section.is_null());
        Value::Object(root)
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
            (Unresolved::Wrong(problem), _) => (problem, "write ${env:NAME} or ${file:PATH}, or $${ for a literal ${"),
        };
        let fault = self.document.fault(pointer, problem, remedy);
        self.faults.push(fault);
        None
    }

    /// The text with its references replaced.
    fn resolve(&mut self, pointer: &str, text: &str) -> Result<String, Unresolved> {
        let parts = parts(text).map_err(|error| Unresolved::Wrong(error.to_string()))?;
        let mut resolved = String::with_capacity(text.len());
        let mut missing = Vec::new();
        for part in parts {
            let value = match part {
                Part::Text(text) => {
                    resolved.push_str(text);
                    continue;
                }
                Part::Variable(name) => self.variable(name),
                Part::File(path) => self.file(Path::new(path)),
            };
            self.document.referred.insert(pointer.to_owned());
            match value {
                Ok(value) => resolved.push_str(&value),
                Err(what) => missing.push(what),
            }
        }
        if missing.is_empty() {
            Ok(resolved)
        } else {
            Err(Unresolved::Missing(missing))
        }
    }

    /// An empty variable counts as unset, because that is how compose files pass on variables that are not set.
    fn variable(&self, name: &str) -> Result<String, String> {
        let value = self.environment.var(name).filter(|value| !value.is_empty());
        value.ok_or_else(|| format!("{name} is not set"))
    }

    /// A file's content without trailing line breaks, which editors add.
    fn file(&mut self, path: &Path) -> Result<String, String> {
        match self.reader.read(&self.base.join(path)) {
            Ok(content) => match content.trim_end_matches(['\r', '\n']) {
                "" => Err(format!("{} is empty", path.display())),
                content => Ok(content.to_owned()),
            },
            Err(error) => Err(format!("{} cannot be read ({})", path.display(), error.kind())),
        }
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

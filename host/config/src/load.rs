//! Loads a configuration: reads, parses and merges its files, resolves references, validates, and applies the rules.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    path::Path,
};

use serde_json::Value;

mod complete;
mod document;
mod files;
mod interpolation;
mod loaded;
mod nearest;
mod reader;
mod referred;
mod rules;
mod salvage;
mod strict;
mod tree;
mod validate;
mod wording;
mod yaml;

pub use self::{loaded::Loaded, reader::Inputs};

use self::{
    complete::{complete, proxies},
    document::Document,
    reader::{Reader, base, yaml_files},
    salvage::salvage,
    tree::{Walk, provider_of},
    validate::findings,
    yaml::Entry,
};
use crate::{Config, Environment, Fault, Faults, json_schema};

/// Loads the configuration from a folder (all `*.yaml` and `*.yml` files directly in it, merged by top-level key) or
/// from one file.
///
/// # Errors
/// Every fault in it, not only the first.
pub fn load(path: &Path, environment: &dyn Environment) -> Result<Loaded, Faults> {
    load_with_inputs(path, environment).1
}

/// Loads the configuration as [`load`] does. Also returns the files that were read for it, which a watcher needs most
/// when it does not load.
pub fn load_with_inputs(path: &Path, environment: &dyn Environment) -> (Inputs, Result<Loaded, Faults>) {
    let mut reader = Reader::new();
    let loaded = load_by(&mut reader, path, environment);
    let inputs = reader.finish();
    let loaded = loaded.map(|loaded| Loaded {
        inputs: inputs.clone(),
        ..loaded
    });
    (inputs, loaded)
}

fn load_by(reader: &mut Reader, path: &Path, environment: &dyn Environment) -> Result<Loaded, Faults> {
    let mut document = Document::default();
    let entries = read(path, reader, &mut document).map_err(Faults::sorted)?;
    let mut walk = Walk {
        environment,
        reader,
        base: base(path),
        document,
        faults: Vec::new(),
        off: BTreeMap::new(),
    };
    let value = walk.root(entries);
    let Walk {
        document,
        mut faults,
        off,
        ..
    } = walk;
    let config = check(&value, &document, &mut faults);
    let Some(mut config) = config.filter(|_| faults.is_empty()) else {
        return Err(Faults::sorted(faults));
    };
    let proxies = proxies(&config, &document, environment)?;
    let left = config.place_state(&base(path), environment);
    complete(&mut config, &base(path), &proxies);
    if let Some(fault) = files::in_the_database(&config, &document) {
        return Err(Faults::sorted(vec![fault]));
    }
    let mut loaded = Loaded {
        config,
        document,
        inputs: Inputs::default(),
        warnings: left.into_iter().collect(),
    };
    loaded.warn_of_pages();
    for (name, mut missing) in off {
        let mut known = BTreeSet::new();
        missing.retain(|what| known.insert(what.clone()));
        loaded.switch_off(&name, missing.join(", "));
    }
    Ok(loaded)
}

/// Reads the top-level entries of all files.
fn read(path: &Path, reader: &mut Reader, document: &mut Document) -> Result<Vec<Entry>, Vec<Fault>> {
    let unreadable = |file: &Path, error: &io::Error| {
        let problem = format!("cannot be read: {error}");
        file_fault(file, problem, "give a YAML file or folder that this process can read")
    };
    let files = yaml_files(path).map_err(|error| {
        reader.missed(path, &error);
        vec![unreadable(path, &error)]
    })?;
    if files.is_empty() {
        let problem = "contains no *.yaml file".to_owned();
        return Err(vec![file_fault(
            path,
            problem,
            "give the folder that contains the configuration",
        )]);
    }
    let (mut entries, mut faults) = (Vec::new(), Vec::new());
    for (number, file) in files.iter().enumerate() {
        match reader.read(file) {
            Err(error) => faults.push(unreadable(file, &error)),
            Ok(text) => match yaml::entries(number, &text) {
                Ok(more) => entries.extend(more),
                Err(yaml::Unreadable { spot, problem, remedy }) => {
                    let (line, column) = (spot.line, spot.column);
                    faults.push(Fault {
                        line,
                        column,
                        ..file_fault(file, problem, remedy)
                    });
                }
            },
        }
    }
    document.files = files;
    if faults.is_empty() { Ok(entries) } else { Err(faults) }
}

/// What a text says, with references as they are written. Duplicate keys are no fault here.
#[cfg(test)]
pub(crate) fn raw(text: &str) -> Value {
    fn value(node: yaml::Node) -> Value {
        match node {
            yaml::Node::Scalar(value) => value,
            yaml::Node::List(items) => items.into_iter().map(|(_, node)| value(node)).collect(),
            yaml::Node::Map(entries) => map(entries),
        }
    }
    fn map(entries: Vec<Entry>) -> Value {
        Value::Object(
            entries
                .into_iter()
                .map(|entry| (entry.key, value(entry.node)))
                .collect(),
        )
    }
    map(yaml::entries(0, text).unwrap_or_else(|fault| panic!("{fault:?}: {text}")))
}

fn file_fault(file: &Path, problem: String, remedy: &str) -> Fault {
    let (file, remedy) = (file.to_owned(), remedy.to_owned());
    Fault {
        file,
        line: 0,
        column: 0,
        field: String::new(),
        problem,
        remedy,
    }
}

/// Validates `value` and makes it typed. Parts with faults are replaced, so that the rules can check the rest.
fn check(value: &Value, document: &Document, faults: &mut Vec<Fault>) -> Option<Config> {
    let wrong = match findings(document, "", &json_schema(), value) {
        Ok(wrong) => wrong,
        // Only a bug in our own schema leads here, and a test shows that it has none.
        Err(error) => {
            faults.push(document.fault("", format!("cannot be validated: {error}"), "report this bug"));
            return None;
        }
    };
    // A provider is complete without what it is missing, but the items of a list are still there, as null.
    let is_item = |pointer: &String| value.pointer(pointer).is_some_and(Value::is_null);
    let unresolved = document.missing.iter();
    let unresolved = unresolved.filter(|pointer| provider_of(pointer).is_none() || is_item(pointer));
    let pointers = wrong.iter().map(|found| &found.pointer).chain(unresolved);
    let pointers: Vec<&str> = pointers.map(String::as_str).collect();
    let config = salvage(value, &pointers);
    faults.extend(wrong.into_iter().map(|found| found.fault));
    match config {
        Ok(config) => {
            let mut more = rules::faults(&config, document);
            // The rules see a substitute where a value was at fault: what they find wrong there is not the operator's.
            let earlier: BTreeSet<&str> = faults.iter().map(|fault| fault.field.as_str()).collect();
            more.retain(|fault| !earlier.contains(fault.field.as_str()));
            faults.extend(more);
            Some(config)
        }
        Err(error) => {
            if faults.is_empty() {
                // A bug as well. The error itself is left out, because it may quote a value.
                let problem = format!("cannot be deserialized ({:?})", error.classify());
                faults.push(document.fault("", problem, "report this bug"));
            }
            None
        }
    }
}

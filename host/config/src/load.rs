//! From a path to a checked configuration: read, parse, merge, resolve, validate, and see that all fits together.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    path::{Path, PathBuf},
};

use serde_json::Value;

mod document;
mod interpolation;
mod nearest;
mod reader;
mod rules;
mod salvage;
mod tree;
mod validate;
mod wording;
mod yaml;

pub use self::document::Document;
use self::{
    reader::{Reader, base, yaml_files},
    salvage::salvage,
    tree::{Walk, provider_of},
    validate::findings,
    yaml::Entry,
};
use crate::{Config, Environment, Fault, Faults, json_schema};

/// A configuration without a fault, and what its users need besides.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The configuration. Relative paths in it begin at the configuration's folder no more: they are joined to it.
    pub config: Config,
    /// Where each value stands, for faults that are found later.
    pub document: Document,
    /// Every file that was read, also those of `${file:…}`, for the watcher.
    pub files: Vec<PathBuf>,
    /// SHA-256 over the names and contents of these files, in hexadecimal.
    pub digest: String,
    /// What is worth a line in the log: providers that are off, and why.
    pub warnings: Vec<String>,
}

/// Loads the configuration from a folder (all `*.yaml` and `*.yml` directly in it, merged by top-level key) or from
/// one file.
///
/// # Errors
/// Every fault that is in it, not only the first.
pub fn load(path: &Path, environment: &dyn Environment) -> Result<Loaded, Faults> {
    let mut reader = Reader::new();
    let mut document = Document::default();
    let entries = read(path, &mut reader, &mut document).map_err(Faults::sorted)?;
    let mut walk = Walk {
        environment,
        reader: &mut reader,
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
    let warnings = switch_off(&mut config, &document, off);
    complete(&mut config, &base(path));
    let (files, digest) = reader.finish();
    Ok(Loaded {
        config,
        document,
        files,
        digest,
        warnings,
    })
}

// === impl Loaded ===

impl Loaded {
    /// Every fault of a provider's settings by the schema in its adapter's manifest. A provider that is not there has
    /// none.
    pub fn check_settings(&self, provider: &str, schema: &Value) -> Vec<Fault> {
        let Some(config) = self.config.providers.get(provider) else {
            return Vec::new();
        };
        let path = ["providers", provider, "settings"];
        let settings = Value::Object(config.settings.clone());
        match findings(&self.document, &document::pointer(&path), schema, &settings) {
            Ok(findings) => Faults::sorted(findings.into_iter().map(|found| found.fault).collect()).0,
            Err(error) => {
                let message = format!("is an adapter whose settings have no valid JSON Schema: {error}");
                vec![self.fault_at(&["providers", provider, "adapter"], message, "repair the plugin")]
            }
        }
    }

    /// A fault at the value of that path, or at the nearest place above it that is written down.
    pub fn fault_at(&self, field_path: &[&str], message: impl Into<String>, remedy: impl Into<String>) -> Fault {
        self.document.fault_at(field_path, message, remedy)
    }
}

/// The top-level entries of all files.
fn read(path: &Path, reader: &mut Reader, document: &mut Document) -> Result<Vec<Entry>, Vec<Fault>> {
    let unreadable = |file: &Path, error: &io::Error| {
        let message = format!("cannot be read: {error}");
        file_fault(
            file,
            message,
            "name a folder or file of YAML that this process may read",
        )
    };
    let files = yaml_files(path).map_err(|error| vec![unreadable(path, &error)])?;
    if files.is_empty() {
        let message = "holds no *.yaml file".to_owned();
        return Err(vec![file_fault(
            path,
            message,
            "name the folder that holds the configuration",
        )]);
    }
    let (mut entries, mut faults) = (Vec::new(), Vec::new());
    for (number, file) in files.iter().enumerate() {
        match reader.read(file) {
            Err(error) => faults.push(unreadable(file, &error)),
            Ok(text) => match yaml::entries(number, &text) {
                Ok(more) => entries.extend(more),
                Err(yaml::Unreadable { spot, message, remedy }) => {
                    let (line, column) = (spot.line, spot.column);
                    faults.push(Fault {
                        line,
                        column,
                        ..file_fault(file, message, remedy)
                    });
                }
            },
        }
    }
    document.files = files;
    if faults.is_empty() { Ok(entries) } else { Err(faults) }
}

fn file_fault(file: &Path, message: String, remedy: &str) -> Fault {
    let (file, remedy) = (file.to_owned(), remedy.to_owned());
    Fault {
        file,
        line: 0,
        column: 0,
        field: String::new(),
        message,
        remedy,
    }
}

/// The configuration, or as much of it as is free of faults, so that the rules can look at the rest.
fn check(value: &Value, document: &Document, faults: &mut Vec<Fault>) -> Option<Config> {
    let wrong = match findings(document, "", &json_schema(), value) {
        Ok(wrong) => wrong,
        // Only a defect of ours leads here, and a test sees that there is none.
        Err(error) => {
            faults.push(document.fault("", format!("cannot be checked: {error}"), "report this defect"));
            return None;
        }
    };
    let unresolved = document.missing.iter().filter(|pointer| provider_of(pointer).is_none());
    let pointers = wrong.iter().map(|found| &found.pointer).chain(unresolved);
    let pointers: Vec<&str> = pointers.map(String::as_str).collect();
    let config = salvage(value, &pointers);
    faults.extend(wrong.into_iter().map(|found| found.fault));
    match config {
        Ok(config) => {
            let mut more = rules::faults(&config, document);
            // Where a value was put right for the rules to go on, what they say of it is not the operator's doing.
            more.retain(|fault| faults.iter().all(|earlier| earlier.field != fault.field));
            faults.extend(more);
            Some(config)
        }
        Err(error) => {
            if faults.is_empty() {
                // A defect as well. What serde says is not repeated, for it may hold a value.
                let message = format!("cannot be read as a configuration ({:?})", error.classify());
                faults.push(document.fault("", message, "report this defect"));
            }
            None
        }
    }
}

/// Tells the providers that are off why they are.
fn switch_off(config: &mut Config, document: &Document, off: BTreeMap<String, Vec<String>>) -> Vec<String> {
    let mut warnings = Vec::new();
    for (name, mut missing) in off {
        let mut told = BTreeSet::new();
        missing.retain(|what| told.insert(what.clone()));
        let reason = missing.join(", ");
        let fault = document.fault_at(&["providers", &name], "", "");
        let place = format!("{}:{}:{}", fault.file.display(), fault.line, fault.column);
        warnings.push(format!("{place}: {} is off: {reason}", fault.field));
        if let Some(provider) = config.providers.get_mut(&name) {
            provider.off = Some(reason);
        }
    }
    warnings
}

/// Fills in what depends on other values.
fn complete(config: &mut Config, base: &Path) {
    config.storage.complete(base);
    config.plugins.dir = base.join(&config.plugins.dir);
    config.plugins.cache_dir = config.plugins.cache_dir.take().map(|dir| base.join(dir));
    for model in config.models.values_mut() {
        model.fill_modalities();
    }
    for provider in config.providers.values_mut() {
        // A path begins with a slash, so the base ends without one.
        provider.base_url = provider.base_url.take().map(|url| url.trim_end_matches('/').to_owned());
    }
}

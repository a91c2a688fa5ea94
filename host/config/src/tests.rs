//! Tests of the whole path from files to a configuration.

mod bad_accounts;
mod bad_chains;
mod bad_files;
mod bad_places;
mod bad_values;
mod editor;
mod files;
mod references;
mod schema;
mod secrets;
mod settings;
mod shipped;
mod strict;

use std::{collections::BTreeMap, fs, path::Path};

use tempfile::TempDir;

use super::{Faults, Loaded, load};

/// The price of a free model; every model must have one.
const FREE: &str = "pricing: { input_per_million: 0, output_per_million: 0 }";

/// A folder with these files. In their text, `FREE` stands for the price of a free model.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, content) in files {
        fs::write(folder.path().join(name), content.replace("FREE", FREE)).unwrap();
    }
    folder
}

/// An environment with these variables.
fn environment(variables: &[(&str, &str)]) -> BTreeMap<String, String> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    variables.iter().map(owned).collect()
}

/// Loads a folder in an empty environment.
fn load_folder(folder: &Path) -> Result<Loaded, Faults> {
    load(folder, &environment(&[]))
}

/// Loads a file with this text in an environment with these variables.
fn load_text(text: &str, variables: &[(&str, &str)]) -> Result<Loaded, Faults> {
    load(folder(&[("c.yaml", text)]).path(), &environment(variables))
}

/// All faults as text, with `config` in place of the folder's path.
fn printed(folder: &Path, faults: &Faults) -> String {
    faults.to_string().replace(folder.to_str().unwrap(), "config")
}

/// The faults of a file with this text, without its path.
fn faults_of(text: &str) -> String {
    let folder = folder(&[("c.yaml", text)]);
    match load_folder(folder.path()) {
        Ok(_) => "no fault".to_owned(),
        Err(faults) => printed(folder.path(), &faults).replace("config/c.yaml:", ""),
    }
}

/// Asserts that each case has exactly its faults. A case is YAML, followed by its faults, each after `! `.
fn check(cases: &str) {
    let (mut text, mut expected) = (String::new(), Vec::new());
    let mut checked = 0;
    let mut lines = cases.trim().lines().peekable();
    while let Some(line) = lines.next() {
        match line.strip_prefix("! ") {
            Some(fault) => expected.push(fault),
            None => text.extend([line, "\n"]),
        }
        let complete = !expected.is_empty() && lines.peek().is_none_or(|next| !next.starts_with("! "));
        if complete {
            assert_eq!(faults_of(&text), expected.join("\n"), "\n{text}");
            (text, expected, checked) = (String::new(), Vec::new(), checked + 1);
        }
    }
    assert!(checked > 0 && text.is_empty());
}

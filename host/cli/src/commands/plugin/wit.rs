//! `plugin wit`: prints the contract, or writes it where other languages' tools look for it.

use std::path::{Path, PathBuf};

use super::embedded;

/// The contract could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {}: {source}", .path.display())]
pub(super) struct WitError {
    /// The file.
    pub(super) path: PathBuf,
    /// What the system said.
    pub(super) source: std::io::Error,
}

/// Prints the contract of this release as one text, or writes its files into `out`.
///
/// # Errors
/// If a file cannot be written.
pub(super) fn wit(out: Option<&Path>) -> Result<(), WitError> {
    let Some(folder) = out else {
        print!("{}", whole());
        return Ok(());
    };
    for path in write(folder)? {
        println!("{}", path.display());
    }
    Ok(())
}

/// Writes the contract's files into a folder, and returns their paths. Other files there stay as they are.
///
/// # Errors
/// If a file cannot be written.
pub(super) fn write(folder: &Path) -> Result<Vec<PathBuf>, WitError> {
    let write = |(name, content): &(&str, &[u8])| {
        let path = folder.join(name);
        std::fs::create_dir_all(folder)
            .and_then(|()| std::fs::write(&path, content))
            .map_err(|source| WitError {
                path: path.clone(),
                source,
            })?;
        Ok(path)
    };
    embedded::WIT.iter().map(write).collect()
}

/// All files as one WIT text: the package is named once, at the beginning.
pub(super) fn whole() -> String {
    let is_wit = |(name, _): &&(&str, &[u8])| Path::new(name).extension().is_some_and(|kind| kind == "wit");
    let files = embedded::WIT
        .iter()
        .filter(is_wit)
        .map(|(_, content)| String::from_utf8_lossy(content));
    let (mut naming, mut text) = (String::new(), String::new());
    for file in files {
        let (head, rest) = split_at_package(&file);
        // Only one of the files says something about the package.
        if head.len() > naming.len() {
            head.clone_into(&mut naming);
        }
        text.push('\n');
        text.push_str(rest.trim_start_matches('\n'));
    }
    naming + &text
}

/// A file's text up to its `package` line, and the rest.
fn split_at_package(file: &str) -> (&str, &str) {
    let start = if file.starts_with("package ") {
        Some(0)
    } else {
        file.find("\npackage ").map(|at| at + 1)
    };
    let end = start.and_then(|start| Some(start + file[start..].find('\n')? + 1));
    file.split_at(end.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_printed_contract_is_one_valid_package_with_all_worlds() {
        let text = whole();
        let mut resolve = wit_parser::Resolve::default();
        let package = resolve.push_source("contract.wit", &text).unwrap();
        let folder = tempfile::tempdir().unwrap();
        write(folder.path()).unwrap();
        let mut separate = wit_parser::Resolve::default();
        let (other, _) = separate.push_dir(folder.path()).unwrap();
        let worlds = |resolve: &wit_parser::Resolve, package| -> Vec<String> {
            let mut names: Vec<_> = resolve.packages[package].worlds.keys().cloned().collect();
            names.sort();
            names
        };
        assert_eq!(worlds(&resolve, package), worlds(&separate, other));
        assert!(worlds(&resolve, package).contains(&"adapter-plugin".to_owned()));
    }
}

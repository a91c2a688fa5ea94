//! What a path given to `plugin build` is: which language's package, or which kind of file.

use std::path::{Path, PathBuf};

/// What a plugin is built from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// A folder with a `Cargo.toml`.
    Cargo,
    /// A folder with a `package.json`.
    JavaScript,
    /// A folder with a `pyproject.toml`.
    Python,
    /// A folder with C files, or one C file.
    C,
    /// A compiled `.wasm` file: a core module, or a component already.
    Module,
}

/// A path is nothing that a plugin is built from.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(in crate::commands::plugin) enum SourceError {
    /// There is nothing at that path.
    #[error("{}: does not exist", .0.display())]
    Missing(PathBuf),
    /// The folder holds no package.
    #[error(
        "{}: has no Cargo.toml, package.json, pyproject.toml or .c file; pass the folder of a plugin, or a .wasm file",
        .0.display()
    )]
    Folder(PathBuf),
    /// The file is of no kind that can be built.
    #[error("{}: is neither a .wasm nor a .c file; pass one, or the folder of a plugin", .0.display())]
    File(PathBuf),
}

// === impl Source ===

impl Source {
    /// The languages whose packages have a manifest, in the order in which it is looked for.
    const MANIFESTS: [(&str, Self); 3] = [
        ("Cargo.toml", Self::Cargo),
        ("package.json", Self::JavaScript),
        ("pyproject.toml", Self::Python),
    ];

    /// What there is at a path.
    ///
    /// # Errors
    /// If it is nothing that a plugin is built from.
    pub(super) fn of(path: &Path) -> Result<Self, SourceError> {
        if path.is_dir() {
            let named = Self::MANIFESTS.iter().find(|(name, _)| path.join(name).is_file());
            return match named {
                Some((_, source)) => Ok(*source),
                None if !c_files(path).is_empty() => Ok(Self::C),
                None => Err(SourceError::Folder(path.to_owned())),
            };
        }
        if !path.exists() {
            return Err(SourceError::Missing(path.to_owned()));
        }
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("wasm") => Ok(Self::Module),
            Some("c") => Ok(Self::C),
            _ => Err(SourceError::File(path.to_owned())),
        }
    }
}

/// The C files directly in a folder, sorted.
pub(super) fn c_files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<_> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "c"))
        .collect();
    files.sort();
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_told_by_its_manifest_and_a_file_by_its_name() {
        let parent = tempfile::tempdir().unwrap();
        let at = |file: &str| {
            let path = parent.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, "").unwrap();
            path
        };
        for (file, source) in [
            ("rust/Cargo.toml", Source::Cargo),
            ("js/package.json", Source::JavaScript),
            ("python/pyproject.toml", Source::Python),
            ("c/adapter.c", Source::C),
        ] {
            assert_eq!(Source::of(at(file).parent().unwrap()), Ok(source), "{file}");
        }
        assert_eq!(Source::of(&at("one.wasm")), Ok(Source::Module));
        assert_eq!(Source::of(&at("one.c")), Ok(Source::C));
    }

    #[test]
    fn a_path_without_a_plugin_is_named_with_what_was_looked_for() {
        let parent = tempfile::tempdir().unwrap();
        let message = |path: &Path| Source::of(path).unwrap_err().to_string();
        let shown = parent.path().display();
        assert_eq!(
            message(parent.path()),
            format!(
                "{shown}: has no Cargo.toml, package.json, pyproject.toml or .c file; \
                 pass the folder of a plugin, or a .wasm file"
            )
        );
        assert_eq!(
            message(&parent.path().join("no")),
            format!("{shown}/no: does not exist")
        );
        std::fs::write(parent.path().join("a.txt"), "").unwrap();
        assert!(message(&parent.path().join("a.txt")).contains("is neither a .wasm nor a .c file"));
    }
}

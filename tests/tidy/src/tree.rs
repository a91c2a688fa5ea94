//! The repository's own files: no build output, no dependencies, nothing hidden.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Folders that tools fill; cargo marks its own with a file.
const FOREIGN: [&str; 3] = ["node_modules", "target", "__pycache__"];

/// The file by which a tool says that a folder can be made again (bford.info/cachedir).
const MARK: &str = "CACHEDIR.TAG";

/// All files of the repository.
pub(crate) struct Tree {
    root: PathBuf,
    /// The paths below the root, with `/` between folders, in order.
    pub(crate) paths: Vec<String>,
}

/// One text file.
pub(crate) struct File {
    /// The path below the root.
    pub(crate) path: String,
    /// The content.
    pub(crate) text: String,
}

// === impl Tree ===

impl Tree {
    /// The repository that this test is part of.
    pub(crate) fn repository() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let mut paths = Vec::new();
        collect(&root, "", &mut paths);
        paths.sort();
        Self { root, paths }
    }

    /// All files with this extension.
    pub(crate) fn files(&self, extension: &str) -> Vec<File> {
        let wanted = |path: &&String| Path::new(path).extension().is_some_and(|e| e == extension);
        let paths = self.paths.iter().filter(wanted);
        paths
            .map(|path| File {
                path: path.clone(),
                text: self.read(path),
            })
            .collect()
    }

    /// The files that git tracks; all of them where there is no git, as in an unpacked archive.
    pub(crate) fn tracked(&self) -> Vec<String> {
        let mut git = std::process::Command::new("git");
        let output = git.args(["ls-files", "-z"]).current_dir(&self.root).output();
        let Some(output) = output.ok().filter(|output| output.status.success()) else {
            return self.paths.clone();
        };
        let tracked = String::from_utf8_lossy(&output.stdout);
        let tracked = tracked.split('\0').map(str::to_owned).collect::<BTreeSet<_>>();
        // A new folder counts before it is committed only if git knows of it.
        self.paths
            .iter()
            .filter(|path| tracked.contains(*path))
            .cloned()
            .collect()
    }

    /// One file's text.
    pub(crate) fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.root.join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
    }
}

/// Adds the files of a folder and of all folders below it.
fn collect(folder: &Path, prefix: &str, paths: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        if name.starts_with('.') || FOREIGN.contains(&name.as_str()) {
            continue;
        }
        let path = format!("{prefix}{name}");
        if entry.file_type().unwrap().is_dir() {
            if !entry.path().join(MARK).exists() {
                collect(&entry.path(), &format!("{path}/"), paths);
            }
        } else {
            paths.push(path);
        }
    }
}

// === impl File ===

impl File {
    /// Whether this is the file's name, in whatever folder.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.path == name || self.path.ends_with(&format!("/{name}"))
    }

    /// Whether the whole file is tests.
    pub(crate) fn is_test(&self) -> bool {
        self.path.contains("/tests/") || self.path.ends_with("/tests.rs")
    }

    /// A file of a rule's own test.
    #[cfg(test)]
    pub(crate) fn sample(path: &str, text: &str) -> Self {
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
        }
    }
}

//! An author's desk: a folder of their own, and the built program.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// A folder, removed with it.
pub(crate) struct Desk {
    folder: TempDir,
}

/// What a command came to.
pub(crate) struct Told {
    pub(crate) ok: bool,
    /// Standard output, then standard error.
    pub(crate) text: String,
}

// === impl Desk ===

impl Desk {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file, and the folders to it.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Runs `jackfield` with these arguments in the folder.
    pub(crate) fn jackfield(&self, arguments: &[&str]) -> Told {
        let output = Command::new(profile().join("jackfield"))
            .args(arguments)
            .current_dir(self.folder.path())
            .env("CARGO_TARGET_DIR", targets())
            .output()
            .expect("`jackfield` is built beside this test");
        Told::of(&output)
    }
}

// === impl Told ===

impl Told {
    fn of(output: &Output) -> Self {
        let texts = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
        Self {
            ok: output.status.success(),
            text: texts.concat(),
        }
    }

    /// What it said, if it succeeded.
    pub(crate) fn well(self) -> String {
        assert!(self.ok, "{}", self.text);
        self.text
    }

    /// What it said, if it failed.
    pub(crate) fn badly(self) -> String {
        assert!(!self.ok, "{}", self.text);
        self.text
    }
}

/// The folder that cargo builds this test, and the program, into.
pub(crate) fn profile() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.ancestors().nth(2).unwrap().to_owned()
}

/// The folder of all that cargo builds.
fn targets() -> PathBuf {
    profile().parent().unwrap().to_owned()
}

/// The repository.
pub(crate) fn root() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().expect("the repository's root").to_owned()
}

/// A shipped plugin's component, which `make plugins` built.
pub(crate) fn component(name: &str) -> String {
    let file = root().join(format!("target/plugins/{name}.wasm"));
    assert!(file.is_file(), "{} is missing; run `make plugins`", file.display());
    file.display().to_string()
}

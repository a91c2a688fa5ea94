//! An author's desk: a folder of their own, and the built program.

use std::fs;
use std::io::{BufRead, BufReader, Lines};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdout, Command, Output, Stdio};

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

/// A program that tells what it does, until this is dropped.
pub(crate) struct Watched {
    child: Child,
    lines: Lines<BufReader<ChildStderr>>,
}

/// A server that runs until this is dropped.
pub(crate) struct Running {
    child: Child,
    address: String,
    /// Kept open, so that it may go on printing.
    _lines: Lines<BufReader<ChildStdout>>,
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

    /// Runs a command line in the folder, with `jackfield` on the path.
    pub(crate) fn shell(&self, command: &str) -> Told {
        Told::of(&self.shell_command(command).output().expect("a shell"))
    }

    /// Starts a server, and waits until it says where it listens.
    pub(crate) fn serve(&self, command: &str) -> Running {
        let mut shell = self.shell_command(&format!("exec {command}"));
        let mut child = shell
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("a shell");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let url = |line: std::io::Result<String>| {
            line.ok()?
                .rsplit_once(" on http://")
                .map(|(_, address)| address.to_owned())
        };
        let address = lines.by_ref().find_map(url);
        let address = address.unwrap_or_else(|| panic!("`{command}` ended before it listened"));
        Running {
            child,
            address,
            _lines: lines,
        }
    }

    /// Starts a program that tells on stderr what it does.
    pub(crate) fn watch(&self, command: &str) -> Watched {
        let mut shell = self.shell_command(&format!("exec {command}"));
        let mut child = shell
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("a shell");
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        Watched { child, lines }
    }

    fn shell_command(&self, command: &str) -> Command {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = std::iter::once(profile()).chain(std::env::split_paths(&path));
        let mut shell = Command::new("sh");
        shell
            .args(["-ec", command])
            .current_dir(self.folder.path())
            .env("PATH", std::env::join_paths(folders).unwrap())
            .env("CARGO_TARGET_DIR", targets());
        shell
    }
}

// === impl Running ===

impl Running {
    /// Where it listens.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

// === impl Watched ===

impl Watched {
    /// Waits for a line that contains this, and returns it.
    pub(crate) fn says(&mut self, text: &str) -> String {
        let mut said = Vec::new();
        for line in self.lines.by_ref().map_while(Result::ok) {
            if line.contains(text) {
                return line;
            }
            said.push(line);
        }
        panic!("it ended before it said {text:?}:\n{}", said.join("\n"));
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

/// Ends a program, which may have ended by itself.
fn end(child: &mut Child) {
    drop(child.kill());
    drop(child.wait());
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

/// A shipped plugin's component.
pub(crate) fn component(name: &str) -> String {
    built("plugins", name)
}

/// The component of a plugin that misbehaves.
pub(crate) fn test_component(name: &str) -> String {
    built("test-plugins", name)
}

/// A component that `make tested` built.
fn built(folder: &str, name: &str) -> String {
    let file = root().join(format!("target/{folder}/{name}.wasm"));
    assert!(file.is_file(), "{} is missing; run `make tested`", file.display());
    file.display().to_string()
}

//! Makes a component of a folder with a `package.json`, by one of the two tools that embed a JavaScript engine.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use super::BuildError;
use super::task::{Task, world};
use super::tool::{self, ToolMissing};

/// The tool that the message recommends, in the version that this release is tested with.
const RECOMMENDED: &str = "componentize-qjs@0.4.5";

/// What `plugin build` reads of a `package.json` (npm documentation, "package.json").
#[derive(Debug, Deserialize)]
struct Package {
    name: String,
    /// The adapter's module.
    #[serde(default = "index")]
    main: PathBuf,
}

/// A tool that is installed.
#[derive(Debug, PartialEq, Eq)]
enum Embedder {
    /// `componentize-qjs`: a small engine that begins quickly.
    QuickJs(PathBuf),
    /// `@bytecodealliance/componentize-js`: a browser's engine, with more of the interfaces of the Web.
    SpiderMonkey(PathBuf),
}

fn index() -> PathBuf {
    "index.js".into()
}

/// The plugin's name: the package's, without its scope.
///
/// # Errors
/// If the folder's `package.json` has none.
pub(super) fn name(folder: &Path) -> Result<String, BuildError> {
    let package = Package::read(folder)?;
    let name = package.name.rsplit('/').next().unwrap_or(&package.name);
    Ok(name.to_owned())
}

/// Builds the folder's component.
///
/// # Errors
/// If no tool is installed, or it fails.
pub(super) fn component(folder: &Path, task: &Task) -> Result<(), BuildError> {
    let package = Package::read(folder)?;
    let embedder = Embedder::find(folder)?;
    // Imports are resolved from the current folder.
    let module = std::fs::read_to_string(folder.join(&package.main)).unwrap_or_default();
    let mut command = embedder.command(&package.main, world(exports_shaper(&module)), task);
    Ok(tool::run(command.current_dir(folder))?)
}

// === impl Package ===

impl Package {
    fn read(folder: &Path) -> Result<Self, BuildError> {
        let path = folder.join("package.json");
        let refused = |problem: String| BuildError::Manifest {
            path: path.clone(),
            problem,
        };
        let text = std::fs::read(&path).map_err(|error| refused(error.to_string()))?;
        serde_json::from_slice(&text).map_err(|error| refused(error.to_string()))
    }
}

// === impl Embedder ===

impl Embedder {
    /// The smaller one, if both are installed.
    fn find(folder: &Path) -> Result<Self, ToolMissing> {
        let folders = tool::upwards(folder, "node_modules/.bin");
        let found = |program| tool::find(program, &folders);
        found("componentize-qjs")
            .map(Self::QuickJs)
            .or_else(|| found("componentize-js").map(Self::SpiderMonkey))
            .ok_or_else(|| missing(folder))
    }

    /// The call that makes a component without WASI and without async functions: the contract has neither.
    fn command(&self, main: &Path, world: &str, task: &Task) -> Command {
        match self {
            Self::QuickJs(program) => {
                let mut command = Command::new(program);
                command
                    .args(["--sync", "--stub-wasi", "--opt-size", "--js"])
                    .arg(main)
                    .arg("--wit")
                    .arg(&task.wit)
                    .args(["--world", world])
                    .arg("--output")
                    .arg(&task.out);
                command
            }
            Self::SpiderMonkey(program) => {
                let mut command = Command::new(program);
                command
                    .arg(main)
                    .arg("--wit")
                    .arg(&task.wit)
                    .args(["--world-name", world])
                    .arg("--out")
                    .arg(&task.out)
                    .args(["--disable", "stdio", "random", "clocks", "http", "fetch-event"]);
                command
            }
        }
    }
}

/// Whether a module exports the object `shaper`, which is what the contract calls it.
fn exports_shaper(module: &str) -> bool {
    let is_word = |line: &str| {
        line.split(|c: char| !c.is_ascii_alphanumeric())
            .any(|word| word == "shaper")
    };
    let mut lines = module.lines();
    lines.any(|line| line.starts_with("export ") && is_word(line))
}

/// What to do, by whether the package asks for a tool already.
fn missing(folder: &Path) -> ToolMissing {
    let text = std::fs::read_to_string(folder.join("package.json")).unwrap_or_default();
    let command = if text.contains("\"componentize-qjs\"") || text.contains("\"@bytecodealliance/componentize-js\"") {
        "install".to_owned()
    } else {
        format!("install --save-dev {RECOMMENDED}")
    };
    ToolMissing {
        what: "componentize-qjs".to_owned(),
        install: vec![format!("npm --prefix {} {command}", folder.display())],
    }
}

#[cfg(test)]
mod tests {
    use super::exports_shaper;

    #[test]
    fn a_shaper_is_told_by_its_export() {
        for (module, is_shaper) in [
            ("export const shaper = {", true),
            ("const shaper = {};\nexport { shaper };", true),
            ("export const adapter = {\n  shaper: 1", false),
            ("export { shaper } from \"./words.js\";", true),
            ("// export const shaper", false),
        ] {
            assert_eq!(exports_shaper(module), is_shaper, "{module}");
        }
    }
}

//! Makes a component of a folder with a `pyproject.toml`, by componentize-py.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::BuildError;
use super::task::{Task, world};
use super::tool::{self, ToolMissing};

/// The tool, in the version that this release is tested with.
const TESTED: &str = "componentize-py==0.25.1";

/// The module with the class `Adapter` or `Shaper`.
const MODULE: &str = "app";

/// Where Python's virtual environments keep programs, relative to them.
const BIN: &str = "bin";

/// The plugin's name: the project's (PEP 621, "name").
///
/// # Errors
/// If the folder's `pyproject.toml` has none.
pub(super) fn name(folder: &Path) -> Result<String, BuildError> {
    let path = folder.join("pyproject.toml");
    let refused = |problem: String| BuildError::Manifest {
        path: path.clone(),
        problem,
    };
    let text = std::fs::read_to_string(&path).map_err(|error| refused(error.to_string()))?;
    project_name(&text).ok_or_else(|| refused("has no `name` under `[project]`".to_owned()))
}

/// Builds the folder's component.
///
/// # Errors
/// If componentize-py is not installed, or fails.
pub(super) fn component(folder: &Path, task: &Task) -> Result<(), BuildError> {
    let Ok(module) = std::fs::read_to_string(folder.join(MODULE).with_extension("py")) else {
        return Err(BuildError::Manifest {
            path: folder.to_owned(),
            problem: format!("has no {MODULE}.py; put the class `Adapter` or `Shaper` there"),
        });
    };
    let environments = environments(folder);
    let folders: Vec<PathBuf> = environments.iter().map(|folder| folder.join(BIN)).collect();
    let program = tool::find("componentize-py", &folders).ok_or_else(|| missing(folder))?;
    let mut command = Command::new(program);
    // What the project depends on is in its own environment, if it has one.
    if let Some(environment) = environments.first() {
        command.env("VIRTUAL_ENV", environment);
    }
    command
        .current_dir(folder)
        .arg("--wit-path")
        .arg(&task.wit)
        .args([
            "--world",
            world(module.lines().any(|line| line.starts_with("class Shaper"))),
            "--quiet",
            "componentize",
            MODULE,
            "--stub-wasi",
            "--output",
        ])
        .arg(&task.out);
    Ok(tool::run(&mut command)?)
}

/// The virtual environments of a folder, the nearest first: `.venv` in it or above it, then the active one.
fn environments(folder: &Path) -> Vec<PathBuf> {
    let active = std::env::var_os("VIRTUAL_ENV").map(PathBuf::from);
    tool::upwards(folder, ".venv")
        .into_iter()
        .chain(active)
        .filter(|folder| folder.is_dir())
        .collect()
}

fn missing(folder: &Path) -> ToolMissing {
    let environment = folder.join(".venv");
    let environment = environment.display();
    ToolMissing {
        what: "componentize-py".to_owned(),
        install: vec![
            format!("python3 -m venv {environment}"),
            format!("{environment}/bin/pip install {TESTED}"),
        ],
    }
}

/// The value of `name` in the table `[project]` of a `pyproject.toml`.
fn project_name(text: &str) -> Option<String> {
    let mut lines = text
        .lines()
        .map(str::trim)
        .skip_while(|line| *line != "[project]")
        .skip(1);
    let value = lines
        .by_ref()
        .take_while(|line| !line.starts_with('['))
        .find_map(|line| line.strip_prefix("name")?.trim_start().strip_prefix('='))?
        .trim();
    let quote = value.chars().next().filter(|quote| ['"', '\''].contains(quote))?;
    let name = value[1..].split(quote).next()?;
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_that_of_the_project() {
        let text = "[build-system]\nname = \"no\"\n\n[project]\nversion = \"1\"\nname = 'mine' # ours\n[tool.x]\nname = \"no\"";
        assert_eq!(project_name(text), Some("mine".to_owned()));
        assert_eq!(project_name("[project]\n[tool]\nname = \"no\""), None);
        assert_eq!(project_name("name = \"no\""), None);
    }
}

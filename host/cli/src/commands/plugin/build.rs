//! `plugin build`: compiles cargo packages and writes one component per package into the plugin folder.

use std::path::{Path, PathBuf};

use super::component::{Component, ComponentError, display_memory};
use super::metadata::{MetadataError, Package, Workspace};
use super::pack::{self, PackError};
use super::toolchain::{Speed, TARGET, Toolchain, ToolchainMissing};

/// Why plugins were not built.
#[derive(Debug, thiserror::Error)]
pub(super) enum BuildError {
    /// No compiler is installed.
    #[error(transparent)]
    Toolchain(#[from] ToolchainMissing),
    /// A folder is not a cargo package.
    #[error("{}: has no Cargo.toml; pass the folder of a plugin", .0.display())]
    NotAPackage(PathBuf),
    /// A package does not compile to a plugin.
    #[error("{}: is not a plugin; set `crate-type = [\"cdylib\"]` under `[lib]` in its Cargo.toml", .0.display())]
    NotAPlugin(PathBuf),
    /// Cargo gave no metadata for a folder.
    #[error("{}: {source}", .directory.display())]
    Metadata {
        /// The folder.
        directory: PathBuf,
        /// What cargo said.
        source: MetadataError,
    },
    /// Cargo did not start.
    #[error("cannot run cargo: {0}")]
    Start(std::io::Error),
    /// Compilation failed; cargo has printed its own messages.
    #[error("cargo failed to compile {0}; see its messages above")]
    Compile(String),
    /// The module could not be packed or written.
    #[error("{name}: {source}")]
    Pack {
        /// The plugin.
        name: String,
        /// What went wrong.
        source: PackError,
    },
    /// The packed component cannot be read back.
    #[error("{name}: {source}")]
    Component {
        /// The plugin.
        name: String,
        /// What is wrong with it.
        source: ComponentError,
    },
}

/// Packages of one workspace, compiled by one call of cargo.
struct Batch {
    workspace: Workspace,
    /// The manifest of the first package, by which cargo finds the workspace.
    manifest: PathBuf,
    /// The packages, each with the file name of its compiled module.
    packages: Vec<(Package, String)>,
}

/// Builds every folder's plugin into `out` and prints one line per plugin.
///
/// # Errors
/// At the first folder that cannot be built. Plugins of workspaces built before it remain in `out`.
pub(super) fn build(directories: &[PathBuf], out: &Path) -> Result<(), BuildError> {
    built(directories, out, Speed::Best, |line| println!("{line}"))
}

/// Builds every folder's plugin into `out`, and tells of each in one line.
///
/// # Errors
/// As [`build`].
pub(super) fn built(directories: &[PathBuf], out: &Path, speed: Speed, tell: impl Fn(&str)) -> Result<(), BuildError> {
    let toolchain = Toolchain::find()?;
    for batch in batches(directories, &toolchain)? {
        let artifacts = batch.compile(&toolchain, speed)?;
        for (package, artifact) in &batch.packages {
            tell(&deliver(&package.name, &artifacts.join(artifact), out)?);
        }
    }
    Ok(())
}

/// Groups the folders by workspace, so that shared dependencies are compiled once.
fn batches(directories: &[PathBuf], toolchain: &Toolchain) -> Result<Vec<Batch>, BuildError> {
    let mut batches: Vec<Batch> = Vec::new();
    for directory in directories {
        let manifest = directory
            .join("Cargo.toml")
            .canonicalize()
            .map_err(|_| BuildError::NotAPackage(directory.clone()))?;
        let known = batches
            .iter()
            .position(|batch| batch.workspace.package(&manifest).is_some());
        let index = if let Some(index) = known {
            index
        } else {
            let workspace = Workspace::of(&manifest, toolchain).map_err(|source| BuildError::Metadata {
                directory: directory.clone(),
                source,
            })?;
            batches.push(Batch {
                workspace,
                manifest: manifest.clone(),
                packages: Vec::new(),
            });
            batches.len() - 1
        };
        let package = batches[index].workspace.package(&manifest);
        let plugin = package.and_then(|package| Some((package.clone(), package.artifact()?)));
        let plugin = plugin.ok_or_else(|| BuildError::NotAPlugin(directory.clone()))?;
        batches[index].packages.push(plugin);
    }
    Ok(batches)
}

// === impl Batch ===

impl Batch {
    /// Compiles all packages and returns the folder of their modules.
    ///
    /// The target folder is not shared with the workspace's usual compiler: two compilers in one folder would each
    /// rebuild what the other has built.
    fn compile(&self, toolchain: &Toolchain, speed: Speed) -> Result<PathBuf, BuildError> {
        let target_directory = self.workspace.target_directory.join("wasm");
        let mut cargo = toolchain.cargo_build(speed);
        cargo
            .arg("--manifest-path")
            .arg(&self.manifest)
            .arg("--target-dir")
            .arg(&target_directory);
        for (package, _) in &self.packages {
            cargo.args(["--package", &package.name]);
        }
        if cargo.status().map_err(BuildError::Start)?.success() {
            Ok(target_directory.join(TARGET).join(speed.folder()))
        } else {
            Err(BuildError::Compile(self.names()))
        }
    }

    /// The packages' names, for a message.
    fn names(&self) -> String {
        let names: Vec<&str> = self.packages.iter().map(|(package, _)| &*package.name).collect();
        names.join(", ")
    }
}

/// Packs one module, writes it into the plugin folder, and returns the line to print.
fn deliver(name: &str, artifact: &Path, out: &Path) -> Result<String, BuildError> {
    let pack_error = |source| BuildError::Pack {
        name: name.to_owned(),
        source,
    };
    let bytes = pack::component(artifact).map_err(pack_error)?;
    let component = Component::read(&bytes).map_err(|source| BuildError::Component {
        name: name.to_owned(),
        source,
    })?;
    let path = out.join(format!("{name}.wasm"));
    let written = pack::write_if_changed(&path, &bytes).map_err(pack_error)?;
    Ok(format!(
        "{}  {} KiB  {}{}",
        path.display(),
        bytes.len().div_ceil(1024),
        display_memory(component.memory_pages),
        if written { "" } else { "  (unchanged)" }
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with an empty package whose `[lib]` table is `library`.
    fn package(parent: &Path, name: &str, library: &str) -> PathBuf {
        let directory = parent.join(name);
        std::fs::create_dir_all(directory.join("src")).unwrap();
        let manifest = format!("[package]\nname = \"{name}\"\nedition = \"2024\"\n[lib]\n{library}\n");
        std::fs::write(directory.join("Cargo.toml"), manifest).unwrap();
        std::fs::write(directory.join("src/lib.rs"), "").unwrap();
        directory
    }

    fn message(directories: &[PathBuf]) -> String {
        match batches(directories, &Toolchain::Installed) {
            Ok(_) => "no error".to_owned(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_folder_without_a_package_is_named() {
        let parent = tempfile::tempdir().unwrap();
        let nowhere = parent.path().join("nowhere");
        let expected = format!("{}: has no Cargo.toml; pass the folder of a plugin", nowhere.display());
        assert_eq!(message(&[nowhere]), expected);
    }

    #[test]
    fn the_error_for_a_package_without_a_cdylib_says_what_to_set() {
        let parent = tempfile::tempdir().unwrap();
        let plain = package(parent.path(), "plain", "");
        let message = message(&[plain]);
        assert!(
            message.ends_with("set `crate-type = [\"cdylib\"]` under `[lib]` in its Cargo.toml"),
            "{message}"
        );
    }

    #[test]
    fn packages_of_one_workspace_are_compiled_together() {
        let parent = tempfile::tempdir().unwrap();
        let workspace = "[workspace]\nresolver = \"3\"\nmembers = [\"a\", \"b\"]\n";
        std::fs::write(parent.path().join("Cargo.toml"), workspace).unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        let library = "crate-type = [\"cdylib\"]";
        let directories = [
            package(parent.path(), "a", library),
            package(elsewhere.path(), "c", library),
            package(parent.path(), "b", library),
        ];
        let batches = batches(&directories, &Toolchain::Installed).unwrap();
        let names: Vec<_> = batches.iter().map(Batch::names).collect();
        assert_eq!(names, ["a, b", "c"]);
    }
}

//! Compiles cargo packages with the options of plugins: those of one workspace into one folder, by as few calls of cargo
//! as possible.

use std::path::{Path, PathBuf};

use super::metadata::{MetadataError, Package, Workspace};
use super::toolchain::{Speed, TARGET, Toolchain, ToolchainMissing};

/// Why cargo packages were not compiled.
#[derive(Debug, thiserror::Error)]
pub(in crate::commands::plugin) enum CargoError {
    /// No compiler is installed.
    #[error(transparent)]
    Toolchain(#[from] ToolchainMissing),
    /// The folder's manifest cannot be reached.
    #[error("{}: {source}", .directory.display())]
    Read {
        /// The folder.
        directory: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
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
}

/// A package's compiled module.
pub(super) struct Compiled {
    /// The package's name.
    pub(super) name: String,
    /// The module's file.
    pub(super) module: PathBuf,
}

/// Packages of one workspace, compiled into one folder.
struct Batch {
    workspace: Workspace,
    /// The manifest of the first package, by which cargo finds the workspace.
    manifest: PathBuf,
    /// The packages, each with the file name of its compiled module.
    packages: Vec<(Package, String)>,
}

/// Compiles the packages in these folders, and passes each workspace's modules on before it begins the next.
///
/// # Errors
/// At the first workspace that does not compile, and with the first error of `deliver`.
pub(super) fn compile<E: From<CargoError>>(
    directories: &[&Path],
    speed: Speed,
    mut deliver: impl FnMut(Compiled) -> Result<(), E>,
) -> Result<(), E> {
    if directories.is_empty() {
        return Ok(());
    }
    let toolchain = Toolchain::known().map_err(CargoError::from)?;
    for batch in batches(directories, toolchain)? {
        let artifacts = batch.compile(toolchain, speed)?;
        for (package, artifact) in &batch.packages {
            deliver(Compiled {
                name: package.name.clone(),
                module: artifacts.join(artifact),
            })?;
        }
    }
    Ok(())
}

/// Groups the folders by workspace, so that shared dependencies are compiled once.
fn batches(directories: &[&Path], toolchain: &Toolchain) -> Result<Vec<Batch>, CargoError> {
    let mut batches: Vec<Batch> = Vec::new();
    for directory in directories {
        let manifest = directory
            .join("Cargo.toml")
            .canonicalize()
            .map_err(|source| CargoError::Read {
                directory: directory.to_path_buf(),
                source,
            })?;
        let known = batches
            .iter()
            .position(|batch| batch.workspace.package(&manifest).is_some());
        let index = if let Some(index) = known {
            index
        } else {
            let workspace = Workspace::of(&manifest, toolchain).map_err(|source| CargoError::Metadata {
                directory: directory.to_path_buf(),
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
        let plugin = plugin.ok_or_else(|| CargoError::NotAPlugin(directory.to_path_buf()))?;
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
    fn compile(&self, toolchain: &Toolchain, speed: Speed) -> Result<PathBuf, CargoError> {
        let target_directory = self.workspace.target_directory.join("wasm");
        for names in self.calls() {
            let mut cargo = toolchain.cargo_build(speed);
            cargo
                .arg("--manifest-path")
                .arg(&self.manifest)
                .arg("--target-dir")
                .arg(&target_directory);
            for name in &names {
                cargo.args(["--package", name]);
            }
            if !cargo.status().map_err(CargoError::Start)?.success() {
                return Err(CargoError::Compile(names.join(", ")));
            }
        }
        Ok(target_directory.join(TARGET).join(speed.folder()))
    }

    /// The packages of each call of cargo. One that is also the library of another has a call of its own: together, it
    /// would be compiled with the features of both, and the other would export its component too.
    fn calls(&self) -> Vec<Vec<&str>> {
        let packages = self.packages.iter().map(|(package, _)| package);
        let (libraries, others): (Vec<_>, Vec<_>) =
            packages.partition(|package| package.is_library_of_another(&self.workspace));
        let mut calls: Vec<_> = libraries.iter().map(|package| vec![&*package.name]).collect();
        if !others.is_empty() {
            calls.push(others.iter().map(|package| &*package.name).collect());
        }
        calls
    }
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

    fn message(directory: &Path) -> String {
        match batches(&[directory], &Toolchain::Installed) {
            Ok(_) => "no error".to_owned(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn the_error_for_a_package_without_a_cdylib_says_what_to_set() {
        let parent = tempfile::tempdir().unwrap();
        let plain = package(parent.path(), "plain", "");
        let message = message(&plain);
        assert!(
            message.ends_with("set `crate-type = [\"cdylib\"]` under `[lib]` in its Cargo.toml"),
            "{message}"
        );
    }

    #[test]
    fn packages_of_one_workspace_are_compiled_together_but_for_libraries_of_others() {
        let parent = tempfile::tempdir().unwrap();
        let workspace = "[workspace]\nresolver = \"3\"\nmembers = [\"a\", \"b\", \"d\"]\n";
        std::fs::write(parent.path().join("Cargo.toml"), workspace).unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        let library = "crate-type = [\"cdylib\"]";
        let directories = [
            package(parent.path(), "a", library),
            package(elsewhere.path(), "c", library),
            package(parent.path(), "b", library),
            package(
                parent.path(),
                "d",
                &format!("{library}\n[dependencies]\na = {{ path = \"../a\" }}"),
            ),
        ];
        let directories = directories.each_ref().map(PathBuf::as_path);
        let batches = batches(&directories, &Toolchain::Installed).unwrap();
        let calls: Vec<_> = batches.iter().map(Batch::calls).collect();
        assert_eq!(calls, [vec![vec!["a"], vec!["b", "d"]], vec![vec!["c"]]]);
    }
}

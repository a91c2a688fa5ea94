//! The part of `cargo metadata` that tells which packages of a workspace are plugins.

use std::path::{Path, PathBuf};

use super::toolchain::Toolchain;

/// A cargo workspace, possibly of a single package.
#[derive(Debug, serde::Deserialize)]
pub(super) struct Workspace {
    /// Cargo's target folder; honours `CARGO_TARGET_DIR`.
    pub(super) target_directory: PathBuf,
    packages: Vec<Package>,
}

/// A package of the workspace.
#[derive(Debug, Clone, serde::Deserialize)]
pub(super) struct Package {
    /// The package's name, which becomes the plugin's file name.
    pub(super) name: String,
    manifest_path: PathBuf,
    targets: Vec<Target>,
    #[serde(default)]
    dependencies: Vec<Dependency>,
}

/// What a package depends on.
#[derive(Debug, Clone, serde::Deserialize)]
struct Dependency {
    /// The folder of a package beside it; none for one of a registry.
    path: Option<PathBuf>,
}

/// A build target of a package: a library, a binary, a test.
#[derive(Debug, Clone, serde::Deserialize)]
struct Target {
    name: String,
    crate_types: Vec<String>,
}

/// Why cargo's metadata could not be read.
#[derive(Debug, thiserror::Error)]
pub(in crate::commands::plugin) enum MetadataError {
    /// Cargo did not start.
    #[error("cannot run cargo: {0}")]
    Start(#[from] std::io::Error),
    /// Cargo failed; the message is its own.
    #[error("{0}")]
    Refused(String),
    /// Cargo's output is not metadata.
    #[error("cannot read cargo's metadata: {0}")]
    Unreadable(#[from] serde_json::Error),
}

// === impl Workspace ===

impl Workspace {
    /// The workspace that a manifest belongs to.
    ///
    /// # Errors
    /// If cargo cannot be run or rejects the manifest.
    pub(super) fn of(manifest: &Path, toolchain: &Toolchain) -> Result<Self, MetadataError> {
        let output = toolchain
            .cargo()
            .args(["metadata", "--no-deps", "--format-version", "1", "--manifest-path"])
            .arg(manifest)
            .output()?;
        if !output.status.success() {
            let message = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            return Err(MetadataError::Refused(message));
        }
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    /// The package with this manifest, if it belongs to the workspace.
    pub(super) fn package(&self, manifest: &Path) -> Option<&Package> {
        self.packages.iter().find(|package| package.manifest_path == manifest)
    }
}

// === impl Package ===

impl Package {
    /// Whether another package of the workspace uses it as a library.
    pub(super) fn is_library_of_another(&self, workspace: &Workspace) -> bool {
        let folder = self.manifest_path.parent();
        let mut used = workspace.packages.iter().flat_map(|package| &package.dependencies);
        used.any(|dependency| dependency.path.as_deref().is_some_and(|path| Some(path) == folder))
    }

    /// The file name of the package's compiled `cdylib`; none if it has no such target.
    pub(super) fn artifact(&self) -> Option<String> {
        let is_library = |target: &&Target| target.crate_types.iter().any(|kind| kind == "cdylib");
        let library = self.targets.iter().find(is_library)?;
        Some(format!("{}.wasm", library.name.replace('-', "_")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(crate_types: &str) -> Package {
        let json = format!(
            r#"{{"name":"my-plugin","manifest_path":"/p/Cargo.toml","edition":"2024",
                "targets":[{{"name":"golden","crate_types":["bin"]}},
                           {{"name":"my-plugin","crate_types":{crate_types}}}]}}"#
        );
        serde_json::from_str(&json).unwrap()
    }

    #[test]
    fn the_artifact_is_named_after_the_library_with_underscores() {
        let package = package(r#"["cdylib","rlib"]"#);
        assert_eq!(package.artifact().as_deref(), Some("my_plugin.wasm"));
    }

    #[test]
    fn a_package_without_a_cdylib_has_no_artifact() {
        assert_eq!(package(r#"["rlib"]"#).artifact(), None);
    }
}

//! `plugin push`: puts a plugin file into an OCI registry.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jackfield_config::{BadOrigin, Reference};
use jackfield_gateway::sources::{Push, push};
use serde_json::Value;

use super::component_file::{ComponentFile, FileError};
use super::registry::{self, RegistryArguments, RegistryError};

/// The arguments of `plugin push`.
#[derive(Debug, clap::Args)]
pub(crate) struct PushArguments {
    /// A `.wasm` file.
    file: PathBuf,
    /// Where it goes: `oci://REGISTRY/REPOSITORY:TAG`.
    #[arg(value_name = "REFERENCE")]
    to: String,
    #[command(flatten)]
    registry: RegistryArguments,
}

/// Why a file was not pushed.
#[derive(Debug, thiserror::Error)]
pub(super) enum PushError {
    /// The file cannot be opened as a component.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file is not a plugin that loads.
    #[error("{}: {reason}", .file.display())]
    NotAPlugin {
        /// The file.
        file: PathBuf,
        /// Why not.
        reason: String,
    },
    /// The reference is none.
    #[error("{reference}: {source}")]
    Reference {
        /// What was given.
        reference: String,
        /// What is wrong with it.
        source: BadOrigin,
    },
    /// The registry does not take it.
    #[error("{0}")]
    Registry(#[from] RegistryError),
}

/// Pushes a plugin, and prints the reference with its digest, as `plugins.sources` takes it.
///
/// # Errors
/// [`PushError`]. Only a plugin that loads is pushed; `describe` returns its manifest as JSON.
pub(super) fn run(
    arguments: &PushArguments,
    describe: impl FnOnce(&Path) -> Result<String, String>,
) -> Result<(), PushError> {
    let PushArguments { file, to, registry } = arguments;
    let ComponentFile { bytes, component } = ComponentFile::open(file)?;
    let manifest = describe(file).map_err(|reason| PushError::NotAPlugin {
        file: file.clone(),
        reason,
    })?;
    let reference = reference(to)?;
    let access = registry.access(&reference.registry)?;
    let what = Push {
        component: &bytes,
        imports: &component.imports,
        exports: &component.exports,
        annotations: annotations(&manifest),
    };
    let pushed = registry::run(push(what, &reference, &access))?;
    println!("{pushed}");
    Ok(())
}

/// Reads a reference from the command line.
pub(super) fn reference(text: &str) -> Result<Reference, PushError> {
    text.parse().map_err(|source| PushError::Reference {
        reference: text.to_owned(),
        source,
    })
}

/// What a registry shows of it (OCI image-spec 1.1, "Pre-defined annotation keys").
fn annotations(manifest: &str) -> BTreeMap<&'static str, String> {
    let manifest: Value = serde_json::from_str(manifest).unwrap_or_default();
    let named = [
        ("org.opencontainers.image.licenses", "licence"),
        ("org.opencontainers.image.title", "name"),
        ("org.opencontainers.image.url", "homepage"),
        ("org.opencontainers.image.version", "version"),
    ];
    let said = named.into_iter().filter_map(|(key, member)| {
        let value = manifest.get(member)?.as_str()?;
        Some((key, value.to_owned()))
    });
    said.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registry_shows_what_the_manifest_says() {
        let said = annotations(r#"{ "name": "echo", "version": "0.1.0", "homepage": null }"#);
        let expected = BTreeMap::from([
            ("org.opencontainers.image.title", "echo".to_owned()),
            ("org.opencontainers.image.version", "0.1.0".to_owned()),
        ]);
        assert_eq!(said, expected);
    }
}

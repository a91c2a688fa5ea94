//! `plugin build`: makes a component of each source, in whichever language, and writes it into the plugin folder.

mod c;
mod cargo;
mod javascript;
mod metadata;
mod python;
mod source;
mod task;
mod tool;
pub(super) mod toolchain;

use std::path::{Path, PathBuf};

use serde_json::Value;

use self::cargo::CargoError;
use self::source::{Source, SourceError};
use self::task::Task;
use self::tool::{ToolError, ToolMissing};
use self::toolchain::Speed;
use super::component::{Component, ComponentError, display_memory};
use super::pack::known_manifest::put_into;
use super::pack::{self, PackError, manifest};
use super::wit::WitError;

/// Why plugins were not built.
#[derive(Debug, thiserror::Error)]
pub(super) enum BuildError {
    /// A path is nothing that a plugin is built from.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// Cargo packages do not compile.
    #[error(transparent)]
    Cargo(#[from] CargoError),
    /// A package's manifest lacks something.
    #[error("{}: {problem}", .path.display())]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The contract could not be written for the tool.
    #[error(transparent)]
    Contract(#[from] WitError),
    /// A language's tool is missing or failed.
    #[error(transparent)]
    Tool(#[from] ToolError),
    /// The module could not be packed or written.
    #[error("{name}: {source}")]
    Pack {
        /// The plugin.
        name: String,
        /// What went wrong.
        source: PackError,
    },
    /// What was built is no component.
    #[error("{name}: {source}")]
    Component {
        /// The plugin.
        name: String,
        /// What is wrong with it.
        source: ComponentError,
    },
}

/// Returns the manifest of a plugin file as JSON, or why it cannot be loaded.
pub(super) type Describe<'a> = dyn Fn(&Path) -> Result<String, String> + 'a;

/// Where built plugins go, and how.
struct Delivery<'a> {
    out: &'a Path,
    /// Finds the manifest that goes into the file; `None` to leave it out.
    describe: Option<&'a Describe<'a>>,
}

/// Builds the plugin of each path into `out` and prints one line per plugin. The manifest of each is added to its file.
///
/// # Errors
/// At the first path that cannot be built. Plugins built before it remain in `out`.
pub(super) fn build(paths: &[PathBuf], out: &Path, describe: &Describe<'_>) -> Result<(), BuildError> {
    let describe = Some(describe);
    delivered(paths, &Delivery { out, describe }, Speed::Best, |line| {
        println!("{line}");
    })
}

/// Builds the plugin of each path into `out` as it is, and tells of each in one line.
///
/// # Errors
/// As [`build`].
pub(super) fn built(paths: &[PathBuf], out: &Path, speed: Speed, tell: impl Fn(&str)) -> Result<(), BuildError> {
    delivered(paths, &Delivery { out, describe: None }, speed, tell)
}

fn delivered(paths: &[PathBuf], to: &Delivery<'_>, speed: Speed, tell: impl Fn(&str)) -> Result<(), BuildError> {
    let sources: Vec<(&Path, Source)> = paths
        .iter()
        .map(|path| Ok((path.as_path(), Source::of(path)?)))
        .collect::<Result<_, SourceError>>()?;
    let packages: Vec<&Path> = sources
        .iter()
        .filter(|(_, source)| *source == Source::Cargo)
        .map(|(path, _)| *path)
        .collect();
    cargo::compile(&packages, speed, |compiled| {
        let bytes = to.packed(&compiled.name, &read(&compiled.name, &compiled.module)?)?;
        tell(&to.deliver(&compiled.name, bytes)?);
        Ok::<_, BuildError>(())
    })?;
    for (path, source) in sources {
        let (name, bytes) = match source {
            Source::Cargo => continue,
            Source::JavaScript => (javascript::name(path)?, made(path, javascript::component)?),
            Source::Python => (python::name(path)?, made(path, python::component)?),
            Source::C => (stem(path), c::component(path)?),
            Source::Module => (stem(path), to.module(path)?),
        };
        tell(&to.deliver(&name, bytes)?);
    }
    Ok(())
}

/// The component that a language's tool makes of a folder.
fn made(folder: &Path, make: impl FnOnce(&Path, &Task) -> Result<(), BuildError>) -> Result<Vec<u8>, BuildError> {
    let task = Task::new()?;
    make(folder, &task)?;
    std::fs::read(&task.out).map_err(|error| ToolError::Silent(error).into())
}

/// A compiled core module.
fn read(name: &str, module: &Path) -> Result<Vec<u8>, BuildError> {
    std::fs::read(module).map_err(|error| pack_error(name, PackError::Read(error)))
}

/// A core module as a component.
fn packed(name: &str, module: Vec<u8>) -> Result<Vec<u8>, BuildError> {
    pack::component(module).map_err(|source| pack_error(name, source))
}

fn pack_error(name: &str, source: PackError) -> BuildError {
    BuildError::Pack {
        name: name.to_owned(),
        source,
    }
}

/// The manifest that a component gives of itself; `None` if it does not load.
fn described(component: &[u8], describe: &Describe<'_>) -> Option<Value> {
    let file = tempfile::NamedTempFile::new().ok()?;
    std::fs::write(file.path(), component).ok()?;
    let manifest = describe(file.path()).ok()?;
    serde_json::from_str(&manifest).ok()
}

/// The name of a plugin that has no manifest: its folder's or file's.
fn stem(path: &Path) -> String {
    let absolute = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    absolute.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

// === impl Delivery ===

impl Delivery<'_> {
    /// The component in a file, or made of the core module in it.
    fn module(&self, file: &Path) -> Result<Vec<u8>, BuildError> {
        let name = stem(file);
        let bytes = read(&name, file)?;
        match Component::read(&bytes) {
            Ok(_) => Ok(bytes),
            Err(_) => self.packed(&name, &bytes),
        }
    }

    /// A core module as a component, which has its manifest instead of what writes it.
    fn packed(&self, name: &str, module: &[u8]) -> Result<Vec<u8>, BuildError> {
        let component = packed(name, module.to_vec())?;
        let manifest = self.describe.and_then(|describe| described(&component, describe));
        let with = manifest.and_then(|manifest| put_into(module, manifest.to_string().as_bytes()));
        with.map_or(Ok(component), |module| packed(name, module))
    }

    /// Writes a component into the plugin folder, and returns the line that tells of it.
    fn deliver(&self, name: &str, bytes: Vec<u8>) -> Result<String, BuildError> {
        let component = Component::read(&bytes).map_err(|source| BuildError::Component {
            name: name.to_owned(),
            source,
        })?;
        let path = self.out.join(format!("{name}.wasm"));
        let present = std::fs::read(&path).unwrap_or_default();
        let written = if manifest::is_attached_to(&bytes, &present) {
            false
        } else {
            let bytes = self.with_manifest(bytes);
            pack::write_if_changed(&path, &bytes).map_err(|source| pack_error(name, source))?
        };
        let size = std::fs::metadata(&path).map_or(0, |file| file.len());
        Ok(format!(
            "{}  {} KiB  {}{}",
            path.display(),
            size.div_ceil(1024),
            display_memory(component.memory_pages),
            if written { "" } else { "  (unchanged)" }
        ))
    }

    /// The component with its manifest. One that does not load stays as it is: whoever loads it is told why.
    fn with_manifest(&self, mut bytes: Vec<u8>) -> Vec<u8> {
        if let Some(described) = self.describe.and_then(|describe| described(&bytes, describe)) {
            manifest::attach(&mut bytes, &described);
        }
        bytes
    }
}

/// A missing tool ends the build as a failing one does.
impl From<ToolMissing> for BuildError {
    fn from(missing: ToolMissing) -> Self {
        Self::Tool(missing.into())
    }
}

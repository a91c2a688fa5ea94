//! Reads the plugins folder, and loads what changed since the previous snapshot.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::Snapshot;
use jackfield_config::{Fault, PluginsConfig};
use jackfield_sandbox::{CodeCache, Engine, LoadError, Plugin};

/// A plugin and the file it came from.
#[derive(Debug, Clone)]
pub(crate) struct PluginFile {
    /// The path of the file.
    pub(crate) path: PathBuf,
    /// The plugin in it.
    pub(crate) plugin: Arc<Plugin>,
}

/// The plugin files in the folder, with their contents.
#[derive(Debug, Default)]
pub(super) struct Folder {
    files: BTreeMap<PathBuf, Vec<u8>>,
}

// === impl Folder ===

impl Folder {
    /// Reads every `*.wasm` in `dir` that is not hidden. Follows links, because Kubernetes mounts files as links.
    pub(super) fn read(dir: &Path) -> Result<Self, Vec<Fault>> {
        let remedy = "build plugins into it with `jackfield plugin build`, or set plugins.dir";
        let entries = fs::read_dir(dir).map_err(|error| {
            vec![fault(
                dir,
                format!("the plugins folder cannot be read: {error}"),
                remedy,
            )]
        })?;
        let (mut files, mut faults) = (BTreeMap::new(), Vec::new());
        for path in entries
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| is_plugin(path))
        {
            match fs::read(&path) {
                Ok(bytes) => drop(files.insert(path, bytes)),
                Err(error) => faults.push(rejected(&path, &LoadError::Read(error.to_string()))),
            }
        }
        if faults.is_empty() {
            Ok(Self { files })
        } else {
            Err(faults)
        }
    }

    /// Hashes the names and contents of the files.
    pub(super) fn digest_into(&self, hash: &mut Sha256) {
        for (path, bytes) in &self.files {
            hash.update(path.as_os_str().as_encoded_bytes());
            hash.update(bytes.len().to_le_bytes());
            hash.update(bytes);
        }
    }

    /// Loads the plugins. Those with the same content and limits as in `previous` are reused.
    pub(super) fn load(
        &self,
        engine: &Engine,
        cache: &CodeCache,
        config: &PluginsConfig,
        previous: Option<&Snapshot>,
    ) -> Result<Vec<PluginFile>, Vec<Fault>> {
        let (mut plugins, mut faults) = (Vec::new(), Vec::new());
        for (path, bytes) in &self.files {
            let known = previous.and_then(|snapshot| reusable(snapshot, bytes, config));
            let loaded = known.map_or_else(
                || Plugin::load(engine, cache, bytes, |name| config.limits_for(name)).map(Arc::new),
                Ok,
            );
            match loaded {
                Ok(plugin) => plugins.push(PluginFile {
                    path: path.clone(),
                    plugin,
                }),
                Err(error) => faults.push(rejected(path, &error)),
            }
        }
        faults.extend(namesakes(&plugins));
        if faults.is_empty() { Ok(plugins) } else { Err(faults) }
    }
}

fn is_plugin(path: &Path) -> bool {
    let hidden = path
        .file_name()
        .is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    !hidden && path.extension().is_some_and(|extension| extension == "wasm") && path.is_file()
}

fn reusable(previous: &Snapshot, bytes: &[u8], config: &PluginsConfig) -> Option<Arc<Plugin>> {
    let sha256 = hex::encode(Sha256::digest(bytes));
    let known = previous.plugins.iter().map(|file| &file.plugin);
    known
        .filter(|plugin| plugin.sha256 == sha256)
        .find(|plugin| plugin.limits == config.limits_for(&plugin.manifest.name))
        .cloned()
}

/// One fault per file whose adapter has the same name as an earlier file's: the name would be ambiguous.
fn namesakes(plugins: &[PluginFile]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (index, file) in plugins.iter().enumerate() {
        let name = &file.plugin.manifest.name;
        let first = plugins[..index]
            .iter()
            .find(|other| other.plugin.manifest.name == *name);
        if let Some(first) = first {
            let message = format!("is the adapter `{name}`, as is {}", first.path.display());
            faults.push(fault(&file.path, message, "remove one of the two files"));
        }
    }
    faults
}

fn rejected(path: &Path, error: &LoadError) -> Fault {
    fault(path, error.to_string(), error.remedy())
}

fn fault(path: &Path, problem: String, remedy: &str) -> Fault {
    Fault {
        file: path.to_owned(),
        line: 0,
        column: 0,
        field: String::new(),
        problem,
        remedy: remedy.to_owned(),
    }
}

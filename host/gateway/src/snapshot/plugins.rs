//! Reads the plugins folder, and loads what changed since the previous snapshot.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};

mod broken;
mod trust;

pub(super) use broken::Plugins;
pub(super) use trust::{Content, Refusal, base_url, is_adapters_word};

use self::trust::{InForce, refusal};
use super::Snapshot;
use jackfield_config::{Config, Fault, PluginsConfig};
use jackfield_sandbox::{CodeCache, Engine, LoadError, Plugin};

/// A plugin and the file it came from.
#[derive(Debug, Clone)]
pub(crate) struct PluginFile {
    /// The path of the file.
    pub(crate) path: PathBuf,
    /// The plugin in it.
    pub(crate) plugin: Arc<Plugin>,
}

/// The plugin files in the folder, with their contents or why they cannot be read.
#[derive(Debug, Default)]
pub(super) struct Folder {
    files: BTreeMap<PathBuf, Result<Vec<u8>, String>>,
    /// Whether one of them cannot be read for a reason that may pass, such as too many open files.
    pub(super) disturbed: bool,
}

// === impl Folder ===

impl Folder {
    /// Reads every `*.wasm` in `dir` that is not hidden. Follows links, because Kubernetes mounts files as links.
    pub(super) fn read(dir: &Path) -> Result<Self, Fault> {
        let remedy = "build plugins into it with `jackfield plugin build`, or set plugins.dir";
        let entries = fs::read_dir(dir)
            .map_err(|error| fault(dir, format!("the plugins folder cannot be read: {error}"), remedy))?;
        let mut folder = Self::default();
        for path in entries
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| is_plugin(path))
        {
            let content = fs::read(&path).map_err(|error| {
                folder.disturbed |= !matches!(error.kind(), ErrorKind::NotFound | ErrorKind::PermissionDenied);
                error.to_string()
            });
            folder.files.insert(path, content);
        }
        Ok(folder)
    }

    /// Hashes the names and contents of the files.
    pub(super) fn digest_into(&self, hash: &mut Sha256) {
        for (path, content) in &self.files {
            hash.update(path.as_os_str().as_encoded_bytes());
            let (kind, bytes) = match content {
                Ok(bytes) => (0_u8, bytes.as_slice()),
                Err(reason) => (1, reason.as_bytes()),
            };
            hash.update([kind]);
            hash.update(bytes.len().to_le_bytes());
            hash.update(bytes);
        }
    }

    /// Loads the plugins. Those with the same content as in `previous` are reused. A file that does not load, or that may
    /// not come into force under this configuration, keeps its last good content in force.
    pub(super) fn load(
        &self,
        engine: &Engine,
        cache: &CodeCache,
        config: &Config,
        previous: Option<&Snapshot>,
    ) -> Plugins {
        let limits = &config.plugins;
        let before = previous.map_or(&[][..], |snapshot| &snapshot.plugins);
        let mut plugins = Plugins::default();
        for (path, content) in &self.files {
            let load = |bytes: &Vec<u8>| match reusable(before, bytes, limits) {
                Some(plugin) => Ok(plugin),
                None => Plugin::load(engine, cache, bytes, |name| limits.limits_for(name)).map(Arc::new),
            };
            let plugin = content
                .as_ref()
                .map_err(|reason| LoadError::Read(reason.clone()))
                .and_then(load);
            let path = path.clone();
            match plugin {
                Ok(plugin) => match refused(&plugin, config, previous) {
                    None => plugins.files.push(PluginFile { path, plugin }),
                    Some(Refusal { problem, remedy }) => {
                        plugins.add_broken(&path, Some(&plugin.manifest.name), problem, &remedy);
                    }
                },
                Err(error) => plugins.add_broken(&path, None, error.to_string(), error.remedy()),
            }
        }
        plugins.settle_namesakes(before);
        plugins.keep_last_good(before, limits);
        plugins
    }
}

fn is_plugin(path: &Path) -> bool {
    let hidden = path
        .file_name()
        .is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    let named = path.extension().is_some_and(|extension| extension == "wasm");
    // A link that leads nowhere is a file that cannot be read.
    !hidden && named && fs::metadata(path).map_or(true, |metadata| metadata.is_file())
}

fn reusable(before: &[PluginFile], bytes: &[u8], config: &PluginsConfig) -> Option<Arc<Plugin>> {
    let sha256 = hex::encode(Sha256::digest(bytes));
    let known = before.iter().find(|file| file.plugin.sha256 == sha256)?;
    Some(within_limits(&known.plugin, config))
}

/// Why the configuration does not let a plugin come into force.
fn refused(plugin: &Plugin, config: &Config, previous: Option<&Snapshot>) -> Option<Refusal> {
    let content = Content {
        manifest: &plugin.manifest,
        sha256: &plugin.sha256,
    };
    let before = previous.and_then(|snapshot| {
        let mut files = snapshot.plugins.iter().map(|file| &file.plugin.manifest);
        let manifest = files.find(|manifest| manifest.name == content.manifest.name)?;
        let config = &snapshot.config;
        Some(InForce { manifest, config })
    });
    refusal(content, config, before)
}

/// The plugin with the limits that this configuration sets for it.
pub(super) fn within_limits(plugin: &Arc<Plugin>, config: &PluginsConfig) -> Arc<Plugin> {
    let limits = config.limits_for(&plugin.manifest.name);
    if plugin.limits == limits {
        return Arc::clone(plugin);
    }
    Arc::new(plugin.with_limits(limits))
}

pub(in crate::snapshot) fn fault(path: &Path, problem: String, remedy: &str) -> Fault {
    Fault {
        file: path.to_owned(),
        line: 0,
        column: 0,
        field: String::new(),
        problem,
        remedy: remedy.to_owned(),
    }
}

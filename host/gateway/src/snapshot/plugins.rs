//! Reads the plugins folder and what was fetched, and loads what changed since the previous snapshot.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

mod any;
mod broken;
mod content;
mod found;
mod granted;
mod resting;
mod trust;
mod vouched;

pub(crate) use any::AnyPlugin;
pub(super) use broken::Plugins;
pub(super) use granted::{granted, ungranted};
pub(super) use trust::{Content, Refusal, base_url, is_adapters_word};

use self::content::PluginContent;
use self::found::{Found, Unfit};
use self::trust::{InForce, refusal, unpinned};
use self::vouched::{holds, voucher};
use super::Snapshot;
use crate::sources::{Store, Supply, Version, note};
use jackfield_config::{Config, Fault, PluginsConfig, Voucher};
use jackfield_sandbox::{CodeCache, Engine, Loaded};

/// A plugin and the file it came from.
#[derive(Debug, Clone)]
pub(crate) struct PluginFile {
    /// The path of the file.
    pub(crate) path: PathBuf,
    /// The plugin in it.
    pub(crate) plugin: AnyPlugin,
    /// What speaks for its content, if anything does.
    pub(crate) voucher: Option<Voucher>,
}

/// The plugins in the folder and at the sources, with their contents or why they cannot be read.
#[derive(Debug, Default)]
pub(super) struct Folder {
    found: BTreeMap<PathBuf, Found>,
    /// Whether one of them cannot be read for a reason that may pass, such as too many open files.
    pub(super) disturbed: bool,
}

/// What one file is loaded with.
struct Loading<'a> {
    engine: &'a Engine,
    cache: &'a CodeCache,
    config: &'a Config,
    previous: Option<&'a Snapshot>,
}

// === impl Folder ===

impl Folder {
    /// Reads every `*.wasm` in `dir` that is not hidden, with its signature. Follows links, because Kubernetes mounts
    /// files as links.
    pub(super) fn read(dir: &Path, config: &PluginsConfig) -> Result<Self, Fault> {
        let remedy = "build plugins into it with `jackfield plugin build`, or set plugins.dir";
        let entries = fs::read_dir(dir)
            .map_err(|error| fault(dir, format!("the plugins folder cannot be read: {error}"), remedy))?;
        let mut folder = Self::default();
        for path in entries
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| is_plugin(path))
        {
            let (found, disturbed) = Found::file(&path, config.max_file_bytes);
            folder.disturbed |= disturbed;
            folder.found.insert(path, found);
        }
        Ok(folder)
    }

    /// Adds what the configuration's sources have, and has the rest fetched.
    pub(super) fn add_sources(&mut self, config: &PluginsConfig, supply: &Supply) {
        self.found.extend(Found::sources(config, supply));
    }

    /// Has a file hold this content, as if it had been read.
    pub(super) fn replace(&mut self, path: &Path, content: &[u8], signature: Option<String>, config: &PluginsConfig) {
        let found = Found::candidate(content, signature, config.max_file_bytes);
        self.found.insert(path.to_owned(), found);
    }

    /// Hashes the names and contents of the plugins.
    pub(super) fn digest_into(&self, hash: &mut Sha256) {
        for (path, found) in &self.found {
            hash.update(path.as_os_str().as_encoded_bytes());
            found.digest_into(hash);
        }
    }

    /// Keeps the contents of those that came into force, so that they can be put back later.
    pub(super) fn note_versions(&self, plugins: &Plugins, store: &Store) {
        for file in &plugins.files {
            let Some(Ok(content)) = self.found.get(&file.path).map(|found| &found.content) else {
                continue;
            };
            let plugin = &file.plugin;
            if plugin.sha256() != content.sha256 {
                continue;
            }
            let (name, version) = (plugin.name(), plugin.version());
            let version = Version::now(plugin.sha256(), version, &file.path, content.signature.clone());
            if let Err(error) = note(store, name, version, &content.bytes) {
                tracing::debug!(%error, plugin = name, "this version cannot be kept for a rollback");
            }
        }
    }

    /// Loads the plugins. Those with the same content as in `previous` are reused. A file that does not load, or that may
    /// not come into force under this configuration, keeps its last good content in force. Those that it does not name are at
    /// rest.
    pub(super) fn load(
        &self,
        engine: &Engine,
        cache: &CodeCache,
        config: &Config,
        previous: Option<&Snapshot>,
    ) -> Plugins {
        let loading = Loading {
            engine,
            cache,
            config,
            previous,
        };
        let before = previous.map_or(&[][..], |snapshot| &snapshot.plugins);
        let mut plugins = Plugins::default();
        for (path, found) in &self.found {
            let loaded = match &found.content {
                Ok(content) => loading.load(path, content, found.source.as_deref()),
                Err(unfit) => Err(unfit.clone()),
            };
            match loaded {
                Ok(file) => plugins.files.push(file),
                Err(unfit) => plugins.add_broken(path, unfit),
            }
        }
        plugins.settle_namesakes(before);
        plugins.keep_last_good(before, &config.plugins);
        loading.rest(&mut plugins, self);
        plugins
    }
}

// === impl Loading ===

impl Loading<'_> {
    fn load(&self, path: &Path, content: &PluginContent, source: Option<&str>) -> Result<PluginFile, Unfit> {
        let limits = &self.config.plugins;
        // Before anything of it is compiled.
        let voucher = match source {
            Some(_) => Some(Voucher::Source),
            None => voucher(path, content, limits).map_err(Unfit::nameless)?,
        };
        let before = self.previous.map_or(&[][..], |snapshot| &snapshot.plugins);
        let plugin = match reusable(before, content, limits) {
            Some(plugin) => plugin,
            None => Loaded::load(self.engine, self.cache, &content.bytes, |name| limits.limits_for(name))?.into(),
        };
        let misnamed = source.and_then(|source| misnamed(source, plugin.name()));
        if let Some(refusal) = misnamed.or_else(|| self.refused(&plugin, voucher.as_ref())) {
            return Err(Unfit::named(source.unwrap_or(plugin.name()), refusal));
        }
        Ok(PluginFile {
            path: path.to_owned(),
            plugin,
            voucher,
        })
    }

    /// Why the configuration does not let a plugin come into force.
    fn refused(&self, plugin: &AnyPlugin, voucher: Option<&Voucher>) -> Option<Refusal> {
        let in_force = self.previous.and_then(|snapshot| {
            let mut files = snapshot.plugins.iter().map(|file| &file.plugin);
            files.find(|known| known.name() == plugin.name() && known.kind() == plugin.kind())
        });
        match plugin {
            AnyPlugin::Adapter(adapter) => {
                let content = Content {
                    manifest: &adapter.manifest,
                    sha256: &adapter.sha256,
                    voucher,
                };
                let before = in_force.and_then(AnyPlugin::adapter).zip(self.previous);
                let before = before.map(|(plugin, snapshot)| InForce {
                    manifest: &plugin.manifest,
                    config: &snapshot.config,
                });
                refusal(content, self.config, before)
            }
            AnyPlugin::Shaper(shaper) => {
                let content = (plugin.kind(), plugin.name(), plugin.sha256());
                unpinned(content, voucher, self.config).or_else(|| {
                    // An update that needs more than is granted is not taken. Without one in force, the grant is at fault.
                    in_force.filter(|known| known.sha256() != plugin.sha256())?;
                    ungranted(&shaper.manifest, self.config)
                })
            }
        }
    }
}

/// A source whose plugin has another name than the configuration says.
fn misnamed(source: &str, name: &str) -> Option<Refusal> {
    (source != name).then(|| Refusal {
        problem: format!("is the plugin `{name}`, and plugins.sources has it as `{source}`"),
        remedy: format!("write `name: {name}`, or fetch another plugin"),
    })
}

fn is_plugin(path: &Path) -> bool {
    let hidden = path
        .file_name()
        .is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    let named = path.extension().is_some_and(|extension| extension == "wasm");
    // A link that leads nowhere is a file that cannot be read.
    !hidden && named && fs::metadata(path).map_or(true, |metadata| metadata.is_file())
}

fn reusable(before: &[PluginFile], content: &PluginContent, config: &PluginsConfig) -> Option<AnyPlugin> {
    let known = before.iter().find(|file| file.plugin.sha256() == content.sha256)?;
    Some(known.plugin.within_limits(config))
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

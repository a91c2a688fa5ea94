//! A broken plugin file harms itself only: its last good content stays in force, or the providers that need it are off.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::found::Unfit;
use super::trust::Refusal;
use super::{PluginFile, fault, holds};
use jackfield_config::{Config, Fault, PluginsConfig};

/// The plugins of one snapshot, and the files that are none.
#[derive(Debug, Default)]
pub(in crate::snapshot) struct Plugins {
    /// The plugins in force, ordered by file name. Their names differ.
    pub(in crate::snapshot) files: Vec<PluginFile>,
    /// The files whose content is not in force.
    pub(in crate::snapshot) broken: Vec<Broken>,
}

/// A file that does not load, or whose plugin has the name of another.
#[derive(Debug)]
pub(in crate::snapshot) struct Broken {
    path: PathBuf,
    /// The plugin's name, if it could be read.
    name: Option<String>,
    /// What is wrong with it.
    pub(in crate::snapshot) fault: Fault,
    /// Whether nothing is wrong with it yet: it is being fetched.
    pub(in crate::snapshot) pending: bool,
    /// Whether its last good content is in force.
    kept: bool,
}

// === impl Plugins ===

impl Plugins {
    pub(super) fn add_broken(&mut self, path: &Path, unfit: Unfit) {
        let Refusal { problem, remedy } = unfit.refusal;
        self.broken.push(Broken {
            path: path.to_owned(),
            name: unfit.name,
            fault: fault(path, problem, &remedy),
            pending: unfit.pending,
            kept: false,
        });
    }

    /// Of several files whose adapters have the same name, leaves one in force: the one that was before, else the one
    /// that is named like its adapter, else the first.
    pub(super) fn settle_namesakes(&mut self, before: &[PluginFile]) {
        let mut owners: BTreeMap<String, PathBuf> = BTreeMap::new();
        let rank = |path: &Path, name: &str| {
            let was_in_force = before
                .iter()
                .any(|file| file.path == path && file.plugin.name() == name);
            (was_in_force, path.file_stem().is_some_and(|stem| stem == name))
        };
        for PluginFile { path, plugin, .. } in &self.files {
            let name = plugin.name();
            let better = |owner: &PathBuf| rank(path, name) > rank(owner, name);
            if owners.get(name).is_none_or(better) {
                owners.insert(name.to_owned(), path.clone());
            }
        }
        for file in std::mem::take(&mut self.files) {
            let (kind, name) = (file.plugin.kind(), file.plugin.name());
            match owners.get(name) {
                Some(owner) if *owner != file.path => {
                    let problem = format!("is the {kind} `{name}`, as is {}", owner.display());
                    let remedy = "remove one of the two files".to_owned();
                    self.add_broken(&file.path, Unfit::named(name, Refusal { problem, remedy }));
                }
                _ => self.files.push(file),
            }
        }
    }

    /// Keeps the plugin that a broken file held before, unless a sound file has its name by now, or nothing speaks for it
    /// any more. A file that was moved while it broke is known by its name.
    pub(super) fn keep_last_good(&mut self, before: &[PluginFile], config: &PluginsConfig) {
        self.keep(before, config, |broken, file| broken.path == file.path);
        self.keep(before, config, |broken, file| {
            broken.path.file_name() == file.path.file_name() || broken.is_named_like(file.plugin.name())
        });
        self.files.sort_by(|a, b| a.path.cmp(&b.path));
    }

    fn keep(&mut self, before: &[PluginFile], config: &PluginsConfig, held: impl Fn(&Broken, &PluginFile) -> bool) {
        for broken in self.broken.iter_mut().filter(|broken| !broken.kept) {
            let files = &self.files;
            let is_gone = |last: &PluginFile| {
                let name = last.plugin.name();
                files.iter().all(|file| file.plugin.name() != name)
            };
            if let Some(last) = before
                .iter()
                .find(|last| held(broken, last) && is_gone(last) && holds(last, config))
            {
                broken.kept = true;
                self.files.push(PluginFile {
                    path: broken.path.clone(),
                    plugin: last.plugin.within_limits(config),
                    voucher: last.voucher.clone(),
                });
            }
        }
    }

    /// A plugin's last good content is gone, or cannot be loaded again.
    pub(super) fn lose(&mut self, file: &PluginFile) {
        if let Some(broken) = self.broken.iter_mut().find(|broken| broken.path == file.path) {
            broken.kept = false;
            return;
        }
        let problem = "does not load any more, though it did".to_owned();
        let remedy = "build the plugin anew".to_owned();
        let unfit = Unfit::named(file.plugin.name(), Refusal { problem, remedy });
        self.add_broken(&file.path, unfit);
    }

    /// The providers whose plugin is in a broken file, each with the reason. At a start nothing is known about such a
    /// file but its path, so it may be the plugin of any provider that has none. Later it must be named like the adapter,
    /// so that a misspelt adapter is a fault and switches no provider off.
    pub(in crate::snapshot) fn providers_off(&self, config: &Config, at_start: bool) -> BTreeMap<String, String> {
        let off = config.providers.iter().filter_map(|(name, provider)| {
            let adapter = provider.adapter.as_str();
            let is_adapter = |file: &PluginFile| file.plugin.adapter().is_some();
            let reason = self.lost(adapter, is_adapter, at_start)?;
            Some((name.clone(), reason))
        });
        off.collect()
    }

    /// Why no shaper of this name is in force, if it is in a broken file; by the same rules as for providers.
    pub(in crate::snapshot) fn shaper_lost(&self, shaper: &str, at_start: bool) -> Option<String> {
        self.lost(shaper, |file| file.plugin.shaper().is_some(), at_start)
    }

    fn lost(&self, plugin: &str, is_kind: impl Fn(&PluginFile) -> bool, at_start: bool) -> Option<String> {
        let mut files = self.files.iter().filter(|file| is_kind(file));
        if files.any(|file| file.plugin.name() == plugin) {
            return None;
        }
        let lost = || self.broken.iter().filter(|broken| !broken.kept);
        let broken = lost().find(|broken| broken.is_named_like(plugin));
        let broken = broken.or_else(|| lost().next().filter(|_| at_start))?;
        Some(broken.reason(plugin))
    }
}

// === impl Broken ===

impl Broken {
    fn is_named_like(&self, plugin: &str) -> bool {
        if let Some(name) = &self.name {
            return name == plugin;
        }
        let stem = self.path.file_stem().unwrap_or_default().to_string_lossy();
        !plugin.is_empty() && stem.replace('_', "-").contains(&plugin.replace('_', "-"))
    }

    fn reason(&self, plugin: &str) -> String {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        format!("no plugin is named `{plugin}`, and {name} {}", self.fault.problem)
    }
}

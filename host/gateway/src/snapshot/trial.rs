//! Whether a plugin would come into force, asked before it is in the folder.

use std::path::{Path, PathBuf};

use super::build::Sources;
use super::plugins::{AnyPlugin, fault};
use super::{Builder, Snapshot};
use jackfield_config::{Fault, Faults};

/// A plugin that may go into the folder.
#[derive(Debug)]
pub(crate) struct Candidate {
    /// The name that it must have.
    pub(crate) name: String,
    /// The component.
    pub(crate) content: Vec<u8>,
    /// The text of its signature, if there is one.
    pub(crate) signature: Option<String>,
}

/// A plugin that would come into force.
#[derive(Debug)]
pub(crate) struct Fit {
    /// The file that it goes into.
    pub(crate) file: PathBuf,
    /// The plugin.
    pub(crate) plugin: AnyPlugin,
}

// === impl Builder ===

impl Builder {
    /// Builds what would be in force with the candidate in the folder, and throws it away. Everything is checked that a
    /// reading of the files checks. May take seconds of CPU time, so keep it off the async threads.
    ///
    /// # Errors
    /// All faults that the candidate has or brings about.
    pub(crate) fn try_plugin(&self, candidate: &Candidate, serving: &Snapshot) -> Result<Fit, Faults> {
        let Sources { loaded, mut folder, .. } = self.read().sources?;
        let dir = self.plugins_dir(&loaded.config.plugins);
        let file = home(&candidate.name, &dir, serving).map_err(one)?;
        if loaded
            .config
            .plugins
            .sources
            .iter()
            .any(|source| source.name == candidate.name)
        {
            let problem = "comes from plugins.sources, not from the folder".to_owned();
            return Err(one(fault(
                &file,
                problem,
                "write the digest of the version that you want there",
            )));
        }
        folder.replace(
            &file,
            &candidate.content,
            candidate.signature.clone(),
            &loaded.config.plugins,
        );
        let plugins = self.load_plugins(&loaded, &folder, Some(serving));
        let broken: Vec<Fault> = plugins.broken.iter().map(|broken| broken.fault.clone()).collect();
        let parts = self.parts_with(plugins, &loaded, Some(serving))?;
        let news: Vec<Fault> = broken
            .into_iter()
            .filter(|fault| fault.file == file || !serving.broken.contains(fault))
            .collect();
        let found = parts.plugins.files.into_iter().find(|found| found.path == file);
        match found {
            Some(found) if news.is_empty() && found.plugin.name() == candidate.name => Ok(Fit {
                file,
                plugin: found.plugin,
            }),
            Some(found) if news.is_empty() => {
                let problem = format!("is the plugin `{}`, not `{}`", found.plugin.name(), candidate.name);
                Err(one(fault(&file, problem, "upload it under its own name")))
            }
            _ => Err(Faults(news)),
        }
    }
}

/// The file of a plugin in the folder: the one that it is in, or else one that is named like it.
fn home(name: &str, dir: &Path, serving: &Snapshot) -> Result<PathBuf, Fault> {
    let mut files = serving.plugins.iter().filter(|file| file.path.parent() == Some(dir));
    if let Some(own) = files.clone().find(|file| file.plugin.name() == name) {
        return Ok(own.path.clone());
    }
    let file = dir.join(format!("{name}.wasm"));
    match files.find(|other| other.path == file) {
        None => Ok(file),
        Some(other) => {
            let problem = format!("holds the plugin `{}`", other.plugin.name());
            Err(fault(&file, problem, "give that file another name first"))
        }
    }
}

fn one(fault: Fault) -> Faults {
    Faults(vec![fault])
}

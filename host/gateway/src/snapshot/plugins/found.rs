//! What was found in the folder and at the sources: contents, or why there are none.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::content::{PluginContent, Unread};
use super::trust::Refusal;
use crate::sources::{Missing, Supply};
use jackfield_config::PluginsConfig;
use jackfield_sandbox::LoadError;

/// A plugin that was found: a file, or a source.
#[derive(Debug)]
pub(super) struct Found {
    /// Its content, or why it does not come into force.
    pub(super) content: Result<PluginContent, Unfit>,
    /// The name that the configuration gives to a source; `None` for a file.
    pub(super) source: Option<String>,
}

/// Why a content does not come into force.
#[derive(Debug, Clone)]
pub(super) struct Unfit {
    /// The plugin's name, if it could be read.
    pub(super) name: Option<String>,
    /// What is wrong, and what to do.
    pub(super) refusal: Refusal,
    /// Whether nothing is wrong yet: it is being fetched.
    pub(super) pending: bool,
}

// === impl Found ===

impl Found {
    /// Reads a file of up to `most` bytes. Also returns whether it could not be read for a reason that may pass.
    pub(super) fn file(path: &Path, most: usize) -> (Self, bool) {
        let read = PluginContent::read(path, most);
        let disturbed = read.as_ref().is_err_and(Unread::may_pass);
        let found = Self {
            content: read.map_err(|unread| Unfit::nameless(unread.refusal())),
            source: None,
        };
        (found, disturbed)
    }

    /// A file that is yet to be written.
    pub(super) fn candidate(content: &[u8], signature: Option<String>, most: usize) -> Self {
        let content = PluginContent::candidate(content, signature, most);
        Self {
            content: content.map_err(|unread| Unfit::nameless(unread.refusal())),
            source: None,
        }
    }

    /// The sources of the configuration, each at its origin.
    pub(super) fn sources(config: &PluginsConfig, supply: &Supply) -> impl Iterator<Item = (PathBuf, Self)> {
        let contents = supply.contents(config).into_iter();
        contents.map(|(name, origin, content)| {
            let content = content.map(PluginContent::fetched).map_err(|missing| Unfit {
                pending: missing == Missing::Pending,
                ..Unfit::named(&name, refusal(missing))
            });
            let source = Some(name);
            (PathBuf::from(origin.to_string()), Self { content, source })
        })
    }

    /// Hashes what was found, for the digest of a whole reading.
    pub(super) fn digest_into(&self, hash: &mut Sha256) {
        match &self.content {
            Ok(content) => content.digest_into(hash),
            Err(unfit) => {
                let problem = &unfit.refusal.problem;
                hash.update([1]);
                hash.update(problem.len().to_le_bytes());
                hash.update(problem);
            }
        }
        let source = self.source.as_deref().unwrap_or_default();
        hash.update(source.len().to_le_bytes());
        hash.update(source);
    }
}

fn refusal(missing: Missing) -> Refusal {
    match missing {
        Missing::Pending => Refusal {
            problem: "is being fetched".to_owned(),
            remedy: "wait for it; it is tried until it is there".to_owned(),
        },
        Missing::Failed(reason) => Refusal {
            problem: format!("cannot be fetched: {reason}"),
            remedy: "correct plugins.sources, plugins.registries or the network; it is tried again by itself"
                .to_owned(),
        },
    }
}

// === impl Unfit ===

impl Unfit {
    pub(super) fn nameless(refusal: Refusal) -> Self {
        Self {
            name: None,
            refusal,
            pending: false,
        }
    }

    pub(super) fn named(name: &str, refusal: Refusal) -> Self {
        Self {
            name: Some(name.to_owned()),
            ..Self::nameless(refusal)
        }
    }
}

impl From<LoadError> for Unfit {
    fn from(error: LoadError) -> Self {
        Self::nameless(Refusal {
            problem: error.to_string(),
            remedy: error.remedy().to_owned(),
        })
    }
}

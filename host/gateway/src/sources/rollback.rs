//! Putting an earlier content of a plugin back into the folder: which one, and whether it may come back.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jackfield_config::PluginsConfig;
use sha2::{Digest, Sha256};

use super::store::Store;
use super::versions::{Version, versions_in};

/// Why nothing was put back.
#[derive(Debug, thiserror::Error)]
pub enum RollbackError {
    /// The plugin does not come from the folder.
    #[error("`{0}` comes from plugins.sources; write the digest of the version that you want there")]
    Source(String),
    /// There is no other version.
    #[error(
        "no earlier version of `{0}` was in force in this folder; `jackfield plugin versions` lists those that were"
    )]
    None(String),
    /// There is no such version.
    #[error(
        "no version {to} of `{name}` was in force in this folder; `jackfield plugin versions {name}` lists those that were"
    )]
    NoSuch {
        /// The plugin.
        name: String,
        /// What was asked for.
        to: String,
    },
    /// Several versions begin like that.
    #[error("{0} is the beginning of several versions; write more of its SHA-256")]
    Several(String),
    /// The content is gone.
    #[error("the content of {0} is not kept any more")]
    Gone(String),
    /// The gateway would not let it in.
    #[error("the configuration would not let it in: {0}")]
    Distrusted(String),
    /// A file cannot be read or written.
    #[error("{}: {source}", .file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// A content that can be put back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earlier {
    /// The file that it goes into.
    pub file: PathBuf,
    /// What it is.
    pub version: Version,
    /// The component.
    pub content: Vec<u8>,
    /// What the file holds until then; `None` if that was never in force.
    pub before: Option<Version>,
}

/// The content of a plugin to put back into `folder`: the one that is asked for, as its version or the beginning of its
/// hash, or else the newest that is not in its file.
///
/// # Errors
/// [`RollbackError`].
pub fn earlier(
    (store, folder): (&Store, &Path),
    config: &PluginsConfig,
    name: &str,
    to: Option<&str>,
) -> Result<Earlier, RollbackError> {
    if config.sources.iter().any(|source| source.name == name) {
        return Err(RollbackError::Source(name.to_owned()));
    }
    let mut versions = versions_in(store, name, folder);
    versions.retain(|version| !version.from.contains("://"));
    let newest = versions.first().ok_or_else(|| RollbackError::None(name.to_owned()))?;
    let file = PathBuf::from(&newest.from);
    let now = fs::read(&file).ok().map(|bytes| hex::encode(Sha256::digest(bytes)));
    let version = choose(&versions, name, to, now.as_deref())?;
    let content = store.get(&version.sha256);
    let content = content.ok_or_else(|| RollbackError::Gone(version.to_string()))?;
    check(config, name, version, &content)?;
    let is_now = |version: &&Version| Some(version.sha256.as_str()) == now.as_deref();
    Ok(Earlier {
        before: versions.iter().find(is_now).cloned(),
        version: version.clone(),
        content,
        file,
    })
}

/// The version to put back: the one that is asked for, or the newest that is not in the file.
fn choose<'v>(
    versions: &'v [Version],
    name: &str,
    to: Option<&str>,
    now: Option<&str>,
) -> Result<&'v Version, RollbackError> {
    let others = versions.iter().filter(|version| Some(version.sha256.as_str()) != now);
    let Some(to) = to else {
        let mut others = others;
        return others.next().ok_or_else(|| RollbackError::None(name.to_owned()));
    };
    let meant = |version: &&Version| version.version == to || (to.len() >= 6 && version.sha256.starts_with(to));
    let mut found: Vec<&Version> = others.filter(meant).collect();
    found.dedup_by(|a, b| a.sha256 == b.sha256);
    match found.as_slice() {
        [] => Err(RollbackError::NoSuch {
            name: name.to_owned(),
            to: to.to_owned(),
        }),
        [one] => Ok(one),
        _ => Err(RollbackError::Several(to.to_owned())),
    }
}

/// Checks that the gateway would let the content in, as it checks itself.
fn check(config: &PluginsConfig, name: &str, version: &Version, content: &[u8]) -> Result<(), RollbackError> {
    if let Some(pin) = config.pin_of(name).filter(|pin| *pin != version.sha256) {
        let what = format!(
            "plugins.pins says {pin}; write `{name}: \"{}\"` there first",
            version.sha256
        );
        return Err(RollbackError::Distrusted(what));
    }
    let Some(trust) = config.trust.as_ref().filter(|_| !config.pins(name, &version.sha256)) else {
        return Ok(());
    };
    let signer = trust.signer(content, version.signature.as_deref(), "its signature");
    let problem = |unsigned| RollbackError::Distrusted(format!("{version} {unsigned}"));
    signer.map(drop).map_err(problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(version: &str, sha256: &str) -> Version {
        Version {
            sha256: sha256.to_owned(),
            version: version.to_owned(),
            from: "/plugins/a.wasm".to_owned(),
            at: 0,
            signature: None,
        }
    }

    fn chosen(to: Option<&str>, now: Option<&str>) -> Result<String, String> {
        let versions = [
            version("2.0", "aaaaaa03"),
            version("1.1", "aaaaaa02"),
            version("1.1", "bbbbbb01"),
        ];
        let chosen = choose(&versions, "a", to, now);
        chosen
            .map(|version| version.sha256.clone())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn the_newest_that_is_not_in_the_file_is_put_back() {
        assert_eq!(chosen(None, Some("aaaaaa03")).unwrap(), "aaaaaa02");
        assert_eq!(chosen(None, Some("broken")).unwrap(), "aaaaaa03");
        assert_eq!(chosen(None, None).unwrap(), "aaaaaa03");
    }

    #[test]
    fn a_version_is_named_by_itself_or_by_its_hash() {
        let now = Some("aaaaaa02");
        assert_eq!(chosen(Some("2.0"), now).unwrap(), "aaaaaa03");
        assert_eq!(chosen(Some("1.1"), now).unwrap(), "bbbbbb01");
        assert_eq!(chosen(Some("bbbbbb"), now).unwrap(), "bbbbbb01");
        assert!(chosen(Some("1.1"), Some("x")).unwrap_err().contains("several versions"));
        assert!(
            chosen(Some("aaaaaa"), Some("x"))
                .unwrap_err()
                .contains("several versions")
        );
        assert!(chosen(Some("3"), now).unwrap_err().starts_with("no version 3 of `a`"));
    }
}

//! `plugin rollback`: puts an earlier content of a plugin back into the folder.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jackfield_config::{Faults, PluginsConfig};
use jackfield_gateway::sources::Version;
use sha2::{Digest, Sha256};

use super::sign::signature_file;
use super::versions::GatewayArguments;
use super::whole::write_whole;

/// The arguments of `plugin rollback`.
#[derive(Debug, clap::Args)]
pub(crate) struct RollbackArguments {
    /// The plugin's name.
    name: String,
    /// The version to put back: as `plugin versions` shows it, or the beginning of its SHA-256. Default: the one before.
    #[arg(long, value_name = "VERSION")]
    to: Option<String>,
    #[command(flatten)]
    gateway: GatewayArguments,
}

/// Why nothing was put back.
#[derive(Debug, thiserror::Error)]
pub(super) enum RollbackError {
    /// The configuration is at fault.
    #[error("{0}")]
    Config(#[from] Faults),
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

/// Puts the previous content of a plugin, or the one that is asked for, back into its file, and says what is there now.
///
/// # Errors
/// [`RollbackError`], and then nothing has changed.
pub(super) fn run(arguments: &RollbackArguments) -> Result<(), RollbackError> {
    let RollbackArguments { name, to, gateway } = arguments;
    let kept = gateway.open()?;
    let plugins = &kept.config.plugins;
    if plugins.sources.iter().any(|source| source.name == *name) {
        return Err(RollbackError::Source(name.clone()));
    }
    let versions: Vec<Version> = kept.versions(name);
    let versions: Vec<Version> = versions
        .into_iter()
        .filter(|version| !version.from.contains("://"))
        .collect();
    let newest = versions.first().ok_or_else(|| RollbackError::None(name.clone()))?;
    let file = PathBuf::from(&newest.from);
    let now = fs::read(&file).ok().map(|bytes| format!("{:x}", Sha256::digest(bytes)));
    let version = choose(&versions, name, to.as_deref(), now.as_deref())?;
    let content = kept.store.get(&version.sha256);
    let content = content.ok_or_else(|| RollbackError::Gone(display(version)))?;
    check(plugins, name, version, &content)?;
    put(&file, version, &content).map_err(|source| RollbackError::File {
        file: file.clone(),
        source,
    })?;
    let before = versions
        .iter()
        .find(|version| Some(version.sha256.as_str()) == now.as_deref());
    let before = before.map_or("a file that was never in force".to_owned(), display);
    println!("{} holds {name} {} again", file.display(), display(version));
    println!("before it held {before}; a running gateway takes the change within a second");
    Ok(())
}

fn display(version: &Version) -> String {
    format!("{} (sha256 {})", version.version, version.sha256)
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
    let problem = |unsigned| RollbackError::Distrusted(format!("{} {unsigned}", display(version)));
    signer.map(drop).map_err(problem)
}

/// Writes the signature first: a plugin is taken once the two agree.
fn put(file: &Path, version: &Version, content: &[u8]) -> io::Result<()> {
    let signature = signature_file(file);
    match &version.signature {
        Some(text) => write_whole(&signature, text.as_bytes())?,
        None if signature.exists() => fs::remove_file(&signature)?,
        None => {}
    }
    write_whole(file, content)
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

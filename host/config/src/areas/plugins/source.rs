//! `plugins.sources`: plugins that are fetched, from an OCI registry or by https, each named by the hash of its content.

mod reference;

use std::fmt::{self, Display, Formatter};

use http::Uri;
use schemars::JsonSchema;
use serde::Deserialize;

pub use self::reference::Reference;

use crate::Secret;

/// A plugin that is fetched. It is cached by its hash, so that a later start needs no network for it.
///
/// Since 0.1.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceConfig {
    /// The plugin's name, as in its manifest.
    #[schemars(length(min = 1))]
    pub name: String,
    /// Where it is: `oci://REGISTRY/REPOSITORY:TAG@sha256:DIGEST`, where the tag may be left out and the digest may not,
    /// or an https URL. Plain http is for loopback addresses.
    pub from: String,
    /// The SHA-256 of the file behind an https URL, in hexadecimal. An `oci://` reference has its digest in `from`.
    pub sha256: Option<String>,
}

/// How a registry, or another host that plugins are fetched from, is reached.
///
/// Since 0.1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RegistryConfig {
    /// The user. Default: nobody in particular.
    pub username: Option<String>,
    /// The user's password, or a token in its place.
    pub password: Option<Secret>,
    /// Certificates to trust besides the machine's, as PEM text: of an authority, or the registry's own. Default none.
    pub ca: Option<String>,
}

/// Where a plugin is fetched from. Displays without the query of its URL, which may be secret.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// An artefact in an OCI registry.
    Oci(Reference),
    /// A file on a web server.
    Web {
        /// Its URL.
        url: String,
        /// Its SHA-256, in lower-case hexadecimal.
        sha256: String,
    },
}

/// What is wrong with a source, and what to write.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem}; {remedy}")]
pub struct BadOrigin {
    /// What is wrong.
    pub problem: &'static str,
    /// What to write instead.
    pub remedy: &'static str,
}

// === impl SourceConfig ===

impl SourceConfig {
    /// Where the plugin is.
    ///
    /// # Errors
    /// If that is not said, or its content is not.
    pub fn origin(&self) -> Result<Origin, BadOrigin> {
        if self.from.starts_with("oci://") {
            let reference: Reference = self.from.parse()?;
            if self.sha256.is_some() {
                let problem = "is an oci:// reference, whose digest says what is meant, and has a sha256 besides";
                return Err(bad(problem, "remove sha256"));
            }
            return match &reference.digest {
                Some(_) => Ok(Origin::Oci(reference)),
                None => Err(bad(
                    "names no digest, and a tag can be moved to something else",
                    "write oci://REGISTRY/REPOSITORY:TAG@sha256:DIGEST, as `jackfield plugin push` and `plugin pull` print it",
                )),
            };
        }
        check_url(&self.from)?;
        match &self.sha256 {
            Some(sha256) if is_sha256(sha256) => Ok(Origin::Web {
                url: self.from.clone(),
                sha256: sha256.to_ascii_lowercase(),
            }),
            Some(_) => Err(bad(
                "has a sha256 that is not a SHA-256 in hexadecimal, which has 64 digits",
                "copy it from the output of `jackfield plugin inspect` or sha256sum",
            )),
            None => Err(bad(
                "has no sha256, without which nobody can tell what is fetched",
                "add `sha256:`, as `jackfield plugin inspect` or sha256sum shows it",
            )),
        }
    }
}

// === impl Origin ===

impl Origin {
    /// The scheme, host and port that it is fetched from.
    pub fn base(&self) -> String {
        match self {
            Self::Oci(reference) => reference.base(),
            Self::Web { url, .. } => {
                let host = authority(url);
                let scheme = url.split_once("://").unwrap_or_default().0;
                format!("{scheme}://{host}")
            }
        }
    }

    /// The host, with its port if it has one, as `plugins.registries` names it.
    pub fn host(&self) -> &str {
        match self {
            Self::Oci(reference) => &reference.registry,
            Self::Web { url, .. } => authority(url),
        }
    }
}

impl Display for Origin {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Oci(reference) => reference.fmt(f),
            Self::Web { url, .. } => f.write_str(url.split('?').next().unwrap_or_default()),
        }
    }
}

fn bad(problem: &'static str, remedy: &'static str) -> BadOrigin {
    BadOrigin { problem, remedy }
}

/// Checks the URL of a file.
fn check_url(url: &str) -> Result<(), BadOrigin> {
    const REMEDY: &str = "write an oci:// reference, or an https URL with sha256";
    let (bare, _) = url.split_once('?').unwrap_or((url, ""));
    match crate::base_url_problem(bare) {
        None => {}
        Some(problem) if problem.contains("password") => {
            let problem = "contains a user or password, which belongs in plugins.registries";
            return Err(bad(problem, "move it there"));
        }
        Some(_) => return Err(bad("is neither an oci:// reference nor an https URL", REMEDY)),
    }
    if url.parse::<Uri>().is_err() {
        return Err(bad("is neither an oci:// reference nor an https URL", REMEDY));
    }
    if url.starts_with("http:") && !is_loopback(authority(url)) {
        return Err(bad(
            "is plain http, which is for loopback addresses only",
            "write https",
        ));
    }
    Ok(())
}

/// Host and port of an absolute URL without a user.
fn authority(url: &str) -> &str {
    let (_, rest) = url.split_once("://").unwrap_or_default();
    rest.split(['/', '?']).next().unwrap_or_default()
}

/// Whether a host, with or without a port, is this machine by its name alone.
pub fn is_loopback(host: &str) -> bool {
    let Ok(uri) = host.parse::<Uri>() else { return false };
    let host = uri.host().unwrap_or_default();
    let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// Whether a text is a SHA-256 in hexadecimal.
pub(crate) fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests;
